"""The tables, as SQLAlchemy sees them. A test holds them equal to what the migrations make.

All stand in a PostgreSQL schema of their own, `tenantry`, beside the durable engine's. States are text with a check, so
that a person at a `psql` prompt can read them and a later release can add one.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from provisioner.access import Role
from provisioner.operation import OperationState, StepState
from provisioner.probing.readings import Result
from provisioner.requests import states
from provisioner.usage.intervals import Evidence
from provisioner.usage.sightings import Extent, Sort, State

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


class Verdict(StrEnum):
    """What was decided about a plan."""

    APPROVED = "approved"
    REJECTED = "rejected"


def _instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, JSONB(none_as_null=True), nullable=nullable)


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    """A column that holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


manifest_revisions: Final = Table(
    "manifest_revisions",
    METADATA,
    Column("id", Text, primary_key=True),
    _instant("created_at"),
    Column("actor", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    _json("files"),
)

plans: Final = Table(
    "plans",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("revision_id", Text, ForeignKey(manifest_revisions.c.id), nullable=False, index=True),
    _instant("created_at"),
    Column("actor", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    _json("content"),
    Index(None, "created_at"),
)

decisions: Final = Table(
    "decisions",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", Text, ForeignKey(plans.c.id), nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("actor", Text, nullable=False),
    _instant("at"),
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
    _instant("created_at"),
    _instant("finished_at", nullable=True),
    _json("failure", nullable=True),
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
    _json("action"),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    _json("evidence", nullable=True),
    _json("failure", nullable=True),
    _instant("started_at", nullable=True),
    _instant("finished_at", nullable=True),
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
    _instant("at"),
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
    _json("spec"),
    _instant("at"),
    PrimaryKeyConstraint("tenant", "cloud"),
)

drift_looks: Final = Table(
    "drift_looks",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("cloud", Text, nullable=False),
    _instant("at"),
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
    _instant("first_seen"),
    _instant("last_seen"),
    _instant("last_matching_seen", nullable=True),
    _instant("resolved_at", nullable=True),
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
    _instant("at"),
    one_of("result", Result),
    Index(None, "application", "probe", "server", "at"),
)

audit: Final = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _instant("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _json("detail"),
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
    _instant("seen_at"),
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
    _instant("created_at"),
    Column("created_by", Text, nullable=False),
    _instant("expires_at"),
    _instant("revoked_at", nullable=True),
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
    _instant("claimed_at"),
    Column("status", Integer, nullable=True),
    _json("headers", nullable=True),
    Column("body", LargeBinary, nullable=True),
    PrimaryKeyConstraint("actor", "key"),
    CheckConstraint("(status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL)", name="whole"),
    Index(None, "claimed_at"),
)

requests: Final = Table(
    "requests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("state", Text, nullable=False),
    _instant("created_at"),
    _json("papers"),
    #: The plan that decisions are about; NULL until there is one.
    Column("plan_id", Text, ForeignKey(plans.c.id), nullable=True, index=True),
    Column("fingerprint", Text, nullable=True),
    _json("evidence"),
    Column("review_due", Date, nullable=True),
    _instant("expires_at", nullable=True),
    #: What its reviews take; NULL before it is submitted.
    _json("route", nullable=True),
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
    _instant("at"),
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
    _instant("made_at"),
    _instant("released_at", nullable=True),
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
    _json("attached"),
    #: The revision or the request that it came with.
    Column("origin", Text, nullable=False),
    _instant("at"),
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
    _instant("created_at"),
    Column("created_by", Text, nullable=False),
    _instant("revoked_at", nullable=True),
    Column("revoked_by", Text, nullable=True),
    CheckConstraint("giver <> taker", name="apart"),
    CheckConstraint("first_day <= last_day", name="days"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
    Index(None, "taker", "last_day"),
)

schedules: Final = Table(
    "schedules",
    METADATA,
    Column("task", Text, nullable=False),
    #: What the task is about, such as a cloud; empty where it is about everything.
    Column("subject", Text, nullable=False),
    _instant("due_at"),
    #: Whoever is at it now, and until when nobody else takes it up unless the holder says that it goes on.
    Column("holder", Text, nullable=True),
    _instant("leased_until", nullable=True),
    _instant("started_at", nullable=True),
    _instant("finished_at", nullable=True),
    #: How often in a row it failed.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=True),
    PrimaryKeyConstraint("task", "subject"),
    CheckConstraint("(holder IS NULL) = (leased_until IS NULL)", name="lease"),
    CheckConstraint("(failures > 0) = (error IS NOT NULL)", name="failed"),
    Index(None, "due_at"),
)


def _scope() -> tuple[Column[object], ...]:
    """What looks are compared within. `scope` is the project where one sort is looked at project by project, else empty."""
    return (
        Column("cloud", Text, nullable=False),
        Column("sort", Text, nullable=False),
        Column("scope", Text, nullable=False),
    )


def _condition() -> tuple[Column[object], ...]:
    """What is metered apart."""
    return (
        Column("project", Text, nullable=False),
        Column("variant", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("vcpus", BigInteger, nullable=False),
        Column("memory_bytes", BigInteger, nullable=False),
        Column("root_bytes", BigInteger, nullable=False),
        Column("ephemeral_bytes", BigInteger, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        Column("amount", BigInteger, nullable=False),
    )


def _moment(name: str) -> tuple[Column[object], ...]:
    return (
        _instant(f"{name}_at"),
        Column(f"{name}_evidence", Text, nullable=False),
        _instant(f"{name}_earliest"),
        _instant(f"{name}_latest"),
    )


def _bounds(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name}_earliest <= {name}_at AND {name}_at <= {name}_latest", name=f"{name}_bounds")


usage_scopes: Final = Table(
    "usage_scopes",
    METADATA,
    *_scope(),
    #: The last look that told of the whole scope, but for the projects in `behind`.
    _instant("last_began", nullable=True),
    _instant("last_ended", nullable=True),
    #: The end of the newest look that was used at all.
    _instant("newest", nullable=True),
    _json("behind"),
    PrimaryKeyConstraint("cloud", "sort", "scope"),
    one_of("sort", Sort),
    CheckConstraint("(last_began IS NULL) = (last_ended IS NULL)", name="last"),
)

usage_open: Final = Table(
    "usage_open",
    METADATA,
    *_scope(),
    Column("resource", Text, nullable=False),
    *_condition(),
    *_moment("start"),
    _instant("first_look"),
    _instant("launched_at", nullable=True),
    PrimaryKeyConstraint("cloud", "sort", "scope", "resource"),
    one_of("sort", Sort),
    one_of("state", State),
    one_of("start_evidence", Evidence),
    _bounds("start"),
    Index(None, "cloud", "project"),
)

#: What has ended, cut at the beginnings of months (UTC), each piece in the partition of its month, so that a period is
#: read from its own months and old months go as wholes. A partition is made when it is needed: see `usage_months`.
usage_intervals: Final = Table(
    "usage_intervals",
    METADATA,
    #: The first day of the piece's month.
    Column("month", Date, nullable=False),
    *_scope(),
    Column("resource", Text, nullable=False),
    *_condition(),
    *_moment("start"),
    *_moment("end"),
    _instant("first_look"),
    _instant("last_look"),
    one_of("sort", Sort),
    one_of("state", State),
    one_of("start_evidence", Evidence),
    one_of("end_evidence", Evidence),
    _bounds("start"),
    _bounds("end"),
    CheckConstraint("start_at <= end_at", name="order"),
    Index(None, "cloud", "project"),
    Index(None, "resource"),
    postgresql_partition_by="RANGE (month)",
)

usage_looks: Final = Table(
    "usage_looks",
    METADATA,
    #: The first day of the month in which it ended.
    Column("month", Date, nullable=False),
    *_scope(),
    _instant("began"),
    _instant("ended"),
    Column("every_seconds", Integer, nullable=False),
    Column("extent", Text, nullable=False),
    #: What could not be read, with the reasons; NULL where everything was.
    _json("failed", nullable=True),
    #: How far the cloud's clock was ahead, in milliseconds; NULL where unknown.
    Column("clock_ahead_ms", BigInteger, nullable=True),
    Column("seen", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    one_of("sort", Sort),
    one_of("extent", Extent),
    CheckConstraint("began <= ended", name="order"),
    Index(None, "cloud", "sort", "scope", "ended"),
    postgresql_partition_by="RANGE (month)",
)

usage_coverage: Final = Table(
    "usage_coverage",
    METADATA,
    *_scope(),
    _instant("start_at"),
    _instant("end_at"),
    PrimaryKeyConstraint("cloud", "sort", "scope", "start_at"),
    one_of("sort", Sort),
    CheckConstraint("start_at < end_at", name="order"),
)

#: Times that a scope covers, and one of its projects not.
usage_gaps: Final = Table(
    "usage_gaps",
    METADATA,
    *_scope(),
    Column("project", Text, nullable=False),
    _instant("start_at"),
    _instant("end_at"),
    PrimaryKeyConstraint("cloud", "sort", "scope", "project", "start_at"),
    one_of("sort", Sort),
    CheckConstraint("start_at < end_at", name="order"),
)

usage_tenancies: Final = Table(
    "usage_tenancies",
    METADATA,
    Column("cloud", Text, nullable=False),
    #: Keystone's id.
    Column("project", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    _instant("since"),
    _instant("until", nullable=True),
    PrimaryKeyConstraint("cloud", "project", "since"),
    CheckConstraint("until IS NULL OR since < until", name="order"),
    # A project is in one tenant's hands at a time.
    Index("uq_usage_tenancies_now", "cloud", "project", unique=True, postgresql_where=text("until IS NULL")),
    Index(None, "tenant"),
)

#: Which business system each resource is of: of an application that holds it, from when to when. The rows of a resource lie
#: end to end and leave nothing out; one without a row is of no application.
usage_systems: Final = Table(
    "usage_systems",
    METADATA,
    Column("cloud", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("resource", Text, nullable=False),
    #: Empty for a time in which it was of none.
    Column("system", Text, nullable=False),
    Column("name", Text, nullable=False),
    #: NULL: from its beginning.
    _instant("since", nullable=True),
    #: NULL: for as long as nobody knows otherwise.
    _instant("until", nullable=True),
    one_of("sort", Sort),
    CheckConstraint("since < until", name="order"),
    # A resource is of one system at a time.
    Index("uq_usage_systems_now", "cloud", "sort", "resource", unique=True, postgresql_where=text("until IS NULL")),
    Index(None, "cloud", "sort", "resource"),
)

#: What each collector last saw, as a whole: what metrics are made of. One row each; a failed run leaves it and its times as they are.
usage_snapshots: Final = Table(
    "usage_snapshots",
    METADATA,
    Column("cloud", Text, nullable=False),
    Column("collector", Text, nullable=False),
    _instant("began"),
    #: The end of the collection.
    _instant("at"),
    #: Whether it has all; where not, it has what was read then, and of the rest what was known before.
    Column("complete", Boolean, nullable=False),
    _json("content"),
    PrimaryKeyConstraint("cloud", "collector"),
    CheckConstraint("began <= at", name="order"),
)

#: How each collector's last run went, well or not.
collector_runs: Final = Table(
    "collector_runs",
    METADATA,
    Column("cloud", Text, nullable=False),
    Column("collector", Text, nullable=False),
    Column("every_seconds", Integer, nullable=False),
    _instant("attempted_at"),
    #: The end of the last run that got all.
    _instant("succeeded_at", nullable=True),
    Column("milliseconds", BigInteger, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("projects_failed", Integer, nullable=False),
    #: What the last run lacks, with the reasons; NULL where nothing.
    _json("failed", nullable=True),
    PrimaryKeyConstraint("cloud", "collector"),
    CheckConstraint("complete = (failed IS NULL)", name="failed"),
    CheckConstraint("projects_failed >= 0", name="projects_failed"),
)

#: What processes counted, added up over all of them and their restarts.
service_counters: Final = Table(
    "service_counters",
    METADATA,
    #: A sample's name in the metrics' catalogue, without `_total`.
    Column("name", Text, nullable=False),
    #: Text by text.
    _json("labels"),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("name", "labels"),
    CheckConstraint("value >= 0", name="value"),
)

#: When collectors sent, or are going to send, their last requests to each cloud: no more than the budget within a minute.
request_budgets: Final = Table(
    "request_budgets",
    METADATA,
    Column("cloud", Text, nullable=False, primary_key=True),
    #: Oldest first, by the database's clock.
    Column("sent", ARRAY(DateTime(timezone=True)), nullable=False),
)
