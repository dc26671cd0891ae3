"""What is known of a period of all projects at once, read in three questions: `usage_sums.coverage_of` asks for one.

A test holds the two equal. Since when, and how often, clouds are looked at is here too.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, true

from provisioner.clouds.interface import ProjectId
from provisioner.store.schema_usage import usage_coverage, usage_gaps, usage_looks, usage_scopes
from provisioner.usage.coverage import Coverage, Looked, Span, coverage, without
from provisioner.usage.sightings import Sort
from tenants.names import CloudName

_Spans = defaultdict[tuple[str, str, str], list[Span]]
_Since = defaultdict[tuple[str, str, str], list[datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverages:
    """How far a period is known, by cloud, sort and project."""

    period: Span
    _covered: _Spans
    _gaps: _Spans
    #: Since when nothing is known of projects that newer looks could not read.
    _behind: _Since

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId, part: Span | None = None) -> Coverage:
        """How much of the period, or of a part of it, is known of one sort in one project."""
        span = part or self.period
        spans = [*self._covered[cloud, sort, ""], *self._covered[cloud, sort, project]]
        holes = [*self._gaps[cloud, sort, project]]
        holes += [Span(start=seen, end=span.end) for seen in self._behind[cloud, sort, project] if seen < span.end]
        return coverage(without(spans, holes), span)


def within(connection: Connection, period: Span) -> Coverages:
    """All that is known of a period."""
    behind: _Since = defaultdict(list)
    for row in connection.execute(select(usage_scopes).where(usage_scopes.c.behind != {})):
        for project, (_, seen) in row.behind.items():
            behind[row.cloud, row.sort, project].append(datetime.fromisoformat(seen))
    return Coverages(
        period=period,
        _covered=_spans(connection, usage_coverage, period, "scope"),
        _gaps=_spans(connection, usage_gaps, period, "project"),
        _behind=behind,
    )


def is_blank(connection: Connection, period: Span) -> bool:
    """Whether nothing at all was looked at in a period."""
    looked_at = select(usage_coverage.c.cloud).where(
        usage_coverage.c.end_at > period.start, usage_coverage.c.start_at < period.end
    )
    return connection.execute(looked_at.limit(1)).first() is None


def looked(connection: Connection) -> Mapping[tuple[CloudName, Sort], Looked]:
    """Since when each sort of each cloud is looked at, as far back as single looks are kept, and how often it is now."""
    scopes, at = usage_scopes.c, usage_looks.c
    own = (at.cloud == scopes.cloud, at.sort == scopes.sort, at.scope == scopes.scope)
    first = select(at.ended).where(*own).order_by(at.ended).limit(1).lateral("first")
    last = select(at.every_seconds).where(*own).order_by(at.ended.desc()).limit(1).lateral("last")
    query = (
        select(scopes.cloud, scopes.sort, first.c.ended, last.c.every_seconds)
        .select_from(usage_scopes.join(first, true()).join(last, true()))
        .where(scopes.scope == "")
    )
    return {
        (CloudName(row.cloud), Sort(row.sort)): Looked(first=row.ended, every=timedelta(seconds=row.every_seconds))
        for row in connection.execute(query)
    }


def _spans(connection: Connection, table: Any, period: Span, key: str) -> _Spans:
    found: _Spans = defaultdict(list)
    query = select(table).where(table.c.end_at > period.start, table.c.start_at < period.end)
    for row in connection.execute(query):
        found[row.cloud, row.sort, getattr(row, key)].append(Span(start=row.start_at, end=row.end_at))
    return found
