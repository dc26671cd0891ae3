"""A source read with patience: what came is never asked for again."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.copying.channel import ChannelStopped
from provisioner.copying.extents import Extent
from provisioner.copying.reading import Reader, WholeImage, pause_after
from provisioner.copying.records import ContentDiffers, Patience
from provisioner.errors import CloudRefused, CloudUnavailable
from tenants.names import CloudName
from tests.unit.provisioner.copying.stores import Store

_CONTENT = bytes(range(40))
_PATIENCE = Patience(reads=3, first_pause=0.0)


def _reader(store: Store, content: bytes = _CONTENT) -> tuple[Reader, tuple[Extent, ...]]:
    source = WholeImage(store.put(content), len(_CONTENT))
    return Reader(source, _PATIENCE, threading.Event()), source.extents


def _store(**more: object) -> Store:
    return Store(CloudName("city"), **more)  # type: ignore[arg-type] - whatever a test wants


@pytest.mark.parametrize("loudly", [True, False], ids=["by an error", "by ending early"])
@pytest.mark.parametrize("at", range(len(_CONTENT)))
def test_a_break_at_any_byte_costs_none(at: int, *, loudly: bool) -> None:
    """The next request begins where the last one ended."""
    store = _store(breaks=[(at, loudly)])
    reader, extents = _reader(store)
    assert b"".join(reader.read(extents)) == _CONTENT
    assert [offset for offset, _ in store.reads] == [0, at]
    assert reader.resumptions == 1


@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=10), st.integers(1, 9))
def test_any_number_of_breaks_is_outlived(breaks: list[tuple[int, bool]], piece: int) -> None:
    """As long as each attempt brings something."""
    store = _store(breaks=list(breaks), piece=piece)
    reader, extents = _reader(store)
    assert b"".join(reader.read(extents)) == _CONTENT


def test_patience_ends_where_nothing_comes() -> None:
    """After so many attempts in a row."""
    store = _store(breaks=[(5, True), (0, True), (0, True), (0, True)])
    reader, extents = _reader(store)
    with pytest.raises(CloudUnavailable):
        list(reader.read(extents))
    assert [offset for offset, _ in store.reads] == [0, 5, 5]


def test_a_byte_renews_patience() -> None:
    """Two attempts that bring nothing, a byte, one more."""
    store = _store(breaks=[(0, True), (0, True), (1, True), (0, False)])
    reader, extents = _reader(store)
    assert b"".join(reader.read(extents)) == _CONTENT


def test_a_refusal_is_not_outlived() -> None:
    """Somebody deleted the image."""
    store = _store(breaks=[(5, True)])
    reader, extents = _reader(store)
    pieces = reader.read(extents)
    next(pieces)
    store.data.clear()
    with pytest.raises(CloudRefused):
        list(pieces)


def test_more_than_there_is_is_refused() -> None:
    """It cannot be what was to be copied."""
    store = _store()
    reader, _ = _reader(store, _CONTENT + b"more")
    with pytest.raises(ContentDiffers):
        list(reader.read([Extent(offset=0, length=len(_CONTENT))]))


def test_extents_are_read_one_by_one() -> None:
    """Each as a range."""
    store = _store()
    reader, _ = _reader(store)
    wanted = [Extent(offset=3, length=4), Extent(offset=20, length=5)]
    assert b"".join(reader.read(wanted)) == _CONTENT[3:7] + _CONTENT[20:25]
    assert store.reads == [(3, 4), (20, 5)]


def test_the_whole_is_asked_for_without_a_range() -> None:
    """Which any service understands."""
    store = _store()
    reader, extents = _reader(store)
    list(reader.read(extents))
    assert store.reads == [(0, None)]


def test_nothing_is_read_for_nobody() -> None:
    """Once it was stopped."""
    store, stopping = _store(), threading.Event()
    source = WholeImage(store.put(_CONTENT), len(_CONTENT))
    stopping.set()
    with pytest.raises(ChannelStopped):
        list(Reader(source, _PATIENCE, stopping).read(source.extents))
    assert store.reads == []


def test_pauses_double_up_to_the_longest() -> None:
    """From the first on."""
    patience = Patience(first_pause=1.0, longest_pause=5.0)
    assert [pause_after(patience, failures) for failures in (1, 2, 3, 4, 5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
