"""What was asked for, what the clouds enforce, what is used; and what envelopes have left."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from api.render.quantity import UNKNOWN, amount, size, unit_of
from monitoring.allocation import Allocation, AllocationState
from tenants.envelopes import Row

STYLES: Final[Mapping[AllocationState, str]] = {
    AllocationState.MATCHES: "green",
    AllocationState.DIFFERS: "bold yellow",
    AllocationState.MISSING: "bold red",
    AllocationState.UNREADABLE: "bold magenta",
    AllocationState.UNMANAGED: "dim",
}
#: What one limit, or one project, is.
WORDS: Final[Mapping[AllocationState, str]] = {
    AllocationState.MATCHES: "as asked",
    AllocationState.DIFFERS: "differs",
    AllocationState.MISSING: "missing",
    AllocationState.UNREADABLE: "unreadable",
    AllocationState.UNMANAGED: "unmanaged",
}
#: A project that stands still, though its manifest has it active.
DISABLED: Final = ("disabled", "bold red")
#: A project that its manifest has retired, and that holds no more than its limits.
RETIRED: Final = ("retired", "dim")
#: The same where many are counted; the order is that of the totals.
COUNTED: Final[Mapping[AllocationState, str]] = {**WORDS, AllocationState.DIFFERS: "different"}
#: Of a retired project these need no word of their own.
_SETTLED: Final = frozenset({AllocationState.MATCHES, AllocationState.UNMANAGED})
_INDENT: Final = 2


def print_allocations(
    console: Console, allocations: Iterable[Allocation], names: Names, *, unmanaged: bool = False
) -> None:
    """One row for each resource by tenant and project; those that no manifest names only with `unmanaged`.

    Of a retired project those are shown of which it holds something, or that are not down to it yet. What is reserved
    for requests under way stands behind what is used: `24 + 4`.
    """
    page = Page(console)
    every = tuple(allocations)
    shown = [each for each in every if each.retired or unmanaged or each.state is not AllocationState.UNMANAGED]
    if shown:
        _print_table(page, _project_groups(shown, names, unmanaged=unmanaged))
        page.gap()
    page.line((totals("limit", (COUNTED[each.state] for each in every)), "bold"))


def print_limits(page: Page, allocations: Iterable[Allocation], names: Names) -> None:
    """These rows under their tenants and projects."""
    _print_table(page, _project_groups(allocations, names, unmanaged=True))


def word(state: AllocationState, *, disabled: bool, retired: bool) -> str:
    """What a project of which this is the worst limit counts as."""
    if disabled:
        return DISABLED[0]
    return RETIRED[0] if retired and state in _SETTLED else COUNTED[state]


def _print_table(page: Page, groups: Iterable[Group]) -> None:
    columns = (
        Column(title="resource", flexible=True),
        *(Column(title=title, right=True) for title in ("asked", "enforced", "used")),
        Column(title="state"),
    )
    page.table(columns, groups, indent=_INDENT)


def totals(what: str, words: Iterable[str]) -> str:
    """`90 projects: 88 as asked, 1 different, 1 disabled.`."""
    count = Counter(words)
    said = [f"{count[each]} {each}" for each in (*COUNTED.values(), DISABLED[0], RETIRED[0]) if count[each]]
    return f"{counted(count.total(), what)}: {', '.join(said)}." if said else f"No {what}s."


def print_envelopes(console: Console, shares: Iterable[Row], names: Names) -> None:
    """One row for each tenant, cloud and resource that has an envelope; nothing where there is none."""
    titles = ("allocated", "envelope", "left")
    columns = (Column(title="resource", flexible=True), *(Column(title=title, right=True) for title in titles))
    groups = [
        Group(
            heading=[[(f"Envelope of {names.full(tenant)} on {cloud}", "bold")]],
            rows=[_envelope_row(share) for share in of_tenant],
        )
        for (tenant, cloud), of_tenant in groupby(shares, key=lambda share: (share.tenant, share.cloud))
    ]
    if groups:
        page = Page(console)
        page.gap()
        page.table(columns, groups, indent=_INDENT)


def as_document(allocations: Iterable[Allocation], shares: Iterable[Row], names: Names) -> Mapping[str, Document]:
    """The same rows, those of unmanaged resources always with them."""
    return {
        "allocations": [_allocation_document(each, names) for each in allocations],
        "envelopes": [_envelope_document(each, names) for each in shares],
    }


def _project_groups(shown: Iterable[Allocation], names: Names, *, unmanaged: bool) -> Iterator[Group]:
    """A group for each project; the first of each tenant has the tenant's name above it."""
    for tenant, of_tenant in groupby(shown, key=lambda each: each.tenant):
        heading: list[Sequence[Part]] = [[(names.full(tenant), "bold")]]
        for (project, cloud, keystone, disabled), rows in groupby(
            of_tenant, key=lambda each: (each.project, each.cloud, each.keystone_name, each.disabled)
        ):
            title: list[Part] = [(project, "cyan"), f" on {cloud}", (f"  (Keystone: {keystone})", "dim")]
            if disabled:
                title += ["  ", DISABLED]
            listed = tuple(rows)
            told = [each for each in listed if unmanaged or not each.retired or _is_held(each)]
            if listed[0].retired:
                title += ["  ", (RETIRED[0], "yellow"), ("" if told else ", holds nothing", "dim")]
            yield Group(heading=[*heading, title], rows=[_allocation_row(each) for each in told])
            heading = []


def _is_held(each: Allocation) -> bool:
    """Whether something of a retired project's resource is there, or could be made, or is not known."""
    return each.state is not AllocationState.UNMANAGED and (each.state not in _SETTLED or bool(each.asked))


def _allocation_row(each: Allocation) -> Sequence[Part]:
    unit = unit_of(each.resource)
    reserved = f" + {size(each.reserved, unit)}" if each.reserved else ""
    return (
        str(each.resource),
        amount(each.asked, unit),
        (amount(each.enforced, unit), STYLES[each.state] if each.state is AllocationState.DIFFERS else ""),
        UNKNOWN if each.used is None else f"{size(each.used, unit)}{reserved}",
        (WORDS[each.state], STYLES[each.state]),
    )


def _envelope_row(share: Row) -> Sequence[Part]:
    unit = unit_of(share.resource)
    unlimited = f" + {share.allocated.unlimited} unlimited" if share.allocated.unlimited else ""
    left = share.left
    return (
        str(share.resource),
        size(share.allocated.total, unit) + unlimited,
        amount(share.envelope, unit),
        UNKNOWN if left is None else (size(left, unit), "bold red" if left < 0 else ""),
    )


def _allocation_document(each: Allocation, names: Names) -> Document:
    return {
        "tenant": each.tenant,
        "displayName": names.display(each.tenant),
        "cloud": each.cloud,
        "project": each.project,
        "keystoneName": each.keystone_name,
        "resource": str(each.resource),
        "unit": unit_of(each.resource).value,
        "asked": each.asked,
        "enforced": each.enforced,
        "used": each.used,
        "reserved": each.reserved,
        "state": each.state.value,
        "disabled": each.disabled,
        "retired": each.retired,
    }


def _envelope_document(share: Row, names: Names) -> Document:
    return {
        "tenant": share.tenant,
        "displayName": names.display(share.tenant),
        "cloud": share.cloud,
        "resource": str(share.resource),
        "unit": unit_of(share.resource).value,
        "allocated": share.allocated.total,
        "unlimitedProjects": share.allocated.unlimited,
        "envelope": share.envelope,
        "left": share.left,
    }
