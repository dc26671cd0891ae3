"""What all tables have in common, as SQLAlchemy sees them; they stand in a module `schema_…` for each subject.

All stand in a PostgreSQL schema of their own, `tenantry`, beside the durable engine's. States are text with a check, so
that a person at a `psql` prompt can read them and a later release can add one.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB

#: The PostgreSQL schema that holds the tables.
SCHEMA: Final = "tenantry"
#: The migration that makes exactly these tables.
HEAD: Final = "0010"

METADATA: Final = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    },
)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """A column that holds a point in time."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def jsonb(name: str, *, nullable: bool = False) -> Column[object]:
    """A column that holds JSON; None is SQL's NULL in it."""
    return Column(name, JSONB(none_as_null=True), nullable=nullable)


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    """A column that holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
