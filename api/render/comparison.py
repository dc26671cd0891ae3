"""What a request changes: its manifests beside those in force, line by line, and its plan."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from api.render.moments import moment
from api.render.output import Document
from api.render.page import Page
from provisioner.requests.comparison import Comparison, DocumentChange, Replanned
from provisioner.requests.progress import ENOUGH
from provisioner.requests.states import spoken

_INDENT: Final = 2
#: How lines of a unified diff begin, the longer beginnings first.
_STYLES: Final[Mapping[str, str]] = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Every document that is new or says something else, and why the plan is another than before."""
    page = Page(console)
    for each in comparison.documents:
        _print_document(page, each)
    if comparison.replanned:
        _print_replanned(page, comparison.replanned)


def as_document(comparison: Comparison) -> Mapping[str, Document]:
    """The same for programs, as the HTTP API has it."""
    again = comparison.replanned
    return {
        "documents": [
            {"kind": each.kind, "name": each.name, "new": each.new, "diff": each.diff} for each in comparison.documents
        ],
        "changes": list(comparison.changes),
        "replanned": None
        if again is None
        else {
            "act": again.act.value,
            "at": again.at.isoformat(),
            "from": again.before,
            "to": again.after,
            "changes": list(again.changes),
        },
    }


def _print_document(page: Page, change: DocumentChange) -> None:
    what = "new" if change.new else "changed" if change.diff else "as it is in force"
    page.line((f"{change.kind} {change.name}", "bold"), f": {what}")
    for line in change.diff.splitlines():
        style = next((style for beginning, style in _STYLES.items() if line.startswith(beginning)), "")
        page.line((line, style), indent=_INDENT)
    page.gap()


def _print_replanned(page: Page, again: Replanned) -> None:
    page.line(
        (f"Planned anew on {moment(again.at)}", "bold"),
        f" ({spoken(again.act)}): {again.before[:ENOUGH]} became {again.after[:ENOUGH]}",
    )
    for each in again.changes:
        page.line(each, indent=_INDENT, hang=_INDENT)
    page.gap()
