"""What collectors last saw and how their runs went, what is counted across restarts, and when requests were sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"


def upgrade() -> None:
    op.create_table(
        "usage_snapshots",
        sa.Column("cloud", sa.Text, nullable=False),
        sa.Column("collector", sa.Text, nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("content", JSONB(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("cloud", "collector", name=op.f("pk_usage_snapshots")),
        sa.CheckConstraint("began <= at", name=op.f("ck_usage_snapshots_order")),
        schema=SCHEMA,
    )
    op.create_table(
        "collector_runs",
        sa.Column("cloud", sa.Text, nullable=False),
        sa.Column("collector", sa.Text, nullable=False),
        sa.Column("every_seconds", sa.Integer, nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("milliseconds", sa.BigInteger, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("projects_failed", sa.Integer, nullable=False),
        sa.Column("failed", JSONB(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("cloud", "collector", name=op.f("pk_collector_runs")),
        sa.CheckConstraint("complete = (failed IS NULL)", name=op.f("ck_collector_runs_failed")),
        sa.CheckConstraint("projects_failed >= 0", name=op.f("ck_collector_runs_projects_failed")),
        schema=SCHEMA,
    )
    op.create_table(
        "service_counters",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("labels", JSONB(none_as_null=True), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_service_counters")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_service_counters_value")),
        schema=SCHEMA,
    )
    op.create_table(
        "request_budgets",
        sa.Column("cloud", sa.Text, nullable=False),
        sa.Column("sent", ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.PrimaryKeyConstraint("cloud", name=op.f("pk_request_budgets")),
        schema=SCHEMA,
    )
