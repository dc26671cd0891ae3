"""Builds a Debian guest's disk image with mmdebstrap, from where this machine's APT has Debian: the same release, real packages.

It has systemd, OpenSSH and Python, so that whatever is done to a city's servers (Ansible's ordinary modules, for one) can
be tried on it. It starts as our small guest does, and does what that does with config drive and user data. Built once and kept:
it takes a minute and fetches 60 MB.
"""

import hashlib
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from devcloud.environment import exclusive
from devcloud.errors import DevcloudError
from devcloud.guests import disk
from devcloud.guests.building import copy, run

_OURS: Final = Path(__file__).resolve().parent / "debianfiles"
_CONFIG_DRIVE: Final = Path(__file__).resolve().with_name("configdrive.py")

_ROOT_MIB: Final = 960
"""With the boot partition, this fits into the flavor's disk of 1 GiB; what is not written takes no room."""

_PACKAGES: Final = (
    "systemd-sysv",
    "udev",
    "dbus",  # what systemd-logind hears of the power button with
    "openssh-server",
    "python3",
    "iproute2",
    "iputils-ping",
    "procps",
    "e2fsprogs",
    "busybox-static",  # the web server
)

_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")

_SERVICES: Final = ("configdrive", "userdata", "web")
_WANTED: Final = (
    *(f"/etc/systemd/system/{name}.service" for name in _SERVICES),
    "/lib/systemd/system/systemd-networkd.service",
)
"""The units that are started at every boot, beside those that their packages have started."""

_MASKED: Final = (
    "rc-local.service",  # our own service runs /etc/rc.local
    "systemd-networkd-wait-online.service",
    "proc-sys-fs-binfmt_misc.automount",  # the guest has no further kernel modules
    "apt-daily.timer",  # there is no way out to a mirror
    "apt-daily-upgrade.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",  # there is no LVM, and looking for it takes long while everything else starts
    "fstrim.timer",
)

_TREE: Final[Mapping[str, tuple[str, int]]] = {
    **{f"{name}.service": (f"etc/systemd/system/{name}.service", 0o644) for name in _SERVICES},
    "userdata": ("usr/lib/guest/userdata", 0o755),
    "90-dhcp.network": ("etc/systemd/network/90-dhcp.network", 0o644),
    "sshd.conf": ("etc/ssh/sshd_config.d/guest.conf", 0o644),
}
"""Where each of our files is in the guest, and its mode."""


def ensure(folder: Path, start: disk.Start) -> Path:
    """Return the Debian image (QCOW2) kept in a folder, building it when there is none of these files and this start.

    Raises:
        DevcloudError: a tool failed, or APT knows no Debian; the message says which.
    """
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    with exclusive(folder / "debian.lock"):
        built = folder / f"debian-{release}-{_digest(start)}.qcow2"
        if not built.exists():
            with tempfile.TemporaryDirectory(dir=folder) as draft:
                _build(Path(draft), start, release)
                (Path(draft) / "disk.qcow2").rename(built)
            for older in set(folder.glob("debian-*.qcow2")) - {built}:
                older.unlink()
    return built


def sources(targets: str, release: str) -> str:
    """Return the lines of a ``sources.list`` that has this machine's Debian.

    Args:
        targets: what APT tells of its index files, as :data:`_TARGET` has it.
        release: Debian's code name for the release.
    """
    found: dict[str, None] = {}
    for target in targets.splitlines():
        origin, codename, uri, suite, component = target.split("|")
        if origin == "Debian" and codename.partition("-")[0] == release:
            found[f"deb {uri} {suite} {component}\n"] = None
    return "".join(found)


_TARGET: Final = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"


def _digest(start: disk.Start) -> str:
    """Return a digest of what the image is made of, Debian's packages left aside."""
    digest = hashlib.sha256(start.kernel.name.encode())
    own = (Path(__file__), Path(disk.__file__), _CONFIG_DRIVE, *sorted(_OURS.iterdir()))
    for file in (*own, start.initrd, disk.FILES / "syslinux.cfg", disk.FILES / "index.html"):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(draft: Path, start: disk.Start, release: str) -> None:
    root, raw = draft / "root", draft / "disk.raw"
    _unpack(root, release)
    _adapt(root)
    disk.make(raw, start, root, root_mib=_ROOT_MIB)
    run("qemu-img", "convert", "-c", "-O", "qcow2", raw, draft / "disk.qcow2")


def _unpack(root: Path, release: str) -> None:
    """Let mmdebstrap install Debian's packages into a folder."""
    listed = run("apt-get", "indextargets", "--format", _TARGET, "Created-By: Packages", "Architecture: amd64").decode()
    lines = sources(listed, release)
    if not lines:
        raise DevcloudError(f"APT knows no Debian {release or 'release'}: run apt-get update on a Debian machine")
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=directory"]
    command += [f"--include={','.join(_PACKAGES)}", *(f"--dpkgopt=path-exclude={each}" for each in _LEFT_OUT)]
    run(*command, release, root, "-", text=lines)


def _adapt(root: Path) -> None:
    """Put our files in, and what makes each guest one of its own out."""
    for name, (place, mode) in _TREE.items():
        copy(_OURS / name, root / place, mode)
    copy(_CONFIG_DRIVE, root / "usr/lib/guest/configdrive.py", 0o644)
    copy(disk.FILES / "index.html", root / "srv/www/index.html", 0o644)
    for unit in _WANTED:
        _link(root / "etc/systemd/system/multi-user.target.wants" / Path(unit).name, unit)
    for unit in _MASKED:
        _link(root / "etc/systemd/system" / unit, "/dev/null")
    for key in root.glob("etc/ssh/ssh_host_*"):
        key.unlink()
    for archive in root.glob("var/cache/apt/*.bin"):
        archive.unlink()
    (root / "etc/machine-id").write_text("", encoding="ascii")  # systemd makes one at each guest's first boot
    (root / "etc/fstab").write_text("/dev/vda2 / ext4 noatime,errors=remount-ro 0 0\n", encoding="ascii")


def _link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)
