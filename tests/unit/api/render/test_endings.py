"""Projects whose time runs out, shown."""

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rich.console import Console

from api.render.endings import as_document, near, print_endings
from api.render.names import Names
from tenants.names import CloudName, TenantName
from tenants.spec import City, ProjectSpec, ProjectState, TenantSpec

TODAY = date(2026, 11, 22)
MARKET = TenantName("market")


def _project(name: str, days: int | None, **more: Any) -> ProjectSpec:
    until = None if days is None else TODAY + timedelta(days=days)
    fields: dict[str, Any] = {
        "name": name,
        "description": None,
        "keystone_name": f"market-{name}",
        "cloud": CloudName("city"),
        "zone": "extranet",
        "purpose": "登记",
        "protection_level": 2,
        "valid_until": until,
    }
    return replace(ProjectSpec(**fields), **more)


def _city(*projects: ProjectSpec) -> City:
    tenant = TenantSpec(name=MARKET, display_name="市监局", parent=None, protection_level=2, projects=projects)
    return City(clouds={}, tenants={MARKET: tenant})


def test_the_nearest_end_comes_first_and_far_ones_are_not_shown() -> None:
    """As far ahead as the policy gives notice: 30 days unless it says otherwise. Projects without an end have none."""
    city = _city(_project("soon", 30), _project("later", 31), _project("over", -2), _project("permanent", None))
    assert [each.project.name for each in near(city, (), TODAY)] == ["over", "soon"]


def test_what_is_given_back_has_no_end_any_more() -> None:
    """And other tenants' are not shown to who asked for some."""
    city = _city(_project("old", -2, state=ProjectState.RETIRED), _project("over", -2))
    assert [each.project.name for each in near(city, (MARKET,), TODAY)] == ["over"]
    assert near(city, (TenantName("audit"),), TODAY) == ()


def test_each_end_is_told_in_days() -> None:
    """With whether its limits are down already."""
    restricted = _project("lab", -2, state=ProjectState.RESTRICTED)
    city = _city(_project("web", 0), restricted, _project("db", 1))
    console = Console(file=io.StringIO(), width=200)
    ends = near(city, (), TODAY)
    print_endings(console, ends, Names.of(city))
    assert isinstance(console.file, io.StringIO)
    told = [
        line.split("2026-11-")[1][2:].strip() for line in console.file.getvalue().splitlines() if "2026-11-" in line
    ]
    assert told == ["2 days ago, restricted", "today", "in 1 day"]
    document: Any = as_document(ends)
    assert [each["endsInDays"] for each in document["endings"]] == [-2, 0, 1]


def test_nothing_is_said_where_no_end_is_near() -> None:
    """Not even a heading."""
    console = Console(file=io.StringIO(), width=200)
    city = _city(_project("permanent", None))
    print_endings(console, near(city, (), TODAY), Names.of(city))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""
