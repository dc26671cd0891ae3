"""Working days: weekends, holidays, and the weekend days that are worked in exchange."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.errors import InputError
from provisioner.requests.calendar import Calendar, china, read
from tenants.days import day_of, end_of

_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-13", True),
        ("2026-02-14", True),  # a Saturday worked for the Spring Festival
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),  # a Saturday
        ("2026-04-06", False),
        ("2026-09-20", True),  # a Sunday
        ("2026-10-07", False),
        ("2026-10-10", True),  # a Saturday
        ("2026-11-21", False),
        ("2026-11-23", True),
    ],
)
def test_2026_is_as_the_state_council_arranged_it(day: str, works: bool) -> None:  # noqa: FBT001 - a column of the table
    """Days off in a row, and the days worked for them."""
    assert china().is_working(date.fromisoformat(day)) is works


def test_2026_has_so_many_working_days() -> None:
    """261 weekdays, less 19 holidays on weekdays, and 6 weekend days worked."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    off = [each for each in china().years[2026].off if each.weekday() < 5]
    assert sum(map(china().is_working, days)) == 261 - len(off) + 6


def test_a_deadline_passes_over_the_spring_festival() -> None:
    """Five working days after Thursday the 12th of February: the 13th, 14th, 24th, 25th, 26th."""
    assert china().after(date(2026, 2, 12), 5).day == date(2026, 2, 26)


def test_a_year_that_is_not_known_is_said() -> None:
    """2027 is counted by weekends alone until it is published."""
    deadline = china().after(date(2026, 12, 29), 5)
    assert (deadline.day, deadline.unknown) == (date(2027, 1, 5), (2027,))
    assert china().after(date(2026, 12, 1), 5).unknown == ()


@given(_DAYS, st.integers(1, 20))
def test_a_deadline_is_a_working_day_with_as_many_before_it(day: date, count: int) -> None:
    """Counting back finds the same number."""
    deadline = china().after(day, count).day
    assert china().is_working(deadline)
    assert china().between(day, deadline) == count


@given(_DAYS, _DAYS)
def test_counting_backwards_is_counting_forwards(first: date, last: date) -> None:
    """With the other sign."""
    assert china().between(first, last) == -china().between(last, first)


@given(_DAYS, st.integers(0, 10), st.integers(0, 10))
def test_more_days_are_never_earlier(day: date, count: int, more: int) -> None:
    """And none is the day itself."""
    assert Calendar().after(day, count).day <= Calendar().after(day, count + more).day
    assert china().after(day, 0).day == day


def test_a_day_begins_where_the_offices_are() -> None:
    """Midnight in China is four in the afternoon of the day before, elsewhere."""
    end = end_of(date(2026, 3, 2))
    assert (end.astimezone().isoformat() != "", day_of(end)) == (True, date(2026, 3, 3))
    assert day_of(end - timedelta(seconds=1)) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[2026]\noff = []\nworked = []", "source"),
        ('[2026]\nsource = "x"\noff = [[2026-01-03, 2026-01-01]]\nworked = []', "ends before it begins"),
        ('[2026]\nsource = "x"\noff = [[2025-01-01, 2025-01-01]]\nworked = []', "no day of 2026"),
        ('[2026]\nsource = "x"\noff = []\nworked = [2026-01-05]', "not a weekend day"),
        ("[[", "cannot be read"),
    ],
)
def test_a_calendar_that_is_wrong_is_refused(text: str, said: str) -> None:
    """With what is wrong."""
    with pytest.raises(InputError, match=said):
        read(text)
