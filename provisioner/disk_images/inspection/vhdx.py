"""VHDX by its headers, its table of regions and its metadata.

The source is [MS-VHDX], sections 2.2 (header section) and 2.6 (metadata region). Numbers are little-endian. What is looked at is
what QEMU's `block/vhdx.c` reads: the newer of the valid headers, and the first table of regions.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from provisioner.disk_images.inspection.crc32c import crc32c
from provisioner.disk_images.inspection.excerpts import TRUNCATED, Excerpts, Malformed
from provisioner.disk_images.inspection.findings import Facts

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_HEADERS: Final = (64 * _KIB, 128 * _KIB)
_HEADER_LENGTH: Final = 4 * _KIB
_REGIONS: Final = 192 * _KIB
_TABLE_LENGTH: Final = 64 * _KIB

_HEADER: Final = struct.Struct("<4sIQ16s16s16sHHIQ")
_REGION_TABLE: Final = struct.Struct("<4sII")
_REGION: Final = struct.Struct("<16sQII")
_REGIONS_START: Final = 16
_METADATA_TABLE: Final = struct.Struct("<8sHH")
_METADATA: Final = struct.Struct("<16sIII")
_METADATA_START: Final = 32
_ENTRY: Final = 32
_MOST_ENTRIES: Final = 2047
_REQUIRED_REGION: Final = 1
_REQUIRED_ITEM: Final = 4

_BAT: Final = UUID("2dc27766-f623-4200-9d64-115e9bfd4a08")
_METADATA_REGION: Final = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
_FILE_PARAMETERS: Final = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
_DISK_SIZE: Final = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
_LOGICAL_SECTOR: Final = UUID("8141bf1d-a96f-4709-ba47-f233a8faab5f")
_PHYSICAL_SECTOR: Final = UUID("cda348c7-445d-4471-9cc9-e9885251c556")
_DISK_ID: Final = UUID("beca12ab-b2e6-4523-93ef-c309e000c746")
_PARENT_LOCATOR: Final = UUID("a8d35f2d-b30b-454d-abf7-d3d84834ab0c")
_ITEMS: Final = {_FILE_PARAMETERS, _DISK_SIZE, _LOGICAL_SECTOR, _PHYSICAL_SECTOR, _DISK_ID, _PARENT_LOCATOR}

_HAS_PARENT: Final = 2
_BLOCKS: Final = {_MIB << power for power in range(9)}
_SECTORS: Final = {512, 4096}
#: Sectors that one bitmap block of the BAT stands for.
_CHUNK: Final = 2**23

_DAMAGED: Final = "its tables are damaged: fetch it again, or convert it anew with Convert-VHD"
_UNKNOWN: Final = "it needs features that are not known here: convert it anew with Convert-VHD"
_DIFFERENCING: Final = (
    "it is a differencing disk, only what differs from its parent: merge it where both are (Merge-VHD), or convert it to a "
    "disk of its own (Convert-VHD -VHDType Dynamic)"
)


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    length: int


def read(excerpts: Excerpts) -> Facts:
    """A file that begins as VHDX does. Raises Malformed where nothing more can be said of it."""
    notes = tuple(_log(_newest_header(excerpts)))
    regions = _regions(excerpts)
    items = _items(excerpts, regions[_METADATA_REGION])
    if _PARENT_LOCATOR in items:
        return Facts(notes=notes, refusals=(_DIFFERENCING,))
    block, flags = struct.unpack("<II", _value(excerpts, items, _FILE_PARAMETERS, 8))
    size = int.from_bytes(_value(excerpts, items, _DISK_SIZE, 8), "little")
    sector = int.from_bytes(_value(excerpts, items, _LOGICAL_SECTOR, 4), "little")
    refusals = []
    if flags & _HAS_PARENT:
        refusals.append(_DIFFERENCING)
    geometry = block in _BLOCKS and sector in _SECTORS and size % sector == 0
    if not geometry or regions[_BAT].length < _bat_length(size, block, sector):
        refusals.append(_DAMAGED)
    return Facts(virtual_size=size, notes=notes, refusals=tuple(refusals))


def _bat_length(size: int, block: int, sector: int) -> int:
    """Bytes of a table for so large a disk (section 2.5)."""
    blocks = -(-size // block)
    return 8 * (blocks + max(blocks - 1, 0) // (_CHUNK * sector // block))


def _newest_header(excerpts: Excerpts) -> tuple[int, bytes]:
    """The log's version and identifier of the header that counts (section 2.2.2)."""
    valid = {}
    for offset in _HEADERS:
        content = excerpts.at(offset, _HEADER_LENGTH)
        signature, checksum, sequence, _, _, log, log_version, version, _, _ = _HEADER.unpack_from(content)
        if signature == b"head" and crc32c(content[:4] + bytes(4) + content[8:]) == checksum:
            if version != 1:
                raise Malformed(_UNKNOWN)
            valid[sequence] = (log_version, log)
    if not valid:
        raise Malformed(_DAMAGED)
    return valid[max(valid)]


def _log(header: tuple[int, bytes]) -> Iterator[str]:
    version, log = header
    if any(log):
        if version:
            raise Malformed(_UNKNOWN)
        yield (
            "its log is not empty: what wrote it did not close it, and where it cannot be converted so, write the log out first: "
            "qemu-img check -r all FILE, or attach and detach it where it comes from"
        )


def _regions(excerpts: Excerpts) -> Mapping[UUID, _Place]:
    """Where the regions are (section 2.2.3)."""
    content = excerpts.at(_REGIONS, _TABLE_LENGTH)
    signature, checksum, count = _REGION_TABLE.unpack_from(content)
    if signature != b"regi" or count > _MOST_ENTRIES or crc32c(content[:4] + bytes(4) + content[8:]) != checksum:
        raise Malformed(_DAMAGED)
    found: dict[UUID, _Place] = {}
    for number in range(count):
        name, offset, length, flags = _REGION.unpack_from(content, _REGIONS_START + number * _ENTRY)
        region = UUID(bytes_le=name)
        if region not in {_BAT, _METADATA_REGION}:
            if flags & _REQUIRED_REGION:
                raise Malformed(_UNKNOWN)
            continue
        if region in found or offset % _MIB or offset < _MIB:
            raise Malformed(_DAMAGED)
        if offset + length > excerpts.size:
            raise Malformed(TRUNCATED)
        found[region] = _Place(offset, length)
    if len(found) != len({_BAT, _METADATA_REGION}):
        raise Malformed(_DAMAGED)
    return found


def _items(excerpts: Excerpts, region: _Place) -> Mapping[UUID, _Place]:
    """Where the items of metadata are (section 2.6.1)."""
    content = excerpts.at(region.offset, _TABLE_LENGTH)
    signature, _, count = _METADATA_TABLE.unpack_from(content)
    if signature != b"metadata" or count > _MOST_ENTRIES:
        raise Malformed(_DAMAGED)
    found: dict[UUID, _Place] = {}
    for number in range(count):
        name, offset, length, flags = _METADATA.unpack_from(content, _METADATA_START + number * _ENTRY)
        item = UUID(bytes_le=name)
        if item not in _ITEMS:
            if flags & _REQUIRED_ITEM:
                raise Malformed(_UNKNOWN)
            continue
        if item in found or (length and not _TABLE_LENGTH <= offset <= region.length - length):
            raise Malformed(_DAMAGED)
        found[item] = _Place(region.offset + offset, length)
    return found


def _value(excerpts: Excerpts, items: Mapping[UUID, _Place], item: UUID, length: int) -> bytes:
    place = items.get(item)
    if place is None or place.length < length:
        raise Malformed(_DAMAGED)
    return excerpts.at(place.offset, length)
