"""Room in projects' quotas that migrations keep for themselves, so that two that begin at once do not count on the same room."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, select, text

from provisioner.clouds.interface import ProjectId
from provisioner.migration.bindings import Bindings
from provisioner.migration.headroom import Amounts, Goal, Project, Share, parts, share
from provisioner.migration.identifiers import MigrationId, Subject
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Workload
from provisioner.store.codec import decode, resource_of, resource_text
from provisioner.store.schema_migration import migration_holds as table
from provisioner.store.schema_migration import migration_steps as steps
from provisioner.store.schema_migration import migrations
from provisioner.store.schema_migration import wave_runs as runs
from tenants.names import CloudName
from tenants.resources import Resource
from tenants.wave import Mode

_LOCK: Final = 0x74656E_686F


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A migration that keeps room."""

    migration: MigrationId
    #: What of it is in use by now, and what is not.
    share: Share


def lock(connection: Connection) -> None:
    """Keep everybody else from keeping room until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def let_end(connection: Connection) -> None:
    """Wait for whoever has the lock: what they keep is seen from here on. Others may wait so at the same time."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _LOCK})


def keepers(connection: Connection) -> tuple[Keeper, ...]:
    """Every migration that keeps room, ended or not, in one question."""
    holds = func.jsonb_agg(func.jsonb_build_array(table.c.cloud, table.c.project, table.c.resource, table.c.amount))
    done = func.jsonb_agg(func.jsonb_build_array(steps.c.spec["kind"], steps.c.spec["subject"]))
    of_it, is_done = steps.c.migration_id == migrations.c.id, steps.c.state == StepState.DONE.value
    columns: tuple[ColumnElement[Any], ...] = (
        *(migrations.c.id, migrations.c.workload, migrations.c.bindings, runs.c.spec["mode"].astext.label("mode")),
        select(holds).where(table.c.migration_id == migrations.c.id).scalar_subquery().label("holds"),
        select(done).where(of_it, is_done).scalar_subquery().label("done"),
    )
    query = (
        select(*columns)
        .join(runs, runs.c.id == migrations.c.run_id)
        .where(exists().where(table.c.migration_id == migrations.c.id))
        .order_by(migrations.c.id)
    )
    return tuple(Keeper(migration=MigrationId(row.id), share=_share(row)) for row in connection.execute(query))


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


def _share(row: Row[Any]) -> Share:
    kept: dict[Project, dict[Resource, int]] = {}
    for cloud, project, resource, amount in row.holds:
        kept.setdefault((CloudName(cloud), ProjectId(project)), {})[resource_of(resource)] = int(amount)
    # Sizes as the servers have them: where the target's flavor is larger, the rest counts as kept, which is safe.
    made = parts(Mode(row.mode), decode(Workload, row.workload), decode(Bindings, row.bindings), Goal())
    return share({(StepKind(kind), Subject(subject)) for kind, subject in row.done or ()}, kept, made)
