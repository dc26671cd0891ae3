"""End the processes of a run of Ansible that outlive it.

Ansible's workers and SSH clients are sessions of their own, so that ending the group of the process that was started
leaves them. Each process of a run therefore has the run's mark in its environment, which children take along.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

#: The variable of the environment that has the mark.
VARIABLE: Final = "TENANTRY_RUN"
_PROCESSES: Final = Path("/proc")
#: A process may start another while it is looked for; none of Ansible's go on doing so.
_ROUNDS: Final = 5


def end_marked(mark: str) -> int:
    """End all processes of this machine that have the mark; how many there were.

    Finds none where the system shows no processes as Linux does; there they end with their command (`ssh-within`).
    """
    ended = 0
    for _ in range(_ROUNDS):
        found = tuple(_marked(f"{VARIABLE}={mark}".encode()))
        if not found:
            break
        for each in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        ended += len(found)
    return ended


def _marked(entry: bytes) -> Iterator[int]:
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            if entry in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
