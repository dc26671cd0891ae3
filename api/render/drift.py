"""Drift: what is not as it was applied, and since when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from rich.console import Console

from api.render.changes import object_name, value_text
from api.render.moments import lasting, moment
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from provisioner.kinds.wording import property_text
from provisioner.store.drift import Drift
from tenants.names import CloudName, TenantName

_INDENT: Final = 2
_COLUMNS: Final = (
    Column(title="what", flexible=True),
    Column(title="applied", flexible=True),
    Column(title="found", flexible=True),
    Column(title="first seen"),
    Column(title="age"),
)


def print_drift(console: Console, drifts: Iterable[Drift], names: Names, *, now: datetime) -> None:
    """Every difference by tenant and cloud, with its age at `now`; says so where there is none."""
    page = Page(console)
    ordered = sorted(drifts, key=lambda drift: (_subject(drift), drift.difference.address, drift.difference.property))
    if not ordered:
        page.line(("No drift: ", "bold green"), "what was read is as it was last applied.")
        return
    groups = [
        Group(
            heading=[[(f"{names.full(tenant)} on {cloud}", "bold")]],
            rows=[_row(drift, now) for drift in of_subject],
        )
        for (tenant, cloud), of_subject in groupby(ordered, key=_subject)
    ]
    page.table(_COLUMNS, groups, indent=_INDENT)
    page.gap()
    tenants = {drift.difference.address.tenant for drift in ordered}
    page.line((f"{counted(len(ordered), 'difference')} in {counted(len(tenants), 'tenant')}.", "bold"))


def as_document(drifts: Iterable[Drift], names: Names) -> Mapping[str, Document]:
    """The differences with their times."""
    return {
        "differences": [
            {
                "tenant": drift.difference.address.tenant,
                "displayName": names.display(drift.difference.address.tenant),
                "cloud": drift.difference.address.cloud,
                "address": str(drift.difference.address),
                "property": drift.difference.property,
                "expected": drift.difference.expected,
                "actual": drift.difference.actual,
                "firstSeen": drift.first_seen.isoformat(),
                "lastSeen": drift.last_seen.isoformat(),
                "lastMatchingSeen": _iso(drift.last_matching_seen),
                "resolvedAt": _iso(drift.resolved_at),
            }
            for drift in drifts
        ]
    }


def _subject(drift: Drift) -> tuple[TenantName, CloudName]:
    return drift.difference.address.tenant, drift.difference.address.cloud


def _row(drift: Drift, now: datetime) -> Sequence[Part]:
    found = drift.difference
    name = f": {property_text(found.address, found.property)}" if found.property else ""
    return (
        f"{object_name(found.address)}{name}",
        value_text(found.address, found.property, found.expected),
        (value_text(found.address, found.property, found.actual), "yellow"),
        moment(drift.first_seen),
        lasting(now - drift.first_seen),
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
