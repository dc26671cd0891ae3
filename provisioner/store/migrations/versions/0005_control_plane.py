"""What is done again and again; what each request's reviews take; who decides in whose place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"
ACTS = (
    "'submit', 'take-up', 'approve', 'pass', 'reject', 'ask-changes', 'withdraw', 'expire', 'execute', 'review-again', 'finish', "
    "'fail', 'confirm'"
)


def upgrade() -> None:
    op.add_column("requests", sa.Column("route", JSONB(none_as_null=True), nullable=True), schema=SCHEMA)
    op.add_column("request_events", sa.Column("stands_for", sa.Text, nullable=True), schema=SCHEMA)
    op.drop_constraint("ck_request_events_act", "request_events", schema=SCHEMA)
    op.create_check_constraint(op.f("ck_request_events_act"), "request_events", f"act IN ({ACTS})", schema=SCHEMA)
    op.create_table(
        "delegations",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("giver", sa.Text, nullable=False),
        sa.Column("taker", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.CheckConstraint("giver <> taker", name=op.f("ck_delegations_apart")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_delegations_days")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_delegations_revoked")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_delegations_taker_last_day"), "delegations", ["taker", "last_day"], schema=SCHEMA)
    op.create_table(
        "schedules",
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.Text, nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("task", "subject", name=op.f("pk_schedules")),
        sa.CheckConstraint("(holder IS NULL) = (leased_until IS NULL)", name=op.f("ck_schedules_lease")),
        sa.CheckConstraint("(failures > 0) = (error IS NOT NULL)", name=op.f("ck_schedules_failed")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_schedules_due_at"), "schedules", ["due_at"], schema=SCHEMA)
