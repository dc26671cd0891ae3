"""The content of a disk as it goes to Glance: in pieces, with what is only zeros told apart where the file system knows it.

Whoever copies reads it either whole, as `clouds.image_data.ImageData.read` gives an image's bytes, or only where there is data.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from provisioner.disk_images.errors import ImageChanged, PreparationStopped
from provisioner.disk_images.folder import OpenFile

#: Bytes of a piece, unless asked otherwise.
PIECE: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A part of the disk that may hold something else than zeros. Bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some of the disk's bytes, and where they belong."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RawContent:
    """A raw disk that is open."""

    file: OpenFile

    @property
    def size(self) -> int:
        """The disk's size in bytes."""
        return self.file.version.size

    def extents(self) -> Iterator[Extent]:
        """Where data is, in order; between them the disk is zeros (lseek(2), SEEK_DATA). All of it where nobody knows."""
        at = 0
        while at < self.size:
            start = self._seek(at, os.SEEK_DATA)
            if start is None:
                return
            end = self._seek(start, os.SEEK_HOLE) or self.size
            yield Extent(offset=start, length=min(end, self.size) - start)
            at = end

    def pieces(self, *, piece: int = PIECE) -> Iterator[Piece]:
        """The data in order, without the zeros between extents."""
        for extent in self.extents():
            end = extent.offset + extent.length
            for offset in range(extent.offset, end, piece):
                yield Piece(offset=offset, data=self._exactly(offset, min(piece, end - offset)))

    def read(self, *, offset: int = 0, length: int | None = None, piece: int = PIECE) -> Iterator[bytes]:
        """The bytes from an offset on, or so many of them, zeros included. Raises ImageChanged where the file became shorter."""
        end = self.size if length is None else min(self.size, offset + length)
        for at in range(offset, end, piece):
            yield self._exactly(at, min(piece, end - at))

    def _exactly(self, offset: int, length: int) -> bytes:
        found = self.file.read(offset, length)
        if len(found) != length:
            raise ImageChanged(
                f"the disk image {self.file.name} became shorter while it was read: leave it as it is until it is imported"
            )
        return found

    def _seek(self, offset: int, whence: int) -> int | None:
        """Where the next data or hole is; None where there is no more data."""
        try:
            return os.lseek(self.file.descriptor, offset, whence)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return None
            if error.errno == errno.EINVAL:  # the file system does not know
                return offset if whence == os.SEEK_DATA else self.size
            raise


def sha256_of(content: RawContent, *, read: Callable[[int], None], stopped: Callable[[], bool]) -> str:
    """The SHA-256 of all bytes, in hexadecimal; tells `read` how many were read. Raises PreparationStopped when asked to stop."""
    found, zeros, done = hashlib.sha256(), bytes(PIECE), 0
    for each in content.pieces():
        done = _hash_zeros(found, zeros, done, each.offset)
        found.update(each.data)
        done += len(each.data)
        read(done)
        if stopped():
            raise PreparationStopped(f"reading the disk image {content.file.name} was stopped")
    _hash_zeros(found, zeros, done, content.size)
    read(content.size)
    return found.hexdigest()


def _hash_zeros(found: "hashlib._Hash", zeros: bytes, start: int, end: int) -> int:
    """Take the zeros between two places into the hash; gives the second."""
    for at in range(start, end, len(zeros)):
        found.update(memoryview(zeros)[: end - at])
    return end
