"""The tables of closed statements, a part of `schema`: one row for each tenant and month, chained by hash as the audit log is."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from provisioner.store.schema import METADATA, instant, jsonb

#: Only appended to. `content` is the whole statement; the digest is `provisioner.audit.digest` of the row as an event.
statements: Final = Table(
    "statements",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    #: `2026-10`.
    Column("month", Text, nullable=False),
    #: `_unassigned` for what nobody is known to hold.
    Column("tenant", Text, nullable=False),
    instant("at"),
    Column("actor", Text, nullable=False),
    jsonb("content"),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    CheckConstraint("seq > 0", name="seq"),
    Index("uq_statements_previous", "previous", unique=True),
    UniqueConstraint("month", "tenant"),
)

statements_head: Final = Table(
    "statements_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    Column("count", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("one = 1", name="one"),
)
