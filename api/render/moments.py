"""Times and durations for reading."""

from datetime import datetime, timedelta
from typing import Final

_SECONDS: Final = (("day", 86400), ("hour", 3600), ("minute", 60))


def moment(at: datetime) -> str:
    """A time in the reader's own zone, to the second."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def lasting(duration: timedelta) -> str:
    """A duration in its largest unit: `2 days`, `1 hour`, `45 seconds`."""
    seconds = max(0, int(duration.total_seconds()))
    name, length = next(((name, length) for name, length in _SECONDS if seconds >= length), ("second", 1))
    number = seconds // length
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
