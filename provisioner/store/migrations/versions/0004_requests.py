"""Departments' requests, what they hold while they wait, and the manifests in force that they build on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"
STATES = (
    "'draft', 'submitted', 'administrative-review', 'technical-review', 'changes-asked', 'approved', 'rejected', "
    "'executing', 'testing', 'open', 'failed', 'withdrawn', 'expired'"
)
ACTS = (
    "'submit', 'take-up', 'approve', 'reject', 'ask-changes', 'withdraw', 'expire', 'execute', 'review-again', 'finish', "
    "'fail', 'confirm'"
)
ROLES = "'requester', 'administrative-reviewer', 'technical-reviewer', 'system'"


def upgrade() -> None:
    _requests()
    _reservations()
    op.create_table(
        "standing_documents",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("attached", JSONB(none_as_null=True), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_standing_documents")),
        schema=SCHEMA,
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("papers", JSONB(none_as_null=True), nullable=False),
        sa.Column("plan_id", sa.Text, nullable=True),
        sa.Column("fingerprint", sa.Text, nullable=True),
        sa.Column("evidence", JSONB(none_as_null=True), nullable=False),
        sa.Column("review_due", sa.Date, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.ForeignKeyConstraint(["plan_id"], [f"{SCHEMA}.plans.id"], name=op.f("fk_requests_plan_id")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_requests_state")),
        sa.CheckConstraint("(plan_id IS NULL) = (fingerprint IS NULL)", name=op.f("ck_requests_plan")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_requests_plan_id"), "requests", ["plan_id"], schema=SCHEMA)
    op.create_index(op.f("ix_requests_tenant_created_at"), "requests", ["tenant", "created_at"], schema=SCHEMA)
    op.create_index(
        op.f("ix_requests_waiting"),
        "requests",
        ["expires_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "request_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("entered_by", sa.Text, nullable=True),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_events")),
        sa.ForeignKeyConstraint(
            ["request_id"], [f"{SCHEMA}.requests.id"], name=op.f("fk_request_events_request_id")
        ),
        sa.CheckConstraint(f"act IN ({ACTS})", name=op.f("ck_request_events_act")),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_request_events_role")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_request_events_request_id"), "request_events", ["request_id"], schema=SCHEMA)


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("cloud", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.ForeignKeyConstraint(["request_id"], [f"{SCHEMA}.requests.id"], name=op.f("fk_reservations_request_id")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reservations_amount")),
        sa.CheckConstraint("settled IS NULL OR released_at IS NOT NULL", name=op.f("ck_reservations_settled")),
        schema=SCHEMA,
    )
    live = sa.text("released_at IS NULL")
    key = ["request_id", "cloud", "tenant", "resource"]
    op.create_index(op.f("ix_reservations_request_id"), "reservations", ["request_id"], schema=SCHEMA)
    op.create_index(
        op.f("uq_reservations_live"), "reservations", key, unique=True, schema=SCHEMA, postgresql_where=live
    )
    op.create_index(op.f("ix_reservations_live"), "reservations", ["cloud"], schema=SCHEMA, postgresql_where=live)
    op.create_index(
        op.f("ix_reservations_settled"),
        "reservations",
        ["settled"],
        schema=SCHEMA,
        postgresql_where=sa.text("settled IS NOT NULL"),
    )
    op.create_table(
        "reservation_ledger",
        sa.Column("one", sa.Integer, autoincrement=False, server_default=sa.text("1"), nullable=False),
        sa.Column("standing", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_reservation_ledger")),
        sa.CheckConstraint("one = 1", name=op.f("ck_reservation_ledger_one")),
        schema=SCHEMA,
    )
    op.execute(f"INSERT INTO {SCHEMA}.reservation_ledger (standing, settled) VALUES (0, 0)")
