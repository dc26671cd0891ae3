"""Which bytes to move: a source's extents, read so that a connection which breaks costs no byte twice.

Glance serves ranges, so reading goes on from the last byte that came: what had arrived stays arrived, for TCP has checked it and
the hashes check it again in the end. Images never change once they have data, so a read in two parts is a read of one thing.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from provisioner.copying.channel import ChannelStopped
from provisioner.copying.extents import Extent, whole
from provisioner.copying.records import ContentDiffers, Patience, StoredImage
from provisioner.errors import CloudUnavailable


class Source(Protocol):
    """Where bytes come from, and which of them are to move: all of a disk, or what has changed since they last did."""

    @property
    def size(self) -> int:
        """Bytes of the disk as a whole."""

    @property
    def extents(self) -> tuple[Extent, ...]:
        """What is to move, in order; the target has the rest already."""

    def open(self, extent: Extent) -> AbstractContextManager[Iterator[bytes]]:
        """An extent's bytes, or fewer where the other side ends early. Iterating raises CloudUnavailable where it breaks."""


class WholeImage:
    """All bytes of an image. Neither Glance's API nor a copy through it knows of holes: those travel as zeros."""

    def __init__(self, image: StoredImage, size: int) -> None:
        self._image = image
        self._size = size

    @property
    def size(self) -> int:
        """The image's `size`."""
        return self._size

    @property
    def extents(self) -> tuple[Extent, ...]:
        """One, unless the image is empty."""
        return whole(self._size)

    def open(self, extent: Extent) -> AbstractContextManager[Iterator[bytes]]:
        """One request; a plain one where it is for everything."""
        image = self._image
        length = None if extent.length == self._size else extent.length
        return image.cloud.image_data.read(image.image, image.project, offset=extent.offset, length=length)


class Beginning(WholeImage):
    """So many bytes from the first on of an image that has more."""

    def open(self, extent: Extent) -> AbstractContextManager[Iterator[bytes]]:
        """One request, always for a part."""
        image = self._image
        return image.cloud.image_data.read(image.image, image.project, offset=extent.offset, length=extent.length)


class Reader:
    """Reads a source with patience. `resumptions` counts how often it went on after it had broken off."""

    def __init__(self, source: Source, patience: Patience, stopping: threading.Event) -> None:
        self._source = source
        self._patience = patience
        self._stopping = stopping
        self.resumptions = 0

    def read(self, extents: Iterable[Extent]) -> Iterator[bytes]:
        """The extents' bytes, all of them and in order.

        Raises CloudUnavailable where as many attempts in a row as patience allows brought nothing, and ContentDiffers where more
        came than should have; ChannelStopped once nobody wants them.
        """
        for extent in extents:
            yield from self._extent(extent)

    def _extent(self, extent: Extent) -> Iterator[bytes]:
        position, failures = extent.offset, 0
        while position < extent.end:
            if self._stopping.is_set():
                raise ChannelStopped
            try:
                with self._source.open(Extent(offset=position, length=extent.end - position)) as pieces:
                    for piece in pieces:
                        position += len(piece)
                        failures = 0
                        _must_not_be_behind(extent, position)
                        yield piece
                _must_be_at_the_end(extent, position)
            except CloudUnavailable:
                failures += 1
                if failures >= self._patience.reads:
                    raise
                self._stopping.wait(pause_after(self._patience, failures))
                self.resumptions += 1


def _must_not_be_behind(extent: Extent, position: int) -> None:
    if position > extent.end:
        raise ContentDiffers(f"the source gave more than the {extent.end} bytes that it has")


def _must_be_at_the_end(extent: Extent, position: int) -> None:
    if position < extent.end:
        raise CloudUnavailable(f"the source ended at byte {position} of {extent.end}")


def pause_after(patience: Patience, failures: int) -> float:
    """Seconds to wait after so many failures: twice as long after each."""
    return min(patience.longest_pause, patience.first_pause * 2.0 ** (failures - 1))
