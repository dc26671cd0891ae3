"""By which bytes formats are told apart. A file's suffix says nothing: it is its sender's to choose.

The sources are the formats' own descriptions, as named in the modules that inspect them, and for the others QEMU's block drivers
(`block/*.c`), the description of ISO 9660 (ECMA-119, section 8.1) and the files of `file(1)`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from provisioner.disk_images.inspection.excerpts import Excerpts

_VMDK_TEXT: Final = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*version[ \t]*=", re.IGNORECASE)
#: Where a text that describes a VMDK says so: QEMU looks at less.
_TEXT_LENGTH: Final = 2048


class Family(Enum):
    """What is to be said about a format that is not imported."""

    #: One of those that are imported.
    IMPORTED = auto()
    #: A disk image that qemu-img can convert.
    OTHER_DISK = auto()
    PACKED = auto()
    ENCRYPTED = auto()
    OPTICAL = auto()


@dataclass(frozen=True, slots=True)
class Signature:
    """A format and the bytes that tell it: all of `marks`, each at its offset; from the end of the file where negative."""

    name: str
    family: Family
    marks: tuple[tuple[int, bytes], ...]


def _disk(name: str, *marks: tuple[int, bytes]) -> Signature:
    return Signature(name, Family.OTHER_DISK, marks)


def _packed(name: str, *marks: tuple[int, bytes]) -> Signature:
    return Signature(name, Family.PACKED, marks)


SIGNATURES: Final[Sequence[Signature]] = (
    Signature("qcow2", Family.IMPORTED, ((0, b"QFI\xfb"),)),
    Signature("vmdk", Family.IMPORTED, ((0, b"KDMV"),)),
    Signature("vmdk", Family.IMPORTED, ((0, b"COWD"),)),
    Signature("vhdx", Family.IMPORTED, ((0, b"vhdxfile"),)),
    _disk("qed", (0, b"QED\0")),
    _disk("vdi", (0x40, b"\x7f\x10\xda\xbe")),
    _disk("vpc", (0, b"conectix")),
    _disk("vpc", (-512, b"conectix")),
    _disk("vpc", (-511, b"conectix")),
    _disk("parallels", (0, b"WithoutFreeSpace")),
    _disk("parallels", (0, b"WithouFreSpacExt")),
    _disk("dmg", (-512, b"koly")),
    _disk("bochs", (0, b"Bochs Virtual HD Image")),
    _disk("cloop", (0, b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop")),
    Signature("luks", Family.ENCRYPTED, ((0, b"LUKS\xba\xbe"),)),
    Signature("iso", Family.OPTICAL, ((0x8001, b"CD001"),)),
    Signature("iso", Family.OPTICAL, ((0x8001, b"BEA01"),)),
    Signature("iso", Family.OPTICAL, ((0x8001, b"NSR0"),)),
    _packed("gzip", (0, b"\x1f\x8b\x08")),
    _packed("xz", (0, b"\xfd7zXZ\0")),
    _packed("bzip2", (0, b"BZh"), (4, b"1AY&SY")),
    _packed("zstd", (0, b"\x28\xb5\x2f\xfd")),
    _packed("zip", (0, b"PK\x03\x04")),
    _packed("7z", (0, b"7z\xbc\xaf\x27\x1c")),
    _packed("tar", (257, b"ustar")),
)
"""All formats that are known. Raw is whatever is none of them."""


def found_in(excerpts: Excerpts) -> Sequence[Signature]:
    """Every format that the file has the bytes of, once each; more than one is a file that lies to somebody."""
    matching = {each.name: each for each in SIGNATURES if _matches(excerpts, each)}
    if _VMDK_TEXT.match(excerpts.upto(0, _TEXT_LENGTH)):
        matching.setdefault("vmdk", SIGNATURES[1])
    return tuple(matching.values())


def _matches(excerpts: Excerpts, signature: Signature) -> bool:
    return all(
        excerpts.upto(offset if offset >= 0 else excerpts.size + offset, len(mark)) == mark
        for offset, mark in signature.marks
    )
