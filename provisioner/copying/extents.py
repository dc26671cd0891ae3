"""Which bytes: stretches of a disk, cut into chunks and shared out. Pure.

A copy of a whole disk is one extent; one that only brings what has changed would be many. Chunks begin at multiples of the
chunk's size whatever the extents are, so that hashes of chunks can be compared between any two copies of a disk.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Extent:
    """So many bytes from an offset on."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.offset + self.length


def whole(size: int) -> tuple[Extent, ...]:
    """All bytes of a disk; none of an empty one."""
    return (Extent(offset=0, length=size),) if size else ()


def total(extents: Iterable[Extent]) -> int:
    """How many bytes they are together."""
    return sum(each.length for each in extents)


def chunks(extents: Iterable[Extent], chunk: int) -> Iterator[Extent]:
    """The same bytes, cut wherever a chunk ends."""
    for extent in extents:
        offset = extent.offset
        while offset < extent.end:
            end = min(extent.end, (offset // chunk + 1) * chunk)
            yield Extent(offset=offset, length=end - offset)
            offset = end


def shares(size: int, chunk: int, readers: int) -> tuple[Extent, ...]:
    """A disk cut into at most so many stretches of about the same length, none of which ends within a chunk."""
    count = -(-size // chunk)
    each = -(-count // readers) * chunk if count else 0
    return tuple(Extent(offset=offset, length=min(each, size - offset)) for offset in range(0, size, each or 1) if each)
