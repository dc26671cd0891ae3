"""Disks cut into chunks and shared out."""

from hypothesis import given
from hypothesis import strategies as st

from provisioner.copying.extents import Extent, chunks, shares, total, whole

_SIZES = st.integers(0, 200)
_CHUNKS = st.integers(1, 50)


def _offsets(extents: tuple[Extent, ...]) -> list[int]:
    return [at for each in extents for at in range(each.offset, each.end)]


def test_an_empty_disk_has_no_extent() -> None:
    """There is nothing to move."""
    assert whole(0) == ()
    assert shares(0, 4, 2) == ()


def test_chunks_end_where_multiples_do() -> None:
    """Whatever the extents begin with."""
    cut = tuple(chunks([Extent(offset=3, length=6), Extent(offset=20, length=2)], 4))
    assert [(each.offset, each.length) for each in cut] == [(3, 1), (4, 4), (8, 1), (20, 2)]


@given(_SIZES, _CHUNKS)
def test_chunks_are_the_same_bytes(size: int, chunk: int) -> None:
    """In the same order."""
    cut = tuple(chunks(whole(size), chunk))
    assert _offsets(cut) == list(range(size))
    assert total(cut) == size


@given(_SIZES, _CHUNKS, st.integers(1, 6))
def test_shares_are_the_whole_and_cut_no_chunk(size: int, chunk: int, readers: int) -> None:
    """No more of them than readers."""
    shared = shares(size, chunk, readers)
    assert _offsets(shared) == list(range(size))
    assert len(shared) <= readers
    assert all(each.offset % chunk == 0 for each in shared)
