"""Which process this is, and whether another one on this machine still lives.

So abandoned work is told from work under way at once, without waiting for a heartbeat to grow old.

A process is known by its number together with its start time, for numbers are used again; the number means something
only within one boot of one kernel, in one process namespace. All of it is read from `/proc`; where there is none,
processes are strangers to each other and only heartbeats tell.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
#: The field of `/proc/<pid>/stat` that holds the start time in clock ticks since boot, counted from the state field
#: after the command's closing bracket (proc(5): field 22 of the line, the state being field 3).
_START_FIELD: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """A process, told from all others, dead ones included."""

    #: One boot of one kernel and one process namespace; empty where that cannot be known.
    host: str
    pid: int
    #: The kernel's own count; empty where it cannot be known.
    start: str


def this_process() -> ProcessIdentity:
    """The process that asks."""
    return identity_of(os.getpid())


def identity_of(pid: int) -> ProcessIdentity:
    """The process of this machine that has the number now."""
    return ProcessIdentity(host=_host(), pid=pid, start=_start(pid))


def is_gone(process: ProcessIdentity) -> bool | None:
    """Whether the process has ended; None where it runs elsewhere, so that nobody here can tell."""
    if not process.host or process.host != _host():
        return None
    return _start(process.pid) != process.start


def _host() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start(pid: int) -> str:
    try:
        line = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *_ = fields = line.rpartition(")")[2].split()
    # A zombie has ended: it only waits for its parent to take note.
    return "" if state in {"Z", "X"} else fields[_START_FIELD]
