"""The audit log, and the verdict on its chain."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console

from api.render.moments import moment
from api.render.output import Document, json_text
from api.render.page import Column, Group, Page, counted
from provisioner.audit import Entry, Finding, Head

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


def print_verification(console: Console, findings: Sequence[Finding], head: Head) -> None:
    """That the chain is whole and where it ends, or everything that is wrong with it."""
    page = Page(console)
    if findings:
        columns = (Column(title="entry", right=True), Column(title="what"), Column(title="", flexible=True))
        rows = [(str(each.seq), (each.kind.value, "bold red"), each.message) for each in findings]
        page.table(columns, [Group(rows=rows)])
        page.gap()
        page.line((f"The log was tampered with: {counted(len(findings), 'finding')}.", "bold red"))
    else:
        entries = counted(head.count, "entry", "entries")
        page.line(("The log is whole: ", "bold green"), f"{entries}, none altered, removed or moved.")
    page.line("Head ", (f"{head.count}:{head.digest}", "bold"))


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


def verification_as_document(findings: Sequence[Finding], head: Head) -> Mapping[str, Document]:
    """The verdict, the findings and the head."""
    return {
        "whole": not findings,
        "findings": [{"seq": each.seq, "kind": each.kind.value, "message": each.message} for each in findings],
        "head": {"count": head.count, "digest": head.digest},
    }


def _plain(value: Document) -> str:
    return value if isinstance(value, str) else json_text(value, "utf-8", indent=None)
