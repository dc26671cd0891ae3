"""Delegations: who takes whose place, for what, on which days."""

from collections.abc import Iterable, Mapping
from datetime import date

from rich.console import Console

from api.render.output import Document
from api.render.page import Column, Group, Page
from provisioner.requests.delegation import Delegation, Standing

_COLUMNS = (
    Column(title="delegation"),
    Column(title="from", flexible=True),
    Column(title="to", flexible=True),
    Column(title="tenant"),
    Column(title="first day"),
    Column(title="last day"),
    Column(title="state"),
)
_STYLES = {Standing.CURRENT: "green", Standing.COMING: "", Standing.OVER: "dim", Standing.REVOKED: "red"}


def print_delegations(console: Console, delegations: Iterable[Delegation], *, today: date) -> None:
    """One row for each."""
    page, listed = Page(console), tuple(delegations)
    if not listed:
        page.line("No delegations: `tenantry delegation create` makes one.")
        return
    rows = [
        (
            each.id,
            each.giver,
            each.taker,
            each.tenant or "",
            str(each.first_day),
            str(each.last_day),
            (each.standing(today).value, _STYLES[each.standing(today)]),
        )
        for each in listed
    ]
    page.table(_COLUMNS, [Group(rows=rows)])


def as_document(delegations: Iterable[Delegation], *, today: date) -> Mapping[str, Document]:
    """The same for programs."""
    return {"delegations": [one_as_document(each, today=today) for each in delegations]}


def one_as_document(delegation: Delegation, *, today: date) -> dict[str, Document]:
    """One of them."""
    return {
        "id": delegation.id,
        "giver": delegation.giver,
        "taker": delegation.taker,
        "tenant": delegation.tenant,
        "firstDay": str(delegation.first_day),
        "lastDay": str(delegation.last_day),
        "state": delegation.standing(today).value,
        "createdAt": delegation.created_at.isoformat(),
        "createdBy": delegation.created_by,
        "revokedAt": None if delegation.revoked_at is None else delegation.revoked_at.isoformat(),
        "revokedBy": delegation.revoked_by,
    }
