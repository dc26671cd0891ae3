"""What clouds can still give out."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.quantity import UNKNOWN, amount, percent, size, unit_of
from tenants.envelopes import CloudTotal


def print_clouds(console: Console, totals: Iterable[CloudTotal]) -> None:
    """One row for each cloud and resource; nothing where no capacity is known."""
    rows = [_row(each) for each in totals]
    if not rows:
        return
    page = Page(console)
    page.gap()
    page.line(("Clouds: what is allocated of what can be given out", "bold"))
    titles = ("allocated", "can give out", "", "left")
    columns = (
        Column(title="cloud"),
        Column(title="resource", flexible=True),
        *(Column(title=title, right=True) for title in titles),
    )
    page.table(columns, [Group(rows=rows)])


def as_document(totals: Iterable[CloudTotal]) -> Mapping[str, Document]:
    """The same rows, in the units that stand beside them."""
    return {
        "clouds": [
            {
                "cloud": each.cloud,
                "resource": str(each.resource),
                "unit": unit_of(each.resource).value,
                "allocated": each.allocated.total,
                "unlimitedProjects": each.allocated.unlimited,
                "allocatable": each.allocatable,
                "left": each.left,
            }
            for each in totals
        ]
    }


def _row(each: CloudTotal) -> Sequence[Part]:
    unit, left = unit_of(each.resource), each.left
    unlimited = f" + {each.allocated.unlimited} unlimited" if each.allocated.unlimited else ""
    return (
        each.cloud,
        each.resource.key,
        size(each.allocated.total, unit) + unlimited,
        amount(each.allocatable, unit),
        UNKNOWN if each.allocatable is None else percent(each.allocated.total, each.allocatable),
        UNKNOWN if left is None else (size(left, unit), "bold red" if left < 0 else "bold"),
    )
