"""Makes a guest's disk without mounting anything, in a second: how it boots is alike for every guest.

The first partition is FAT, with the boot loader, the kernel and the file system that the kernel starts with (busybox and
drivers, which then hands over); the second is ext4, filled from a folder: the guest's root.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.guests.building import copy, run
from devcloud.guests.kernel import Kernel

FILES: Final = Path(__file__).resolve().parent / "files"
"""What our guests run, and how they start."""

BUSYBOX: Final = Path("/bin/busybox")

_MIB: Final = 1024 * 1024
_BOOT_MIB: Final = 24
_SECTOR: Final = 512
_BOOT_START: Final = 2048
"""First sector of the first partition, as every partitioning program has it."""

_BOOT_RECORD: Final = Path("/usr/lib/syslinux/mbr/mbr.bin")

_MODULES: Final = (
    "crc32c_generic",  # what ext4's checksums ask for by name, so that no module depends on it
    "virtio_pci",
    "virtio_blk",
    "virtio_net",
    "ext4",
    "ata_piix",
    "sr_mod",
    "isofs",
    "evdev",
    "button",
    "virtio_balloon",
    "virtio_rng",
)
"""Drivers of what Nova gives a guest: virtio disks and interfaces, the config drive's CD, the power button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a disk starts with."""

    kernel: Path
    #: The file system that the kernel starts with, packed.
    initrd: Path


def make(disk: Path, start: Start, root: Path, *, root_mib: int) -> None:
    """Write a disk whose second partition holds what a folder holds.

    Args:
        disk: the file to write, raw and sparse.
        start: the kernel and its first file system.
        root: the folder; owners and modes are kept.
        root_mib: size of the second partition, MiB.

    Raises:
        DevcloudError: a tool failed.
    """
    boot_sectors, root_sectors = _BOOT_MIB * _MIB // _SECTOR, root_mib * _MIB // _SECTOR
    with disk.open("wb") as opened:
        opened.write(_boot_record(boot_sectors, root_sectors))
        opened.truncate((_BOOT_START + boot_sectors + root_sectors) * _SECTOR)
    _fill_boot_partition(disk, start, boot_sectors)
    offset = (_BOOT_START + boot_sectors) * _SECTOR
    run("mke2fs", "-q", "-F", "-t", "ext4", "-L", "system", "-d", root, "-E", f"offset={offset}", disk, f"{root_mib}M")


def make_initrd(tree: Path, target: Path, system: Kernel) -> None:
    """Write the file system that the kernel starts with: busybox and the drivers.

    ``tree`` is a folder that is made for it.
    """
    for name in ("bin", "proc", "sys", "dev", "root", "modules"):
        (tree / name).mkdir(parents=True)
    copy(BUSYBOX, tree / "bin" / "busybox", 0o755)
    copy(FILES / "init", tree / "init", 0o755)
    modules = system.load_order(_MODULES)
    for module in modules:
        copy(module, tree / "modules" / module.name, 0o644)
    order = "".join(f"{module.name}\n" for module in modules)
    (tree / "modules" / "order").write_text(order, encoding="ascii")
    names = sorted(str(file.relative_to(tree)) for file in tree.rglob("*"))
    packed = run("cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet", folder=tree, text="\n".join(names) + "\n")
    target.write_bytes(run("gzip", "-9", "-n", given=packed))


def _boot_record(boot_sectors: int, root_sectors: int) -> bytes:
    """Return the first sector: boot code, and a table with an active FAT partition and a Linux one."""
    code = _BOOT_RECORD.read_bytes()[:440].ljust(446, b"\0")
    # Status, no cylinder addresses, type, first sector, count of sectors.
    entry = "<B3xB3xII"
    table = struct.pack(entry, 0x80, 0x0C, _BOOT_START, boot_sectors)
    table += struct.pack(entry, 0, 0x83, _BOOT_START + boot_sectors, root_sectors)
    return code + table.ljust(64, b"\0") + b"\x55\xaa"


def _fill_boot_partition(disk: Path, start: Start, sectors: int) -> None:
    """Put a file system with the boot loader, the kernel and the first root into the first partition."""
    offset = _BOOT_START * _SECTOR
    place = f"{disk}@@{offset}"
    run("mformat", "-i", place, "-T", sectors, "-h", 255, "-s", 63, "-H", _BOOT_START, "-v", "BOOT", "::")
    run("syslinux", "--offset", offset, "--install", disk)
    for source, name in ((start.kernel, "vmlinuz"), (start.initrd, "initrd"), (FILES / "syslinux.cfg", "syslinux.cfg")):
        run("mcopy", "-i", place, source, f"::{name}")
