"""Ends a service process when the supervisor that started it is gone, however that one died.

Two independent means: the kernel's parent-death signal (Linux, effective at once, even on ``kill -9``) and a pipe
whose write end only the supervisor holds, so that reading it ends when the supervisor ends (any POSIX system).
"""

import ctypes
import os
import signal
import threading

_PR_SET_PDEATHSIG = 1


def die_with_parent(lifeline_fd: int) -> None:
    """Make this process end as soon as its parent does.

    Call it early in the main thread.

    Args:
        lifeline_fd: read end of the pipe that the supervisor keeps open for as long as it lives.
    """
    _ask_kernel()
    threading.Thread(target=_exit_at_end_of, args=(lifeline_fd,), name="lifeline", daemon=True).start()


def _ask_kernel() -> None:
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (AttributeError, OSError):
        return  # not Linux: the lifeline alone does it


def _exit_at_end_of(fd: int) -> None:
    while True:
        try:
            if not os.read(fd, 1):
                break
        except OSError:
            break
    os._exit(0)
