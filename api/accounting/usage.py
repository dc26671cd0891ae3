"""What tenants used in any period, line by line, beside how much of the period is known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from api.accounting import books
from api.accounting.holders import holders
from api.accounting.holding import held_within
from provisioner.errors import InputError
from provisioner.statements.months import Month, midnight
from provisioner.statements.statement import Holder
from provisioner.store import usage_coverages, usage_sums
from provisioner.store.database import Database
from provisioner.store.usage_sums import Selection
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Line, Quantity
from provisioner.usage.tenancy import shares
from tenants.names import TenantName
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One line of use."""

    line: Line
    holder: Holder
    quantity: Quantity
    #: Of the time in which the tenant had the project.
    coverage: Coverage


def used(
    database: Database, city: City, period: Span, tenants: Collection[TenantName] | None = None
) -> tuple[Used, ...]:
    """What these tenants used, or all and nobody: by tenant, cloud, project, system, sort, measure, variant and state."""
    with database.transaction() as connection:
        tenancies = held_within(connection, period)
        projects = (
            None
            if tenants is None
            else {project for (_, project), held in tenancies.items() if any(each.tenant in tenants for each in held)}
        )
        sums = usage_sums.totals(connection, period, Selection(projects=projects, by_system=True))
        whose = holders(connection, city, tenancies)
        known = usage_coverages.within(connection, period)
    result = []
    for line, quantity in whose.divided(sums).items():
        if tenants is not None and line.tenant not in tenants:
            continue
        key = (line.cloud, line.project)
        spans = [span for each, span in shares(tenancies.get(key, ()), period) if each == line.tenant]
        parts = [known.of(line.cloud, line.sort, line.project, span) for span in spans]
        whole = Coverage(
            covered_seconds=sum(each.covered_seconds for each in parts),
            asked_seconds=sum(each.asked_seconds for each in parts),
            gaps=tuple(gap for each in parts for gap in each.gaps),
        )
        result.append(Used(line=line, holder=whose.of(key, line.system), quantity=quantity, coverage=whole))
    return tuple(sorted(result, key=_order))


def month_stated(database: Database, month: Month | None, *, now: datetime, cut_off_day: int | None) -> Span:
    """The period of a month's statements, so that use and statements tell of the same time; None: of the month under way."""
    with database.autocommit() as connection:
        wanted = month or books.running(connection, now, cut_off_day)
        return books.period_stated(connection, wanted, cut_off_day)


def period_between(begin: datetime, end: datetime | None, *, now: datetime) -> Span:
    """A period as it was asked for, up to now at most. Raises InputError for none."""
    if begin > now:
        raise InputError(f"nothing is known of the time from {begin.isoformat()} on: it has not begun")
    finish = min(end, now) if end is not None else now
    if finish <= begin:
        raise InputError(f"nothing lies between {begin.isoformat()} and {finish.isoformat()}: the second must be later")
    return Span(start=begin, end=finish)


def day_begin(text: str) -> datetime:
    """The instant that a day of China begins, of `2026-10-01`. Raises InputError."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError as error:
        raise InputError(f'"{text}" is not a day: write it as 2026-10-01') from error
    return midnight(day)


def _order(each: Used) -> tuple[str, ...]:
    line = each.line
    # What is of no system comes after what is of one.
    place = (line.tenant or "", line.cloud, each.holder.name, str(int(not line.system)), line.system)
    return (*place, line.sort, line.measure, line.variant, line.state)
