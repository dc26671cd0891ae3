"""Quantities times prices: the lines of statements. Pure.

What has no price is a line of its own that costs nothing and says so: no price is not a price of zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from monitoring.statements.money import cost_of, quantity_of
from provisioner.clouds.interface import ProjectId
from provisioner.statements.months import midnight
from provisioner.statements.statement import ZERO, Charge, Correction, Holder, Rate, Terms
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Line, Measure, Quantity
from provisioner.usage.sightings import Sort, Variant
from tenants.names import CloudName, TenantName
from tenants.prices import BASE_UNITS, Price, PricedMeasure, PriceListSpec, Term

#: How metering calls what is priced.
MEASURES: Final[Mapping[PricedMeasure, Measure]] = {
    PricedMeasure.COUNT: Measure.COUNT,
    PricedMeasure.VCPUS: Measure.VCPUS,
    PricedMeasure.MEMORY: Measure.MEMORY_BYTES,
    PricedMeasure.ROOT_DISK: Measure.ROOT_BYTES,
    PricedMeasure.EPHEMERAL_DISK: Measure.EPHEMERAL_BYTES,
    PricedMeasure.SIZE: Measure.SIZE_BYTES,
}
#: What is stated of a resource even where nothing of it has a price. Quota is stated beside, and never priced.
_STATED: Final[Mapping[Sort, frozenset[Measure]]] = {
    Sort.SERVER: frozenset({Measure.VCPUS, Measure.MEMORY_BYTES}),
    Sort.VOLUME: frozenset({Measure.SIZE_BYTES}),
    Sort.SNAPSHOT: frozenset({Measure.SIZE_BYTES}),
    Sort.BACKUP: frozenset({Measure.SIZE_BYTES}),
    Sort.IMAGE: frozenset({Measure.SIZE_BYTES}),
    Sort.FLOATING_IP: frozenset({Measure.COUNT}),
}
HOUR: Final = 3600
_GIB: Final = 2**30
_DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Window:
    """A part of a month in which one price list holds, or none."""

    period: Span
    prices: PriceListSpec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What lines are kept apart by; the same in each month but for `period`."""

    tenant: TenantName | None
    cloud: CloudName
    project: ProjectId
    sort: Sort
    measure: Measure
    variant: Variant
    #: Empty where there is no price.
    sku: str
    period: Span
    #: The business system's code; empty for what is of none.
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What one line is made of."""

    used: Quantity
    rate: Rate | None


def windows(period: Span, price_lists: Iterable[PriceListSpec]) -> tuple[Window, ...]:
    """A month in parts, at the midnights at which prices change."""
    result: list[Window] = []
    reached = period.start
    for each in sorted(price_lists, key=lambda each: each.valid_from):
        part = _validity(each, period)
        if part.end <= max(part.start, reached):
            continue
        if part.start > reached:
            result.append(Window(period=Span(start=reached, end=part.start), prices=None))
        result.append(Window(period=Span(start=max(part.start, reached), end=part.end), prices=each))
        reached = part.end
    if reached < period.end:
        result.append(Window(period=Span(start=reached, end=period.end), prices=None))
    return tuple(result)


def rated(terms: Terms, quantities: Mapping[Span, Mapping[Line, Quantity]]) -> dict[Key, Rated]:
    """What was used in each window, by line, with its price. `quantities` are by the windows' periods."""
    used: defaultdict[Key, Quantity] = defaultdict(Quantity)
    rates: dict[Key, Rate | None] = {}
    for window in windows(terms.period, terms.price_lists):
        for line, quantity in quantities[window.period].items():
            price = _price(window.prices, line)
            if price is None and line.measure not in _STATED.get(line.sort, ()):
                continue
            key = _key(line, price, window.period)
            used[key] += quantity
            rates.setdefault(key, _rate(window.prices, price, terms.period))
    return {key: Rated(used=each, rate=rates[key]) for key, each in used.items()}


def charge(key: Key, what: Rated, holder: Holder, coverage: Coverage) -> Charge:
    """One line of a statement."""
    rate = what.rate
    return Charge(
        holder=holder,
        sort=key.sort,
        measure=key.measure,
        variant=key.variant,
        period=key.period,
        rate=rate,
        used=what.used,
        quantity=quantity_of(what.used.metered, rate.unit_seconds if rate else unpriced_seconds(key.measure)),
        cost=cost_of(what.used.metered, rate.unit_seconds, rate.price) if rate else ZERO,
        coverage=coverage,
    )


def unpriced_seconds(measure: Measure) -> int:
    """How many resource-seconds the unit is that something without a price is told in: an hour of one, or of a GiB."""
    return HOUR if measure in {Measure.COUNT, Measure.VCPUS, Measure.AMOUNT} else HOUR * _GIB


def key_of(tenant: TenantName | None, line: Charge | Correction) -> Key:
    """The key of a line that was stated, or corrected."""
    return Key(
        tenant=tenant,
        cloud=line.holder.cloud,
        project=line.holder.project,
        sort=line.sort,
        measure=line.measure,
        variant=line.variant,
        sku=line.rate.sku if line.rate else "",
        period=line.period,
        system=line.holder.system,
    )


def lists_within(price_lists: Sequence[PriceListSpec], period: Span) -> tuple[PriceListSpec, ...]:
    """The price lists that hold at some time of a month."""
    return tuple(each for each in price_lists if _validity(each, period).seconds)


def _validity(prices: PriceListSpec, period: Span) -> Span:
    start = _instant(prices.valid_from, period.start)
    end = period.end if prices.valid_before is None else _instant(prices.valid_before, period.end)
    return Span(start=start, end=max(start, end)).within(period)


def _instant(day: date, otherwise: datetime) -> datetime:
    """A day's beginning; `date.min` stands for a day that is wrong in its manifest and never gets here."""
    return otherwise if day == date.min else midnight(day)


def _price(prices: PriceListSpec | None, line: Line) -> Price | None:
    """The first price that fits."""
    return next((each for each in prices.prices if _fits(each, line)), None) if prices else None


def _fits(price: Price, line: Line) -> bool:
    return (
        price.resource.value == line.sort.value
        and MEASURES[price.measure] is line.measure
        and (not price.variants or line.variant in price.variants)
        and (not price.states or line.state.value in {each.value for each in price.states})
        and (not price.clouds or line.cloud in price.clouds)
    )


def _rate(prices: PriceListSpec | None, price: Price | None, month: Span) -> Rate | None:
    if prices is None or price is None:
        return None
    seconds = {Term.HOUR: HOUR, Term.DAY: _DAY, Term.MONTH: month.seconds}[price.term]
    return Rate(
        sku=price.sku,
        name=price.display_name,
        price=price.price,
        unit=price.unit,
        unit_seconds=BASE_UNITS[price.amount] * seconds,
        price_list=prices.name,
        version=prices.version,
    )


def _key(line: Line, price: Price | None, period: Span) -> Key:
    return Key(
        tenant=line.tenant,
        cloud=line.cloud,
        project=line.project,
        sort=line.sort,
        measure=line.measure,
        variant=line.variant,
        sku=price.sku if price else "",
        period=period,
        system=line.system,
    )
