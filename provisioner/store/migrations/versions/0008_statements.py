"""Closed statements, chained by hash; only appended to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"

ONLY_GROWS = f"""
CREATE FUNCTION {SCHEMA}.refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed statement is never changed: % refused on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER statements_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.statements
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_statement_change();

CREATE TRIGGER statements_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON {SCHEMA}.statements_head
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_statement_change();

CREATE TRIGGER statements_head_only_grows BEFORE UPDATE ON {SCHEMA}.statements_head
    FOR EACH ROW WHEN (NEW.count <= OLD.count) EXECUTE FUNCTION {SCHEMA}.refuse_statement_change();
"""


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("content", JSONB(none_as_null=True), nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_statements")),
        sa.UniqueConstraint("digest", name=op.f("uq_statements_digest")),
        sa.UniqueConstraint("month", "tenant", name=op.f("uq_statements_month_tenant")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_statements_seq")),
        schema=SCHEMA,
    )
    op.create_index("uq_statements_previous", "statements", ["previous"], unique=True, schema=SCHEMA)
    op.create_table(
        "statements_head",
        sa.Column("one", sa.Integer, autoincrement=False, nullable=False, server_default=sa.text("1")),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_statements_head")),
        sa.CheckConstraint("one = 1", name=op.f("ck_statements_head_one")),
        schema=SCHEMA,
    )
    op.execute(f"INSERT INTO {SCHEMA}.statements_head (count, digest) VALUES (0, repeat('0', 64))")
    op.execute(ONLY_GROWS)
