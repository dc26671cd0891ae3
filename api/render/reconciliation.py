"""How tenants stand in clouds: in sync, pending, drifted, failed, blocked."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.moments import moment
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from provisioner.reconciliation.conditions import Condition, condition_of
from provisioner.store.reconciliation import Known

_COLUMNS: Final = (
    Column(title="tenant", flexible=True),
    Column(title="cloud"),
    Column(title="condition"),
    Column(title="drift"),
    Column(title="last looked at"),
)
_STYLES: Final = {
    Condition.IN_SYNC: "green",
    Condition.DRIFTED: "yellow",
    Condition.FAILED: "red",
    Condition.BLOCKED: "red",
}


def print_conditions(console: Console, listed: Iterable[Known], names: Names) -> None:
    """Every tenant in every cloud, and below what is in the way."""
    page, known = Page(console), tuple(listed)
    page.table(_COLUMNS, [Group(heading=[], rows=[_row(each, names) for each in known])])
    for each in known:
        if each.obstacle is not None:
            page.gap()
            page.line((f"{names.full(each.tenant)} on {each.cloud}: ", "bold"), say(each.obstacle))
    page.gap()
    well = sum(condition_of(each) is Condition.IN_SYNC for each in known)
    page.line((f"{well} of {counted(len(known), 'tenant')} in sync.", "bold"))


def as_document(listed: Iterable[Known], names: Names) -> Mapping[str, Document]:
    """The same for programs."""
    return {
        "tenants": [
            {
                "tenant": each.tenant,
                "displayName": names.display(each.tenant),
                "cloud": each.cloud,
                "condition": condition_of(each).value,
                "drift": each.drifted,
                "driftSince": _iso(each.drifted_since),
                "obstacle": each.obstacle,
                "lookedAt": _iso(each.looked_at),
                "dueAt": _iso(each.due_at),
            }
            for each in listed
        ]
    }


def _row(each: Known, names: Names) -> tuple[Part, ...]:
    condition = condition_of(each)
    return (
        names.full(each.tenant),
        each.cloud,
        (condition.value, _STYLES.get(condition, "")),
        str(each.drifted or ""),
        moment(each.looked_at) if each.looked_at else "never",
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
