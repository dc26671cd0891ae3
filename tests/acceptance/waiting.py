"""Wait for a condition: the only pauses of these tests."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

#: Seconds between two looks, and until a test gives up: it measures nothing.
_INTERVAL: Final = 0.02
_PATIENCE: Final = 120

T = TypeVar("T")


def until(condition: Callable[[], T], what: str) -> T:
    """Look until the condition gives something true, and return that. Raises AssertionError where it never does."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(_INTERVAL)
    raise AssertionError(f"waited in vain: {what}")
