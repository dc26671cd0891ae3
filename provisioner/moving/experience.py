"""What was measured so far, read for estimates: how fast disks travelled on a link, and how long each kind of step took."""

from provisioner.migration.estimate import BY_SIZE, Experience, beside
from provisioner.migration.migration import Migration, Run
from provisioner.migration.script import StepKind
from provisioner.store import link_rates, migration_durations, migration_records
from provisioner.store.database import Connection


def experience(connection: Connection, run: Run, migration: Migration) -> Experience:
    """What an estimate for this migration is made of."""
    timed = migration_durations.recent(connection, migration.workload.cloud, migration.bindings.cloud)
    return Experience(
        copies=link_rates.recent(connection, migration.workload.cloud, migration.bindings.cloud),
        seconds={StepKind(kind): seconds for kind, seconds in timed.items() if StepKind(kind) not in BY_SIZE},
        side_by_side=run.wave.limits.per_link,
        bandwidth=run.wave.limits.bandwidth,
    )


def at_the_gate(connection: Connection, run: Run, migration: Migration) -> Experience:
    """The same for a cutover that would begin now: with all that shares its link until it has ended."""
    return beside(experience(connection, run, migration), migration, migration_records.carrying(connection))
