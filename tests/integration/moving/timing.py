"""What happens in the midst of something else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def later(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Have something done so many seconds after the block begins; it is done when the block has ended."""
    timer = threading.Timer(seconds, act)
    timer.start()
    try:
        yield
    finally:
        timer.join()
