"""What was metered of servers beside Nova's own account."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console

from api.render.moments import moment
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from monitoring.metering.crosscheck import Agreement, Comparison, ServerSeconds

if TYPE_CHECKING:
    from api.collection.crosschecking import Crosschecked

_TENTHS: Final = 1000
_COLUMNS: Final = (
    Column(title="project", flexible=True),
    Column(title="server seconds", right=True),
    Column(title="Nova's", right=True),
    Column(title="Nova forgets", right=True),
    Column(title="result"),
)


def print_crosschecked(console: Console, found: "Sequence[Crosschecked]") -> None:
    """Every project of every cloud; how much of the time is known stands above."""
    page = Page(console)
    for each in found:
        # Rounded down: what has a gap is never shown as whole.
        tenths = each.coverage.covered_seconds * _TENTHS // max(1, each.coverage.asked_seconds)
        page.line(
            (f"{each.cloud}, {moment(each.period.start)} to {moment(each.period.end)}", "bold"),
            f", {tenths // 10}.{tenths % 10}% known",
        )
        page.table(_COLUMNS, [Group(heading=[], rows=[_row(each, one) for one in each.comparisons])])
        page.gap()
    compared = [one for each in found for one in each.comparisons]
    open_ = sum(one.agreement is Agreement.UNEXPLAINED for one in compared)
    page.line((f"{len(compared) - open_} of {counted(len(compared), 'project')} explained.", "bold"))


def as_document(found: "Sequence[Crosschecked]") -> Mapping[str, Document]:
    """The same for programs, with all measures."""
    return {
        "clouds": [
            {
                "cloud": each.cloud,
                "from": each.period.start.isoformat(),
                "to": each.period.end.isoformat(),
                "coveredSeconds": each.coverage.covered_seconds,
                "askedSeconds": each.coverage.asked_seconds,
                "projects": [
                    {
                        "projectId": one.project,
                        "project": each.names.get(one.project),
                        "metered": _seconds(one.ours),
                        "nova": _seconds(one.theirs),
                        "forgottenByNova": _seconds(one.forgotten),
                        "result": one.agreement.value,
                    }
                    for one in each.comparisons
                ],
            }
            for each in found
        ]
    }


def _row(found: "Crosschecked", one: Comparison) -> list[Part]:
    style = "red" if one.agreement is Agreement.UNEXPLAINED else "green"
    return [
        found.names.get(one.project, one.project),
        str(one.ours.servers.metered),
        str(one.theirs.servers.metered),
        str(one.forgotten.servers.metered),
        (one.agreement.value, style),
    ]


def _seconds(of: ServerSeconds) -> Mapping[str, Document]:
    return {
        "serverSeconds": of.servers.metered,
        "vcpuSeconds": of.vcpus.metered,
        "memoryByteSeconds": of.memory_bytes.metered,
    }
