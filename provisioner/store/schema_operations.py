"""The tables of plans and what came of them, a part of `schema`: manifests, plans, decisions, operations, what was seen and drifted."""

from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from provisioner.operation import OperationState, StepState
from provisioner.probing.readings import Result
from provisioner.store.schema import METADATA, instant, jsonb, one_of


class Verdict(StrEnum):
    """What was decided about a plan."""

    APPROVED = "approved"
    REJECTED = "rejected"


manifest_revisions: Final = Table(
    "manifest_revisions",
    METADATA,
    Column("id", Text, primary_key=True),
    instant("created_at"),
    Column("actor", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    jsonb("files"),
)

plans: Final = Table(
    "plans",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("revision_id", Text, ForeignKey(manifest_revisions.c.id), nullable=False, index=True),
    instant("created_at"),
    Column("actor", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    jsonb("content"),
    Index(None, "created_at"),
)

decisions: Final = Table(
    "decisions",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", Text, ForeignKey(plans.c.id), nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("actor", Text, nullable=False),
    instant("at"),
    Column("verdict", Text, nullable=False),
    Column("comment", Text, nullable=False),
    one_of("verdict", Verdict),
)

operations: Final = Table(
    "operations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("plan_id", Text, ForeignKey(plans.c.id), nullable=False, index=True),
    Column("tenant", Text, nullable=False),
    Column("cloud", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant("created_at"),
    instant("finished_at", nullable=True),
    jsonb("failure", nullable=True),
    one_of("state", OperationState),
    CheckConstraint("(finished_at IS NULL) = (state IN ('queued', 'running'))", name="finished"),
    Index(None, "created_at"),
    Index(None, "tenant", "cloud", "created_at"),
    # The sweep after a crash asks for these few rows among all that ever were.
    Index("ix_operations_unfinished", "created_at", postgresql_where=text("finished_at IS NULL")),
)

steps: Final = Table(
    "steps",
    METADATA,
    Column("operation_id", Text, ForeignKey(operations.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    jsonb("action"),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    jsonb("evidence", nullable=True),
    jsonb("failure", nullable=True),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    PrimaryKeyConstraint("operation_id", "position"),
    one_of("state", StepState),
    CheckConstraint("attempts >= 0 AND (attempts > 0) = (started_at IS NOT NULL)", name="attempts"),
    CheckConstraint("state <> 'done' OR evidence IS NOT NULL", name="evidence"),
    CheckConstraint("state <> 'failed' OR failure IS NOT NULL", name="failure"),
)

observations: Final = Table(
    "observations",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("cloud", Text, nullable=False),
    instant("at"),
    Column("requests", Integer, nullable=False),
    #: Compressed JSON: always read whole, never searched, and a tenth of the size.
    Column("content", LargeBinary, nullable=False),
    Index(None, "cloud", "at"),
)

applied: Final = Table(
    "applied",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("cloud", Text, nullable=False),
    Column("revision_id", Text, ForeignKey(manifest_revisions.c.id), nullable=False, index=True),
    jsonb("spec"),
    instant("at"),
    PrimaryKeyConstraint("tenant", "cloud"),
)

drift_looks: Final = Table(
    "drift_looks",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("cloud", Text, nullable=False),
    instant("at"),
    PrimaryKeyConstraint("tenant", "cloud"),
)

drift: Final = Table(
    "drift",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("cloud", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("property", Text, nullable=False),
    #: A JSON null is a value of its own here, so these are never SQL's NULL.
    Column("expected", JSONB(none_as_null=False), nullable=False),
    Column("actual", JSONB(none_as_null=False), nullable=False),
    instant("first_seen"),
    instant("last_seen"),
    instant("last_matching_seen", nullable=True),
    instant("resolved_at", nullable=True),
    Index("uq_drift_open", "address", "property", unique=True, postgresql_where=text("resolved_at IS NULL")),
    Index(None, "tenant", "cloud"),
)

probe_results: Final = Table(
    "probe_results",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("application", Text, nullable=False),
    Column("probe", Text, nullable=False),
    #: NULL where the probe asks an address of its own.
    Column("server", Text, nullable=True),
    Column("address", Text, nullable=True),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("milliseconds", Integer, nullable=True),
    instant("at"),
    one_of("result", Result),
    Index(None, "application", "probe", "server", "at"),
)
