"""Panels: one question each, with its unit, and what Grafana needs to draw the answer. Pure.

Grafana, "Dashboard JSON model": https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

#: The data source that the variable of that name chooses.
SOURCE: Final[Mapping[str, str]] = {"type": "prometheus", "uid": "${datasource}"}


class Unit(StrEnum):
    """Grafana's names of units."""

    NUMBER = "short"
    #: 0 to 1, shown as per cent.
    RATIO = "percentunit"
    BYTES = "bytes"
    SECONDS = "s"
    PER_SECOND = "reqps"
    #: Milliseconds since 1970, shown as how long ago.
    AGO = "dateTimeFromNow"
    TEXT = "string"


class Colour(StrEnum):
    """Of thresholds."""

    GOOD = "green"
    WATCH = "orange"
    BAD = "red"
    PLAIN = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From a value on, a colour."""

    colour: Colour
    #: None for the first: from the least value there is.
    value: float | None = None


#: Nothing is good or bad about the number itself.
PLAIN: Final = (Step(colour=Colour.PLAIN),)
#: None is good, any is bad.
NONE_WANTED: Final = (Step(colour=Colour.GOOD), Step(colour=Colour.BAD, value=1))
#: None is bad.
SOME_WANTED: Final = (Step(colour=Colour.BAD), Step(colour=Colour.GOOD, value=1))


def filling(nearly: float) -> tuple[Step, ...]:
    """For what must not be full."""
    return (
        Step(colour=Colour.GOOD),
        Step(colour=Colour.WATCH, value=nearly),
        Step(colour=Colour.BAD, value=1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An expression of PromQL, and how its series are called: `{{cloud}}`.

    In a table of several queries no series may have a name of its own, or rows would not fall together: a recorded one loses it
    by `+ 0`.
    """

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: of a label, or of a query's value."""

    title: str
    #: The label; empty for a value.
    label: str = ""
    #: The query whose value it is.
    query: Query | None = None
    unit: Unit = Unit.NUMBER
    steps: tuple[Step, ...] = PLAIN
    #: Where a click leads: a path with `${__value.text}`.
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel, `width` of 24 columns wide."""

    title: str
    description: str
    width: int
    height: int
    #: Grafana's name of its type.
    type: str
    unit: Unit
    queries: tuple[Query, ...]
    steps: tuple[Step, ...] = PLAIN
    options: Mapping[str, Any]
    #: Of time series: how lines are drawn.
    custom: Mapping[str, Any]
    columns: tuple[Column, ...] = ()
    least: float | None = None
    most: float | None = None

    def json(self, number: int, *, x: int, y: int) -> dict[str, Any]:
        """As Grafana reads it, at a place of the grid."""
        found = {
            "id": number,
            "type": self.type,
            "title": self.title,
            "description": self.description,
            "datasource": dict(SOURCE),
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self._overrides())},
            "options": dict(self.options),
            "targets": [self._target(query, number) for number, query in enumerate(self.queries)],
        }
        if self.columns:
            found["transformations"] = self._transformations()
        return found

    def _defaults(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "unit": self.unit.value,
            "color": {"mode": "palette-classic" if self.type == "timeseries" else "thresholds"},
            "thresholds": _thresholds(self.steps),
            "mappings": [],
            "custom": dict(self.custom),
        }
        if not self.custom:
            del found["custom"]
        bounds = {"min": self.least, "max": self.most}
        return found | {name: value for name, value in bounds.items() if value is not None}

    def _overrides(self) -> Iterator[dict[str, Any]]:
        for column in self.columns:
            properties: list[dict[str, Any]] = [{"id": "unit", "value": column.unit.value}]
            if column.steps != PLAIN:
                properties.append({"id": "thresholds", "value": _thresholds(column.steps)})
                properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
            if column.link:
                properties.append({"id": "links", "value": [{"title": column.title, "url": column.link}]})
            yield {"matcher": {"id": "byName", "options": column.title}, "properties": properties}

    def _target(self, query: Query, number: int) -> dict[str, Any]:
        over_time = self.type == "timeseries"
        return {
            "refId": _letter(number),
            "datasource": dict(SOURCE),
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend or "__auto",
            "range": over_time,
            "instant": not over_time,
            "format": "table" if self.columns else "time_series",
        }

    def _transformations(self) -> list[dict[str, Any]]:
        """Only these columns, in this order: `merge` has one for each label and for each query's value."""
        names = {self._field(column): column.title for column in self.columns}
        order = {name: number for number, name in enumerate(names)}
        return [
            {"id": "merge", "options": {}},
            {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
            {"id": "organize", "options": {"excludeByName": {}, "indexByName": order, "renameByName": names}},
        ]

    def _field(self, column: Column) -> str:
        if column.query is None:
            return column.label
        if len(self.queries) == 1:
            return "Value"
        return f"Value #{_letter(self.queries.index(column.query))}"


def _letter(number: int) -> str:
    return chr(ord("A") + number)


def _thresholds(steps: tuple[Step, ...]) -> dict[str, Any]:
    return {"mode": "absolute", "steps": [{"color": each.colour.value, "value": each.value} for each in steps]}
