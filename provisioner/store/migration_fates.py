"""What became of migrations, as far as it decides about what they made; and room that is still kept for those that ended."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, exists, func, select, text

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import MigrationId, Subject
from provisioner.migration.migration import StepState
from provisioner.migration.orphans import HOLD, Fate, Marked, OrphanKind
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.store.schema_migration import migration_holds, migration_steps, migrations
from tenants.names import CloudName


def fates(connection: Connection, wanted: Iterable[MigrationId]) -> Mapping[MigrationId, Fate]:
    """What became of these; one that is not on record is left out."""
    columns, steps = migrations.c, migration_steps.c
    cleaned = exists().where(
        steps.migration_id == columns.id,
        steps.spec["kind"].astext == StepKind.CLEAN.value,
        steps.state == StepState.DONE.value,
    )
    roots = func.jsonb_path_query_array(
        columns.workload, text("'$.machines[*].disks[*] ? (@.volume == null).subject'::jsonpath")
    )
    query = select(columns.id, columns.name, columns.state, cleaned.label("cleaned"), roots.label("roots")).where(
        columns.id.in_(sorted(set(wanted)))
    )
    return {
        MigrationId(row.id): Fate(
            migration=MigrationId(row.id),
            name=row.name,
            state=State(row.state),
            cleaned=row.cleaned,
            image_roots=frozenset(map(Subject, row.roots)),
        )
        for row in connection.execute(query)
    }


def holds_of_ended(connection: Connection) -> tuple[Marked, ...]:
    """Room that is kept for migrations that have ended, resource by resource."""
    columns = migration_holds.c
    query = (
        select(migration_holds)
        .join(migrations, migrations.c.id == columns.migration_id)
        .where(migrations.c.finished_at.is_not(None))
        .order_by(columns.migration_id, columns.cloud, columns.project, columns.resource)
    )
    return tuple(
        Marked(
            kind=OrphanKind.HOLD,
            cloud=CloudName(row.cloud),
            project=ProjectId(row.project),
            id=f"{row.migration_id}/{row.resource}",
            name=f"{row.resource} {row.amount}",
            migration=MigrationId(row.migration_id),
            role=HOLD,
        )
        for row in connection.execute(query)
    )
