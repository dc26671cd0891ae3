"""Who may hold how much, and who holds it: envelopes over the tree of tenants, in exact whole numbers.

OpenStack enforces no hierarchy of quotas, so this does. Validation asks it about what manifests ask for, and plans ask it
about what clouds enforce; both are holdings here. Pure: no clock, no cloud, no order of documents.

An envelope bounds only the resources it names, and does so for its tenant and everything below. What a project holds
without limit cannot be within any finite envelope.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import UNLIMITED, Limit, Limits, Resource
from tenants.spec import City, ProjectState, TenantSpec

#: What every project holds, and in which cloud. Limits below 0 are unlimited.
Holdings = Mapping[tuple[TenantName, ProjectName], tuple[CloudName, Limits]]
#: By cloud, how much of each resource may be given out (`allocatable`), in API units.
Capacities = Mapping[CloudName, Mapping[Resource, int]]

_MOST_CONTRIBUTORS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What some projects hold together."""

    #: The sum of their finite limits, in API units.
    total: int = 0
    #: How many of them hold the resource without limit.
    unlimited: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(total=self.total + other.total, unlimited=self.unlimited + other.unlimited)

    def excess(self, bound: int) -> int:
        """By how much the finite part is above a bound; 0 where it is within."""
        return max(0, self.total - bound)

    def within(self, bound: int) -> bool:
        """Whether all of it has room."""
        return not self.unlimited and self.total <= bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One resource of one tenant in one cloud."""

    cloud: CloudName
    tenant: TenantName
    resource: Resource
    #: The most that the tenant and all below it may hold; None where its manifest names no bound, or `unlimited`.
    envelope: Limit | None
    #: What its own projects hold.
    own: Amount
    #: What the projects of all tenants below it hold.
    below: Amount

    @property
    def allocated(self) -> Amount:
        """What it and all below it hold."""
        return self.own + self.below

    @property
    def left(self) -> int | None:
        """What may still be given out, negative where too much was; None where nothing bounds it."""
        return None if self.envelope is None else self.envelope - self.allocated.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one project adds to an allocation."""

    tenant: TenantName
    project: ProjectName
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """An envelope that holds more than it may."""

    row: Row
    #: By how much the finite limits exceed it, in API units; 0 where only unlimited ones break it.
    excess: int
    #: The projects that hold most of it, unlimited ones first, then the largest.
    contributors: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudTotal:
    """One resource of one cloud: what all tenants hold of it together, and what may be given out."""

    cloud: CloudName
    resource: Resource
    allocated: Amount
    #: None where the cloud's capacity is not known.
    allocatable: int | None

    @property
    def left(self) -> int | None:
        """What may still be given out, negative where too much was; None where the capacity is not known."""
        return None if self.allocatable is None else self.allocatable - self.allocated.total

    @property
    def fits(self) -> bool:
        """Whether the cloud has room for all of it, as far as is known."""
        return self.allocatable is None or self.allocated.within(self.allocatable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that is held, against all that may be. Sorted by cloud, tenant and resource."""

    rows: tuple[Row, ...]
    breaches: tuple[Breach, ...]
    totals: tuple[CloudTotal, ...]


def holdings(city: City) -> dict[tuple[TenantName, ProjectName], tuple[CloudName, Limits]]:
    """What the manifests ask for. A retired project holds nothing: 0 of whatever it named."""
    return {
        (tenant.name, project.name): (
            project.cloud,
            dict.fromkeys(project.limits, Limit(0)) if project.state is ProjectState.RETIRED else project.limits,
        )
        for tenant in city.tenants.values()
        for project in tenant.projects
    }


def downwards(city: City) -> tuple[tuple[TenantName, TenantName | None], ...]:
    """Every tenant with the one above it, parents first. An unknown parent counts as none; a circle is cut open."""
    units: defaultdict[TenantName, list[TenantName]] = defaultdict(list)
    roots: list[TenantName] = []
    for name in sorted(city.tenants, reverse=True):
        parent = city.tenants[name].parent
        (roots if parent is None or parent not in city.tenants else units[parent]).append(name)
    found: dict[TenantName, TenantName | None] = {}
    for start in (*reversed(roots), *sorted(city.tenants)):
        waiting: list[tuple[TenantName, TenantName | None]] = [(start, None)]
        while waiting:
            name, parent = waiting.pop()
            if name not in found:
                found[name] = parent
                waiting += ((unit, name) for unit in units[name])
    return tuple(found.items())


def upwards(city: City, tenant: TenantName) -> tuple[TenantName, ...]:
    """The tenant and all above it, upwards; nothing for one that the city does not have. A circle is cut open."""
    found: dict[TenantName, None] = {}
    node = city.tenants.get(tenant)
    while node is not None and node.name not in found:
        found[node.name] = None
        node = city.tenants.get(node.parent) if node.parent else None
    return tuple(found)


def bounded(city: City, tenant: TenantSpec, cloud: CloudName) -> frozenset[Resource]:
    """The resources that an envelope of the tenant, or of one above it, bounds in a cloud. The city must be valid."""
    found: set[Resource] = set()
    node: TenantSpec | None = tenant
    while node:
        found.update(resource for resource, limit in node.envelopes.get(cloud, {}).items() if limit != UNLIMITED)
        node = city.tenants[node.parent] if node.parent else None
    return frozenset(found)


def account(city: City, held: Holdings | None = None, capacities: Capacities | None = None) -> Ledger:
    """Add up what is held in every cloud, at every tenant, of every resource, and find what is too much.

    `held` is what to count, the manifests' own asking unless given. Holdings of tenants that are not in the city count
    for the clouds' totals alone.
    """
    counted = holdings(city) if held is None else held
    sums = _sums(city, counted)
    bounds = {
        (cloud, tenant.name, resource): limit
        for tenant in city.tenants.values()
        for cloud, limits in tenant.envelopes.items()
        for resource, limit in limits.items()
    }
    rows, breaches = [], []
    for key in sorted(sums.keys() | bounds.keys()):
        row = _row(key, sums.get(key, _NOTHING), bounds.get(key, UNLIMITED))
        rows.append(row)
        if row.envelope is not None and not row.allocated.within(row.envelope):
            top = tuple(sums[key].contributors)
            breaches.append(Breach(row=row, excess=row.allocated.excess(row.envelope), contributors=top))
    return Ledger(rows=tuple(rows), breaches=tuple(breaches), totals=_totals(counted, capacities or {}))


def allocatable(*, total: int, reserved: int, ratio: float | Decimal, overcommit: Decimal | None, reserve: int) -> int:
    """How much of a resource a cloud may give out, in API units, rounded down and never below 0.

    `total` is what is physically there, `reserved` what the cloud itself keeps back of it, `ratio` the cloud's own
    overcommit (Placement's `allocation_ratio`), which the manifest's `overcommit` replaces; `reserve` is what the
    manifest keeps back of the outcome.
    """
    chosen = Fraction(str(ratio)) if overcommit is None else Fraction(overcommit)
    whole = (total - reserved) * chosen
    return max(0, whole.numerator // whole.denominator - reserve)


@dataclass(slots=True, kw_only=True)
class _Sum:
    """What is held at one tenant, while it is being added up."""

    own: Amount = Amount()
    below: Amount = Amount()
    #: The projects that hold most of it.
    contributors: list[Contribution] = field(default_factory=list)

    def add_contributors(self, others: list[Contribution]) -> None:
        self.contributors = sorted([*self.contributors, *others], key=_weight)[:_MOST_CONTRIBUTORS]


_NOTHING: Final = _Sum()
_Key = tuple[CloudName, TenantName, Resource]


def _sums(city: City, held: Holdings) -> Mapping[_Key, _Sum]:
    """What every tenant and all below it hold, in one pass over the projects and one up the tree."""
    by_tenant: dict[TenantName, dict[tuple[CloudName, Resource], _Sum]] = {name: {} for name in city.tenants}
    for (tenant, project), (cloud, limits) in held.items():
        for resource, limit in limits.items():
            if tenant in by_tenant:
                each = by_tenant[tenant].setdefault((cloud, resource), _Sum())
                each.own += _amount(limit)
                each.add_contributors([Contribution(tenant=tenant, project=project, limit=limit)] if limit else [])
    for tenant, parent in reversed(downwards(city)):
        if parent is not None:
            for held_of, lower in by_tenant[tenant].items():
                upper = by_tenant[parent].setdefault(held_of, _Sum())
                upper.below += lower.own + lower.below
                upper.add_contributors(lower.contributors)
    return {
        (cloud, tenant, resource): each
        for tenant, sums in by_tenant.items()
        for (cloud, resource), each in sums.items()
    }


def _row(key: _Key, held: _Sum, bound: Limit) -> Row:
    cloud, tenant, resource = key
    envelope = bound if bound >= 0 else None
    return Row(cloud=cloud, tenant=tenant, resource=resource, envelope=envelope, own=held.own, below=held.below)


def _amount(limit: Limit) -> Amount:
    return Amount(unlimited=1) if limit < 0 else Amount(total=limit)


def _weight(each: Contribution) -> tuple[bool, int, TenantName, ProjectName]:
    """Unlimited first, then the largest; names decide where they are alike, so that the outcome is always the same."""
    return each.limit >= 0, -each.limit, each.tenant, each.project


def _totals(held: Holdings, capacities: Capacities) -> tuple[CloudTotal, ...]:
    sums: defaultdict[tuple[CloudName, Resource], Amount] = defaultdict(Amount)
    for cloud, limits in held.values():
        for resource, limit in limits.items():
            sums[cloud, resource] += _amount(limit)
    known = {(cloud, resource): amount for cloud, each in capacities.items() for resource, amount in each.items()}
    return tuple(
        CloudTotal(cloud=key[0], resource=key[1], allocated=sums.get(key, Amount()), allocatable=known.get(key))
        for key in sorted(sums.keys() | known.keys())
    )
