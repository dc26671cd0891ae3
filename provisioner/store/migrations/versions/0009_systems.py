"""Which business system each resource is of, from when to when. What was metered before is of none that is known."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "tenantry"
TABLE = "usage_systems"
SORTS = "'server', 'volume', 'snapshot', 'backup', 'image', 'floating-ip', 'quota', 'quota-use'"
KEY = ["cloud", "sort", "resource"]


def upgrade() -> None:
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text, nullable=False) for name in (*KEY, "system", "name")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("since", "until")),
        sa.CheckConstraint(f"sort IN ({SORTS})", name=op.f("ck_usage_systems_sort")),
        sa.CheckConstraint("since < until", name=op.f("ck_usage_systems_order")),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_usage_systems_now", TABLE, KEY, unique=True, schema=SCHEMA, postgresql_where=sa.text("until IS NULL")
    )
    op.create_index(op.f("ix_usage_systems_cloud_sort_resource"), TABLE, KEY, schema=SCHEMA)
