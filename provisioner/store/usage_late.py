"""What was found out late: of which projects a time that was added up before may amount to something else now."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, select, union

from provisioner.clouds.interface import ProjectId
from provisioner.store.schema_usage import usage_intervals, usage_open, usage_scopes
from provisioner.store.usage_months import month_of
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Evidence
from provisioner.usage.late import Unseen
from tenants.names import CloudName

#: Since when nothing is known of what was never seen whole.
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


def touched(connection: Connection, period: Span, since: datetime) -> frozenset[ProjectId]:
    """The projects of which looks after `since` found a beginning or an end that lies in the period.

    What goes on through the period's end amounts to the same whenever it ends, if it was seen there when it was added up:
    see `unseen`.
    """
    ended, still = usage_intervals.c, usage_open.c
    months = (ended.month >= month_of(period.start), ended.month <= month_of(period.end))
    over = (ended.last_look > since, ended.end_at < period.end, ended.end_evidence != Evidence.CUT.value)
    begun = (ended.first_look > since, ended.start_at < period.end)
    query = union(
        select(ended.project).where(*months, *over, ended.end_latest > period.start),
        select(ended.project).where(*months, *begun, ended.end_latest > period.start),
        select(still.project).where(still.first_look > since, still.start_at < period.end),
    )
    return frozenset(map(ProjectId, connection.execute(query).scalars()))


def unseen(connection: Connection, until: datetime) -> tuple[Unseen, ...]:
    """What is not known as far as that: clouds, or single projects of theirs, and since when."""
    found: dict[tuple[str, str], datetime] = {}
    for row in connection.execute(select(usage_scopes)):
        seen = {row.scope: row.last_ended or _NEVER}
        seen |= {project: datetime.fromisoformat(end) for project, (_, end) in row.behind.items()}
        for project, at in seen.items():
            if at < until:
                key = row.cloud, project
                found[key] = min(at, found.get(key, at))
    return tuple(
        Unseen(cloud=CloudName(cloud), project=ProjectId(project) if project else None, since=since)
        for (cloud, project), since in sorted(found.items())
    )
