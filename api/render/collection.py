"""What collectors found: how much, in how many requests, and what is lacking."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from provisioner.usage.collection import Run

if TYPE_CHECKING:
    from api.collection.collecting import Collected

_COLUMNS: Final = (
    Column(title="cloud"),
    Column(title="collector"),
    Column(title="seen", right=True),
    Column(title="requests", right=True),
    Column(title="seconds", right=True),
    Column(title="result"),
)


def print_collected(console: Console, found: "Sequence[Collected]") -> None:
    """Every run, and below what could not be read."""
    page = Page(console)
    page.table(_COLUMNS, [Group(heading=[], rows=[_row(each) for each in found])])
    for each in found:
        for part, why in _lacking(each.run):
            page.gap()
            page.line((f"{each.run.cloud}, {each.run.collector}, {part}: ", "bold"), say(why))
    page.gap()
    whole = sum(each.run.complete for each in found)
    requests = sum(each.run.requests for each in found)
    page.line((f"{whole} of {counted(len(found), 'collection')} complete, in {counted(requests, 'request')}.", "bold"))


def as_document(found: "Sequence[Collected]") -> Mapping[str, Document]:
    """The same for programs."""
    return {
        "collected": [
            {
                "cloud": each.run.cloud,
                "collector": each.run.collector,
                "seen": each.seen,
                "requests": each.run.requests,
                "began": each.run.began.isoformat(),
                "ended": each.run.ended.isoformat(),
                "complete": each.run.complete,
                "failed": dict(each.run.failed),
                "failedProjects": {str(project): why for project, why in each.run.failed_projects.items()},
            }
            for each in found
        ]
    }


def _row(found: "Collected") -> list[Part]:
    run = found.run
    style = "green" if run.complete else "yellow" if found.anything else "red"
    word = "complete" if run.complete else "in part" if found.anything else "failed"
    seconds = f"{(run.ended - run.began).total_seconds():.1f}"
    return [
        run.cloud,
        run.collector,
        "" if found.seen is None else str(found.seen),
        str(run.requests),
        seconds,
        (word, style),
    ]


def _lacking(run: Run) -> Iterator[tuple[str, str]]:
    yield from run.failed.items()
    for project, why in run.failed_projects.items():
        yield f"project {project}", why
