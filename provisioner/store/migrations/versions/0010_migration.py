"""Migrations of applications: waves under way, migrations, the journal of their steps, what they hold and what was measured."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"

RUN_STATES = ("running", "paused", "ended")
STATES = (
    "planned",
    "prechecked",
    "ready",
    "quiesced",
    "final-copy",
    "built",
    "verifying",
    "accepted",
    "retained",
    "closed",
    "compensating",
    "rolled-back",
    "manual",
)
ASKED = ("nothing", "pause", "abort", "force")
STEP_STATES = ("pending", "started", "done", "failed", "undoing", "undone")


def text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable)


def instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSONB(none_as_null=True), nullable=nullable)


def one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def of(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{SCHEMA}.{parent}.id"], name=op.f(f"fk_{table}_{column}")
    )


def upgrade() -> None:
    op.create_table(
        "wave_runs",
        text("id"),
        text("wave"),
        text("owner"),
        text("state"),
        json("spec"),
        json("dependencies"),
        sa.Column("authority", sa.Text, nullable=False, server_default=sa.text("''")),
        text("started_by"),
        instant("started_at", nullable=False),
        instant("finished_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_runs")),
        one_of("wave_runs", "state", RUN_STATES),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_wave_runs_under_way",
        "wave_runs",
        ["wave"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "migrations",
        text("id"),
        text("run_id"),
        text("name"),
        text("application", nullable=True),
        text("tenant"),
        text("state"),
        text("asked"),
        json("workload"),
        json("bindings"),
        sa.Column("legs", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("queued", sa.Boolean, nullable=False, server_default=sa.text("false")),
        json("failure", nullable=True),
        instant("created_at", nullable=False),
        instant("down_from"),
        instant("down_until"),
        json("signed_off", nullable=True),
        instant("kept_until"),
        instant("finished_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migrations")),
        of("migrations", "run_id", "wave_runs"),
        one_of("migrations", "state", STATES),
        one_of("migrations", "asked", ASKED),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (state NOT IN ('closed', 'rolled-back'))", name=op.f("ck_migrations_finished")
        ),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_migrations_run_id"), "migrations", ["run_id"], schema=SCHEMA)
    op.create_index(op.f("ix_migrations_tenant"), "migrations", ["tenant"], schema=SCHEMA)
    op.create_index(
        "uq_migrations_under_way",
        "migrations",
        ["application"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("finished_at IS NULL AND application IS NOT NULL"),
    )
    op.create_table(
        "migration_steps",
        text("migration_id"),
        sa.Column("position", sa.Integer, nullable=False),
        json("spec"),
        text("state"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("slots", ARRAY(sa.Text), nullable=False),
        json("evidence", nullable=True),
        json("failure", nullable=True),
        sa.Column("done_bytes", sa.BigInteger, nullable=True),
        sa.Column("total_bytes", sa.BigInteger, nullable=True),
        instant("started_at"),
        instant("finished_at"),
        sa.PrimaryKeyConstraint("migration_id", "position", name=op.f("pk_migration_steps")),
        of("migration_steps", "migration_id", "migrations"),
        one_of("migration_steps", "state", STEP_STATES),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_migration_steps_under_way",
        "migration_steps",
        ["state"],
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('started', 'undoing')"),
    )
    op.create_table(
        "migration_events",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        text("run_id"),
        text("migration_id", nullable=True),
        instant("at", nullable=False),
        text("actor"),
        text("what"),
        json("detail"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_migration_events")),
        of("migration_events", "run_id", "wave_runs"),
        of("migration_events", "migration_id", "migrations"),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_migration_events_run_id_seq"), "migration_events", ["run_id", "seq"], schema=SCHEMA)
    op.create_index(
        op.f("ix_migration_events_migration_id_seq"), "migration_events", ["migration_id", "seq"], schema=SCHEMA
    )
    op.create_table(
        "migration_holds",
        text("migration_id"),
        text("cloud"),
        text("project"),
        text("resource"),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("migration_id", "cloud", "project", "resource", name=op.f("pk_migration_holds")),
        of("migration_holds", "migration_id", "migrations"),
        sa.CheckConstraint("amount > 0", name=op.f("ck_migration_holds_amount")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_migration_holds_cloud_project"), "migration_holds", ["cloud", "project"], schema=SCHEMA)
    op.create_table(
        "link_rates",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        text("source"),
        text("target"),
        instant("at", nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("milliseconds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_link_rates")),
        sa.CheckConstraint("bytes >= 0 AND milliseconds > 0", name=op.f("ck_link_rates_measured")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_link_rates_source_target_seq"), "link_rates", ["source", "target", "seq"], schema=SCHEMA)
