"""Projects whose time runs out: what is done about them on which day."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.reconciliation.ending import Step, endings, ends_in, notice_due
from tenants.policy import STANDARD, EndOfUse
from tenants.spec import ProjectState

TODAY = date(2026, 11, 22)


def steps(build: Any, days: int, rule: EndOfUse | None = None, **fields: Any) -> list[Step]:
    """What is done about a project that ends in so many days."""
    project = build.project(valid_until=TODAY + timedelta(days=days), **fields)
    policy = replace(STANDARD, end_of_use=rule or EndOfUse())
    city = replace(build.city(build.tenant(project)), policy=policy)
    return [each.step for each in endings(city, TODAY)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (31, []),
        (30, [Step.NOTICE]),
        (0, [Step.NOTICE]),
        (-1, [Step.RESTRICT]),
        (-30, [Step.RESTRICT]),
        (-31, [Step.RESTRICT, Step.RETIRE]),
    ],
)
def test_what_is_done_on_which_day(build: Any, days: int, expected: list[Step]) -> None:
    """The last day is a day of use; the day after, it is over."""
    assert steps(build, days) == expected


def test_what_is_restricted_is_not_restricted_again(build: Any) -> None:
    """People are asked all the same."""
    assert steps(build, -31, state=ProjectState.RESTRICTED) == [Step.RETIRE]


def test_what_was_given_back_is_left_alone(build: Any) -> None:
    """Its end is behind it."""
    assert steps(build, -400, state=ProjectState.RETIRED) == []


def test_the_policy_may_do_without(build: Any) -> None:
    """Notices alone, or nothing at all."""
    assert steps(build, -400, EndOfUse(restrict=False, retire_after=None)) == []
    assert steps(build, 5, EndOfUse(notices=())) == []


def test_permanent_projects_have_no_end(build: Any) -> None:
    """Whatever the day."""
    assert ends_in(build.project(), TODAY) is None
    assert list(endings(build.city(build.tenant(build.project())), TODAY)) == []


@given(
    notices=st.sets(st.integers(1, 60), min_size=1, max_size=5),
    first=st.integers(0, 90),
)
def test_each_notice_is_given_once_and_none_early(build: Any, notices: set[int], first: int) -> None:
    """Looked at each day from any day on; those whose day was missed before are not given late, but for the nearest."""
    project = build.project(valid_until=TODAY + timedelta(days=first))
    rule = EndOfUse(notices=tuple(sorted(notices, reverse=True)))
    days = [TODAY + timedelta(days=number) for number in range(first + 30)]
    due = {day: notice_due(project, day, rule) for day in days}
    given_ = Counter(notice for notice in dict.fromkeys(due.values()) if notice is not None)
    nearest = {min((each for each in notices if first <= each), default=0)} - {0}
    assert set(given_) == {each for each in notices if each < first} | nearest
    for notice in given_:
        begin = next(day for day in days if due[day] == notice)
        assert (project.valid_until - begin).days <= notice
        # Between its first day and its last there is no other: whoever keeps which were given gives each once.
        held = [day for day in days if due[day] == notice]
        assert held == [begin + timedelta(days=number) for number in range(len(held))]


@given(gaps=st.lists(st.integers(1, 20), min_size=1, max_size=20))
def test_none_is_early_and_none_twice_whenever_somebody_looks(build: Any, gaps: list[int]) -> None:
    """After days on which nobody did."""
    project, rule, told, day = build.project(valid_until=TODAY + timedelta(days=60)), EndOfUse(), list[int](), TODAY
    for gap in gaps:
        day += timedelta(days=gap)
        notice = notice_due(project, day, rule)
        if notice is not None and notice not in told:
            told.append(notice)
            assert 0 <= (project.valid_until - day).days <= notice
    assert told == sorted(set(told), reverse=True)
