"""Projects whose last day of use is near or over, shown beside their limits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, counted
from provisioner.reconciliation.ending import ends_in
from tenants.names import TenantName
from tenants.spec import City, ProjectSpec, ProjectState

_COLUMNS = (
    Column(title="tenant", flexible=True),
    Column(title="project"),
    Column(title="cloud"),
    Column(title="last day"),
    Column(title="end of use"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One project and when its use ends."""

    tenant: TenantName
    project: ProjectSpec
    until: date
    #: Days from today; below 0 once the last day is over.
    days: int


def near(city: City, tenants: Collection[TenantName], today: date) -> tuple[End, ...]:
    """The ends that the policy gives notice of by now, and those that are past, of these tenants or of all; the first end first."""
    within = max(city.policy.end_of_use.notices, default=0)
    found = (
        End(tenant=tenant.name, project=project, until=project.valid_until, days=days)
        for tenant in city.tenants.values()
        if not tenants or tenant.name in tenants
        for project in tenant.projects
        if project.valid_until is not None and (days := ends_in(project, today)) is not None and days <= within
    )
    return tuple(sorted(found, key=lambda each: (each.until, each.tenant, each.project.name)))


def print_endings(console: Console, ends: Iterable[End], names: Names) -> None:
    """One row for each; nothing where there are none."""
    rows = [
        (names.full(each.tenant), each.project.name, each.project.cloud, str(each.until), _said(each)) for each in ends
    ]
    if rows:
        page = Page(console)
        page.gap()
        page.line(("Projects whose time runs out", "bold"))
        page.table(_COLUMNS, [Group(rows=rows)])


def as_document(ends: Iterable[End]) -> Mapping[str, Document]:
    """The same for programs."""
    return {
        "endings": [
            {
                "tenant": each.tenant,
                "project": each.project.name,
                "cloud": each.project.cloud,
                "validUntil": str(each.until),
                "endsInDays": each.days,
                "state": each.project.state.value,
            }
            for each in ends
        ]
    }


def _said(end: End) -> tuple[str, str]:
    if end.days >= 0:
        return (f"in {counted(end.days, 'day')}" if end.days else "today", "yellow")
    held = ", restricted" if end.project.state is ProjectState.RESTRICTED else ""
    return (f"{counted(-end.days, 'day')} ago{held}", "bold red")
