"""What is used and for how long: looks, intervals by month, what is open, coverage, and whose each project is."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"
SORTS = "'server', 'volume', 'snapshot', 'backup', 'image', 'floating-ip', 'quota', 'quota-use'"
STATES = (
    "'building', 'active', 'paused', 'suspended', 'stopped', 'rescued', 'resized', 'shelved', 'shelved-offloaded', "
    "'soft-deleted', 'available', 'in-use', 'busy', 'deactivated', 'associated', 'unassociated', 'limited', "
    "'unlimited', 'error', 'other', 'deleted'"
)
EVIDENCE = "'api', 'corrected', 'bound', 'look', 'clamped', 'cut'"
SIZES = ("vcpus", "memory_bytes", "root_bytes", "ephemeral_bytes", "size_bytes", "amount")


def texts(*names: str) -> list[Any]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def instant(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def scope() -> list[Any]:
    return texts("cloud", "sort", "scope")


def condition() -> list[Any]:
    return [*texts("project", "variant", "state"), *(sa.Column(size, sa.BigInteger, nullable=False) for size in SIZES)]


def moment(name: str) -> list[Any]:
    return [
        instant(f"{name}_at"),
        *texts(f"{name}_evidence"),
        instant(f"{name}_earliest"),
        instant(f"{name}_latest"),
    ]


def check(table: str, name: str, condition: str) -> Any:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def bounds(table: str, name: str) -> Any:
    return check(table, f"{name}_bounds", f"{name}_earliest <= {name}_at AND {name}_at <= {name}_latest")


def index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema=SCHEMA)


def create(table: str, *parts: Any, key: tuple[str, ...] = (), partitioned: bool = False) -> None:
    keyed = [sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}"))] if key else []
    options: dict[str, Any] = {"postgresql_partition_by": "RANGE (month)"} if partitioned else {}
    sorts = [check(table, "sort", f"sort IN ({SORTS})")] if table != "usage_tenancies" else []
    op.create_table(table, *parts, *keyed, *sorts, schema=SCHEMA, **options)


def upgrade() -> None:
    create(
        "usage_scopes",
        *scope(),
        instant("last_began", nullable=True),
        instant("last_ended", nullable=True),
        instant("newest", nullable=True),
        sa.Column("behind", JSONB(none_as_null=True), nullable=False),
        check("usage_scopes", "last", "(last_began IS NULL) = (last_ended IS NULL)"),
        key=("cloud", "sort", "scope"),
    )
    create(
        "usage_open",
        *scope(),
        *texts("resource"),
        *condition(),
        *moment("start"),
        instant("first_look"),
        instant("launched_at", nullable=True),
        check("usage_open", "state", f"state IN ({STATES})"),
        check("usage_open", "start_evidence", f"start_evidence IN ({EVIDENCE})"),
        bounds("usage_open", "start"),
        key=("cloud", "sort", "scope", "resource"),
    )
    index("usage_open", "cloud", "project")
    create(
        "usage_intervals",
        sa.Column("month", sa.Date, nullable=False),
        *scope(),
        *texts("resource"),
        *condition(),
        *moment("start"),
        *moment("end"),
        instant("first_look"),
        instant("last_look"),
        check("usage_intervals", "state", f"state IN ({STATES})"),
        check("usage_intervals", "start_evidence", f"start_evidence IN ({EVIDENCE})"),
        check("usage_intervals", "end_evidence", f"end_evidence IN ({EVIDENCE})"),
        bounds("usage_intervals", "start"),
        bounds("usage_intervals", "end"),
        check("usage_intervals", "order", "start_at <= end_at"),
        partitioned=True,
    )
    index("usage_intervals", "cloud", "project")
    index("usage_intervals", "resource")
    create(
        "usage_looks",
        sa.Column("month", sa.Date, nullable=False),
        *scope(),
        instant("began"),
        instant("ended"),
        sa.Column("every_seconds", sa.Integer, nullable=False),
        sa.Column("extent", sa.Text, nullable=False),
        sa.Column("failed", JSONB(none_as_null=True), nullable=True),
        sa.Column("clock_ahead_ms", sa.BigInteger, nullable=True),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.Column("closed", sa.Integer, nullable=False),
        check("usage_looks", "extent", "extent IN ('all', 'changes')"),
        check("usage_looks", "order", "began <= ended"),
        partitioned=True,
    )
    index("usage_looks", "cloud", "sort", "scope", "ended")
    create(
        "usage_coverage",
        *scope(),
        instant("start_at"),
        instant("end_at"),
        check("usage_coverage", "order", "start_at < end_at"),
        key=("cloud", "sort", "scope", "start_at"),
    )
    create(
        "usage_gaps",
        *scope(),
        *texts("project"),
        instant("start_at"),
        instant("end_at"),
        check("usage_gaps", "order", "start_at < end_at"),
        key=("cloud", "sort", "scope", "project", "start_at"),
    )
    create(
        "usage_tenancies",
        *texts("cloud", "project", "tenant", "name"),
        instant("since"),
        instant("until", nullable=True),
        check("usage_tenancies", "order", "until IS NULL OR since < until"),
        key=("cloud", "project", "since"),
    )
    op.create_index(
        "uq_usage_tenancies_now",
        "usage_tenancies",
        ["cloud", "project"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("until IS NULL"),
    )
    index("usage_tenancies", "tenant")
