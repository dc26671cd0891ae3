"""What probes found, question by question."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.quantity import UNKNOWN
from provisioner.probing.readings import Reading, Result
from tenants.application import ApplicationSpec

STYLES: Final[Mapping[Result, str]] = {Result.PASSED: "green", Result.FAILED: "bold red", Result.UNKNOWN: "yellow"}
_INDENT: Final = 2
_COLUMNS: Final = (
    Column(title="probe"),
    Column(title="server", flexible=True),
    Column(title="address", flexible=True, expendable=1),
    Column(title="result"),
    Column(title="time", right=True, expendable=2),
    Column(title="reason", flexible=True),
)


def print_readings(console: Console, application: ApplicationSpec, readings: Iterable[Reading]) -> None:
    """A line for each reading, and how many of each result there are."""
    page = Page(console)
    every = tuple(readings)
    page.line((f"{application.display_name} ({application.name})", "bold"))
    page.table(_COLUMNS, [Group(rows=[_row(each) for each in every])], indent=_INDENT)
    page.gap()
    page.line((totals(every), "bold"))


def totals(readings: Iterable[Reading]) -> str:
    """How many of each result there are: `2 passed, 1 failed`."""
    results = [each.finding.result for each in readings]
    counts = [f"{results.count(result)} {result}" for result in Result if result in results]
    return f"{', '.join(counts)}." if counts else "Nothing was asked."


def as_document(application: ApplicationSpec, readings: Iterable[Reading]) -> Mapping[str, Document]:
    """The readings with their times."""
    return {
        "application": application.name,
        "displayName": application.display_name,
        "probes": [
            {
                "probe": each.probe,
                "server": each.server,
                "address": each.address,
                "result": each.finding.result,
                "reason": each.finding.reason,
                "milliseconds": each.milliseconds,
                "at": each.at.isoformat(),
            }
            for each in readings
        ],
    }


def _row(each: Reading) -> Sequence[Part]:
    return (
        each.probe,
        each.server or UNKNOWN,
        each.address or UNKNOWN,
        (each.finding.result, STYLES[each.finding.result]),
        UNKNOWN if each.milliseconds is None else f"{each.milliseconds} ms",
        say(each.finding.reason),
    )
