"""Statements put together: what a tenant held is told of its own time alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from monitoring.statements.building import Books, ProjectKey, statements_of
from provisioner.clouds.interface import ProjectId
from provisioner.statements.months import Month, period_of
from provisioner.statements.statement import Holder, QuotaLine, Terms
from provisioner.usage.coverage import coverage
from provisioner.usage.intervals import Condition, Evidence, Moment
from provisioner.usage.quantities import Piece
from provisioner.usage.sightings import Sizes, Sort, State, Variant, quota_id
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName, TenantName

OCTOBER = period_of(Month(2026, 10))
MARKET, WATER = TenantName("market"), TenantName("water")
CITY, P, CORES = CloudName("city"), ProjectId("p"), Variant("compute/cores")


def day(number: int) -> datetime:
    """A day of October, counted from its first midnight in China."""
    return OCTOBER.start + timedelta(days=number)


def held(first: int, last: int, amount: int | None) -> Piece:
    """A quota from day to day; None: without limit."""
    start, end = (
        Moment(at=day(each), evidence=Evidence.LOOK, earliest=day(each), latest=day(each)) for each in (first, last)
    )
    state = State.UNLIMITED if amount is None else State.LIMITED
    condition = Condition(project=P, variant=CORES, state=state, sizes=Sizes(amount=amount or 0))
    return Piece(cloud=CITY, sort=Sort.QUOTA, id=quota_id(P, CORES), condition=condition, start=start, end=end)


def tenancy(tenant: TenantName, since: int, until: int | None, name: str = "web") -> Tenancy:
    """A project in somebody's hands from day to day."""
    end = None if until is None else day(until)
    return Tenancy(cloud=CITY, project=P, tenant=tenant, name=name, since=day(since), until=end)


def quotas(tenancies: Sequence[Tenancy], *pieces: Piece) -> dict[TenantName, tuple[QuotaLine, ...]]:
    """What statements say of quotas, where all of the month is known."""

    def holder(project: ProjectKey, system: str) -> Holder:
        return Holder(cloud=project[0], project=project[1], name=tenancies[-1].name, system=system)

    books = Books(
        terms=Terms(month="2026-10", period=OCTOBER, price_lists=()),
        tenants={},
        tenancies={(CITY, P): tenancies},
        holder=holder,
        sole_system=lambda _: "",
        coverage=lambda _cloud, _sort, _project, span: coverage((span,), span),
        found={},
        quotas=pieces,
    )
    return {each.tenant: each.quotas for each in statements_of(books)}


@pytest.mark.parametrize("tenants", [(MARKET, WATER), (WATER, MARKET)])
def test_a_quota_without_limit_in_others_hands_is_none_of_a_tenants(tenants: tuple[TenantName, TenantName]) -> None:
    """The project changed hands on the eleventh, and was limited, or was no longer, from then on."""
    first, then = tenants
    amounts = {MARKET: None, WATER: 8}
    pieces = held(-9, 10, amounts[first]), held(10, 31, amounts[then])
    found = quotas([tenancy(first, -9, 10), tenancy(then, 10, None)], *pieces)
    assert {name: [(each.unlimited, each.held_peak) for each in lines] for name, lines in found.items()} == {
        MARKET: [(True, 0)],
        WATER: [(False, 8)],
    }


def test_a_project_that_was_renamed_has_each_quota_once() -> None:
    """Averaged over the whole month: two lines would be added up by whoever reads them."""
    found = quotas([tenancy(MARKET, -9, 10), tenancy(MARKET, 10, None, "portal")], held(-9, 31, 8))
    [line] = found[MARKET]
    assert (line.holder.name, str(line.held_average), line.coverage.asked_seconds) == ("portal", "8.00", 31 * 86400)
