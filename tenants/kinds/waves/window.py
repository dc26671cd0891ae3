"""When a wave may interrupt applications: local times of a place, or times with an offset, as instants."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tenants.language.composites import Record
from tenants.language.nodes import Mapping, Node
from tenants.language.report import Report
from tenants.language.shape import Field, Schema, Shape
from tenants.language.times import Instant, Refusal, TimeZone, placed
from tenants.wave import WindowSpec

_ZONE_KEY: Final = "timeZone"

_PARTS: Final = Record(
    name="WaveWindow",
    description="When applications may stand still: cutovers begin and end within it. Times are by the clocks of `timeZone`, or "
    "have an offset themselves.",
    fields=(
        Field(
            key="start",
            shape=Instant(),
            description="The first moment that an application may stand still.",
            required=True,
            example="2027-03-06T22:00",
        ),
        Field(
            key="end",
            shape=Instant(),
            description="When all must run again.",
            required=True,
            example="2027-03-07T06:00",
        ),
        Field(
            key=_ZONE_KEY,
            attribute="zone",
            shape=TimeZone(),
            description="Whose clocks show these times (IANA); needed unless both have an offset.",
            example="Asia/Shanghai",
        ),
    ),
    build=dict[str, Any],
    synonyms={"timezone": _ZONE_KEY, "tz": _ZONE_KEY, "begin": "start", "from": "start", "until": "end", "to": "end"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Shape[WindowSpec | None]):
    """The window with its times as instants."""

    @property
    def description(self) -> str:
        """What it is for."""
        return _PARTS.description

    @property
    def blank(self) -> None:
        """No window."""
        return

    def read(self, node: Node, report: Report) -> WindowSpec | None:
        """The window; None where a time is no instant."""
        before = len(report.problems)
        parts = _PARTS.read(node, report)
        if len(report.problems) > before or not isinstance(node, Mapping):
            return None
        start = _instant(node, "start", parts, report)
        end = _instant(node, "end", parts, report)
        return None if start is None or end is None else WindowSpec(start=start, end=end)

    def schema(self, definitions: Schema) -> Schema:
        """That of its parts."""
        return _PARTS.schema(definitions)


def _instant(node: Mapping, key: str, parts: dict[str, Any], report: Report) -> datetime | None:
    """A time of the window with its offset, or None after saying why it has none."""
    written: datetime = parts[key]
    zone: ZoneInfo | None = parts["zone"]
    if zone is None and written.tzinfo is None:
        remedy = (
            f"add {_ZONE_KEY}: Asia/Shanghai beside it, or write it as {written.isoformat(timespec='minutes')}+08:00"
        )
        report.at_key(node, key, "is a local time, and nothing says of which place", remedy)
        return None
    if zone is None:
        return written
    if written.tzinfo is not None:
        report.at_key(node, key, f"has an offset, and so needs no {_ZONE_KEY}", "leave one of them out")
        return None
    found = placed(written, zone)
    if isinstance(found, Refusal):
        report.at_key(node, key, found.message, found.remedy)
        return None
    return found
