"""A month's books, read from the record: quantities, coverage, holders, last month, and what earlier months lack."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from api.accounting.holders import Holders, holders
from api.accounting.holding import held_within
from monitoring.statements.building import Books, ProjectKey
from monitoring.statements.correcting import corrections, stated_of
from monitoring.statements.rating import Key, Rated, lists_within, rated, windows
from provisioner.clouds.interface import ProjectId
from provisioner.statements.months import Month, month_at, period_of
from provisioner.statements.statement import UNASSIGNED, Correction, Holder, ManualLine, Statement, Terms
from provisioner.store import statements as store
from provisioner.store import usage_coverages, usage_late, usage_sums, usage_tenancies
from provisioner.store.database import Connection
from provisioner.store.statements import Closed
from provisioner.store.usage_sums import Selection
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import Sort
from provisioner.usage.tenancy import Tenancy
from tenants.names import TenantName
from tenants.spec import City

#: Looks are written down a little after their end, and so may come after a closing that did not see them.
_OVERLAP: Final = timedelta(days=1)
#: So many closed months back late evidence is looked for; what comes later still changes nothing that is closed.
CORRECTED_MONTHS: Final = 12
_QUOTA: Final = (Sort.QUOTA, Sort.QUOTA_USE)
_PRICED: Final = tuple(each for each in Sort if each not in _QUOTA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What statements stand on, beside what was metered."""

    city: City
    #: The fingerprint of the manifests that make the city.
    manifests: str = ""
    #: Lines entered by hand.
    manual: Mapping[TenantName, tuple[ManualLine, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A month among those that are closed."""

    month: Month
    period: Span
    #: The earliest first; all before the month.
    closed: tuple[Closed, ...]

    @property
    def earlier(self) -> Closed | None:
        """The month before, if it is closed."""
        last = self.closed[-1] if self.closed else None
        return last if last is not None and last.month == self.month.later(-1) else None


def place_of(connection: Connection, month: Month, cut_off_day: int | None) -> Place:
    """Where a month begins and ends: it begins where the one before was closed to, whatever the cut-off day is now."""
    closed = tuple(each for each in store.months(connection) if each.month < month)
    place = Place(month=month, period=period_of(month, cut_off_day), closed=closed)
    if place.earlier is None:
        return place
    period = Span(start=place.earlier.terms.period.end, end=place.period.end)
    return Place(month=month, period=period, closed=closed)


def running(connection: Connection, now: datetime, cut_off_day: int | None) -> Month:
    """The month that is under way: after another cut-off day was set, the calendar may still be in one that is closed."""
    month, closed = month_at(now, cut_off_day), store.months(connection)
    return max(month, closed[-1].month.later(1)) if closed else month


def period_stated(connection: Connection, month: Month, cut_off_day: int | None) -> Span:
    """From when to when a month's statements are: as it was closed, or as it would be."""
    closed = next((each for each in store.months(connection) if each.month == month), None)
    return closed.terms.period if closed else place_of(connection, month, cut_off_day).period


def read(connection: Connection, ground: Ground, place: Place, tenants: Collection[TenantName] | None = None) -> Books:
    """All that the month's statements are made of, as it is known now; where `tenants` are given, of theirs alone."""
    city = ground.city
    terms = Terms(
        month=str(place.month),
        period=place.period,
        price_lists=lists_within(city.prices, place.period),
        manifests=ground.manifests,
        unseen=usage_late.unseen(connection, place.period.end),
    )
    tenancies = held_within(connection, place.period)
    known = usage_coverages.within(connection, place.period)
    before = store.of_month(connection, place.earlier.month, tenants) if place.earlier else ()
    projects, whose = _projects(tenancies, tenants), holders(connection, city, tenancies)
    quotas = usage_sums.pieces(connection, place.period, Selection(sorts=_QUOTA, projects=projects))
    return Books(
        terms=terms,
        tenants=city.tenants,
        tenancies=tenancies,
        holder=whose.of,
        sole_system=whose.sole_system,
        coverage=known.of,
        found=found(connection, terms, whose, projects),
        quotas=tuple(quotas),
        earlier={each.tenant: each for each in before},
        corrections=_corrections(connection, city, place, tenants),
        manual=ground.manual,
    )


def _projects(
    tenancies: Mapping[ProjectKey, Sequence[Tenancy]], tenants: Collection[TenantName] | None
) -> frozenset[ProjectId] | None:
    """The projects that any of these tenants held; None: all there are."""
    if tenants is None:
        return None
    return frozenset(key[1] for key, held in tenancies.items() if any(each.tenant in tenants for each in held))


def found(
    connection: Connection, terms: Terms, whose: Holders, projects: frozenset[ProjectId] | None = None
) -> dict[Key, Rated]:
    """What was used in a month, line by line, with its price; of these projects, or of all."""
    chosen = Selection(sorts=_PRICED, projects=projects, by_system=True)
    quantities = {
        each.period: whose.divided(usage_sums.totals(connection, each.period, chosen))
        for each in windows(terms.period, terms.price_lists)
    }
    return rated(terms, quantities)


def _corrections(
    connection: Connection, city: City, place: Place, tenants: Collection[TenantName] | None
) -> dict[TenantName | None, tuple[Correction, ...]]:
    """What closed months would state differently now, oldest month first.

    Only in the month that is to be closed next: one after that would tell of the same once more.
    """
    looked = place.closed[-CORRECTED_MONTHS:] if place.earlier is not None else ()
    late = {month.month: _late(connection, month, looked[-1]) for month in looked}
    concerned = [month for month in looked if late[month.month] != frozenset()]
    # Corrections of a month are in those after it.
    since = concerned[0].month if concerned else place.month
    stated = [
        (None if each.tenant == UNASSIGNED else each.tenant, each)
        for month in looked
        if month.month >= since
        for each in store.of_month(connection, month.month, tenants)
    ]
    result: dict[TenantName | None, tuple[Correction, ...]] = {}
    for month in concerned:
        made = _Late(month=month, projects=late[month.month], tenants=tenants)
        for tenant, lines in _of_month(connection, city, made, stated).items():
            result[tenant] = (*result.get(tenant, ()), *lines)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """A closed month to be added up anew, of these projects and tenants; None: of all."""

    month: Closed
    projects: frozenset[ProjectId] | None
    tenants: Collection[TenantName] | None


def _late(connection: Connection, month: Closed, last: Closed) -> frozenset[ProjectId] | None:
    """The projects of which something came out about a closed month since the last closing looked at it; None: any may be."""
    period, unseen = month.terms.period, last.terms.unseen
    behind = None if unseen is None else [each for each in unseen if each.since < period.end]
    if behind is None or any(each.project is None for each in behind):
        return None
    touched = usage_late.touched(connection, period, last.at - _OVERLAP)
    return touched | {each.project for each in behind if each.project is not None}


def _of_month(
    connection: Connection, city: City, late: _Late, stated: list[tuple[TenantName | None, Statement]]
) -> dict[TenantName | None, tuple[Correction, ...]]:
    name, terms = str(late.month.month), late.month.terms
    tenancies = usage_tenancies.within(connection, terms.period)
    whose = holders(connection, city, tenancies)
    projects = _both(late.projects, _projects(tenancies, late.tenants))

    def holder_of(key: Key) -> Holder:
        return whose.of((key.cloud, key.project), key.system)

    known = stated_of(name, stated)
    before = {key: each for key, each in known.items() if late.projects is None or key.project in late.projects}
    return corrections(name, before, found(connection, terms, whose, projects), holder_of)


def _both(one: frozenset[ProjectId] | None, other: frozenset[ProjectId] | None) -> frozenset[ProjectId] | None:
    return other if one is None else one if other is None else one & other


def subtree_order(statements: "tuple[Statement, ...]", root: TenantName) -> tuple[Statement, ...]:
    """A tenant's statement and those of all below it, parents before their children; nothing where it has none."""
    ordered = sorted(statements, key=lambda each: each.parent or "")
    below = {parent: tuple(found) for parent, found in groupby(ordered, key=lambda each: each.parent or "")}
    result: list[Statement] = []
    waiting = [each for each in statements if each.tenant == root]
    while waiting:
        each = waiting.pop(0)
        if each not in result:
            result.append(each)
            waiting = [*below.get(each.tenant, ()), *waiting]
    return tuple(result)
