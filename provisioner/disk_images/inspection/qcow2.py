"""QCOW2, versions 2 and 3, by its header, header extensions and the place of its tables.

The source is QEMU's `docs/interop/qcow2.txt`; limits that it does not have are those of `block/qcow2.h`. Numbers are big-endian.
Other files that the image would have QEMU open (backing file, data file) are the reason why nothing else looks at it before.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from provisioner.disk_images.inspection.excerpts import TRUNCATED, Excerpts, Malformed
from provisioner.disk_images.inspection.findings import Facts, shown

_HEADER: Final = struct.Struct(">4sIQIIQIIQQIIQ")
_FEATURES: Final = struct.Struct(">QQQII")
_EXTENSION: Final = struct.Struct(">II")
_OLD, _NEW = 2, 3
_CLUSTER_BITS: Final = range(9, 22)
_L1_ENTRY: Final = 8
#: Bytes of an L1 table that QEMU takes (QCOW_MAX_L1_SIZE).
_LARGEST_L1: Final = 32 * 1024 * 1024
_MOST_SNAPSHOTS: Final = 65536
_MOST_EXTENSIONS: Final = 64
_WIDEST_REFCOUNT: Final = 6
_LONGEST_NAME: Final = 1023

_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_KNOWN: Final = _DIRTY | _CORRUPT | _DATA_FILE | _COMPRESSION | _EXTENDED_L2

_END, _ENCRYPTION, _DATA_FILE_NAME = 0, 0x0537BE77, 0x44415441

_ENCRYPTED: Final = "it is encrypted, and its key is in no manifest: decrypt it where the key is (qemu-img convert with --object secret)"
_DAMAGED: Final = "its header is damaged: convert it anew, or fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    version: int
    backing_offset: int
    backing_length: int
    cluster_bits: int
    size: int
    encryption: int
    l1_entries: int
    l1_offset: int
    refcount_offset: int
    refcount_clusters: int
    snapshots: int
    incompatible: int = 0
    refcount_order: int = 4
    length: int = 72

    @classmethod
    def of(cls, excerpts: Excerpts) -> Self:
        """The header. Raises Malformed for one that is cut off or of another version."""
        found = _HEADER.unpack(excerpts.at(0, _HEADER.size))
        version = found[1]
        if version not in {_OLD, _NEW}:
            raise Malformed(
                f"it is qcow of version {version}, and 2 and 3 are imported: convert it where it comes from: qemu-img convert "
                f"-O qcow2 FILE NEW.qcow2"
            )
        names = ("backing_offset", "backing_length", "cluster_bits", "size", "encryption", "l1_entries", "l1_offset")
        fields = dict(zip((*names, "refcount_offset", "refcount_clusters", "snapshots"), found[2:12], strict=True))
        if version == _NEW:
            more = _FEATURES.unpack(excerpts.at(_HEADER.size, _FEATURES.size))
            fields |= {"incompatible": more[0], "refcount_order": more[3], "length": more[4]}
        return cls(version=version, **fields)

    @property
    def cluster(self) -> int:
        return 1 << self.cluster_bits

    @property
    def l1_needed(self) -> int:
        """Entries that the disk's size takes: each stands for a cluster of L2 entries."""
        entry = 16 if self.incompatible & _EXTENDED_L2 else 8
        return -(-self.size // (self.cluster * (self.cluster // entry)))


def read(excerpts: Excerpts) -> Facts:
    """A file that begins as QCOW2 does. Raises Malformed where nothing more can be said of it."""
    header = _Header.of(excerpts)
    if header.cluster_bits not in _CLUSTER_BITS:
        raise Malformed(_DAMAGED)
    refusals = (*_other_files(excerpts, header), *_state(header), *_tables(excerpts, header))
    notes = [f"it is qcow2 of version {header.version}"]
    if 0 < header.snapshots <= _MOST_SNAPSHOTS:
        notes.append(
            f"it has {header.snapshots} internal snapshots, which are left out: the disk is imported as it is now"
        )
    return Facts(virtual_size=header.size, notes=tuple(notes), refusals=tuple(dict.fromkeys(refusals)))


def _other_files(excerpts: Excerpts, header: _Header) -> Iterator[str]:
    if header.backing_offset or header.backing_length:
        name = excerpts.upto(header.backing_offset, min(header.backing_length, _LONGEST_NAME))
        yield (
            f'it is only what differs from its backing file "{shown(name)}": make it whole where both are: qemu-img convert '
            f"-O qcow2 FILE WHOLE.qcow2"
        )
    extensions = dict(_extensions(excerpts, header))
    if header.incompatible & _DATA_FILE or _DATA_FILE_NAME in extensions:
        yield (
            "its data is in another file (external data file): make it whole where both are: qemu-img convert -O qcow2 FILE "
            "WHOLE.qcow2"
        )
    if header.encryption or _ENCRYPTION in extensions:
        yield _ENCRYPTED


def _extensions(excerpts: Excerpts, header: _Header) -> Iterator[tuple[int, int]]:
    """The types of the header's extensions, and where they are. Raises Malformed where they do not end."""
    offset = header.length
    for _ in range(_MOST_EXTENSIONS):
        if offset + _EXTENSION.size > header.cluster:
            return
        kind, length = _EXTENSION.unpack(excerpts.at(offset, _EXTENSION.size))
        if kind == _END:
            return
        yield kind, offset
        offset += _EXTENSION.size + -(-length // 8) * 8
        if offset > header.cluster:
            break
    raise Malformed(_DAMAGED)


def _state(header: _Header) -> Iterator[str]:
    if header.incompatible & _CORRUPT:
        yield "it is marked as corrupt: repair a copy of it, and look at what is in it: qemu-img check -r all FILE"
    if header.incompatible & _DIRTY:
        yield "it was not closed, and its tables may be wrong: stop what uses it, then: qemu-img check -r all FILE"
    if unknown := header.incompatible & ~_KNOWN:
        yield (
            f"it has features that are not known here (bits {unknown:#x}): convert it where it comes from: qemu-img convert -O "
            f"qcow2 FILE NEW.qcow2"
        )
    if header.snapshots > _MOST_SNAPSHOTS:
        yield _DAMAGED


def _tables(excerpts: Excerpts, header: _Header) -> Iterator[str]:
    """Whether what leads to the data can be right at all; whether it is, `qemu-img check` tells afterwards."""
    tables = (
        (header.l1_offset, header.l1_entries * _L1_ENTRY),
        (header.refcount_offset, header.refcount_clusters * header.cluster),
    )
    if header.l1_entries * _L1_ENTRY > _LARGEST_L1:
        yield f"its L1 table of {header.l1_entries} entries is larger than any disk needs: convert it anew, or fetch it again"
    elif (
        header.l1_entries < header.l1_needed
        or any(offset % header.cluster for offset, _ in tables)
        or header.refcount_order > _WIDEST_REFCOUNT
        or header.length % 8
        or not _HEADER.size <= header.length <= header.cluster
    ):
        yield _DAMAGED
    elif any(offset + length > excerpts.size for offset, length in tables):
        yield TRUNCATED
