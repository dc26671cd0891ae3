"""Which tenant each project belonged to, and since when: noted whenever manifests and clouds are looked at together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from provisioner.clouds.interface import ProjectId
from provisioner.store.schema_usage import usage_tenancies as table
from provisioner.usage.coverage import Span
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName, TenantName


def note(connection: Connection, found: Iterable[Tenancy]) -> None:
    """Keep that these projects belong to these tenants from `since` on, and end what held before.

    What is known already stays as it is; a new name of the project is a new row. What is said to begin before what is known
    began is not taken: the past is settled.
    """
    wanted = {(each.cloud, each.project): each for each in found}
    rows = connection.execute(select(table).where(table.c.until.is_(None)))
    known = {(CloudName(row.cloud), ProjectId(row.project)): _tenancy(row) for row in rows}
    for key, each in sorted(wanted.items()):
        before = known.get(key)
        if before is not None:
            same = (before.tenant, before.name) == (each.tenant, each.name)
            if same or each.since <= before.since:
                continue
            end(connection, before, each)
        values = {
            "cloud": each.cloud,
            "project": each.project,
            "tenant": each.tenant,
            "name": each.name,
            "since": each.since,
            "until": each.until,
        }
        connection.execute(insert(table).values(values))


def end(connection: Connection, tenancy: Tenancy, successor: Tenancy) -> None:
    """Let what holds now end where its successor begins."""
    held = (table.c.cloud == tenancy.cloud, table.c.project == tenancy.project, table.c.since == tenancy.since)
    connection.execute(update(table).where(*held).values(until=successor.since))


def within(connection: Connection, period: Span) -> Mapping[tuple[CloudName, ProjectId], Sequence[Tenancy]]:
    """All that held at some time of a period, by cloud and project, oldest first."""
    return _found(connection, table.c.since < period.end, _from(period.start))


def since(connection: Connection, begin: datetime) -> Mapping[tuple[CloudName, ProjectId], Sequence[Tenancy]]:
    """All that held at some time from then on, by cloud and project, oldest first."""
    return _found(connection, _from(begin))


def _from(begin: datetime) -> ColumnElement[bool]:
    return or_(table.c.until.is_(None), table.c.until > begin)


def _found(
    connection: Connection, *where: ColumnElement[bool]
) -> Mapping[tuple[CloudName, ProjectId], Sequence[Tenancy]]:
    query = select(table).where(*where).order_by(table.c.since)
    result: defaultdict[tuple[CloudName, ProjectId], list[Tenancy]] = defaultdict(list)
    for row in connection.execute(query):
        each = _tenancy(row)
        result[each.cloud, each.project].append(each)
    return result


def _tenancy(row: Any) -> Tenancy:
    return Tenancy(
        cloud=CloudName(row.cloud),
        project=ProjectId(row.project),
        tenant=TenantName(row.tenant),
        name=row.name,
        since=row.since,
        until=row.until,
    )
