"""The tables of departments' requests, a part of `schema`: their steps, what they hold while they wait, and the manifests in force."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from provisioner.requests import states
from provisioner.store.schema import METADATA, instant, jsonb, one_of
from provisioner.store.schema_operations import plans

requests: Final = Table(
    "requests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant("created_at"),
    jsonb("papers"),
    #: The plan that decisions are about; NULL until there is one.
    Column("plan_id", Text, ForeignKey(plans.c.id), nullable=True, index=True),
    Column("fingerprint", Text, nullable=True),
    jsonb("evidence"),
    Column("review_due", Date, nullable=True),
    instant("expires_at", nullable=True),
    #: What its reviews take; NULL before it is submitted.
    jsonb("route", nullable=True),
    one_of("state", states.State),
    CheckConstraint("(plan_id IS NULL) = (fingerprint IS NULL)", name="plan"),
    Index(None, "tenant", "created_at"),
    # Of all requests that ever were, only few still wait.
    Index("ix_requests_waiting", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
)

request_events: Final = Table(
    "request_events",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("request_id", Text, ForeignKey(requests.c.id), nullable=False, index=True),
    instant("at"),
    Column("act", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("actor", Text, nullable=False),
    #: Who was at the keyboard, where that is somebody else.
    Column("entered_by", Text, nullable=True),
    #: Whose place they took, by delegation.
    Column("stands_for", Text, nullable=True),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("fingerprint", Text, nullable=True),
    one_of("act", states.Act),
    one_of("role", states.Role),
)

reservations: Final = Table(
    "reservations",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("request_id", Text, ForeignKey(requests.c.id), nullable=False, index=True),
    Column("cloud", Text, nullable=False),
    #: Empty for the cloud as a whole.
    Column("tenant", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    instant("made_at"),
    instant("released_at", nullable=True),
    #: The ledger's count of settlements when this one became a holding; NULL where it was given back.
    Column("settled", BigInteger, nullable=True),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("settled IS NULL OR released_at IS NOT NULL", name="settled"),
    Index(
        "uq_reservations_live",
        "request_id",
        "cloud",
        "tenant",
        "resource",
        unique=True,
        postgresql_where=text("released_at IS NULL"),
    ),
    Index("ix_reservations_live", "cloud", postgresql_where=text("released_at IS NULL")),
    Index(None, "settled", postgresql_where=text("settled IS NOT NULL")),
)

reservation_ledger: Final = Table(
    "reservation_ledger",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    #: How often operators changed what is in force.
    Column("standing", BigInteger, nullable=False),
    #: How many requests' reservations became holdings.
    Column("settled", BigInteger, nullable=False),
    CheckConstraint("one = 1", name="one"),
)

standing_documents: Final = Table(
    "standing_documents",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("text", Text, nullable=False),
    jsonb("attached"),
    #: The revision or the request that it came with.
    Column("origin", Text, nullable=False),
    instant("at"),
    PrimaryKeyConstraint("kind", "name"),
)

delegations: Final = Table(
    "delegations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("giver", Text, nullable=False),
    Column("taker", Text, nullable=False),
    #: Only for requests of this tenant and those below it; NULL for all.
    Column("tenant", Text, nullable=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    instant("created_at"),
    Column("created_by", Text, nullable=False),
    instant("revoked_at", nullable=True),
    Column("revoked_by", Text, nullable=True),
    CheckConstraint("giver <> taker", name="apart"),
    CheckConstraint("first_day <= last_day", name="days"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
    Index(None, "taker", "last_day"),
)
