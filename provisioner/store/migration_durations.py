"""How long steps of migrations took, by kind: read from their journal."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Text, func, select

from provisioner.migration.migration import StepState
from provisioner.store.schema_migration import migration_steps as steps
from provisioner.store.schema_migration import migrations
from tenants.names import CloudName

#: Steps that are looked at, the newest first.
_RECENT = 2000


def recent(connection: Connection, source: CloudName, target: CloudName) -> Mapping[str, Sequence[float]]:
    """Seconds that the last steps took which were done at the first attempt, from one cloud to another, by kind."""
    kind = steps.c.spec["kind"].astext.cast(Text).label("kind")
    newest = (
        select(kind, func.extract("epoch", steps.c.finished_at - steps.c.started_at).label("seconds"))
        .join(migrations, migrations.c.id == steps.c.migration_id)
        .where(
            steps.c.state == StepState.DONE.value,
            steps.c.attempts == 1,
            migrations.c.workload["cloud"].astext == source,
            migrations.c.bindings["cloud"].astext == target,
        )
        .order_by(steps.c.finished_at.desc())
        .limit(_RECENT)
    )
    found: dict[str, list[float]] = {}
    for row in connection.execute(newest):
        found.setdefault(row.kind, []).append(float(row.seconds))
    return found
