"""Days as everybody in a city counts them: deadlines, ends of use and months begin and end where its clocks say so."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

#: Where a day begins.
ZONE: Final[tzinfo] = ZoneInfo("Asia/Shanghai")
_DAY: Final = timedelta(days=1)


def day_of(at: datetime) -> date:
    """The day that a time is on."""
    return at.astimezone(ZONE).date()


def end_of(day: date) -> datetime:
    """The instant that a day ends."""
    return datetime.combine(day + _DAY, datetime.min.time(), ZONE)
