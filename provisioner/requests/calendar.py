"""Working days, from a calendar kept as data: holidays, and the weekend days that China works in exchange.

Deadlines of reviews count by it. A year that the data does not have is counted by weekends alone, and whoever shows a
deadline in it says so: the State Council publishes each year's arrangement late in the year before.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from provisioner.errors import InputError

#: Working days that a review may take.
REVIEW_DAYS: Final = 5
#: Working days that a reservation is held while a request waits.
RESERVATION_DAYS: Final = 15
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """One year's days off that are no weekend days, and its weekend days that are worked."""

    year: int
    #: The document that says so.
    source: str
    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day of a period of working days."""

    day: date
    #: The years in the period whose arrangement is not known; their holidays are not counted.
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """All years that are known."""

    years: Mapping[int, Arrangement] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day, as far as is known."""
        year = self.years.get(day.year)
        if year and day in year.off:
            return False
        return day.weekday() < _SATURDAY or bool(year and day in year.worked)

    def after(self, day: date, working_days: int) -> Deadline:
        """The day that is so many working days after another one, which itself does not count."""
        reached, unknown = day, set[int]()
        while working_days > 0:
            reached += _DAY
            working_days -= self.is_working(reached)
            if reached.year not in self.years:
                unknown.add(reached.year)
        return Deadline(day=reached, unknown=tuple(sorted(unknown)))

    def between(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to and with `last`; negative where `last` is earlier."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_working(first + _DAY * number) for number in range(1, (last - first).days + 1))


def read(text: str) -> Calendar:
    """The calendar that a TOML text describes. Raises InputError where it is none."""
    try:
        content = tomllib.loads(text)
        years = {int(year): _arrangement(int(year), table) for year, table in content.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"the holiday calendar cannot be read: {error}") from error
    return Calendar(years=years)


@cache
def china() -> Calendar:
    """The arrangements of the State Council of China that came with this version."""
    return read((files(__package__) / "holidays.toml").read_text(encoding="utf-8"))


def _arrangement(year: int, table: Mapping[str, Any]) -> Arrangement:
    off = frozenset(day for first, last in table["off"] for day in _days(first, last))
    worked = frozenset(table["worked"])
    strange = sorted(each for each in off | worked if type(each) is not date or each.year != year)
    if strange:
        raise ValueError(f"{strange[0]} is no day of {year}")
    wrong = sorted(each for each in worked if each.weekday() < _SATURDAY or each in off)
    if wrong:
        raise ValueError(f"{wrong[0]} is not a weekend day that is worked")
    return Arrangement(year=year, source=table["source"], off=off, worked=worked)


def _days(first: date, last: date) -> list[date]:
    if last < first:
        raise ValueError(f"the holiday from {first} ends before it begins")
    return [first + _DAY * number for number in range((last - first).days + 1)]
