"""What probes found at applications."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"


def upgrade() -> None:
    op.create_table(
        "probe_results",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("probe", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=True),
        sa.Column("address", sa.Text, nullable=True),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe_results")),
        sa.CheckConstraint("result IN ('passed', 'failed', 'unknown')", name=op.f("ck_probe_results_result")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_probe_results_application_probe_server_at"),
        "probe_results",
        ["application", "probe", "server", "at"],
        schema=SCHEMA,
    )
