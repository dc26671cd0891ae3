"""The tables of metering, a part of `schema`: intervals of use, how much is known, who held what, and how collectors do."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from provisioner.store.schema import METADATA, instant, jsonb, one_of
from provisioner.usage.intervals import Evidence
from provisioner.usage.sightings import Extent, Sort, State


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
        instant(f"{name}_at"),
        Column(f"{name}_evidence", Text, nullable=False),
        instant(f"{name}_earliest"),
        instant(f"{name}_latest"),
    )


def _bounds(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name}_earliest <= {name}_at AND {name}_at <= {name}_latest", name=f"{name}_bounds")


usage_scopes: Final = Table(
    "usage_scopes",
    METADATA,
    *_scope(),
    #: The last look that told of the whole scope, but for the projects in `behind`.
    instant("last_began", nullable=True),
    instant("last_ended", nullable=True),
    #: The end of the newest look that was used at all.
    instant("newest", nullable=True),
    jsonb("behind"),
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
    instant("first_look"),
    instant("launched_at", nullable=True),
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
    instant("first_look"),
    instant("last_look"),
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
    instant("began"),
    instant("ended"),
    Column("every_seconds", Integer, nullable=False),
    Column("extent", Text, nullable=False),
    #: What could not be read, with the reasons; NULL where everything was.
    jsonb("failed", nullable=True),
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
    instant("start_at"),
    instant("end_at"),
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
    instant("start_at"),
    instant("end_at"),
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
    instant("since"),
    instant("until", nullable=True),
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
    instant("since", nullable=True),
    #: NULL: for as long as nobody knows otherwise.
    instant("until", nullable=True),
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
    instant("began"),
    #: The end of the collection.
    instant("at"),
    #: Whether it has all; where not, it has what was read then, and of the rest what was known before.
    Column("complete", Boolean, nullable=False),
    jsonb("content"),
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
    instant("attempted_at"),
    #: The end of the last run that got all.
    instant("succeeded_at", nullable=True),
    Column("milliseconds", BigInteger, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("projects_failed", Integer, nullable=False),
    #: What the last run lacks, with the reasons; NULL where nothing.
    jsonb("failed", nullable=True),
    PrimaryKeyConstraint("cloud", "collector"),
    CheckConstraint("complete = (failed IS NULL)", name="failed"),
    CheckConstraint("projects_failed >= 0", name="projects_failed"),
)

#: When collectors sent, or are going to send, their last requests to each cloud: no more than the budget within a minute.
request_budgets: Final = Table(
    "request_budgets",
    METADATA,
    Column("cloud", Text, nullable=False, primary_key=True),
    #: Oldest first, by the database's clock.
    Column("sent", ARRAY(DateTime(timezone=True)), nullable=False),
)
