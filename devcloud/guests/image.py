"""Builds the guest's disk image from the machine's own packages, without mounting anything, in a second.

busybox is its system, dropbear its SSH server; busybox brings a web server, DHCP and the ACPI power button. The disk has a
FAT partition with boot loader and kernel, and an ext4 partition that is the root. ``devcloud/guests/files`` holds what
the guest runs.
"""

import hashlib
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.environment import exclusive
from devcloud.errors import DevcloudError
from devcloud.guests import kernel
from devcloud.guests.kernel import Kernel

_FILES: Final = Path(__file__).resolve().parent / "files"
_MIB: Final = 1024 * 1024
_BOOT_MIB: Final = 24
_ROOT_MIB: Final = 72
_SECTOR: Final = 512
_BOOT_START: Final = 2048
"""First sector of the first partition, as every partitioning program has it."""

_BOOT_RECORD: Final = Path("/usr/lib/syslinux/mbr/mbr.bin")
_BUSYBOX: Final = Path("/bin/busybox")
_SSH: Final = (Path("/usr/sbin/dropbear"), Path("/usr/bin/dropbearkey"))

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

_TREE: Final[Mapping[str, tuple[str, int]]] = {
    "inittab": ("etc/inittab", 0o644),
    "rc.start": ("etc/rc.start", 0o755),
    "network.start": ("etc/network.start", 0o755),
    "udhcpc.script": ("etc/udhcpc.script", 0o755),
    "json.awk": ("etc/json.awk", 0o644),
    "power": ("etc/acpi/PWRF/00000080", 0o755),
    "index.html": ("srv/www/index.html", 0o644),
}
"""Where each of our files is in the guest, and its mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestImage:
    """The built image, and what a test kernel boot needs."""

    #: The disk image, raw.
    disk: Path
    #: The kernel, and the first file system it is given.
    kernel: Path
    initrd: Path


def ensure(folder: Path) -> GuestImage:
    """Return the guest image kept in a folder, building it when there is none of these files and this kernel.

    Raises:
        DevcloudError: a tool failed or a package is missing; the message says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / "image.lock"):
        system = kernel.ensure(folder)
        built = folder / f"image-{_digest(system)}"
        if not built.exists():
            with tempfile.TemporaryDirectory(dir=folder) as draft:
                _build(Path(draft) / "image", system)
                (Path(draft) / "image").rename(built)
    return GuestImage(disk=built / "disk.raw", kernel=system.image, initrd=built / "initrd")


def _digest(system: Kernel) -> str:
    """Return a digest of what the image is made of."""
    digest = hashlib.sha256(system.image.name.encode())
    for file in (Path(__file__), *sorted(_FILES.iterdir()), _BUSYBOX, *_SSH):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(folder: Path, system: Kernel) -> None:
    folder.mkdir()
    initrd = folder / "initrd"
    _make_initrd(folder / "first", initrd, system)
    root = folder / "root"
    _make_root(root)
    disk = folder / "disk.raw"
    boot_sectors, root_sectors = _BOOT_MIB * _MIB // _SECTOR, _ROOT_MIB * _MIB // _SECTOR
    with disk.open("wb") as opened:
        opened.write(_boot_record(boot_sectors, root_sectors))
        opened.truncate((_BOOT_START + boot_sectors + root_sectors) * _SECTOR)
    _fill_boot_partition(disk, system.image, initrd, boot_sectors)
    offset = (_BOOT_START + boot_sectors) * _SECTOR
    _run(
        "mke2fs", "-q", "-F", "-t", "ext4", "-L", "system", "-d", root, "-E", f"offset={offset}", disk, f"{_ROOT_MIB}M"
    )
    for made in (root, folder / "first"):
        shutil.rmtree(made)


def _boot_record(boot_sectors: int, root_sectors: int) -> bytes:
    """Return the first sector: boot code, and a table with an active FAT partition and a Linux one."""
    code = _BOOT_RECORD.read_bytes()[:440].ljust(446, b"\0")
    # Status, no cylinder addresses, type, first sector, count of sectors.
    entry = "<B3xB3xII"
    table = struct.pack(entry, 0x80, 0x0C, _BOOT_START, boot_sectors)
    table += struct.pack(entry, 0, 0x83, _BOOT_START + boot_sectors, root_sectors)
    return code + table.ljust(64, b"\0") + b"\x55\xaa"


def _fill_boot_partition(disk: Path, image: Path, initrd: Path, sectors: int) -> None:
    """Put a file system with the boot loader, the kernel and the first root into the first partition."""
    offset = _BOOT_START * _SECTOR
    place = f"{disk}@@{offset}"
    _run("mformat", "-i", place, "-T", sectors, "-h", 255, "-s", 63, "-H", _BOOT_START, "-v", "BOOT", "::")
    _run("syslinux", "--offset", offset, "--install", disk)
    for source, name in ((image, "vmlinuz"), (initrd, "initrd"), (_FILES / "syslinux.cfg", "syslinux.cfg")):
        _run("mcopy", "-i", place, source, f"::{name}")


def _make_initrd(tree: Path, target: Path, system: Kernel) -> None:
    """Write the file system that the kernel starts with: busybox and the drivers."""
    for name in ("bin", "proc", "sys", "dev", "root", "modules"):
        (tree / name).mkdir(parents=True)
    _copy(_BUSYBOX, tree / "bin" / "busybox", 0o755)
    _copy(_FILES / "init", tree / "init", 0o755)
    modules = system.load_order(_MODULES)
    for module in modules:
        _copy(module, tree / "modules" / module.name, 0o644)
    order = "".join(f"{module.name}\n" for module in modules)
    (tree / "modules" / "order").write_text(order, encoding="ascii")
    names = sorted(str(file.relative_to(tree)) for file in tree.rglob("*"))
    packed = _run("cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet", folder=tree, text="\n".join(names) + "\n")
    target.write_bytes(_run("gzip", "-9", "-n", given=packed))


def _make_root(tree: Path) -> None:
    """Fill the folder that becomes the guest's root."""
    for name in (
        "bin",
        "sbin",
        "usr/sbin",
        "dev",
        "proc",
        "sys",
        "run",
        "tmp",
        "root",
        "mnt",
        "etc/dropbear",
        "var/log",
    ):
        (tree / name).mkdir(parents=True)
    (tree / "root").chmod(0o700)
    _copy(_BUSYBOX, tree / "bin" / "busybox", 0o755)
    for applet in _run("busybox", "--list").decode().split():
        if applet != "busybox":
            (tree / "bin" / applet).symlink_to("busybox")
    for link in ("init", "poweroff", "reboot"):
        (tree / "sbin" / link).symlink_to("/bin/busybox")
    for program in _SSH:
        _copy(program, tree / program.relative_to("/"), 0o755)
    for library in _libraries(_SSH):
        _copy(library, tree / library.relative_to("/"), 0o755)
    for name, (place, mode) in _TREE.items():
        _copy(_FILES / name, tree / place, mode)
    accounts = {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shells": "/bin/sh\n"}
    for name, content in (accounts | {"shadow": "root:*:0::::::\n", "hostname": "guest\n"}).items():
        (tree / "etc" / name).write_text(content, encoding="ascii")


def _libraries(programs: Iterable[Path]) -> Sequence[Path]:
    """Return the shared libraries that programs are linked with, by the names that the loader uses."""
    found: dict[str, None] = {}
    for program in programs:
        listed = _run("ldd", program).decode()
        found |= dict.fromkeys(re.findall(r"(/\S+) \(0x", listed))
    return [Path(name) for name in found]


def _copy(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def _run(*command: object, folder: Path | None = None, given: bytes | None = None, text: str | None = None) -> bytes:
    words = [str(word) for word in command]
    stdin = text.encode() if text is not None else given
    try:
        done = subprocess.run(words, cwd=folder, input=stdin, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise DevcloudError(f"the guest image cannot be built: {words[0]} is not here") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise DevcloudError(f"the guest image cannot be built: {' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout
