"""The audit log, and the verdict on its chain."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.moments import moment
from api.render.output import Document, json_text
from api.render.page import Column, Group, Page, counted
from provisioner.audit import Entry, Examination

#: Digits that numbers are lined up to.
_NUMBER: Final = 6


def print_entries(console: Console, entries: Iterable[Entry]) -> None:
    """One entry a line, written as they come: the log may be longer than memory."""
    page = Page(console)
    for entry in entries:
        event = entry.event
        number = (f"{entry.seq:>{_NUMBER}}", "dim")
        detail = "".join(f"  {name}={_plain(value)}" for name, value in event.detail.items())
        what = ((event.action, "bold"), f"  {event.subject}", (detail, "dim"))
        page.line(number, f"  {moment(event.at)}  ", (event.actor, "cyan"), "  ", *what, hang=_NUMBER + 2)


def print_verification(console: Console, found: Examination, *, anchored: bool = False) -> None:
    """That the chain is whole and where it ends, or everything that is wrong with it; and what anchors say of it."""
    page = Page(console)
    findings, end = found.findings, found.end
    if findings:
        columns = (Column(title="entry", right=True), Column(title="what"), Column(title="", flexible=True))
        rows = [(str(each.seq), (each.kind.value, "bold red"), say(each.message)) for each in findings]
        page.table(columns, [Group(rows=rows)])
        page.gap()
        page.line((f"The log was tampered with: {counted(len(findings), 'finding')}.", "bold red"))
    else:
        entries = counted(end.count - found.start.count, "entry", "entries")
        page.line(("The log is whole: ", "bold green"), f"{entries}, none altered, removed or moved.")
    if found.start.count and not findings:
        page.line(
            f"It is a part, from entry {found.start.count + 1} on; whether what came before is whole, it cannot tell."
        )
    if anchored:
        page.line(_of_anchors(found))
    page.line("Head ", (f"{end.count}:{end.digest}", "bold"))


def _of_anchors(found: Examination) -> str:
    """Up to where the chain is vouched for from outside."""
    agrees = found.agrees
    if agrees is None:
        return "No anchor agrees with it."
    where = "its end" if agrees.head == found.end else f"entry {agrees.head.count}"
    return f"It agrees with the anchors up to {where}, noted {moment(agrees.at)}."


def as_document(entries: Iterable[Entry]) -> Mapping[str, Document]:
    """The entries with their digests."""
    return {
        "entries": [
            {
                "seq": entry.seq,
                "at": entry.event.at.isoformat(),
                "actor": entry.event.actor,
                "action": entry.event.action,
                "subject": entry.event.subject,
                "detail": dict(entry.event.detail),
                "previous": entry.previous,
                "digest": entry.digest,
            }
            for entry in entries
        ]
    }


def verification_as_document(found: Examination) -> Mapping[str, Document]:
    """The verdict, the findings, the head, and the last anchor that agrees."""
    agrees = found.agrees
    return {
        "whole": not found.findings,
        "from": found.start.count + 1,
        "findings": [{"seq": each.seq, "kind": each.kind.value, "message": each.message} for each in found.findings],
        "head": {"count": found.end.count, "digest": found.end.digest},
        "agrees": None if agrees is None else {"count": agrees.head.count, "at": agrees.at.isoformat()},
    }


def _plain(value: Document) -> str:
    if isinstance(value, list):  # how many; the document has all of them
        return str(len(value))
    return value if isinstance(value, str) else json_text(value, "utf-8", indent=None)
