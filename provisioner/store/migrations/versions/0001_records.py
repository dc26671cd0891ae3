"""The first records: revisions, plans, decisions, operations, observations, drift, the audit log and the executors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "tenantry"
INSTANT = sa.DateTime(timezone=True)

#: The log only grows: what is written is refused any change, even by our own mistake. Against whoever owns the
#: database the chain of digests stands.
ONLY_GROWS = f"""
CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is never changed: % refused on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.audit
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change();

CREATE TRIGGER audit_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON {SCHEMA}.audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change();

CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON {SCHEMA}.audit_head
    FOR EACH ROW WHEN (NEW.count <= OLD.count) EXECUTE FUNCTION {SCHEMA}.refuse_change();
"""


def text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=nullable)


def serial() -> sa.Column[object]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)


def table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")), schema=SCHEMA)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{name}"))


def reference(table_name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{SCHEMA}.{target}.id"], name=op.f(f"fk_{table_name}_{column}"))


def index(table_name: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table_name}_{'_'.join(columns)}"), table_name, list(columns), schema=SCHEMA)


def upgrade() -> None:
    plans()
    work()
    seen()
    audit()
    table(
        "executors",
        text("id"),
        text("host"),
        sa.Column("pid", sa.Integer, nullable=False),
        text("process_start"),
        instant("seen_at"),
    )


def plans() -> None:
    table(
        "manifest_revisions",
        text("id"),
        instant("created_at"),
        text("actor"),
        text("digest"),
        json("files"),
        sa.UniqueConstraint("digest", name=op.f("uq_manifest_revisions_digest")),
    )
    table(
        "plans",
        text("id"),
        text("revision_id"),
        instant("created_at"),
        text("actor"),
        text("fingerprint"),
        json("content"),
        reference("plans", "revision_id", "manifest_revisions"),
    )
    index("plans", "revision_id")
    index("plans", "created_at")
    table(
        "decisions",
        serial(),
        text("plan_id"),
        text("fingerprint"),
        text("actor"),
        instant("at"),
        text("verdict"),
        text("comment"),
        check("decisions_verdict", "verdict IN ('approved', 'rejected')"),
        reference("decisions", "plan_id", "plans"),
    )
    index("decisions", "plan_id")


def work() -> None:
    table(
        "operations",
        text("id"),
        text("plan_id"),
        text("tenant"),
        text("cloud"),
        text("fingerprint"),
        text("state"),
        instant("created_at"),
        instant("finished_at", nullable=True),
        json("failure", nullable=True),
        check("operations_state", "state IN ('queued', 'running', 'done', 'failed', 'stopped', 'plan-changed')"),
        check("operations_finished", "(finished_at IS NULL) = (state IN ('queued', 'running'))"),
        reference("operations", "plan_id", "plans"),
    )
    index("operations", "plan_id")
    index("operations", "created_at")
    index("operations", "tenant", "cloud", "created_at")
    op.create_index(
        "ix_operations_unfinished",
        "operations",
        ["created_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    table(
        "steps",
        text("operation_id"),
        sa.Column("position", sa.Integer, nullable=False),
        json("action"),
        text("state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        json("evidence", nullable=True),
        json("failure", nullable=True),
        instant("started_at", nullable=True),
        instant("finished_at", nullable=True),
        check("steps_state", "state IN ('pending', 'started', 'done', 'failed')"),
        check("steps_attempts", "attempts >= 0 AND (attempts > 0) = (started_at IS NOT NULL)"),
        check("steps_evidence", "state <> 'done' OR evidence IS NOT NULL"),
        check("steps_failure", "state <> 'failed' OR failure IS NOT NULL"),
        reference("steps", "operation_id", "operations"),
        key=("operation_id", "position"),
    )


def seen() -> None:
    table(
        "observations",
        serial(),
        text("cloud"),
        instant("at"),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    index("observations", "cloud", "at")
    table(
        "applied",
        text("tenant"),
        text("cloud"),
        text("revision_id"),
        json("spec"),
        instant("at"),
        reference("applied", "revision_id", "manifest_revisions"),
        key=("tenant", "cloud"),
    )
    index("applied", "revision_id")
    table("drift_looks", text("tenant"), text("cloud"), instant("at"), key=("tenant", "cloud"))
    table(
        "drift",
        serial(),
        text("tenant"),
        text("cloud"),
        text("address"),
        text("property"),
        json("expected"),
        json("actual"),
        instant("first_seen"),
        instant("last_seen"),
        instant("last_matching_seen", nullable=True),
        instant("resolved_at", nullable=True),
    )
    index("drift", "tenant", "cloud")
    op.create_index(
        "uq_drift_open",
        "drift",
        ["address", "property"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def audit() -> None:
    table(
        "audit",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        instant("at"),
        text("actor"),
        text("action"),
        text("subject"),
        json("detail"),
        text("previous"),
        text("digest"),
        check("audit_seq", "seq > 0"),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_digest")),
        key=("seq",),
    )
    op.create_index("uq_audit_previous", "audit", ["previous"], unique=True, schema=SCHEMA)
    index("audit", "subject")
    index("audit", "at")
    table(
        "audit_head",
        sa.Column("one", sa.Integer, autoincrement=False, nullable=False, server_default=sa.text("1")),
        sa.Column("count", sa.BigInteger, nullable=False),
        text("digest"),
        check("audit_head_one", "one = 1"),
        key=("one",),
    )
    op.execute(f"INSERT INTO {SCHEMA}.audit_head (count, digest) VALUES (0, repeat('0', 64))")
    op.execute(ONLY_GROWS)
