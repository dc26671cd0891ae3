"""The months that statements are for: their own, for they may end on another day than the calendar's. Days are China's."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from provisioner.errors import InputError
from provisioner.usage.coverage import Span
from tenants.days import ZONE, day_of

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_MONTHS_OF_YEAR: Final = 12
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 9998


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A statement's month, named by the calendar month that it ends in."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `2026-10`. Raises InputError."""
        found = _MONTH.fullmatch(text)
        if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            raise InputError(f'"{text}" is not a month: write it as 2026-10')
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        """The inverse of `parse`."""
        return f"{self.year:04}-{self.number:02}"

    def later(self, by: int) -> "Month":
        """So many months later, or earlier."""
        count = self.year * _MONTHS_OF_YEAR + self.number - 1 + by
        return Month(count // _MONTHS_OF_YEAR, count % _MONTHS_OF_YEAR + 1)


def period_of(month: Month, cut_off_day: int | None = None) -> Span:
    """From when to when a month is: up to the end of its cut-off day, from the end of the one before."""
    return Span(start=_end(month.later(-1), cut_off_day), end=_end(month, cut_off_day))


def month_at(time: datetime, cut_off_day: int | None = None) -> Month:
    """The month that a time is in."""
    day = day_of(time)
    month = Month(day.year, day.month)
    return month if time < _end(month, cut_off_day) else month.later(1)


def midnight(day: date) -> datetime:
    """The instant that a day begins."""
    return datetime.combine(day, datetime.min.time(), ZONE)


def _end(month: Month, cut_off_day: int | None) -> datetime:
    """The first instant after a month."""
    if cut_off_day is None:
        after = month.later(1)
        return midnight(date(after.year, after.number, 1))
    return midnight(date(month.year, month.number, cut_off_day) + timedelta(days=1))
