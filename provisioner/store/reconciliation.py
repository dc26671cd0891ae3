"""Which tenants are due to be looked at in which clouds, how each stands there, and which requests have been carried out.

A cloud is looked at by one worker at a time (`LOOK`, leased); what each look covers are the tenants that are due there
(`TENANT`, rows that nobody leases). So tenants that are due at about the same time share one look.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from provisioner.operation import OperationState
from provisioner.requests.request import RequestId
from provisioner.requests.states import State
from provisioner.store import schedules
from provisioner.store.schedules import Round, Subject, TaskName
from provisioner.store.schema_operations import applied, drift, drift_looks, operations
from provisioner.store.schema_requests import requests
from provisioner.store.schema_service import schedules as table
from tenants.names import CloudName, TenantName

#: Look at a cloud; the subject is its name.
LOOK: Final = TaskName("look")
#: Be looked at in a cloud; the subject is `cloud/tenant`.
TENANT: Final = TaskName("look-tenant")

#: A tenant in a cloud.
Pair = tuple[TenantName, CloudName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on record of a tenant in a cloud."""

    tenant: TenantName
    cloud: CloudName
    #: When a look last could read all that was applied; None where none ever did.
    looked_at: datetime | None
    #: When it is due to be looked at again; None where no worker was ever there.
    due_at: datetime | None
    #: Why the last look could not read all, or what it found could not be corrected.
    obstacle: str | None
    #: Open differences, and since when the oldest is known.
    drifted: int
    drifted_since: datetime | None
    #: How the last operation stands; None where there was none.
    operation: OperationState | None


def pairs(connection: Connection) -> frozenset[Pair]:
    """Every tenant with each cloud that something was applied in for it."""
    rows = connection.execute(select(applied.c.tenant, applied.c.cloud))
    return frozenset((TenantName(row.tenant), CloudName(row.cloud)) for row in rows)


def keep(connection: Connection, listed: Collection[Pair], *, within: timedelta) -> None:
    """Have these tenants looked at, and no others; new ones first at random within that time."""
    schedules.keep(connection, TENANT, [_subject(each) for each in listed], within=within)


def ask(connection: Connection, listed: Iterable[Pair]) -> None:
    """Have these tenants looked at now; where a look is under way, once more after it."""
    asked = tuple(listed)
    schedules.hasten(connection, TENANT, [_subject(each) for each in asked])
    schedules.hasten(connection, LOOK, [Subject(cloud) for _, cloud in asked])


def due(connection: Connection, cloud: CloudName, *, within: timedelta) -> frozenset[TenantName]:
    """The tenants that are due in a cloud now, or within that time: whoever looks takes them along."""
    soon = table.c.due_at <= func.clock_timestamp() + within
    query = select(table.c.subject).where(table.c.task == TENANT, table.c.subject.startswith(f"{cloud}/"), soon)
    return frozenset(_pair(each)[0] for each in connection.scalars(query))


def busy(connection: Connection, cloud: CloudName, *, since: datetime | None = None) -> frozenset[TenantName]:
    """The tenants that something is being done for in a cloud; with a time, by the database's clock, or was since then."""
    under_way = operations.c.finished_at.is_(None)
    lately = under_way if since is None else or_(under_way, operations.c.finished_at > since)
    query = select(operations.c.tenant).where(operations.c.cloud == cloud, lately).distinct()
    return frozenset(TenantName(each) for each in connection.scalars(query))


def note(connection: Connection, this: Round, cloud: CloudName, outcomes: Mapping[TenantName, str | None]) -> None:
    """Note what came of a look for each tenant: what is in the way, or None where nothing is."""
    schedules.note(connection, this, {_subject((tenant, cloud)): error for tenant, error in outcomes.items()})


def known(connection: Connection, *, visible: Collection[TenantName] | None = None) -> tuple[Known, ...]:
    """How each tenant stands in each cloud, by tenant and cloud; of all tenants, or of these."""
    among = () if visible is None else (applied.c.tenant.in_(sorted(visible)),)
    latest = (
        select(operations.c.tenant, operations.c.cloud, operations.c.state)
        .ext(distinct_on(operations.c.tenant, operations.c.cloud))
        .order_by(operations.c.tenant, operations.c.cloud, operations.c.created_at.desc(), operations.c.id.desc())
        .subquery()
    )
    open_ = (
        select(drift.c.tenant, drift.c.cloud, func.count().label("number"), func.min(drift.c.first_seen).label("since"))
        .where(drift.c.resolved_at.is_(None))
        .group_by(drift.c.tenant, drift.c.cloud)
        .subquery()
    )
    joined = applied
    for other in (latest, open_, drift_looks):
        joined = joined.outerjoin(  # type: ignore[assignment]
            other, and_(other.c.tenant == applied.c.tenant, other.c.cloud == applied.c.cloud)
        )
    subject = applied.c.cloud + "/" + applied.c.tenant
    joined = joined.outerjoin(table, and_(table.c.task == TENANT, table.c.subject == subject))  # type: ignore[assignment]
    whole = table.alias("whole")
    joined = joined.outerjoin(whole, and_(whole.c.task == LOOK, whole.c.subject == applied.c.cloud))  # type: ignore[assignment]
    error = func.coalesce(whole.c.error, table.c.error).label("error")
    columns = (
        *(applied.c.tenant, applied.c.cloud, latest.c.state, open_.c.number, open_.c.since),
        *(drift_looks.c.at.label("looked_at"), table.c.due_at, error),
    )
    query = select(*columns).select_from(joined).where(*among).order_by(applied.c.tenant, applied.c.cloud)
    return tuple(
        Known(
            tenant=TenantName(row.tenant),
            cloud=CloudName(row.cloud),
            looked_at=row.looked_at,
            due_at=row.due_at,
            obstacle=row.error,
            drifted=row.number or 0,
            drifted_since=row.since,
            operation=None if row.state is None else OperationState(row.state),
        )
        for row in connection.execute(query)
    )


def ended(connection: Connection) -> tuple[RequestId, ...]:
    """The requests under execution all of whose operations have ended, oldest first."""
    left = select(operations.c.id).where(operations.c.plan_id == requests.c.plan_id, operations.c.finished_at.is_(None))
    query = select(requests.c.id).where(requests.c.state == State.EXECUTING, ~left.exists()).order_by(requests.c.id)
    return tuple(RequestId(each) for each in connection.scalars(query))


def _subject(pair: Pair) -> Subject:
    return Subject(f"{pair[1]}/{pair[0]}")


def _pair(subject: str) -> Pair:
    cloud, _, tenant = subject.partition("/")
    return TenantName(tenant), CloudName(cloud)
