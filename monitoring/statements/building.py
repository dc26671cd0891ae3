"""Statements of all tenants for a month, put together of what is known of it. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from monitoring.metering.sums import level, seconds_of
from monitoring.statements.money import AVERAGE, added, rounded
from monitoring.statements.rating import Key, Rated, charge
from provisioner.clouds.interface import ProjectId
from provisioner.statements.statement import (
    UNASSIGNED,
    Charge,
    Correction,
    Holder,
    ManualLine,
    QuotaLine,
    Statement,
    Terms,
    Unknown,
)
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Level, Measure, Piece
from provisioner.usage.sightings import Sort, State
from provisioner.usage.tenancy import Tenancy, shares
from tenants.names import CloudName, TenantName
from tenants.spec import TenantSpec

ProjectKey = tuple[CloudName, ProjectId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that a month's statements are made of."""

    terms: Terms
    tenants: Mapping[TenantName, TenantSpec]
    #: Who held each project when.
    tenancies: Mapping[ProjectKey, Sequence[Tenancy]]
    #: Of a project and a system's code.
    holder: Callable[[ProjectKey, str], Holder]
    #: The code of the system that a project serves alone; empty where it serves several, or none is named.
    sole_system: Callable[[ProjectKey], str]
    #: Of a month that is under way, up to what can be known by now.
    coverage: Callable[[CloudName, Sort, ProjectId, Span], Coverage]
    found: Mapping[Key, Rated]
    #: Of quota and its use.
    quotas: Iterable[Piece] = ()
    #: Last month's statements.
    earlier: Mapping[TenantName, Statement] = field(default_factory=dict)
    corrections: Mapping[TenantName | None, tuple[Correction, ...]] = field(default_factory=dict)
    manual: Mapping[TenantName, tuple[ManualLine, ...]] = field(default_factory=dict)


def statements_of(books: Books) -> tuple[Statement, ...]:
    """One for each tenant, whether it used anything or not, by name; and one for what nobody holds, if there is any."""
    charges = _charges(books)
    quotas, unknown = _quotas(books), _unknown(books)
    lines = ({*charges}, {*quotas}, {*unknown}, {*books.corrections})
    names = {each for found in lines for each in found if each is not None} | set(books.tenants)
    nobody = (charges.get(None) or books.corrections.get(None)) is not None
    order = [*sorted(names), *((None,) if nobody else ())]
    return tuple(
        _statement(books, each, charges.get(each, ()), quotas=quotas.get(each, ()), unknown=unknown.get(each, ()))
        for each in order
    )


def _statement(
    books: Books,
    tenant: TenantName | None,
    charges: Sequence[Charge],
    *,
    quotas: Sequence[QuotaLine],
    unknown: Sequence[Unknown],
) -> Statement:
    spec = books.tenants.get(tenant) if tenant else None
    name, terms = tenant or UNASSIGNED, books.terms
    earlier, corrected = books.earlier.get(name), books.corrections.get(tenant, ())
    manual = books.manual.get(name, ())
    cost = added([*(each.cost for each in charges), *(each.cost for each in manual)])
    return Statement(
        month=terms.month,
        period=terms.period,
        tenant=name,
        display_name=spec.display_name if spec else name,
        parent=spec.parent if spec else None,
        currency=terms.price_lists[-1].currency if terms.price_lists else "",
        charges=tuple(_compared(charges, earlier)),
        corrections=corrected,
        manual=manual,
        quotas=tuple(quotas),
        unknown=tuple(unknown),
        cost=cost,
        total=added([cost, *(each.cost for each in corrected)]),
        previous_cost=earlier.cost if earlier else None,
        manifests=terms.manifests,
    )


def _charges(books: Books) -> dict[TenantName | None, list[Charge]]:
    result: defaultdict[TenantName | None, list[Charge]] = defaultdict(list)
    for key, what in books.found.items():
        spans = _held(books, (key.cloud, key.project), key.tenant, key.period)
        known = _joined(books.coverage(key.cloud, key.sort, key.project, span) for span in spans)
        result[key.tenant].append(charge(key, what, books.holder((key.cloud, key.project), key.system), known))
    for lines in result.values():
        lines.sort(key=_order)
    return result


def _compared(charges: Iterable[Charge], earlier: Statement | None) -> Iterator[Charge]:
    """Lines beside what the same cost last month. Where prices changed, the first of several has it."""
    if earlier is None:
        yield from charges
        return
    before: defaultdict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    for each in earlier.charges:
        before[_same(each)].append(each.cost)
    told: set[tuple[str, ...]] = set()
    for each in charges:
        same = _same(each)
        yield each if same in told else replace(each, previous_cost=added(before[same]))
        told.add(same)


def _quotas(books: Books) -> dict[TenantName | None, list[QuotaLine]]:
    """What was held and used of each quota, over the time that is known."""
    pieces: defaultdict[tuple[ProjectKey, str], list[Piece]] = defaultdict(list)
    for each in books.quotas:
        pieces[(each.cloud, each.condition.project), each.condition.variant].append(each)
    result: defaultdict[TenantName | None, list[QuotaLine]] = defaultdict(list)
    for (project, resource), found in sorted(pieces.items(), key=lambda item: item[0]):
        for tenant, span in shares(books.tenancies.get(project, ()), books.terms.period):
            line = _quota(books, project, resource, found, span=span)
            if line is not None and tenant is not None:
                result[tenant].append(line)
    return result


def _quota(books: Books, project: ProjectKey, resource: str, found: Sequence[Piece], *, span: Span) -> QuotaLine | None:
    known, used_known = (books.coverage(project[0], sort, project[1], span) for sort in (Sort.QUOTA, Sort.QUOTA_USE))
    # Of others' time in the month, nothing: their quota may have been another, or none.
    there = [each for each in found if seconds_of(each, span).metered]
    held, used = ([each for each in there if each.sort is sort] for sort in (Sort.QUOTA, Sort.QUOTA_USE))
    if not known.covered_seconds or not held:
        return None
    limits, uses = (level(each, Measure.AMOUNT, _asked(span, by)) for each, by in ((held, known), (used, used_known)))
    return QuotaLine(
        holder=_project(books, project),
        resource=resource,
        held_average=_average(limits, held, known),
        held_peak=limits.peak,
        used_average=_average(uses, used, used_known) if used_known.covered_seconds else None,
        used_peak=uses.peak if used_known.covered_seconds else None,
        unlimited=any(each.condition.state is State.UNLIMITED for each in held),
        coverage=known,
    )


def _asked(span: Span, known: Coverage) -> Span:
    """The part of a time that coverage is told of: of a month under way, no more than there was."""
    return Span(start=span.start, end=span.start + timedelta(seconds=known.asked_seconds))


def _average(found: Level, pieces: Sequence[Piece], known: Coverage) -> Decimal:
    """Over the time that is known: an interval may go on through a gap, which then counts on neither side."""
    unknown = sum(level(pieces, Measure.AMOUNT, each).resource_seconds for each in known.gaps)
    return rounded(Fraction(found.resource_seconds - unknown, known.covered_seconds), AVERAGE)


def _unknown(books: Books) -> dict[TenantName | None, list[Unknown]]:
    """Times of which nothing is known, of every project that was held and every sort that is priced."""
    sorts = {Sort(price.resource.value) for each in books.terms.price_lists for price in each.prices}
    result: defaultdict[TenantName | None, list[Unknown]] = defaultdict(list)
    for project, held in sorted(books.tenancies.items()):
        for tenant, span in shares(held, books.terms.period):
            for sort in sorted(sorts | {Sort.SERVER, Sort.VOLUME}) if tenant is not None else ():
                known = books.coverage(project[0], sort, project[1], span)
                if known.gaps:
                    result[tenant].append(Unknown(holder=_project(books, project), sort=sort, coverage=known))
    return result


def _held(books: Books, project: ProjectKey, tenant: TenantName | None, period: Span) -> tuple[Span, ...]:
    found = shares(books.tenancies.get(project, ()), period)
    return tuple(span for each, span in found if each == tenant)


def _joined(found: Iterable[Coverage]) -> Coverage:
    parts = tuple(found)
    return Coverage(
        covered_seconds=sum(each.covered_seconds for each in parts),
        asked_seconds=sum(each.asked_seconds for each in parts),
        gaps=tuple(gap for each in parts for gap in each.gaps),
    )


def _project(books: Books, project: ProjectKey) -> Holder:
    """Whose all of a project is."""
    return books.holder(project, books.sole_system(project))


def _same(each: Charge) -> tuple[str, ...]:
    rate = each.rate.sku if each.rate else ""
    return (each.holder.cloud, each.holder.project, each.holder.system, each.sort, each.measure, each.variant, rate)


def _order(each: Charge) -> tuple[str, ...]:
    rate = each.rate.sku if each.rate else ""
    # What is of no system comes after what is of one.
    system = (str(int(not each.holder.system)), each.holder.system)
    place = (each.holder.cloud, each.holder.name, each.holder.project, *system, each.sort, each.measure, rate)
    return (*place, each.variant, each.period.start.isoformat())
