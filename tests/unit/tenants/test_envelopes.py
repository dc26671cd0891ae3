"""Envelopes over the tree of tenants: sums, bounds and breaches, exact and independent of order."""

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.envelopes import Amount, Contribution, Holdings, account, allocatable, downwards, holdings
from tenants.names import CloudName, ProjectName, TenantName, VolumeTypeName, ZoneName
from tenants.resources import UNLIMITED, Limit, Limits, Resource, Service
from tenants.spec import City, ProjectSpec, ProjectState, TenantSpec

CITY = CloudName("city")
CLOUDS = (CITY, CloudName("baoan"))
CORES = Resource(service=Service.COMPUTE, name="cores")
RAM = Resource(service=Service.COMPUTE, name="ram")
GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
SSD = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd"))
RESOURCES = (CORES, RAM, GIGABYTES, SSD)


def tenant(name: str, parent: str | None = None, envelope: Limits | None = None, **projects: Limits) -> TenantSpec:
    """A tenant with an envelope in the city's cloud, and projects there by name."""
    return TenantSpec(
        name=TenantName(name),
        display_name=name,
        parent=None if parent is None else TenantName(parent),
        protection_level=3,
        envelopes={} if envelope is None else {CITY: envelope},
        projects=tuple(project(each, limits) for each, limits in projects.items()),
    )


def project(name: str, limits: Limits) -> ProjectSpec:
    """A project in the city's cloud."""
    return ProjectSpec(
        name=ProjectName(name),
        cloud=CITY,
        keystone_name=name,
        zone=ZoneName("extranet"),
        description=None,
        purpose="测试",
        protection_level=3,
        limits=limits,
    )


def city(*tenants: TenantSpec) -> City:
    """A city of these tenants."""
    return City(clouds={}, tenants={each.name: each for each in tenants})


def test_rows_tell_own_from_below() -> None:
    """Each tenant's row has what its own projects hold, what is held below, and what is left of its envelope."""
    rows = account(
        city(
            tenant("shenzhen", None, {CORES: Limit(100)}, shared={CORES: Limit(5)}),
            tenant("health", "shenzhen", {CORES: Limit(60)}, records={CORES: Limit(20)}),
            tenant("clinic", "health", None, donors={CORES: Limit(7), RAM: Limit(1)}),
        )
    ).rows
    assert [
        (each.tenant, each.resource.name, each.envelope, each.own.total, each.below.total, each.left) for each in rows
    ] == [
        ("clinic", "cores", None, 7, 0, None),
        ("clinic", "ram", None, 1, 0, None),
        ("health", "cores", 60, 20, 7, 33),
        ("health", "ram", None, 0, 1, None),
        ("shenzhen", "cores", 100, 5, 27, 68),
        ("shenzhen", "ram", None, 0, 1, None),
    ]


def test_envelope_that_nobody_uses_has_a_row() -> None:
    """What is left is all of it."""
    (row,) = account(city(tenant("shenzhen", None, {CORES: Limit(100)}))).rows
    assert (row.own, row.below, row.left) == (Amount(), Amount(), 100)


@pytest.mark.parametrize(("cores", "excess"), [(99, None), (100, None), (101, 1)])
def test_envelope_is_broken_by_the_first_unit_too_much(cores: int, excess: int | None) -> None:
    """An envelope may be full, not more."""
    breaches = account(city(tenant("shenzhen", None, {CORES: Limit(100)}, all={CORES: Limit(cores)}))).breaches
    assert [each.excess for each in breaches] == ([] if excess is None else [excess])


def test_envelope_of_zero_allows_nothing() -> None:
    """0 is a bound as well, and holding 0 keeps it."""
    nothing = city(tenant("shenzhen", None, {CORES: Limit(0)}, all={CORES: Limit(0)}))
    assert account(nothing).breaches == ()
    something = city(tenant("shenzhen", None, {CORES: Limit(0)}, all={CORES: Limit(1)}))
    assert [each.excess for each in account(something).breaches] == [1]


def test_unlimited_breaks_every_finite_envelope_above_and_no_other() -> None:
    """No bound has room for a project without limit; an unlimited envelope is no bound."""
    breaches = account(
        city(
            tenant("shenzhen", None, {CORES: Limit(2**62)}),
            tenant("health", "shenzhen", {CORES: UNLIMITED, RAM: Limit(1)}),
            tenant("clinic", "health", {CORES: Limit(5)}, donors={CORES: UNLIMITED}, labs={CORES: Limit(9)}),
        )
    ).breaches
    assert [(each.row.tenant, each.excess, each.contributors[0].project) for each in breaches] == [
        ("clinic", 4, "donors"),
        ("shenzhen", 0, "donors"),
    ]


def test_breach_names_who_holds_most() -> None:
    """Unlimited first, then the largest, five at most; whoever holds nothing is not named."""
    amounts = {"a": 3, "b": -1, "c": 9, "d": 1, "e": 0, "f": 2, "g": 4, "h": 9}
    held = {name: {CORES: Limit(amount)} for name, amount in amounts.items()}
    (breach,) = account(
        city(tenant("shenzhen", None, {CORES: Limit(1)}), tenant("unit", "shenzhen", None, **held))
    ).breaches
    assert breach.contributors == tuple(
        Contribution(tenant=TenantName("unit"), project=ProjectName(name), limit=Limit(amounts[name]))
        for name in "bchga"
    )
    assert breach.excess == 27


def test_retired_projects_hold_nothing_of_what_they_named() -> None:
    """Giving back frees the share."""
    given_back = replace(project("old", {CORES: Limit(500)}), state=ProjectState.RETIRED)
    owner = replace(tenant("shenzhen", None, {CORES: Limit(1)}), projects=(given_back,))
    assert holdings(city(owner)) == {("shenzhen", "old"): (CITY, {CORES: 0})}
    assert account(city(owner)).breaches == ()


def test_holdings_given_count_instead_of_the_manifests() -> None:
    """A plan asks the same question about what clouds enforce; strangers count for the cloud alone."""
    asked = city(tenant("shenzhen", None, {CORES: Limit(10)}, web={CORES: Limit(1)}))
    held: Holdings = {
        (TenantName("shenzhen"), ProjectName("web")): (CITY, {CORES: Limit(11)}),
        (TenantName("stranger"), ProjectName("x")): (CITY, {CORES: Limit(1000)}),
    }
    ledger = account(asked, held)
    assert [each.excess for each in ledger.breaches] == [1]
    assert [each.allocated.total for each in ledger.totals] == [1011]


@pytest.mark.parametrize(("capacity", "fits"), [(29, False), (30, True)])
def test_cloud_totals_are_held_against_capacity(capacity: int, fits: bool) -> None:  # noqa: FBT001
    """Whatever the envelopes say, a cloud gives no more than it has."""
    asked = city(
        tenant("a", None, None, x={CORES: Limit(10)}), tenant("b", None, None, y={CORES: Limit(20), RAM: Limit(7)})
    )
    totals = account(asked, capacities={CITY: {CORES: capacity, GIGABYTES: 5}}).totals
    assert [(each.resource.name, each.allocated.total, each.allocatable, each.left, each.fits) for each in totals] == [
        ("gigabytes", 0, 5, 5, True),
        ("cores", 30, capacity, capacity - 30, fits),
        ("ram", 7, None, None, True),
    ]


def test_unlimited_never_fits_a_known_capacity() -> None:
    """As with envelopes."""
    asked = city(tenant("a", None, None, x={CORES: UNLIMITED, RAM: UNLIMITED}))
    totals = account(asked, capacities={CITY: {CORES: 2**62}}).totals
    assert [(each.resource.name, each.fits) for each in totals] == [("cores", False), ("ram", True)]


def test_circles_are_cut_open() -> None:
    """Every tenant is counted once, whatever is above it."""
    tenants = city(tenant("b", "a"), tenant("a", "b"), tenant("c", "a"), tenant("d", "nobody"))
    assert downwards(tenants) == (("d", None), ("a", None), ("b", "a"), ("c", "a"))


@pytest.mark.parametrize(
    ("total", "reserved", "ratio", "overcommit", "reserve", "expected"),
    [
        (1000, 0, 4.0, None, 0, 4000),
        (1000, 100, 4.0, None, 50, 3550),
        (1000, 0, 4.0, Decimal("1.0"), 0, 1000),
        (1000, 0, 4.0, Decimal("0.5"), 1, 499),
        (10, 0, 1.1, None, 0, 11),
        (7, 0, 1.5, None, 0, 10),
        (7, 0, 0.9, None, 0, 6),
        (10, 0, 1.0, None, 11, 0),
        (10, 20, 1.0, None, 0, 0),
        (2**62, 1, 1.0, Decimal(1), 0, 2**62 - 1),
        (2**62 + 1, 0, 16.0, Decimal("3.0"), 2, 3 * (2**62 + 1) - 2),
    ],
)
def test_allocatable_is_exact_and_rounds_down(  # noqa: PLR0913, PLR0917 - the columns of a table
    total: int, reserved: int, ratio: float, overcommit: Decimal | None, reserve: int, expected: int
) -> None:
    """The cloud's reserve goes before its ratio, ours after; the manifest's ratio replaces the cloud's; never below 0."""
    found = allocatable(total=total, reserved=reserved, ratio=ratio, overcommit=overcommit, reserve=reserve)
    assert found == expected


limits = st.dictionaries(
    st.sampled_from(RESOURCES), st.one_of(st.just(-1), st.integers(0, 40), st.integers(2**62 - 3, 2**62 + 3)).map(Limit)
)


@st.composite
def cities(draw: st.DrawFn) -> City:
    """Trees of up to eight tenants in any order, with envelopes and projects in two clouds."""
    tenants = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([None, *(f"t{each}" for each in range(number))]))
        spec = tenant(f"t{number}", parent)
        projects = tuple(
            replace(project(f"p{each}", draw(limits)), cloud=draw(st.sampled_from(CLOUDS)))
            for each in range(draw(st.integers(0, 3)))
        )
        envelopes = draw(st.dictionaries(st.sampled_from(CLOUDS), limits))
        tenants.append(replace(spec, projects=projects, envelopes=envelopes))
    return city(*draw(st.permutations(tenants)))


def above(spec: TenantSpec, tenants: Mapping[TenantName, TenantSpec]) -> set[TenantName]:
    """A tenant and all above it, found the slow and simple way."""
    found = {spec.name}
    while spec.parent is not None:
        spec = tenants[spec.parent]
        found.add(spec.name)
    return found


@given(cities())
def test_no_allocation_above_any_ancestor_passes_unreported(asked: City) -> None:
    """Held against sums made the slow way: exactly the envelopes that hold too much are reported, and by how much."""
    expected = {}
    for owner in asked.tenants.values():
        for cloud, envelope in owner.envelopes.items():
            for resource, bound in envelope.items():
                held = [
                    each.limits[resource]
                    for spec in asked.tenants.values()
                    if owner.name in above(spec, asked.tenants)
                    for each in spec.projects
                    if each.cloud == cloud and resource in each.limits
                ]
                finite = sum(each for each in held if each != UNLIMITED)
                if bound != UNLIMITED and (UNLIMITED in held or finite > bound):
                    expected[owner.name, cloud, resource] = max(0, finite - bound)
    found = {(each.row.tenant, each.row.cloud, each.row.resource): each.excess for each in account(asked).breaches}
    assert found == expected


@given(cities(), st.randoms(use_true_random=False))
def test_order_of_documents_is_irrelevant(asked: City, order: random.Random) -> None:
    """The same tenants in another order, with their parts in another order, give the same ledger."""
    names = list(asked.tenants)
    order.shuffle(names)
    turned = {}
    for name in names:
        projects = list(asked.tenants[name].projects)
        order.shuffle(projects)
        turned[name] = replace(asked.tenants[name], projects=tuple(projects))
    assert account(City(clouds={}, tenants=turned)) == account(asked)


@given(cities())
def test_sums_are_exact(asked: City) -> None:
    """What the roots hold is what all projects ask for, to the last unit, at 2^62 as well."""
    ledger = account(asked)
    roots = {name for name, spec in asked.tenants.items() if spec.parent is None}
    for total in ledger.totals:
        held = [
            each.limits[total.resource]
            for spec in asked.tenants.values()
            for each in spec.projects
            if each.cloud == total.cloud and total.resource in each.limits
        ]
        expected = Amount(total=sum(each for each in held if each >= 0), unlimited=sum(each < 0 for each in held))
        at_roots = [
            row.allocated
            for row in ledger.rows
            if row.tenant in roots and (row.cloud, row.resource) == (total.cloud, total.resource)
        ]
        assert total.allocated == expected == sum(at_roots, start=Amount())
