"""Sums of usage over any period, straight from open intervals and months: integer resource-seconds, pieces, coverage.

SQL adds up seconds by condition; Python multiplies them by sizes, for bytes times seconds outgrow 64 bits. The rules are
those of `monitoring.metering.sums`; a test holds the two equal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy import DateTime as SqlDateTime

from provisioner.clouds.interface import ProjectId
from provisioner.store import usage_months, usage_tenancies
from provisioner.store.schema_usage import (
    usage_coverage,
    usage_gaps,
    usage_intervals,
    usage_open,
    usage_scopes,
    usage_systems,
)
from provisioner.store.usage_rows import CONDITION, condition_of, moment_of
from provisioner.usage.coverage import Coverage, Span, coverage, without
from provisioner.usage.quantities import Line, Measure, Piece, Quantity, amount_of
from provisioner.usage.sightings import ResourceId, Sort
from provisioner.usage.tenancy import Tenancy, shares
from tenants.names import CloudName, TenantName

_Project = tuple[CloudName, ProjectId]
_INSTANT: Final = SqlDateTime(timezone=True)
_TIMES: Final = ("start_at", "start_earliest", "start_latest", "end_at", "end_earliest", "end_latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to add up: None for all there are."""

    cloud: CloudName | None = None
    projects: Collection[ProjectId] | None = None
    sorts: Collection[Sort] | None = None
    #: Whether sums are kept apart by business systems.
    by_system: bool = False


def totals(connection: Connection, period: Span, selection: Selection | None = None) -> Mapping[Line, Quantity]:
    """Resource-seconds within a period, by whoever held each project at the time. Nothing that amounts to nothing."""
    chosen = selection or Selection()
    known = usage_tenancies.within(connection, period)
    split = {key for key, each in known.items() if len(list(shares(each, period))) > 1}
    result: defaultdict[Line, Quantity] = defaultdict(Quantity)
    for row in connection.execute(_seconds(period, chosen)):
        key = (CloudName(row.cloud), ProjectId(row.project))
        if key not in split:
            ((tenant, _),) = shares(known.get(key, ()), period)
            _add(result, row, tenant)
    asked = [
        (cloud, project)
        for cloud, project in sorted(split)
        if (chosen.cloud or cloud) == cloud and (chosen.projects is None or project in chosen.projects)
    ]
    for (cloud, share), tenants in _alike(known, asked, period).items():
        for row in connection.execute(_seconds(share, replace(chosen, cloud=cloud, projects=tuple(tenants)))):
            _add(result, row, tenants[ProjectId(row.project)])
    return dict(result)


def _alike(
    known: Mapping[_Project, Sequence[Tenancy]], projects: Iterable[_Project], period: Span
) -> Mapping[tuple[CloudName, Span], Mapping[ProjectId, TenantName | None]]:
    """Who had which of these projects, by cloud and the same parts of the period.

    A listing finds hundreds of projects at one moment, and one question answers for all of them.
    """
    result: defaultdict[tuple[CloudName, Span], dict[ProjectId, TenantName | None]] = defaultdict(dict)
    for cloud, project in projects:
        for tenant, share in shares(known[cloud, project], period):
            result[cloud, share][project] = tenant
    return result


def pieces(connection: Connection, period: Span, selection: Selection | None = None) -> Iterator[Piece]:
    """All that a period has of intervals, piece by piece, for levels over time and for the comparison with Nova.

    An interval that is cut at a month's beginning comes as several pieces.
    """
    rows = _rows(period, selection or Selection()).subquery()
    # For this statement alone: a connection would keep the option, and then could not insert many rows.
    for row in connection.execute(select(rows), execution_options={"yield_per": 5000}):
        yield Piece(
            cloud=CloudName(row.cloud),
            sort=Sort(row.sort),
            id=ResourceId(row.resource),
            condition=condition_of(row),
            start=moment_of(row, "start"),
            end=moment_of(row, "end"),
        )


def coverage_of(
    connection: Connection, cloud: CloudName, sort: Sort, *, period: Span, project: ProjectId | None = None
) -> Coverage:
    """How much of a period is known of one sort in one cloud; for a project, without its own gaps.

    Covered is what some scope covers that tells of the project: the cloud's, or the project's own.
    """
    parts = usage_coverage.c.scope.in_(["", project or ""])
    spans = _spans(connection, usage_coverage, period, where=(*_sorted(usage_coverage, cloud, sort), parts))
    if project is None:
        return coverage(spans, period)
    own = (*_sorted(usage_gaps, cloud, sort), usage_gaps.c.project == project)
    holes = [*_spans(connection, usage_gaps, period, where=own)]
    behind = usage_scopes.c.behind
    query = select(cast(behind[project][1].astext, _INSTANT)).where(
        *_sorted(usage_scopes, cloud, sort), behind.has_key(project)
    )
    # Newer looks could not read it: since then nothing is known.
    holes += [Span(start=seen, end=period.end) for seen in connection.execute(query).scalars() if seen < period.end]
    return coverage(without(spans, holes), period)


def _add(result: defaultdict[Line, Quantity], row: Any, tenant: TenantName | None) -> None:
    condition = condition_of(row)
    seconds = Quantity(metered=int(row.metered), least=int(row.least), most=int(row.most))
    for measure in Measure:
        amount = amount_of(condition.sizes, measure)
        if amount and seconds.most:
            line = Line(
                cloud=CloudName(row.cloud),
                tenant=tenant,
                project=condition.project,
                sort=Sort(row.sort),
                variant=condition.variant,
                state=condition.state,
                measure=measure,
                system=row.system,
            )
            result[line] += seconds.times(amount)


def _seconds(period: Span, selection: Selection) -> Select[Any]:
    """Seconds within the period by condition, and by system where that is asked for."""
    rows = _rows(period, selection).subquery()
    column = rows.c
    # A project changes hands at a fraction of a second: rounded, its two parts would not be those that coverage is told of.
    low: Any = literal(period.start.replace(microsecond=0), _INSTANT)
    high: Any = literal(period.end.replace(microsecond=0), _INSTANT)
    source: Any = rows
    system: Any = literal_column("''").label("system")
    if selection.by_system:
        held = usage_systems.c
        source = rows.outerjoin(usage_systems, _while_held(column))
        # Both leave NULL out: from the beginning, and without an end.
        low, high = func.greatest(low, held.since), func.least(high, held.until)
        system = func.coalesce(held.system, literal_column("''")).label("system")

    def total(start: Any, end: Any, name: str) -> Any:
        # Whole seconds: exact as floating point, and several times faster than as decimals.
        lasted = func.date_part("epoch", func.least(end, high)) - func.date_part("epoch", func.greatest(start, low))
        return func.sum(cast(func.greatest(lasted, 0), BigInteger)).label(name)

    keys = [column[name] for name in ("cloud", "sort", *CONDITION)]
    query = select(
        *keys,
        system,
        total(column.start_at, column.end_at, "metered"),
        total(column.start_latest, column.end_earliest, "least"),
        total(column.start_earliest, column.end_latest, "most"),
    )
    return query.select_from(source).group_by(*keys, *([system] if selection.by_system else []))


def _while_held(column: Any) -> Any:
    """What a resource's system was, for each part of an interval: the rows of `usage_systems` leave nothing out."""
    held = usage_systems.c
    return (
        (held.cloud == column.cloud)
        & (held.sort == column.sort)
        & (held.resource == column.resource)
        & (held.since.is_(None) | (held.since < column.end_latest))
        & (held.until.is_(None) | (held.until > column.start_earliest))
    )


def _rows(period: Span, selection: Selection) -> Any:
    """Ended and open intervals of a period alike: what is open ends where the last look saw it."""
    ended, still = usage_intervals.c, usage_open.c
    month = usage_months.month_of(period.start), usage_months.month_of(period.end)
    keys = ("cloud", "sort", "resource", *CONDITION)
    evidence = ("start_evidence", "end_evidence")
    closed = select(*(ended[name] for name in (*keys, *_TIMES, *evidence))).where(
        ended.month >= month[0],
        ended.month <= month[1],
        ended.end_latest > period.start,
        ended.start_earliest < period.end,
        *_chosen(usage_intervals, selection),
    )
    seen_began, seen_ended = _seen("start"), _seen("end")
    starts = [still[name] for name in _TIMES[:3]]
    # No earlier than it began, as the rules have it for whatever was seen once.
    end_at = func.greatest(seen_ended, still.start_at).label("end_at")
    end_earliest = func.least(func.greatest(seen_began, still.start_earliest), end_at).label("end_earliest")
    opened = (
        select(
            *(still[name] for name in keys),
            *starts,
            end_at,
            end_earliest,
            end_at.label("end_latest"),
            still.start_evidence,
            literal("look").label("end_evidence"),
        )
        .join_from(
            usage_open,
            usage_scopes,
            (usage_scopes.c.cloud == still.cloud)
            & (usage_scopes.c.sort == still.sort)
            & (usage_scopes.c.scope == still.scope),
        )
        .where(
            seen_ended.is_not(None),
            still.start_earliest < period.end,
            seen_ended > period.start,
            *_chosen(usage_open, selection),
        )
    )
    return union_all(closed, opened)


def _seen(edge: str) -> Any:
    """The last look that told of an open interval's project."""
    whole = usage_scopes.c.last_began if edge == "start" else usage_scopes.c.last_ended
    behind = usage_scopes.c.behind[usage_open.c.project]
    own = behind[0 if edge == "start" else 1].astext
    return case((behind.is_not(None), cast(own, _INSTANT)), else_=func.coalesce(whole, null()))


def _chosen(table: Any, selection: Selection) -> Iterable[Any]:
    if selection.cloud is not None:
        yield table.c.cloud == selection.cloud
    if selection.projects is not None:
        yield table.c.project.in_(sorted(selection.projects))
    if selection.sorts is not None:
        yield table.c.sort.in_(sorted(each.value for each in selection.sorts))


def _sorted(table: Any, cloud: CloudName, sort: Sort) -> tuple[Any, Any]:
    return table.c.cloud == cloud, table.c.sort == sort.value


def _spans(connection: Connection, table: Any, period: Span, *, where: Iterable[Any]) -> list[Span]:
    overlapping = (table.c.end_at > period.start, table.c.start_at < period.end)
    query = select(table.c.start_at, table.c.end_at).where(*where, *overlapping)
    return [Span(start=start, end=end) for start, end in connection.execute(query)]
