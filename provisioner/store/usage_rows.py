"""Usage as rows: records to what the tables hold, and back. Used by `usage` and `usage_sums`."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from provisioner.clouds.interface import ProjectId
from provisioner.store.usage_months import begin_of, later, month_of
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Condition, Evidence, Interval, Moment, Open
from provisioner.usage.sightings import ResourceId, Scope, Sizes, State, Variant

SIZES: Final = ("vcpus", "memory_bytes", "root_bytes", "ephemeral_bytes", "size_bytes", "amount")
CONDITION: Final = ("project", "variant", "state", *SIZES)

#: A row by its columns' names.
Row = Mapping[str, Any]


def scope_row(scope: Scope) -> dict[str, Any]:
    """What a scope is found by."""
    return {"cloud": scope.cloud, "sort": scope.sort.value, "scope": scope.project or ""}


def open_row(scope: Scope, opened: Open) -> Row:
    """An open interval."""
    return {
        **scope_row(scope),
        "resource": opened.id,
        **_condition_row(opened.condition),
        **_moment_row("start", opened.start),
        "first_look": opened.first_look,
        "launched_at": opened.launched_at,
    }


def open_of(row: Any) -> Open:
    """The inverse of `open_row`, without the scope."""
    return Open(
        id=ResourceId(row.resource),
        condition=condition_of(row),
        start=moment_of(row, "start"),
        first_look=row.first_look,
        launched_at=row.launched_at,
    )


def interval_rows(interval: Interval, *, since: datetime) -> Iterator[Row]:
    """An interval month by month, without what lies before `since`, which is the beginning of a month.

    Each piece keeps within its month: a moment that lies in another is drawn to the month's edge, so that the pieces of
    one interval add up to it, and their bounds to its bounds.
    """
    start, end = interval.start, interval.end
    month, last = month_of(max(start.earliest, since)), month_of(end.latest)
    while month <= last:
        span = Span(start=begin_of(month), end=begin_of(later(month, 1)))
        # What ends with a month's last second has nothing to say in the next.
        if month == month_of(start.earliest) or end.latest > span.start:
            yield {
                "month": month,
                **scope_row(interval.scope),
                "resource": interval.id,
                **_condition_row(interval.condition),
                **_moment_row("start", _within(start, span)),
                **_moment_row("end", _within(end, span)),
                "first_look": interval.first_look,
                "last_look": interval.last_look,
            }
        month = later(month, 1)


def condition_of(row: Any) -> Condition:
    """What is metered apart, of a row that has its columns."""
    return Condition(
        project=ProjectId(row.project),
        variant=Variant(row.variant),
        state=State(row.state),
        sizes=Sizes(**{size: getattr(row, size) for size in SIZES}),
    )


def moment_of(row: Any, name: str) -> Moment:
    """A moment of a row, by its columns' prefix."""
    return Moment(
        at=getattr(row, f"{name}_at"),
        evidence=Evidence(getattr(row, f"{name}_evidence")),
        earliest=getattr(row, f"{name}_earliest"),
        latest=getattr(row, f"{name}_latest"),
    )


def months_of(rows: list[Row]) -> frozenset[date]:
    """The months that rows belong to."""
    return frozenset(row["month"] for row in rows)


def _condition_row(condition: Condition) -> dict[str, Any]:
    sizes = {size: getattr(condition.sizes, size) for size in SIZES}
    return {"project": condition.project, "variant": condition.variant, "state": condition.state.value, **sizes}


def _moment_row(name: str, moment: Moment) -> dict[str, Any]:
    return {
        f"{name}_at": moment.at,
        f"{name}_evidence": moment.evidence.value,
        f"{name}_earliest": moment.earliest,
        f"{name}_latest": moment.latest,
    }


def _within(moment: Moment, span: Span) -> Moment:
    at, earliest, latest = (
        min(max(time, span.start), span.end) for time in (moment.at, moment.earliest, moment.latest)
    )
    evidence = moment.evidence if earliest < latest or at == moment.at else Evidence.CUT
    return Moment(at=at, evidence=evidence, earliest=earliest, latest=latest)
