"""How much of a wave travels at this moment, in all processes together."""

from sqlalchemy import Connection, func, select

from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.store.schema_migration import migration_steps as steps
from provisioner.store.schema_migration import migrations

_TRAVELLING = (StepKind.COPY.value, StepKind.UPLOAD.value)


def copies_of(connection: Connection, run: RunId) -> int:
    """The disks of a wave that are under way; not those of applications that rest."""
    query = (
        select(func.count())
        .join(migrations, migrations.c.id == steps.c.migration_id)
        .where(
            migrations.c.run_id == run,
            migrations.c.queued,
            steps.c.state == StepState.STARTED.value,
            steps.c.spec["kind"].astext.in_(_TRAVELLING),
        )
    )
    return int(connection.execute(query).scalar_one())
