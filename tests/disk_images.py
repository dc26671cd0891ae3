"""Disk images written by hand, header by header, so that each may lie in any place: what tools would not write."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from provisioner.disk_images.inspection.crc32c import crc32c

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
CLUSTER = 64 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Qcow2:
    """The header of a QCOW2 image; its tables follow, empty, in a cluster each."""

    version: int = 3
    size: int = GIB
    backing: bytes = b""
    cluster_bits: int = 16
    encryption: int = 0
    l1_entries: int = 2
    l1_offset: int = 2 * CLUSTER
    snapshots: int = 0
    incompatible: int = 0
    extensions: Sequence[tuple[int, bytes]] = ()

    def image(self) -> bytes:
        """The file."""
        length = 104 if self.version > 2 else 72
        tail = b"".join(
            struct.pack(">II", kind, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")
            for kind, data in (*self.extensions, (0, b""))
        )
        header = struct.pack(
            ">4sIQIIQIIQQIIQ",
            *(
                b"QFI\xfb",
                self.version,
                length + len(tail) if self.backing else 0,
                len(self.backing),
                self.cluster_bits,
            ),
            *(self.size, self.encryption, self.l1_entries, self.l1_offset, CLUSTER, 1, self.snapshots, 0),
        )
        if self.version > 2:
            header += struct.pack(">QQQII", self.incompatible, 0, 0, 4, length)
        return (header + tail + self.backing).ljust(3 * CLUSTER, b"\0")


DESCRIPTOR = """# Disk DescriptorFile
version=1
CID=58c2be86
parentCID=ffffffff
createType="monolithicSparse"

# Extent description
RW 2048 SPARSE "web.vmdk"

# The Disk Data Base
#DDB

ddb.adapterType = "ide"
ddb.geometry.sectors = "63"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vmdk:
    """A sparse VMDK without data."""

    descriptor: str = DESCRIPTOR
    capacity: int = 2048
    descriptor_at: int = 1
    descriptor_length: int = 20
    line_ends: bytes = b"\n \r\n"
    unclean: int = 0
    #: The footer's capacity; None is no footer.
    footer: int | None = None

    def image(self) -> bytes:
        """The file."""
        text = self.descriptor.encode("latin-1").ljust(self.descriptor_length * 512, b"\0")
        ahead = self._header(self.capacity, 0xFFFFFFFFFFFFFFFF if self.footer is not None else 30) + text
        body = ahead.ljust(64 * KIB, b"\0")
        if self.footer is None:
            return body
        marker = struct.pack("<QII", 1, 0, 3).ljust(512, b"\0")
        return body + marker + self._header(self.footer, 30) + bytes(512)

    def _header(self, capacity: int, directory: int) -> bytes:
        return struct.pack(
            "<4sIIQQQQIQQQB4sH",
            *(b"KDMV", 3, 0x30001, capacity, 128, self.descriptor_at, self.descriptor_length, 512),
            *(21, directory, 128, self.unclean, self.line_ends, 1),
        ).ljust(512, b"\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vhdx:
    """A dynamic VHDX without data."""

    size: int = GIB
    block: int = 32 * MIB
    has_parent: bool = False
    log: bool = False
    version: int = 1
    sector: int = 512
    bat_length: int = MIB
    #: Beside those that any has.
    items: Mapping[UUID, tuple[bytes, int]] = field(default_factory=dict)
    #: Whether checksums are right.
    sound: bool = True

    def image(self) -> bytes:
        """The file."""
        file = bytearray(4 * MIB)
        file[0:8] = b"vhdxfile"
        for number, offset in enumerate((64 * KIB, 128 * KIB)):
            log = b"\1" * 16 if self.log else bytes(16)
            header = struct.pack(
                "<4sIQ16s16s16sHHIQ", b"head", 0, number, bytes(16), bytes(16), log, 0, self.version, MIB, MIB
            )
            self._put(file, offset, header.ljust(4 * KIB, b"\0"))
        regions = struct.pack("<4sIII", b"regi", 0, 2, 0)
        regions += _region("2dc27766-f623-4200-9d64-115e9bfd4a08", 3 * MIB, self.bat_length)
        regions += _region("8b7ca206-4790-4b9a-b8fe-575f050f886e", 2 * MIB, MIB)
        self._put(file, 192 * KIB, regions.ljust(64 * KIB, b"\0"))
        self._metadata(file)
        return bytes(file)

    def _put(self, file: bytearray, offset: int, table: bytes) -> None:
        checksum = crc32c(table) if self.sound else 1
        file[offset : offset + len(table)] = table[:4] + checksum.to_bytes(4, "little") + table[8:]

    def _metadata(self, file: bytearray) -> None:
        flags = 2 if self.has_parent else 0
        items = {
            UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b"): (struct.pack("<II", self.block, flags), 4),
            UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8"): (struct.pack("<Q", self.size), 6),
            UUID("8141bf1d-a96f-4709-ba47-f233a8faab5f"): (struct.pack("<I", self.sector), 6),
            UUID("cda348c7-445d-4471-9cc9-e9885251c556"): (struct.pack("<I", 4096), 6),
            UUID("beca12ab-b2e6-4523-93ef-c309e000c746"): (bytes(16), 6),
            **self.items,
        }
        table, values = struct.pack("<8sHH20x", b"metadata", 0, len(items)), b""
        for name, (value, kind) in items.items():
            table += struct.pack("<16sIIII", name.bytes_le, 64 * KIB + len(values), len(value), kind, 0)
            values += value
        file[2 * MIB : 2 * MIB + 64 * KIB] = table.ljust(64 * KIB, b"\0")
        file[2 * MIB + 64 * KIB : 2 * MIB + 64 * KIB + len(values)] = values


def _region(name: str, offset: int, length: int) -> bytes:
    return struct.pack("<16sQII", UUID(name).bytes_le, offset, length, 1)
