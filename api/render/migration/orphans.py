"""Orphans of migrations: what stands where, how large and how old, whose it was, and why nobody wants it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.migrations.words import size
from api.render.moments import lasting
from api.render.output import Document
from api.render.page import Column, Group, Page, Row, counted
from provisioner.migration.orphans import Orphan, Why
from provisioner.moving.orphans import Found, Removed

_COLUMNS: Final = (
    Column(title="cloud"),
    Column(title="project", flexible=True, expendable=2),
    Column(title="kind"),
    Column(title="name", flexible=True),
    Column(title="size", right=True),
    Column(title="age", right=True),
    Column(title="migration", flexible=True),
    Column(title="why", flexible=True),
)
_WHY: Final[Mapping[Why, str]] = {
    Why.TEMPORARY: "only served the migration, which has ended",
    Why.ROLLED_BACK: "was to be the target, and the migration was taken back",
    Why.UNKNOWN: "no migration here has this id: another Tenantry may be at work",
}


def print_found(console: Console, found: Found) -> None:
    """For people: every one, and what could not be looked at."""
    page = Page(console)
    if found.orphans:
        page.table(_COLUMNS, [Group(rows=[_row(found, each) for each in found.orphans])])
    elif not found.unread:
        page.line("Nothing is left of migrations that have ended.")
    else:
        page.line("Nothing was found where it could be looked for; what could not be looked at:")
    for cloud, part, why in found.unread:
        page.line((f"{cloud}, {part}: ", "bold yellow"), say(why), hang=2)
    unknown = sorted({each.what.migration for each in found.orphans if each.why is Why.UNKNOWN})
    if unknown:
        page.gap()
        page.line(
            ("What no migration here knows is never taken away unless its migration is named: ", "yellow"),
            " ".join(f"--migration {each}" for each in unknown),
            hang=2,
        )


def print_removed(console: Console, removed: Iterable[Removed]) -> None:
    """What went, and what is still there."""
    page, ended = Page(console), tuple(removed)
    for each in ended:
        if each.failure is not None:
            what = each.orphan.what
            page.line((f"{what.cloud}, {what.kind} {what.name or what.id}: ", "bold red"), say(each.failure), hang=2)
    gone = sum(each.failure is None for each in ended)
    page.line((f"{gone} of {counted(len(ended), 'orphan')} taken away.", "bold"))


def found_document(found: Found, removed: Iterable[Removed] | None = None) -> Mapping[str, Document]:
    """For programs; with what was taken away where anything was to be."""
    outcome = None if removed is None else {id(each.orphan): each for each in removed}
    return {
        "at": found.at.isoformat(),
        "orphans": [_document(found, each, outcome) for each in found.orphans],
        "unread": [{"cloud": cloud, "part": part, "why": why} for cloud, part, why in found.unread],
    }


def _row(found: Found, orphan: Orphan) -> Row:
    what = orphan.what
    return (
        what.cloud,
        found.projects.get((what.cloud, what.project), what.project),
        what.kind.value,
        what.name or what.id,
        "" if what.size is None else size(what.size),
        _age(found.at, what.created_at),
        what.migration if orphan.fate is None else f"{orphan.fate.name} ({what.migration}, {orphan.fate.state})",
        (_WHY[orphan.why], "yellow" if orphan.why is Why.UNKNOWN else ""),
    )


def _age(now: datetime, created_at: datetime | None) -> str:
    return "" if created_at is None else lasting(now - created_at)


def _document(found: Found, orphan: Orphan, outcome: Mapping[int, Removed] | None) -> Mapping[str, Document]:
    what, fate = orphan.what, orphan.fate
    ended = None if outcome is None else outcome.get(id(orphan))
    return {
        "cloud": what.cloud,
        "project": what.project,
        "projectName": found.projects.get((what.cloud, what.project)),
        "kind": what.kind.value,
        "id": what.id,
        "name": what.name,
        "role": what.role,
        "subject": what.subject,
        "sizeBytes": what.size,
        "createdAt": None if what.created_at is None else what.created_at.isoformat(),
        "migration": what.migration,
        "application": None if fate is None else fate.name,
        "state": None if fate is None else fate.state.value,
        "why": orphan.why.value,
        **({} if outcome is None else {"removed": ended is not None and ended.failure is None}),
        **({} if ended is None or ended.failure is None else {"failure": ended.failure}),
    }
