"""A disk as copying reads it."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.copying.extents import Extent
from provisioner.copying.reading import Reader, Source
from provisioner.copying.records import Patience
from provisioner.disk_images.content import RawContent
from provisioner.disk_images.folder import anywhere
from provisioner.disk_images.source import DiskSource
from tests.disk_images import MIB

DATA = bytes(range(256)) * (3 * MIB // 256) + b"the end"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A disk, open."""
    (tmp_path / "disk.raw").write_bytes(DATA)
    with anywhere(tmp_path / "disk.raw") as file:
        yield DiskSource(RawContent(file))


def test_all_bytes_are_read_in_order(source: Source) -> None:
    """By what reads clouds' images too."""
    read = Reader(source, Patience(), threading.Event()).read(source.extents)
    assert hashlib.sha256(b"".join(read)).digest() == hashlib.sha256(DATA).digest()


def test_reading_can_go_on_from_anywhere(source: Source) -> None:
    """As it does after a break."""
    with source.open(Extent(offset=MIB + 1, length=len(DATA) - MIB - 1)) as pieces:
        assert b"".join(pieces) == DATA[MIB + 1 :]
