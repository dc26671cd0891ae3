"""Shapes of time: how long something takes, an instant by the clocks of a place, and the place whose clocks are meant.

What is read of an instant has an offset where the text has one, and none where its time zone stands elsewhere: whoever
knows both calls `placed`, which refuses what the clocks of that place show twice, or never.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from tenants.language.nodes import Node
from tenants.language.report import Report, choose, shown
from tenants.language.scalars import WHOLE, scalar
from tenants.language.shape import Schema, Shape

_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
_AMOUNT: Final = "[1-9][0-9]{0,4}"
_DURATION: Final = "(?=[1-9])" + "".join(f"({_AMOUNT}{unit})?" for unit in _UNITS)
_WRITTEN_DURATION: Final = re.compile(_DURATION)
_PART: Final = re.compile(r"([0-9]+)([dhms])")
_DAY: Final = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_OFFSET: Final = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
_INSTANT: Final = f"{_DAY}[T ]{_CLOCK}{_OFFSET}"
#: What people call the time of China that the database calls by its largest city.
_CHINA: Final = dict.fromkeys(("beijing", "peking", "shenzhen", "china", "北京", "北京时间", "中国"), "Asia/Shanghai")
_WRITTEN_INSTANT: Final = re.compile(_INSTANT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why no instant is meant by a local time, and what would be right."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Shape[timedelta | None]):
    """How long: whole numbers of days, hours, minutes and seconds, the longest first."""

    shortest: timedelta
    longest: timedelta

    @property
    def blank(self) -> None:
        """Nothing said."""
        return

    def read(self, node: Node, report: Report) -> timedelta | None:
        """The duration."""
        found = scalar(node, report, "a duration")
        if found is None:
            return None
        text = found.text
        if WHOLE.fullmatch(text) is not None and found.plain:
            report.at(node, f"{shown(text)} has no unit", "write one of s, m, h and d behind it, such as 30m")
        elif _WRITTEN_DURATION.fullmatch(text) is None:
            report.at(node, f"{shown(text)} is not a duration", "write one such as 45s, 30m, 1h30m or 14d")
        elif (length := _length(text)) > self.longest:
            report.at(node, f"{text} is too long here", f"write {spell(self.longest)} at most")
        elif length < self.shortest:
            report.at(node, f"{text} is too short here", f"write {spell(self.shortest)} at least")
        else:
            return length
        return None

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of durations."""
        definitions["Duration"] = {
            "title": "Duration",
            "description": "How long: days, hours, minutes and seconds with their units, such as 45s, 30m, 1h30m or 14d.",
            "anyOf": [{"type": "string", "pattern": f"^(?:{_DURATION})$"}],
        }
        return {"$ref": "#/$defs/Duration"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant(Shape[datetime | None]):
    """A day and a time of day, with an offset from UTC or by the clocks of a time zone that is named elsewhere."""

    @property
    def blank(self) -> None:
        """No instant."""
        return

    def read(self, node: Node, report: Report) -> datetime | None:
        """The instant; without a time zone where the text has no offset."""
        found = scalar(node, report, "a day and a time")
        if found is None:
            return None
        if _WRITTEN_INSTANT.fullmatch(found.text) is None:
            message = f"{shown(found.text)} is not a day and a time"
            report.at(node, message, "write year-month-day and hour:minute, such as 2027-03-06T22:00")
            return None
        try:
            return datetime.fromisoformat(found.text)
        except ValueError:
            report.at(node, f"{found.text} is not on a day of the calendar", "write a day that exists")
            return None

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of instants."""
        definitions["Instant"] = {
            "title": "Instant",
            "description": "A day and a time: 2027-03-06T22:00 by the clocks of a time zone that is named beside it, or "
            "2027-03-06T22:00+08:00.",
            "anyOf": [{"type": "string", "pattern": f"^(?:{_INSTANT})$"}],
        }
        return {"$ref": "#/$defs/Instant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZone(Shape[ZoneInfo | None]):
    """A time zone by its name in the time zone database of IANA."""

    @property
    def blank(self) -> None:
        """No time zone."""
        return

    def read(self, node: Node, report: Report) -> ZoneInfo | None:
        """The zone with its rules."""
        found = scalar(node, report, "a time zone")
        if found is None:
            return None
        if found.text in _zones():
            return ZoneInfo(found.text)
        report.at(node, f"{shown(found.text)} is not a time zone", _meant(found.text))
        return None

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of time zones."""
        definitions["TimeZone"] = {
            "title": "TimeZone",
            "description": "A time zone by its name in the database of IANA, such as Asia/Shanghai.",
            "anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9_+/-]+$", "maxLength": 64}],
        }
        return {"$ref": "#/$defs/TimeZone"}


def placed(local: datetime, zone: ZoneInfo) -> datetime | Refusal:
    """The instant that clocks of a zone show a local time at, with that moment's offset; or why there is not just one.

    The offset is a fixed one, so that the difference of two instants is the time that passes between them.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    written = local.isoformat(timespec="minutes")
    if first.utcoffset() == second.utcoffset():
        return _fixed(first)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        later = _fixed(first.astimezone(UTC).astimezone(zone)).isoformat(timespec="minutes")
        message = f"the clocks of {zone.key} never show {written}: they are put forward then"
        return Refusal(message=message, remedy=f"write a time that there is, such as {later}, without timeZone")
    earlier, later = (_fixed(each).isoformat(timespec="minutes") for each in (first, second))
    message = f"the clocks of {zone.key} show {written} twice: they are put back then"
    return Refusal(message=message, remedy=f"write {earlier} or {later} for the one that is meant, without timeZone")


def spell(length: timedelta) -> str:
    """A duration as a manifest would say it: `1h30m`."""
    text = ""
    for unit, whole in _UNITS.items():
        count, length = divmod(length, whole)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _length(text: str) -> timedelta:
    return sum((int(count) * _UNITS[unit] for count, unit in _PART.findall(text)), timedelta())


def _fixed(at: datetime) -> datetime:
    """The same instant and the same local time, with an offset in place of a zone."""
    return at.replace(tzinfo=timezone(at.utcoffset() or timedelta()), fold=0)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _meant(text: str) -> str:
    """The zone whose last part, a city, is what somebody wrote; else the nearest name, else an example."""
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(_zones())}
    written = text.casefold().replace(" ", "_").rpartition("/")[2]
    if (city := _CHINA.get(written) or cities.get(written)) is not None:
        return f"write {city}"
    near = choose(text, _zones())
    return near if near.startswith("did") else "write its name in the database of IANA, such as Asia/Shanghai"
