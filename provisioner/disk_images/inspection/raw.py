"""Raw disks: the bytes of a disk from its first sector to its last, and no header that could lie."""

from typing import Final

from provisioner.disk_images.inspection.excerpts import Excerpts
from provisioner.disk_images.inspection.findings import Facts

SECTOR: Final = 512
_MBR: Final = (510, b"\x55\xaa")
#: UEFI specification, section 5.3.2: the header is in the second sector, whichever size sectors have.
_GPT: Final = ((512, b"EFI PART"), (4096, b"EFI PART"))


def read(excerpts: Excerpts) -> Facts:
    """A file that is no other format."""
    refusals = []
    if excerpts.size == 0:
        refusals.append("it is empty: fetch it again")
    elif excerpts.size % SECTOR:
        refusals.append(
            f"its {excerpts.size} bytes are no whole number of sectors of {SECTOR}: it was cut off, or is no disk, and else: "
            f"truncate -s %{SECTOR} FILE"
        )
    return Facts(virtual_size=excerpts.size, notes=_notes(excerpts), refusals=tuple(refusals))


def _notes(excerpts: Excerpts) -> tuple[str, ...]:
    if any(excerpts.upto(offset, len(mark)) == mark for offset, mark in _GPT):
        return ("it has a GPT partition table",)
    if excerpts.upto(_MBR[0], len(_MBR[1])) == _MBR[1]:
        return ("it begins with a boot sector (MBR)",)
    return ("it has no partition table: no server boots of it",)
