"""Quantities times prices: exact, to the last second and digit, whatever they are."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.statements.money import added, cost_of, quantity_of, rounded
from monitoring.statements.rating import Key, Rated, charge, rated, windows
from provisioner.clouds.interface import ProjectId
from provisioner.statements.months import Month, month_at, period_of
from provisioner.statements.statement import Charge, Holder, Statement, Terms
from provisioner.store.codec import decode, encode
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Line, Measure, Quantity
from provisioner.usage.sightings import Sort, State, Variant
from tenants.names import CloudName, TenantName
from tenants.prices import (
    Amount,
    Currency,
    Price,
    PricedMeasure,
    PricedResource,
    PricedState,
    PriceListName,
    PriceListSpec,
    Sku,
    Term,
)

OCTOBER = period_of(Month(2026, 10), 25)
GIB = 2**30
PRICE = Price(
    sku=Sku("vcpu"),
    display_name="核",
    resource=PricedResource.SERVER,
    measure=PricedMeasure.VCPUS,
    amount=Amount.ONE,
    term=Term.MONTH,
    price=Decimal("30.00"),
)
decimals = st.decimals(min_value=0, max_value=10**12, places=8, allow_nan=False, allow_infinity=False)
seconds = st.integers(min_value=0, max_value=10**24)


def listed(*prices: Price, first: date = date(2026, 1, 1), before: date | None = None) -> PriceListSpec:
    """A price list."""
    return PriceListSpec(
        name=PriceListName(f"prices-{first}"),
        display_name="价格目录",
        version="1",
        currency=Currency("CNY"),
        valid_from=first,
        valid_before=before,
        prices=prices,
    )


def line(
    measure: Measure = Measure.VCPUS, state: State = State.ACTIVE, variant: str = "c4", cloud: str = "city"
) -> Line:
    """Something that was used."""
    return Line(
        cloud=CloudName(cloud),
        tenant=TenantName("market"),
        project=ProjectId("p"),
        sort=Sort.SERVER,
        variant=Variant(variant),
        state=state,
        measure=measure,
    )


def terms(*lists: PriceListSpec, period: Span = OCTOBER) -> Terms:
    """What October is rated by."""
    return Terms(month="2026-10", period=period, price_lists=lists)


def charges(by: Terms, used: dict[Line, int]) -> list[Charge]:
    """The lines of October, where each window has the same use a second."""
    quantities = {
        each.period: {
            line: Quantity(metered=amount * each.period.seconds, least=0, most=amount * each.period.seconds)
            for line, amount in used.items()
        }
        for each in windows(by.period, by.price_lists)
    }
    holder = Holder(cloud=CloudName("city"), project=ProjectId("p"), name="p")
    known = Coverage(covered_seconds=1, asked_seconds=1)
    return [charge(key, what, holder, known) for key, what in rated(by, quantities).items()]


def costs(found: Iterable[Charge]) -> dict[str, str]:
    """What each SKU costs."""
    return {each.rate.sku if each.rate else "-": str(each.cost) for each in found}


@given(resource_seconds=seconds, unit_seconds=st.integers(1, 10**18), price=decimals)
def test_a_cost_is_the_nearest_cent(resource_seconds: int, unit_seconds: int, price: Decimal) -> None:
    """Never further than half a cent from the exact amount, and with two places."""
    cost = cost_of(resource_seconds, unit_seconds, price)
    exact = Fraction(price) * resource_seconds / unit_seconds
    assert abs(Fraction(cost) - exact) <= Fraction(1, 200)
    assert cost.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("0.005", "0.00"),
        ("0.015", "0.02"),
        ("0.025", "0.02"),
        ("-0.015", "-0.02"),
        ("0.0250001", "0.03"),
        ("7", "7.00"),
    ],
)
def test_what_lies_in_the_middle_is_rounded_to_the_even_digit(exact: str, text: str) -> None:
    """四舍六入五成双."""
    assert str(rounded(Fraction(exact), 2)) == text


@given(st.lists(st.integers(-(10**40), 10**40)))
def test_sums_have_all_their_digits(cents: list[int]) -> None:
    """However large they are: a decimal's usual context would round beyond 28."""
    amounts = [rounded(Fraction(each, 100), 2) for each in cents]
    assert Fraction(added(amounts)) == Fraction(sum(cents), 100)


@given(
    changes=st.lists(st.dates(date(2026, 9, 1), date(2026, 11, 30)), unique=True, max_size=6),
    amount=st.integers(1, 10**6),
)
def test_a_month_in_parts_adds_up_to_the_whole(changes: list[date], amount: int) -> None:
    """However often prices change, no second is lost and none counts twice."""
    days = sorted(changes)
    ends: list[date | None] = [*days[1:], None][: len(days)]
    lists = [listed(PRICE, first=first, before=before) for first, before in zip(days, ends, strict=True)]
    parts = windows(OCTOBER, lists)
    assert [parts[0].period.start, parts[-1].period.end] == [OCTOBER.start, OCTOBER.end]
    assert all(a.period.end == b.period.start for a, b in itertools.pairwise(parts))
    found = charges(terms(*lists), {line(): amount})
    assert sum(each.used.metered for each in found) == amount * OCTOBER.seconds


@pytest.mark.parametrize("month", [Month(2026, 2), Month(2028, 2), Month(2026, 10), Month(2026, 11)])
def test_a_whole_month_costs_the_price_however_many_days_it_has(month: Month) -> None:
    """28, 29, 30 or 31."""
    found = charges(terms(listed(PRICE), period=period_of(month)), {line(): 4})
    assert [(str(each.quantity), str(each.cost)) for each in found] == [("4.000000", "120.00")]


@pytest.mark.parametrize(
    ("term", "cost"), [(Term.HOUR, f"{30 * 24 * 30}.00"), (Term.DAY, f"{30 * 30}.00"), (Term.MONTH, "30.00")]
)
def test_prices_are_by_hour_day_or_month(term: Term, cost: str) -> None:
    """October of a cut-off on the 25th has 30 days."""
    price = Price(**{name: getattr(PRICE, name) for name in PRICE.__slots__} | {"term": term})
    assert costs(charges(terms(listed(price)), {line(): 1})) == {"vcpu": cost}


@pytest.mark.parametrize(
    ("amount", "cost"), [(Amount.GIB, "8.00"), (Amount.TIB, "0.01"), (Amount.GB, "8.59"), (Amount.TB, "0.01")]
)
def test_bytes_are_sold_in_the_list_s_unit(amount: Amount, cost: str) -> None:
    """Powers of 1024 and of 1000."""
    price = Price(
        sku=Sku("memory"),
        display_name="内存",
        resource=PricedResource.SERVER,
        measure=PricedMeasure.MEMORY,
        amount=amount,
        term=Term.MONTH,
        price=Decimal(1),
    )
    found = costs(charges(terms(listed(price)), {line(Measure.MEMORY_BYTES): 8 * GIB}))
    assert found == {"memory": cost}


def priced(sku: str, **only: tuple[object, ...]) -> Price:
    """A price for some vCPUs alone."""
    return Price(**{name: getattr(PRICE, name) for name in PRICE.__slots__} | {"sku": Sku(sku), **only})


def test_the_first_price_that_fits_counts() -> None:
    """By state, by flavor, by cloud; the last one for all the rest."""
    prices = (
        priced("stopped", states=(PricedState.STOPPED,)),
        priced("gpu", variants=("g1",)),
        priced("district", clouds=(CloudName("baoan"),)),
        priced("rest"),
    )
    used = {line(): 1, line(state=State.STOPPED): 1, line(variant="g1"): 1, line(cloud="baoan"): 1}
    assert set(costs(charges(terms(listed(*prices)), used))) == {"stopped", "gpu", "district", "rest"}


def test_what_has_no_price_is_stated_and_costs_nothing() -> None:
    """It is not left out; a server's own count is, for nothing is sold by it."""
    found = charges(terms(), {line(): 2, line(Measure.COUNT): 1})
    assert [(each.rate, each.measure, str(each.cost)) for each in found] == [(None, Measure.VCPUS, "0.00")]
    assert found[0].quantity == quantity_of(2 * OCTOBER.seconds, 3600)


def test_a_statement_is_kept_without_any_fraction_of_a_machine() -> None:
    """What is chained has text and whole numbers, and comes back the same."""
    found = Statement(
        month="2026-10",
        period=OCTOBER,
        tenant=TenantName("market"),
        display_name="市场局",
        parent=None,
        currency="CNY",
        charges=tuple(charges(terms(listed(PRICE)), {line(): 3})),
    )
    content = encode(Statement, found)

    def kinds(value: object) -> set[type]:
        if isinstance(value, dict | list):
            parts = value.values() if isinstance(value, dict) else value
            return {kind for each in parts for kind in kinds(each)}
        return {type(value)}

    assert kinds(content) <= {str, int, type(None), bool}
    assert decode(Statement, content) == found


@given(st.integers(0, 366 * 24 * 60), st.one_of(st.none(), st.integers(1, 28)))
def test_every_moment_is_in_one_month(minute: int, cut_off: int | None) -> None:
    """Months follow one another without a gap, wherever they are cut."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    month = month_at(at, cut_off)
    period = period_of(month, cut_off)
    assert period.start <= at < period.end
    assert period_of(month.later(1), cut_off).start == period.end


def test_keys_are_of_lines_and_not_of_states() -> None:
    """States at one price are one line."""
    by = terms(listed(PRICE))
    quantities = {OCTOBER: {line(): Quantity(metered=1, most=1), line(state=State.PAUSED): Quantity(metered=2, most=2)}}
    ((key, what),) = rated(by, quantities).items()
    assert isinstance(key, Key)
    assert what == Rated(used=Quantity(metered=3, most=3), rate=what.rate)
