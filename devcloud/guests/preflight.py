"""Tells whether this machine can run real guests, and what would help where it cannot.

Nothing is taken for granted that can be tried: interfaces and namespaces are really made (in a namespace that goes at
once), and KVM counts only when a kernel has really booted with it, because ``/dev/kvm`` may exist, and even make a machine,
and still run no stock kernel.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.guests import kernel
from devcloud.guests.image import GuestImage
from devcloud.layout import Home
from devcloud.records import Hypervisor

_PATH: Final = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
_KVM_BOOT_PATIENCE_S: Final = 10.0

_PACKAGES: Final[Mapping[str, str]] = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "libvirtd": "libvirt-daemon",
    "genisoimage": "genisoimage",
    "ip": "iproute2",
    "dnsmasq": "dnsmasq-base",
    "gcc": "gcc",
    "pkg-config": "pkg-config",
    "syslinux": "syslinux",
    "mformat": "mtools",
    "mke2fs": "e2fsprogs",
    "dropbear": "dropbear-bin",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "ssh": "openssh-client",
    "apt-get": "apt",
}
"""The programs that are needed, and Debian's package of each."""

_FILES: Final[Mapping[Path, str]] = {
    Path("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"): "libvirt-daemon-driver-qemu",
    Path("/usr/include/libvirt/libvirt.h"): "libvirt-dev",
    Path("/usr/lib/syslinux/mbr/mbr.bin"): "syslinux-common",
}
"""The files that are needed, and Debian's package of each."""

_DEBIAN_PACKAGES: Final[Mapping[str, str]] = {"mmdebstrap": "mmdebstrap"}
"""The programs that the Debian image needs beside these."""

PACKAGES: Final = tuple(sorted({*_PACKAGES.values(), *_FILES.values()}))
"""Debian's packages of all that is needed."""

_TRIAL: Final = (
    "ip link set lo up && ip link add trial-br type bridge && ip tuntap add dev trial-tap mode tap "
    "&& ip link set trial-tap master trial-br up && ip link add trial-a type veth peer name trial-b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why real guests cannot run here."""

    #: What is wrong, in one line.
    reason: str
    #: The command that would help, or what to do where no command does.
    remedy: str

    def __str__(self) -> str:
        """Return both, as they are told."""
        return f"{self.reason}; {self.remedy}"


def problems(*, debian: bool = False) -> tuple[Problem, ...]:
    """Return everything that keeps emulated guests (``--hypervisor qemu``) from running here; Debian's too, where asked."""
    return tuple(_problems({**_PACKAGES, **_DEBIAN_PACKAGES} if debian else _PACKAGES))


def _problems(programs: Mapping[str, str]) -> Iterator[Problem]:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        here = f"{platform.system()} on {platform.machine()}"
        yield Problem(reason=f"this machine is {here}", remedy="use Linux on x86_64")
        return
    missing = _missing_packages(programs)
    if missing:
        yield Problem(
            reason=f"not installed: {', '.join(missing)}",
            remedy=f"run: apt-get update && apt-get install --no-install-recommends {' '.join(missing)}",
        )
    if os.geteuid() != 0:
        yield Problem(reason="this process is not root", remedy="run it as root, for example with sudo")
        return
    if not Path("/dev/net/tun").exists():
        yield Problem(
            reason="/dev/net/tun is not there",
            remedy="run: modprobe tun (in a container, start it with --device /dev/net/tun)",
        )
    if not missing:
        yield from _trial_problems()
        yield from _kernel_problems()


def _missing_packages(programs: Mapping[str, str]) -> tuple[str, ...]:
    by_program = {package for program, package in programs.items() if shutil.which(program, path=_PATH) is None}
    by_file = {package for file, package in _FILES.items() if not file.exists()}
    return tuple(sorted(by_program | by_file))


def _trial_problems() -> Iterator[Problem]:
    """Make namespaces and interfaces as a cloud would; they go with the trial."""
    command = ["unshare", "--mount", "--uts", "--pid", "--fork", "--net", "--mount-proc", "sh", "-c", _TRIAL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield Problem(
            reason=f"namespaces and interfaces cannot be made: {done.stderr.strip() or done.returncode}",
            remedy="in a container, start it with --privileged; on a machine, load the modules tun, bridge and veth",
        )


def _kernel_problems() -> Iterator[Problem]:
    """Fetch the guests' kernel unless it is there: whether a package can be had shows when it is asked for."""
    try:
        kernel.ensure(Home.locate().guests)
    except DevcloudError as error:
        yield Problem(
            reason=f"the guests' kernel cannot be fetched: {' '.join(str(error).split())}",
            remedy=f"run: apt-get update && apt-get download {kernel.META_PACKAGE}, and see what keeps APT from it",
        )


def kvm_problem(image: GuestImage) -> Problem | None:
    """Return why KVM runs no guest here, or None when the guest's kernel has booted with it."""
    instead = f"use --hypervisor {Hypervisor.QEMU}, which needs no KVM"
    if not Path("/dev/kvm").exists():
        return Problem(reason="/dev/kvm is not there", remedy=instead)
    command = ["qemu-system-x86_64", "-accel", "kvm", "-m", "128", "-nodefaults", "-display", "none", "-no-reboot"]
    command += ["-serial", "stdio", "-kernel", str(image.kernel), "-initrd", str(image.initrd)]
    command += ["-append", "console=ttyS0 quiet panic=-1 devcloud.probe"]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_KVM_BOOT_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Problem(
            reason=f"a kernel started with /dev/kvm does not boot within {_KVM_BOOT_PATIENCE_S:.0f} s", remedy=instead
        )
    if b"devcloud: a kernel runs here" in done.stdout:
        return None
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return Problem(
        reason=f"a kernel started with /dev/kvm does not boot: {said[-1] if said else 'no word'}", remedy=instead
    )
