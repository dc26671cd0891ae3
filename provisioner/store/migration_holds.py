"""Room in projects' quotas that migrations keep for themselves, so that two that begin at once do not count on the same room."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, text

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import MigrationId
from provisioner.store.codec import resource_of, resource_text
from provisioner.store.schema_migration import migration_holds as table
from tenants.names import CloudName
from tenants.resources import Resource

#: Project by project, in API units.
Amounts = Mapping[tuple[CloudName, ProjectId], Mapping[Resource, int]]
_LOCK: Final = 0x74656E_686F


def lock(connection: Connection) -> None:
    """Keep everybody else from keeping room until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def held(connection: Connection, cloud: CloudName, project: ProjectId, *, besides: MigrationId) -> dict[Resource, int]:
    """What other migrations keep in a project."""
    query = (
        select(table.c.resource, func.sum(table.c.amount).label("amount"))
        .where(table.c.cloud == cloud, table.c.project == project, table.c.migration_id != besides)
        .group_by(table.c.resource)
    )
    return {resource_of(row.resource): int(row.amount) for row in connection.execute(query)}


def by_holder(connection: Connection) -> Mapping[MigrationId, Amounts]:
    """What each migration keeps that keeps anything."""
    found: dict[MigrationId, dict[tuple[CloudName, ProjectId], dict[Resource, int]]] = {}
    for row in connection.execute(select(table)):
        projects = found.setdefault(MigrationId(row.migration_id), {})
        place = (CloudName(row.cloud), ProjectId(row.project))
        projects.setdefault(place, {})[resource_of(row.resource)] = int(row.amount)
    return found


def hold(connection: Connection, migration: MigrationId, amounts: Amounts) -> None:
    """Keep room, in place of what the migration kept before. With the lock held."""
    release(connection, migration)
    rows = [
        {
            "migration_id": migration,
            "cloud": cloud,
            "project": project,
            "resource": resource_text(resource),
            "amount": amount,
        }
        for (cloud, project), each in amounts.items()
        for resource, amount in each.items()
        if amount > 0
    ]
    if rows:
        connection.execute(insert(table), rows)


def release(connection: Connection, migration: MigrationId) -> None:
    """Give all of a migration's room back."""
    connection.execute(delete(table).where(table.c.migration_id == migration))


def holders(connection: Connection) -> frozenset[MigrationId]:
    """The migrations that keep room."""
    return frozenset(MigrationId(each) for each in connection.scalars(select(table.c.migration_id).distinct()))
