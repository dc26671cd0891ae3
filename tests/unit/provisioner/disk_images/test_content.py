"""A raw disk as it is read, with its zeros told apart."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.disk_images.content import RawContent, sha256_of
from provisioner.disk_images.errors import ImageChanged, PreparationStopped
from provisioner.disk_images.folder import anywhere
from tests.disk_images import MIB

BLOCK = 64 * 1024


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """Nine megabytes with data in two places."""
    path = tmp_path / "disk.raw"
    with path.open("wb") as stream:
        stream.truncate(9 * MIB)
        for offset in (MIB, 7 * MIB):
            stream.seek(offset)
            stream.write(b"d" * BLOCK)
    return path


@pytest.fixture
def content(sparse: Path) -> Iterator[RawContent]:
    """The disk, open."""
    with anywhere(sparse) as file:
        yield RawContent(file)


def test_pieces_and_the_zeros_between_are_the_disk(content: RawContent, sparse: Path) -> None:
    """Nothing is missing, and less is read than there is."""
    disk, read = bytearray(content.size), 0
    for each in content.pieces(piece=10_000):
        disk[each.offset : each.offset + len(each.data)] = each.data
        read += len(each.data)
    assert bytes(disk) == sparse.read_bytes()
    assert read < MIB


@given(st.integers(0, 10 * MIB), st.none() | st.integers(0, 10 * MIB), st.integers(50_000, MIB))
@settings(max_examples=30, deadline=None)
def test_any_part_can_be_read(offset: int, length: int | None, piece: int) -> None:
    """As a cloud's image can be."""
    data = bytes(range(256)) * 4096
    path = Path(__file__).with_name("unused")
    end = len(data) if length is None else min(len(data), offset + length)
    content = RawContent(_InMemory(path, data))  # type: ignore[arg-type]  # as far as it is read
    assert b"".join(content.read(offset=offset, length=length, piece=piece)) == data[offset:end]


class _InMemory:
    """A file that is none."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.name, self.version, self._data = str(path), type("V", (), {"size": len(data)}), data

    def read(self, offset: int, length: int) -> bytes:
        """As `OpenFile` reads."""
        return self._data[offset : offset + length]


def test_the_hash_is_that_of_all_bytes(content: RawContent, sparse: Path) -> None:
    """Zeros count, read or not; and how far it came is told."""
    told: list[int] = []
    found = sha256_of(content, read=told.append, stopped=lambda: False)
    assert found == hashlib.sha256(sparse.read_bytes()).hexdigest()
    assert told == sorted(told)
    assert told[-1] == content.size


def test_hashing_ends_when_asked_to(content: RawContent) -> None:
    """Before the end."""
    with pytest.raises(PreparationStopped):
        sha256_of(content, read=lambda _: None, stopped=lambda: True)


def test_a_disk_that_becomes_shorter_is_noticed(content: RawContent, sparse: Path) -> None:
    """It is not filled up with zeros."""
    sparse.write_bytes(b"short")
    with pytest.raises(ImageChanged):
        b"".join(content.read())
