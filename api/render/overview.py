"""A whole city on a few screens: one line for each project, for each envelope that holds something, for each cloud.

The long form of the same, resource by resource, is `api.render.allocation`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.console import Console

from api.render.allocation import DISABLED, RETIRED, STYLES, WORDS, print_limits, totals, word
from api.render.names import Names
from api.render.page import Column, Group, Page, Part, counted
from api.render.quantity import UNKNOWN, amount, beside, percent, unit_of, without_unit_of
from monitoring.allocation import Allocation, AllocationState
from tenants.envelopes import Amount
from tenants.envelopes import Row as Share
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Resource, Service

_INSTANCES: Final = Resource(service=Service.COMPUTE, name="instances")
_CORES: Final = Resource(service=Service.COMPUTE, name="cores")
_RAM: Final = Resource(service=Service.COMPUTE, name="ram")
_VOLUMES: Final = Resource(service=Service.BLOCK_STORAGE, name="volumes")
_GIGABYTES: Final = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")

#: What the lines show of all resources, with the order in which a narrow terminal does without: 0 never.
_MAIN: Final[Mapping[Resource, int]] = {_INSTANCES: 3, _CORES: 0, _RAM: 0, _VOLUMES: 4, _GIGABYTES: 1}
_TENANT: Final = Column(title="tenant", flexible=True)
_NAME: Final = Column(title="name", expendable=5)
_AMOUNTS: Final = tuple(
    Column(title=each.name, right=True, expendable=expendable) for each, expendable in _MAIN.items()
)
#: A project is as its worst limit is.
_WORST_FIRST: Final = (
    AllocationState.MISSING,
    AllocationState.UNREADABLE,
    AllocationState.DIFFERS,
    AllocationState.MATCHES,
    AllocationState.UNMANAGED,
)
#: So many limits that are not as asked are told one by one.
_MOST_TOLD: Final = 20
_NOTHING: Final = Amount()


def print_allocations(console: Console, allocations: Iterable[Allocation], names: Names) -> None:
    """One line for each project: what is used of its main limits, and whether all of them are as asked.

    Where what the cloud enforces is not what was asked for, both are shown, and below the table each such limit.
    """
    page = Page(console)
    every = tuple(allocations)
    projects = [_Project(key=key, limits=tuple(rows)) for key, rows in groupby(every, key=_key)]
    columns = (
        _TENANT,
        _NAME,
        Column(title="project", flexible=True),
        Column(title="cloud", expendable=2),
        *_AMOUNTS,
        Column(title="state"),
    )
    if projects:
        page.line(("Projects: used/limit, and asked->enforced where they differ", "bold"))
        page.table(columns, [Group(rows=[_project_row(each, names) for each in projects])])
        page.gap()
    differing = [each for each in every if each.state is AllocationState.DIFFERS]
    if 0 < len(differing) <= _MOST_TOLD:
        page.line(("Limits that are not as asked", "bold yellow"))
        print_limits(page, differing, names)
        page.gap()
    page.line((totals("project", (each.word for each in projects)), "bold"))


def print_envelopes(console: Console, shares: Iterable[Share], names: Names) -> None:
    """One line for each tenant and cloud of which something is allocated; the others are only counted."""
    every = [tuple(rows) for _, rows in groupby(shares, key=lambda share: (share.tenant, share.cloud))]
    filled = [rows for rows in every if any(share.allocated != _NOTHING for share in rows)]
    if not every:
        return
    page = Page(console)
    page.gap()
    page.line(("Envelopes: allocated/envelope", "bold"))
    columns = (_TENANT, _NAME, Column(title="cloud"), *_AMOUNTS)
    if filled:
        page.table(columns, [Group(rows=[_envelope_row(rows, names) for rows in filled])])
    if len(filled) < len(every):
        empty = counted(len(every) - len(filled), "more envelope holds", "more envelopes hold")
        page.line((f"{empty} nothing yet.", "dim"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """One project's limits."""

    key: tuple[TenantName, CloudName, ProjectName]
    limits: Sequence[Allocation]

    @property
    def state(self) -> AllocationState:
        """That of its worst limit."""
        found = {each.state for each in self.limits}
        return next(state for state in _WORST_FIRST if state in found)

    @property
    def disabled(self) -> bool:
        """Whether it stands still, whatever its limits are."""
        return any(each.disabled for each in self.limits)

    @property
    def retired(self) -> bool:
        """Whether its manifest has it retired."""
        return any(each.retired for each in self.limits)

    @property
    def word(self) -> str:
        """What it counts as."""
        return word(self.state, disabled=self.disabled, retired=self.retired)


def _key(each: Allocation) -> tuple[TenantName, CloudName, ProjectName]:
    return each.tenant, each.cloud, each.project


def _project_row(project: _Project, names: Names) -> Sequence[Part]:
    tenant, cloud, name = project.key
    limits = {each.resource: each for each in project.limits}
    return (
        names.display(tenant),
        tenant,
        name,
        cloud,
        *(_limit(limits.get(resource)) for resource in _MAIN),
        _state(project),
    )


def _state(project: _Project) -> Part:
    """A retired project is marked so even where a word is to be said about its limits."""
    if project.disabled:
        return DISABLED
    if not project.retired:
        return (WORDS[project.state], STYLES[project.state])
    return RETIRED if project.word == RETIRED[0] else (f"{RETIRED[0]}, {WORDS[project.state]}", STYLES[project.state])


def _limit(each: Allocation | None) -> Part:
    """`12/40`; `12/40->60` where 40 were asked for and 60 are enforced. What no manifest names is `-`."""
    if each is None or each.asked is None:
        return (UNKNOWN, "dim")
    unit = unit_of(each.resource)
    asked, style = amount(each.asked, unit), ""
    used = UNKNOWN if each.used is None else beside(each.used + each.reserved, each.asked, unit)
    if each.state is AllocationState.DIFFERS:
        enforced, style = amount(each.enforced, unit), STYLES[each.state]
        limit = f"{without_unit_of(enforced, asked)}->{enforced}"
    else:
        limit = asked
    return (f"{used}/{limit}", style)


def _envelope_row(shares: Sequence[Share], names: Names) -> Sequence[Part]:
    tenant, cloud = shares[0].tenant, shares[0].cloud
    by_resource = {each.resource: each for each in shares}
    return (names.display(tenant), tenant, cloud, *(_share(by_resource.get(resource)) for resource in _MAIN))


def _share(share: Share | None) -> Part:
    """`160/480  33%`; what no envelope bounds is `-`."""
    if share is None or share.envelope is None:
        return (UNKNOWN, "dim")
    unit = unit_of(share.resource)
    total, envelope = beside(share.allocated.total, share.envelope, unit), amount(share.envelope, unit)
    unlimited = f" + {share.allocated.unlimited} unlimited" if share.allocated.unlimited else ""
    style = "" if share.allocated.within(share.envelope) else "bold red"
    return (
        f"{total}{unlimited}/{envelope} {percent(share.allocated.total, share.envelope)}",
        style,
    )
