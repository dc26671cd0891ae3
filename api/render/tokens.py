"""Tokens: a new one with its text, and all of them without."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from rich.console import Console

from api.render.moments import moment
from api.render.output import Document
from api.render.page import Column, Group, Page
from provisioner.access import Principal
from provisioner.store.tokens import Token
from provisioner.tokens import Issued
from tenants.language.report import choose

_COLUMNS = (
    Column(title="token"),
    Column(title="who", flexible=True),
    Column(title="role"),
    Column(title="tenant"),
    Column(title="issued"),
    Column(title="until"),
    Column(title="state"),
)
_STYLES = {"counts": "green", "expired": "dim", "revoked": "red"}


def print_unknown(told: Console, principal: Principal, known: Collection[str]) -> None:
    """A word where a token is for a tenant that is not among those in force: it is none yet, or misspelt."""
    if principal.tenant is not None and principal.tenant not in known:
        told.print(
            f"No tenant {principal.tenant} is in force ({choose(principal.tenant, known)}): until one is, this token sees nothing.",
            style="yellow",
            markup=False,
        )


def print_issued(out: Console, told: Console, issued: Issued) -> None:
    """The token alone on standard output, so that a script can take it; what it is for beside it."""
    token = issued.token
    scope = f" for {token.principal.tenant} and all below" if token.principal.tenant else ""
    told.print(
        f"Token {token.id} lets {token.principal.actor} in as {token.principal.role}{scope} until "
        f"{moment(token.expires_at)}. It is shown this once:",
        style="dim",
        markup=False,
    )
    out.print(issued.text, markup=False, soft_wrap=True)


def print_tokens(console: Console, tokens: Iterable[Token], *, now: datetime) -> None:
    """One row for each, oldest first."""
    page, listed = Page(console), tuple(tokens)
    if not listed:
        page.line("No tokens: `tenantry token create` issues one.")
        return
    rows = [
        (
            each.id,
            each.principal.actor,
            each.principal.role.value,
            each.principal.tenant or "",
            moment(each.created_at),
            moment(each.expires_at),
            (state(each, now), _STYLES[state(each, now)]),
        )
        for each in listed
    ]
    page.table(_COLUMNS, [Group(rows=rows)])


def as_document(tokens: Iterable[Token], *, now: datetime) -> Mapping[str, Document]:
    """The same for programs."""
    return {"tokens": [_document(each, now) for each in tokens]}


def issued_as_document(issued: Issued, *, now: datetime) -> Mapping[str, Document]:
    """A new token with its text, which is shown this once."""
    return {**_document(issued.token, now), "text": issued.text}


def state(token: Token, now: datetime) -> str:
    """Whether a token counts, and if not, why."""
    if token.revoked_at is not None:
        return "revoked"
    return "counts" if now < token.expires_at else "expired"


def _document(token: Token, now: datetime) -> dict[str, Document]:
    return {
        "id": token.id,
        "actor": token.principal.actor,
        "role": token.principal.role.value,
        "tenant": token.principal.tenant,
        "state": state(token, now),
        "createdAt": token.created_at.isoformat(),
        "createdBy": token.created_by,
        "expiresAt": token.expires_at.isoformat(),
        "revokedAt": None if token.revoked_at is None else token.revoked_at.isoformat(),
        "revokedBy": token.revoked_by,
    }
