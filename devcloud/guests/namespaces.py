"""Linux namespaces by the system calls that Python 3.11 does not have (unshare(2), setns(2), mount(2), prctl(2))."""

import ctypes
import os
import signal
from pathlib import Path
from typing import Final

NEW_MOUNTS: Final = 0x00020000
NEW_HOST_NAME: Final = 0x04000000
NEW_PROCESSES: Final = 0x20000000
NEW_NETWORK: Final = 0x40000000
"""The ``CLONE_NEW…`` flags of ``unshare`` and ``setns``."""

_BIND: Final = 0x1000
_RECURSIVE: Final = 0x4000
_PRIVATE: Final = 0x40000
_PARENT_DEATH_SIGNAL: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Give the calling thread namespaces of its own; new processes take effect with its next child.

    Raises:
        OSError: the kernel refuses it.
    """
    _check(_libc.unshare(flags), "unshare")


def enter_network(file: Path) -> None:
    """Let the calling thread, and the sockets it opens from now on, be in a network namespace.

    Raises:
        OSError: there is no such namespace, or the kernel refuses it.
    """
    fd = os.open(file, os.O_RDONLY)
    try:
        _check(_libc.setns(fd, NEW_NETWORK), f"setns {file}")
    finally:
        os.close(fd)


def make_mounts_private() -> None:
    """Let nothing that is mounted from now on be seen outside of this mount namespace."""
    _mount("none", Path("/"), None, _RECURSIVE | _PRIVATE)


def mount(kind: str, target: Path) -> None:
    """Mount a file system that needs no device, such as ``proc`` or ``tmpfs``, on a folder."""
    _mount(kind, target, kind, 0)


def bind(source: Path, target: Path) -> None:
    """Let a folder be seen in another's place."""
    _mount(str(source), target, None, _BIND)


def die_with_parent() -> None:
    """Let this process be killed when its parent's thread ends."""
    _check(_libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "prctl")


def _mount(source: str, target: Path, kind: str | None, flags: int) -> None:
    name = kind.encode() if kind is not None else None
    _check(_libc.mount(source.encode(), os.fsencode(target), name, ctypes.c_ulong(flags), None), f"mount on {target}")


def _check(status: int, what: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
