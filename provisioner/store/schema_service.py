"""The tables of the service itself, a part of `schema`: the audit log, processes, tokens, answers, tasks that come again, counters."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from provisioner.access import Role
from provisioner.store.schema import METADATA, instant, jsonb, one_of

audit: Final = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    instant("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    jsonb("detail"),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    CheckConstraint("seq > 0", name="seq"),
    # A chain has one successor to each entry: a fork is refused by the database itself.
    Index("uq_audit_previous", "previous", unique=True),
    Index(None, "subject"),
    Index(None, "at"),
)

audit_head: Final = Table(
    "audit_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    Column("count", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("one = 1", name="one"),
)

executors: Final = Table(
    "executors",
    METADATA,
    Column("id", Text, primary_key=True),
    #: Which kernel and process namespace `pid` counts in, so that neighbours can look for it; empty where unknown.
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    #: The process's start in the kernel's own count, which tells it from a later one with the same number.
    Column("process_start", Text, nullable=False),
    instant("seen_at"),
)

tokens: Final = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    #: Who acts with it.
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    #: The root of the part of the tree that it is for; NULL where that is all of it.
    Column("tenant", Text, nullable=True),
    #: SHA-256 of the secret, in hexadecimal. The secret itself is nowhere.
    Column("digest", Text, nullable=False),
    instant("created_at"),
    Column("created_by", Text, nullable=False),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    Column("revoked_by", Text, nullable=True),
    one_of("role", Role),
    CheckConstraint("role <> 'member' OR tenant IS NOT NULL", name="scope"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
)

answers: Final = Table(
    "answers",
    METADATA,
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    #: SHA-256 over what was asked, in hexadecimal.
    Column("asked", Text, nullable=False),
    #: Whoever is at work on the answer; nobody else may write it.
    Column("claim", Text, nullable=False),
    instant("claimed_at"),
    Column("status", Integer, nullable=True),
    jsonb("headers", nullable=True),
    Column("body", LargeBinary, nullable=True),
    PrimaryKeyConstraint("actor", "key"),
    CheckConstraint("(status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL)", name="whole"),
    Index(None, "claimed_at"),
)

schedules: Final = Table(
    "schedules",
    METADATA,
    Column("task", Text, nullable=False),
    #: What the task is about, such as a cloud; empty where it is about everything.
    Column("subject", Text, nullable=False),
    instant("due_at"),
    #: Whoever is at it now, and until when nobody else takes it up unless the holder says that it goes on.
    Column("holder", Text, nullable=True),
    instant("leased_until", nullable=True),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    #: How often in a row it failed.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=True),
    PrimaryKeyConstraint("task", "subject"),
    CheckConstraint("(holder IS NULL) = (leased_until IS NULL)", name="lease"),
    CheckConstraint("(failures > 0) = (error IS NOT NULL)", name="failed"),
    Index(None, "due_at"),
)

#: What processes counted, added up over all of them and their restarts.
service_counters: Final = Table(
    "service_counters",
    METADATA,
    #: A sample's name in the metrics' catalogue, without `_total`.
    Column("name", Text, nullable=False),
    #: Text by text.
    jsonb("labels"),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("name", "labels"),
    CheckConstraint("value >= 0", name="value"),
)
