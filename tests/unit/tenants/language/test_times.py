"""Durations, instants and time zones are read exactly, and what clocks show twice or never is not guessed at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.language.nodes import Scalar
from tenants.language.report import Report
from tenants.language.shape import Shape
from tenants.language.times import Duration, Instant, Refusal, TimeZone, placed, spell

DURATION = Duration(shortest=timedelta(minutes=1), longest=timedelta(days=30))
BERLIN = ZoneInfo("Europe/Berlin")


def read(shape: Shape[Any], text: str) -> tuple[Any, list[tuple[str, str]]]:
    """What a shape makes of a text without quotes, and what it says to it."""
    report = Report("a.yaml")
    value = shape.read(Scalar(1, 1, text, plain=True), report)
    return value, [(each.message, each.remedy) for each in report.problems]


@given(st.integers(60, 30 * 86400))
def test_durations_are_read_as_they_are_spelt(seconds: int) -> None:
    """Whatever one writes out, one reads back."""
    length = timedelta(seconds=seconds)
    assert read(DURATION, spell(length)) == (length, [])


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("30", '"30" has no unit', "write one of s, m, h and d behind it, such as 30m"),
        ("30 min", '"30 min" is not a duration', "write one such as 45s, 30m, 1h30m or 14d"),
        ("1m1h", '"1m1h" is not a duration', "write one such as 45s, 30m, 1h30m or 14d"),
        ("-5m", '"-5m" is not a duration', "write one such as 45s, 30m, 1h30m or 14d"),
        ("31d", "31d is too long here", "write 30d at most"),
        ("59s", "59s is too short here", "write 1m at least"),
    ],
)
def test_what_is_no_duration_is_told(written: str, message: str, remedy: str) -> None:
    """With what would be right."""
    assert read(DURATION, written) == (None, [(message, remedy)])


@pytest.mark.parametrize("written", ["2027-03-06T22:00", "2027-03-06 22:00:00"])
def test_instant_without_an_offset_is_local(written: str) -> None:
    """Its time zone stands elsewhere."""
    assert read(Instant(), written) == (datetime(2027, 3, 6, 22, 0), [])  # noqa: DTZ001 - that is what it is


@pytest.mark.parametrize("written", ["2027-03-06T22:00+08:00", "2027-03-06T14:00Z"])
def test_instant_with_an_offset_is_whole(written: str) -> None:
    """Two ways to write one instant."""
    value, problems = read(Instant(), written)
    assert (value, problems) == (datetime(2027, 3, 6, 14, 0, tzinfo=UTC), [])


@pytest.mark.parametrize("written", ["2027-03-06", "22:00", "2027-3-6T22:00", "2027-03-06T24:00", "明晚十点"])
def test_what_is_no_instant_is_refused(written: str) -> None:
    """A day alone has no time."""
    assert read(Instant(), written)[1][0][0] == f'"{written}" is not a day and a time'


def test_days_that_there_are_not_are_refused() -> None:
    """2027 is no leap year."""
    assert read(Instant(), "2027-02-29T22:00")[1] == [
        ("2027-02-29T22:00 is not on a day of the calendar", "write a day that exists")
    ]


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("Shanghai", "write Asia/Shanghai"),
        ("Asia/Shanghay", 'did you mean "Asia/Shanghai"?'),
        ("Asia/Beijing", "write Asia/Shanghai"),
        ("北京时间", "write Asia/Shanghai"),
        ("明天", "write its name in the database of IANA, such as Asia/Shanghai"),
    ],
)
def test_unknown_time_zone_is_told_with_the_nearest(written: str, remedy: str) -> None:
    """A city alone, a slip, or something else altogether."""
    assert read(TimeZone(), written) == (None, [(f'"{written}" is not a time zone', remedy)])


def test_local_time_is_placed() -> None:
    """With the offset of that moment, and no zone that arithmetic could go wrong by."""
    winter, summer = placed(datetime(2027, 3, 27, 22), BERLIN), placed(datetime(2027, 3, 28, 22), BERLIN)  # noqa: DTZ001
    assert isinstance(winter, datetime)
    assert isinstance(summer, datetime)
    assert (winter.isoformat(), summer.isoformat()) == ("2027-03-27T22:00:00+01:00", "2027-03-28T22:00:00+02:00")
    assert summer - winter == timedelta(hours=23)


def test_times_that_clocks_skip_are_refused() -> None:
    """Where they are put forward."""
    assert placed(datetime(2027, 3, 28, 2, 30), BERLIN) == Refusal(  # noqa: DTZ001
        message="the clocks of Europe/Berlin never show 2027-03-28T02:30: they are put forward then",
        remedy="write a time that there is, such as 2027-03-28T03:30+02:00, without timeZone",
    )


def test_times_that_clocks_show_twice_are_refused() -> None:
    """Where they are put back, both instants are named."""
    assert placed(datetime(2027, 10, 31, 2, 30), BERLIN) == Refusal(  # noqa: DTZ001
        message="the clocks of Europe/Berlin show 2027-10-31T02:30 twice: they are put back then",
        remedy="write 2027-10-31T02:30+02:00 or 2027-10-31T02:30+01:00 for the one that is meant, without timeZone",
    )


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Monrovia"]),
)
def test_what_is_placed_is_shown_by_its_clocks(local: datetime, zone: str) -> None:
    """Whatever instant is answered, the zone's clocks show the local time then; nothing raises."""
    found = placed(local, ZoneInfo(zone))
    if isinstance(found, datetime):
        assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
