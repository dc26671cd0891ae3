"""Builds the guest's disk image from the machine's own packages, without mounting anything, in a second.

busybox is its system, dropbear its SSH server; busybox brings a web server, DHCP and the ACPI power button. The disk has a
FAT partition with boot loader and kernel, and an ext4 partition that is the root. ``devcloud/guests/files`` holds what
the guest runs.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.environment import exclusive
from devcloud.guests import disk, kernel
from devcloud.guests.building import copy, run
from devcloud.guests.kernel import Kernel

_ROOT_MIB: Final = 72
_SSH: Final = (Path("/usr/sbin/dropbear"), Path("/usr/bin/dropbearkey"))

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
    for file in (Path(__file__), Path(disk.__file__), *sorted(disk.FILES.iterdir()), disk.BUSYBOX, *_SSH):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(folder: Path, system: Kernel) -> None:
    folder.mkdir()
    start = disk.Start(kernel=system.image, initrd=folder / "initrd")
    disk.make_initrd(folder / "first", start.initrd, system)
    root = folder / "root"
    _make_root(root)
    disk.make(folder / "disk.raw", start, root, root_mib=_ROOT_MIB)
    for made in (root, folder / "first"):
        shutil.rmtree(made)


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
    copy(disk.BUSYBOX, tree / "bin" / "busybox", 0o755)
    for applet in run("busybox", "--list").decode().split():
        if applet != "busybox":
            (tree / "bin" / applet).symlink_to("busybox")
    for link in ("init", "poweroff", "reboot"):
        (tree / "sbin" / link).symlink_to("/bin/busybox")
    for program in _SSH:
        copy(program, tree / program.relative_to("/"), 0o755)
    for library in _libraries(_SSH):
        copy(library, tree / library.relative_to("/"), 0o755)
    for name, (place, mode) in _TREE.items():
        copy(disk.FILES / name, tree / place, mode)
    accounts = {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shells": "/bin/sh\n"}
    for name, content in (accounts | {"shadow": "root:*:0::::::\n", "hostname": "guest\n"}).items():
        (tree / "etc" / name).write_text(content, encoding="ascii")


def _libraries(programs: Iterable[Path]) -> Sequence[Path]:
    """Return the shared libraries that programs are linked with, by the names that the loader uses."""
    found: dict[str, None] = {}
    for program in programs:
        listed = run("ldd", program).decode()
        found |= dict.fromkeys(re.findall(r"(/\S+) \(0x", listed))
    return [Path(name) for name in found]
