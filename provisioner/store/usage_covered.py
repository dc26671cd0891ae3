"""All that is known of a period's coverage at once: which times looks cover, and of which projects they tell nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from provisioner.clouds.interface import ProjectId
from provisioner.store.schema import usage_coverage, usage_gaps, usage_scopes
from provisioner.usage.coverage import Coverage, Span, coverage, without
from provisioner.usage.sightings import Sort
from tenants.names import CloudName


@dataclass(frozen=True, slots=True)
class Covered:
    """What is known of a period, by cloud, sort and project; the empty project stands for the whole cloud."""

    period: Span
    _spans: Mapping[tuple[str, str, str], Collection[Span]]
    _holes: Mapping[tuple[str, str, str], Collection[Span]]

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId) -> Coverage:
        """How much of the period is known of one sort in one project; as `usage_sums.coverage_of` has it."""
        spans = [span for scope in ("", project) for span in self._spans.get((cloud, sort, scope), ())]
        return coverage(without(spans, self._holes.get((cloud, sort, project), ())), self.period)


def covered(connection: Connection, period: Span) -> Covered:
    """What is known of a period."""
    spans, holes = defaultdict[Any, list[Span]](list), defaultdict[Any, list[Span]](list)
    for table, found, name in ((usage_coverage, spans, "scope"), (usage_gaps, holes, "project")):
        overlapping = (table.c.end_at > period.start, table.c.start_at < period.end)
        query = select(table.c.cloud, table.c.sort, table.c[name], table.c.start_at, table.c.end_at)
        for cloud, sort, scope, start, end in connection.execute(query.where(*overlapping)):
            found[cloud, sort, scope].append(Span(start=start, end=end))
    for row in connection.execute(select(usage_scopes.c.cloud, usage_scopes.c.sort, usage_scopes.c.behind)):
        for project, (_, seen) in row.behind.items():
            # Newer looks could not read it: since then nothing is known.
            since = datetime.fromisoformat(seen)
            if since < period.end:
                holes[row.cloud, row.sort, project].append(Span(start=since, end=period.end))
    return Covered(period, spans, holes)
