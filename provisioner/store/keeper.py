"""Stops the embedded server when its last user is gone, however it went. A program of its own, run by `embedded`.

Every user holds the users' lock shared. The keeper asks for it alone, which the kernel grants at the very moment the
last user lets go, by closing or by dying. Newcomers wait until the keeper lets go in turn, and start the server again.
It uses nothing but the standard library's core, so that it starts at once, stays small, and needs nothing to be in its
place when the time comes.
"""

import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

#: Seconds that the server has to end, and between two looks whether it has.
_PATIENCE: Final = 60
_PAUSE: Final = 0.01


def main(data: Path, listening: Path, keepers_lock: Path, users_lock: Path) -> None:
    """Wait, in the background, for the last user to go; then stop the server.

    `data` is its data folder and `listening` its socket. Returns at once where there is a keeper already.
    """
    keeper = os.open(keepers_lock, os.O_RDWR)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    # The child keeps the lock; whoever started this program learns by its end that there is a keeper.
    if os.fork():
        return
    users = os.open(users_lock, os.O_RDWR)
    fcntl.flock(users, fcntl.LOCK_EX)
    stop(data / "postmaster.pid", listening)
    # In this order: whoever gets the users' lock must find no keeper, and bring one.
    os.close(keeper)
    os.close(users)


def stop(pid_file: Path, listening: Path) -> None:
    """Stop the server and wait until it has taken its pid file away, the last thing that it does.

    Only a server that listens is stopped: a pid file may have outlived its server, and name somebody else.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(listening))
            pid = int(pid_file.read_text(encoding="utf-8").split("\n")[0])
        except OSError:
            return
    # PostgreSQL's "fast" shutdown: it ends the sessions, keeps what was committed, and needs no recovery.
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + _PATIENCE
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(_PAUSE)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
