"""VMDK in the two subformats that are one file of their own: monolithicSparse and streamOptimized.

The source is VMware's "Virtual Disk Format 5.0" (Hosted Sparse Extents; Stream-Optimized Compressed Sparse Extents) and, for
what is read of it where, QEMU's `block/vmdk.c`. Numbers are little-endian, places and sizes are in sectors.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from provisioner.disk_images.inspection import vmdk_descriptor
from provisioner.disk_images.inspection.excerpts import TRUNCATED, Excerpts, Malformed
from provisioner.disk_images.inspection.findings import Facts
from provisioner.disk_images.inspection.vmdk_descriptor import CONVERT

_SECTOR: Final = 512
_HEADER: Final = struct.Struct("<4sIIQQQQIQQQB4sH")
_MARKER: Final = struct.Struct("<QII")
_SPARSE: Final = b"KDMV"
_VERSIONS: Final = range(1, 4)
#: Where the grain directory is at the end of the file, as the footer says.
_AT_END: Final = 0xFFFFFFFFFFFFFFFF
_MARKED: Final = 1 << 17
#: Sectors at the end of a stream: the footer's marker, the footer, the marker of the end.
_ENDING: Final = 3
_FOOTER, _END_OF_STREAM = 3, 0
#: Where the descriptor is, and the least that QEMU reads of it.
_DESCRIPTOR: Final = 1
_LEAST_DESCRIPTOR: Final = 20
_MOST_DESCRIPTOR: Final = 128
_LINE_ENDS: Final = b"\n \r\n"
_GRAINS: Final = range(8, 2**21 + 1)
_ENTRIES: Final = range(1, 513)

_DAMAGED: Final = "its header is damaged: convert it anew, or fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    signature: bytes
    version: int
    flags: int
    capacity: int
    grain: int
    descriptor: int
    descriptor_length: int
    entries: int
    second_directory: int
    directory: int
    overhead: int
    unclean: int
    line_ends: bytes
    compression: int

    @classmethod
    def of(cls, excerpt: bytes) -> Self:
        """The header in the first bytes of a sector."""
        return cls(**dict(zip(cls.__slots__, _HEADER.unpack_from(excerpt), strict=True)))


def read(excerpts: Excerpts) -> Facts:
    """A file that begins as VMDK does. Raises Malformed where nothing more can be said of it."""
    if excerpts.upto(0, len(_SPARSE)) != _SPARSE:
        raise Malformed(
            "it is a VMDK that only describes a disk, or of ESX 3, and its data is in other files: make it one file where all of "
            "them are: " + CONVERT
        )
    header = _Header.of(excerpts.at(0, _HEADER.size))
    if header.version not in _VERSIONS or not header.capacity or header.descriptor != _DESCRIPTOR:
        raise Malformed(_DAMAGED)
    refusals = [*_header(header), *_footer(excerpts, header)]
    descriptor = vmdk_descriptor.read(_descriptor(excerpts, header), capacity=header.capacity)
    return Facts(
        virtual_size=header.capacity * _SECTOR,
        notes=(*descriptor.notes, *(("it was not closed properly",) if header.unclean else ())),
        refusals=(*refusals, *descriptor.refusals),
    )


def _descriptor(excerpts: Excerpts, header: _Header) -> bytes:
    """The text, as far as QEMU reads it: to the first zero, whatever length the header gives."""
    length = min(max(header.descriptor_length, _LEAST_DESCRIPTOR), _MOST_DESCRIPTOR)
    text, end, _ = excerpts.upto(_DESCRIPTOR * _SECTOR, length * _SECTOR).partition(b"\0")
    if not end or len(text) > header.descriptor_length * _SECTOR:
        raise Malformed("its descriptor has no end: fetch it again")
    return text


def _header(header: _Header) -> Iterator[str]:
    if header.line_ends != _LINE_ENDS:
        yield "its line ends were changed on the way: fetch it again, as binary"
    elif (
        header.grain not in _GRAINS
        or header.grain & (header.grain - 1)
        or header.entries not in _ENTRIES
        or header.compression not in {0, 1}
    ):
        yield _DAMAGED


def _footer(excerpts: Excerpts, header: _Header) -> Iterator[str]:
    """The second header, which counts for more than the first: what the first says of the disk has to be so there too."""
    if header.directory != _AT_END:
        if header.directory * _SECTOR >= excerpts.size:
            yield TRUNCATED
        return
    ending = excerpts.upto(excerpts.size - _ENDING * _SECTOR, _ENDING * _SECTOR)
    if len(ending) < _ENDING * _SECTOR:
        yield TRUNCATED
        return
    _, before, kind = _MARKER.unpack_from(ending)
    end = _MARKER.unpack_from(ending, 2 * _SECTOR)
    footer = _Header.of(ending[_SECTOR : 2 * _SECTOR])
    if footer.signature != _SPARSE or (before, kind) != (0, _FOOTER) or end != (0, 0, _END_OF_STREAM):
        yield TRUNCATED
    elif _told(footer) != _told(header) or footer.directory == _AT_END:
        yield "its header and its footer are of two different disks: fetch it again from a source that is trusted"
    elif footer.directory * _SECTOR >= excerpts.size or not header.flags & _MARKED:
        yield _DAMAGED


def _told(header: _Header) -> tuple[object, ...]:
    """What must be the same in header and footer."""
    return (
        *(header.version, header.flags, header.capacity, header.grain),
        *(header.descriptor, header.descriptor_length, header.entries, header.compression),
    )
