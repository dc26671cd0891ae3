"""A disk that is ready, as `provisioner.copying` takes what it moves.

    moving = Moving(DiskSource(content), ImageUpload(target), conduct, algorithm=USUAL_ALGORITHM)
    moving.done().digests.sha256 == disk.sha256                 # what went out is what was made ready

Glance takes an image whole, so zeros travel too; they are not read from the disk, for the file system makes them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from provisioner.copying.extents import Extent, whole
from provisioner.disk_images.content import RawContent

#: Bytes that are handed on at a time.
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DiskSource:
    """All bytes of a raw disk that is open: a `provisioner.copying.reading.Source`."""

    content: RawContent

    @property
    def size(self) -> int:
        """The disk's size in bytes."""
        return self.content.size

    @property
    def extents(self) -> tuple[Extent, ...]:
        """One, of everything."""
        return whole(self.content.size)

    @contextmanager
    def open(self, extent: Extent) -> Iterator[Iterator[bytes]]:
        """An extent's bytes. Iterating raises ImageChanged where the file became shorter."""
        yield self.content.read(offset=extent.offset, length=extent.length, piece=_PIECE)
