"""Times and durations for reading."""

from datetime import datetime, timedelta
from typing import Final

from provisioner.usage.coverage import Span
from tenants.days import ZONE

_SECONDS: Final = (("day", 86400), ("hour", 3600), ("minute", 60))


def moment(at: datetime) -> str:
    """A time in the reader's own zone, to the second."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def period(span: Span) -> str:
    """A time from a beginning to an end as it is accounted for: in China's time, by which months and days are."""
    start, end = (each.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") for each in (span.start, span.end))
    return f"{start} to {end}, China Standard Time"


def lasting(duration: timedelta) -> str:
    """A duration in its largest unit: `2 days`, `1 hour`, `45 seconds`."""
    seconds = max(0, int(duration.total_seconds()))
    name, length = next(((name, length) for name, length in _SECONDS if seconds >= length), ("second", 1))
    number = seconds // length
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
