"""The shapes of panels in use: a number, lines over time, bars, a table. Pure."""

from typing import Any, Final

from monitoring.dashboards.panel import PLAIN, Column, Panel, Query, Step, Unit

_NOW: Final[dict[str, Any]] = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_SMALL, _TALL = 4, 8


def number(
    title: str, description: str, expr: str, *, unit: Unit = Unit.NUMBER, steps: tuple[Step, ...] = PLAIN
) -> Panel:
    """One number, as it is now."""
    return Panel(
        title=title,
        description=description,
        width=4,
        height=_SMALL,
        type="stat",
        unit=unit,
        queries=(Query(expr=expr),),
        steps=steps,
        options={
            "reduceOptions": _NOW,
            "orientation": "auto",
            "textMode": "auto",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
        },
        custom={},
    )


def text(title: str, description: str, query: Query) -> Panel:
    """The legend of a series that says something by its labels alone."""
    return Panel(
        title=title,
        description=description,
        width=4,
        height=_SMALL,
        type="stat",
        unit=Unit.TEXT,
        queries=(query,),
        options={
            "reduceOptions": _NOW,
            "orientation": "auto",
            "textMode": "name",
            "colorMode": "none",
            "graphMode": "none",
            "justifyMode": "auto",
        },
        custom={},
    )


def lines(title: str, description: str, *queries: Query, unit: Unit = Unit.NUMBER, stacked: bool = False) -> Panel:
    """How it went."""
    return Panel(
        title=title,
        description=description,
        width=12,
        height=_TALL,
        type="timeseries",
        unit=unit,
        queries=queries,
        options={
            "legend": {
                "displayMode": "table",
                "placement": "right",
                "showLegend": True,
                "calcs": ["lastNotNull", "max"],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        custom={
            "drawStyle": "line",
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "fillOpacity": 30 if stacked else 5,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        },
        least=0,
    )


def bars(title: str, description: str, query: Query, *, steps: tuple[Step, ...]) -> Panel:
    """Ratios, beside one another, as they are now."""
    return Panel(
        title=title,
        description=description,
        width=12,
        height=_TALL,
        type="bargauge",
        unit=Unit.RATIO,
        queries=(query,),
        steps=steps,
        options={
            "reduceOptions": _NOW,
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "color",
            "showUnfilled": True,
            "minVizWidth": 8,
            "minVizHeight": 16,
        },
        custom={},
        least=0,
        most=1,
    )


def table(title: str, description: str, *columns: Column, width: int = 24) -> Panel:
    """A row for each set of labels, as it is now; values of several queries stand in one row where their labels are the same."""
    return Panel(
        title=title,
        description=description,
        width=width,
        height=10,
        type="table",
        unit=Unit.NUMBER,
        queries=tuple(column.query for column in columns if column.query is not None),
        options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}},
        custom={"align": "auto", "filterable": True, "cellOptions": {"type": "auto"}, "inspect": False},
        columns=columns,
    )
