"""The tables of migrations, a part of `schema`: waves under way, migrations, their steps, what they hold, what was measured."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from provisioner.migration.migration import RunState, StepState
from provisioner.migration.states import Asked, State
from provisioner.store.schema import METADATA, instant, jsonb, one_of

_FINAL: Final = ", ".join(f"'{each}'" for each in State if each.final)


#: Waves that were started, each with the manifest as it was then.
wave_runs: Final = Table(
    "wave_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("wave", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    jsonb("spec"),
    #: Application to the applications of the wave that it waits for.
    jsonb("dependencies"),
    Column("authority", Text, nullable=False, server_default=text("''")),
    Column("started_by", Text, nullable=False),
    instant("started_at"),
    instant("finished_at", nullable=True),
    one_of("state", RunState),
    # A wave is under way once at a time.
    Index("uq_wave_runs_under_way", "wave", unique=True, postgresql_where=text("finished_at IS NULL")),
)

migrations: Final = Table(
    "migrations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey(wave_runs.c.id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("application", Text, nullable=True),
    Column("tenant", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("asked", Text, nullable=False),
    jsonb("workload"),
    jsonb("bindings"),
    Column("legs", Integer, nullable=False, server_default=text("0")),
    #: Whether the engine has it.
    Column("queued", Boolean, nullable=False, server_default=text("false")),
    jsonb("failure", nullable=True),
    instant("created_at"),
    instant("down_from", nullable=True),
    instant("down_until", nullable=True),
    jsonb("signed_off", nullable=True),
    instant("kept_until", nullable=True),
    instant("finished_at", nullable=True),
    one_of("state", State),
    one_of("asked", Asked),
    CheckConstraint(f"(finished_at IS NULL) = (state NOT IN ({_FINAL}))", name="finished"),
    # An application moves once at a time.
    Index(
        "uq_migrations_under_way",
        "application",
        unique=True,
        postgresql_where=text("finished_at IS NULL AND application IS NOT NULL"),
    ),
)

migration_steps: Final = Table(
    "migration_steps",
    METADATA,
    Column("migration_id", Text, ForeignKey(migrations.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    #: As it was planned.
    jsonb("spec"),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    #: The names of the places that it takes while it is under way.
    Column("slots", ARRAY(Text), nullable=False),
    jsonb("evidence", nullable=True),
    jsonb("failure", nullable=True),
    Column("done_bytes", BigInteger, nullable=True),
    Column("total_bytes", BigInteger, nullable=True),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    PrimaryKeyConstraint("migration_id", "position"),
    one_of("state", StepState),
    # Who takes a place asks for those under way.
    Index(
        "ix_migration_steps_under_way",
        "state",
        postgresql_where=text("state IN ('started', 'undoing')"),
    ),
)

#: What happened to a migration, in order: what pages and streams show, and the evidence tells.
migration_events: Final = Table(
    "migration_events",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Text, ForeignKey(wave_runs.c.id), nullable=False),
    #: NULL: of the wave as a whole.
    Column("migration_id", Text, ForeignKey(migrations.c.id), nullable=True),
    instant("at"),
    Column("actor", Text, nullable=False),
    #: `state`, `step`, `asked`, `signed-off`, `left`…
    Column("what", Text, nullable=False),
    jsonb("detail"),
    Index(None, "run_id", "seq"),
    Index(None, "migration_id", "seq"),
)

#: Room in projects' quotas that migrations keep for themselves, in API units.
migration_holds: Final = Table(
    "migration_holds",
    METADATA,
    Column("migration_id", Text, ForeignKey(migrations.c.id), nullable=False),
    Column("cloud", Text, nullable=False),
    #: Keystone's id.
    Column("project", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("migration_id", "cloud", "project", "resource"),
    Index(None, "cloud", "project"),
    CheckConstraint("amount > 0", name="amount"),
)

#: How fast disks travelled: what the next ones are expected to take.
link_rates: Final = Table(
    "link_rates",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    instant("at"),
    Column("bytes", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Index(None, "source", "target", "seq"),
    CheckConstraint("bytes >= 0 AND milliseconds > 0", name="measured"),
)
