"""Ctrl-C: it leaves a command at once, wherever that harms nothing, and lets `apply` finish what it has under way.

Python by itself would wait for threads that wait for clouds, for minutes where one does not answer. Nothing needs that
wait: the record is whole at every moment, so that even a process killed in the middle of a write is carried on.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

#: By convention, 128 and SIGINT's number.
EXIT_INTERRUPTED: Final = 130
INTERRUPTED: Final = "interrupted; run the same command again to go on"
#: Ends what a progress bar has begun, and shows the cursor that it hid.
_RESTORED: Final = "\x1b[0m\x1b[?25h\r\n"


def leave_at_once() -> NoReturn:
    """End the process, whatever its threads are waiting for."""
    restored = _RESTORED if sys.stderr.isatty() else ""
    # The streams may be in use by what was interrupted.
    with suppress(OSError, RuntimeError):
        sys.stdout.flush()
    with suppress(OSError):
        os.write(sys.stderr.fileno(), f"{restored}Error: {INTERRUPTED}\n".encode())
    os._exit(EXIT_INTERRUPTED)


def leaving_on_ctrl_c() -> None:
    """From now on Ctrl-C leaves at once."""
    signal.signal(signal.SIGINT, _leave)


@contextmanager
def asking() -> Iterator[None]:
    """While somebody is asked something: Ctrl-C is the usual exception, for the terminal may need to be put right."""
    with _handling({signal.SIGINT: signal.default_int_handler}):
        yield


@contextmanager
def working(stop: Callable[[], bool]) -> Iterator[None]:
    """While work is under way: Ctrl-C or SIGTERM calls `stop`, which says whether it was the first, or leaves at once."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        if not stop():
            leave_at_once()

    with _handling({signal.SIGINT: on_signal, signal.SIGTERM: on_signal}):
        yield


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    leave_at_once()


@contextmanager
def _handling(handlers: dict[signal.Signals, Callable[[int, FrameType | None], object]]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
