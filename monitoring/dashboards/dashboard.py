"""A dashboard: rows of panels, variables to choose by, links to the others. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from monitoring.dashboards.panel import SOURCE, Panel

_WIDTH: Final = 24
#: The classic model's version that Grafana 10.1 writes; later ones read it and move it on by themselves.
_SCHEMA: Final = 38
_TAG: Final = "tenantry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What is chosen at the top: values of a label, all of them unless somebody chooses."""

    name: str
    title: str
    #: `label_values(SERIES, LABEL)`.
    query: str

    def json(self) -> dict[str, Any]:
        """As Grafana reads it."""
        return {
            "type": "query",
            "name": self.name,
            "label": self.title,
            "datasource": dict(SOURCE),
            "definition": self.query,
            "query": {"query": self.query, "refId": f"variable-{self.name}"},
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "includeAll": True,
            "allValue": ".*",
            "multi": True,
            "options": [],
            "hide": 0,
            # 2: whenever the time changes; 1: by the alphabet.
            "refresh": 2,
            "sort": 1,
            "regex": "",
            "skipUrlSync": False,
        }


CLOUD: Final = Variable(
    name="cloud", title="云", query='label_values(tenantry_collector_last_attempt_timestamp_seconds{cloud!=""}, cloud)'
)
TENANT: Final = Variable(name="tenant", title="租户", query="label_values(tenantry_tenant_info, tenant)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading, from left to right and on below."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard. Its `uid` never changes: links and bookmarks have it."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = (CLOUD,)
    #: How far back it begins to show.
    since: str = "now-24h"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.uid}.json"

    def panels(self) -> Iterator[Panel]:
        """All panels, in order."""
        return (panel for row in self.rows for panel in row.panels)

    def json(self) -> dict[str, Any]:
        """As Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [_TAG],
            "editable": True,
            "graphTooltip": 1,
            "schemaVersion": _SCHEMA,
            "refresh": "1m",
            "time": {"from": self.since, "to": "now"},
            "timezone": "browser",
            "timepicker": {},
            "fiscalYearStartMonth": 0,
            "annotations": {"list": []},
            "links": [_LINKS],
            "templating": {"list": [_DATASOURCE, *(each.json() for each in self.variables)]},
            "panels": list(self._grid()),
        }

    def _grid(self) -> Iterator[dict[str, Any]]:
        y = number = 0
        for row in self.rows:
            number += 1
            yield _heading(row.title, number, y)
            y += 1
            for panels in _shelves(row.panels):
                x = 0
                for panel in panels:
                    number += 1
                    yield panel.json(number, x=x, y=y)
                    x += panel.width
                y += max(panel.height for panel in panels)


def _shelves(panels: tuple[Panel, ...]) -> Iterator[list[Panel]]:
    """As many beside one another as the width holds."""
    shelf: list[Panel] = []
    for panel in panels:
        if shelf and sum(each.width for each in shelf) + panel.width > _WIDTH:
            yield shelf
            shelf = []
        shelf.append(panel)
    yield shelf


def _heading(title: str, number: int, y: int) -> dict[str, Any]:
    place = {"h": 1, "w": _WIDTH, "x": 0, "y": y}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


_DATASOURCE: Final[dict[str, Any]] = {
    "type": "datasource",
    "name": "datasource",
    "label": "数据源",
    "query": "prometheus",
    "current": {},
    "includeAll": False,
    "multi": False,
    "options": [],
    "hide": 0,
    "refresh": 1,
    "regex": "",
    "skipUrlSync": False,
}
#: All others, with what is chosen here.
_LINKS: Final[dict[str, Any]] = {
    "type": "dashboards",
    "title": "Tenantry",
    "tags": [_TAG],
    "asDropdown": True,
    "includeVars": True,
    "keepTime": True,
    "targetBlank": False,
    "icon": "external link",
    "tooltip": "",
    "url": "",
}
