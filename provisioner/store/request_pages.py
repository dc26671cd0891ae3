"""Requests and reservations a page at a time, for lists: without manifests, evidence and history, which take a while to read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from provisioner.operation import Actor, PlanId
from provisioner.plan import Fingerprint
from provisioner.requests.increase import Line
from provisioner.requests.request import Papers, RequestId
from provisioner.requests.states import State
from provisioner.store.codec import decode, resource_of, resource_text
from provisioner.store.pages import Visible
from provisioner.store.schema_requests import requests as requests_table
from provisioner.store.schema_requests import reservations as table
from tenants.names import CloudName, TenantName
from tenants.resources import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request, without what it brings and what happened to it."""

    id: RequestId
    tenant: TenantName
    requester: Actor
    state: State
    created_at: datetime
    plan: PlanId | None
    fingerprint: Fingerprint | None
    review_due: date | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests are asked for; None asks for all."""

    visible: Visible = None
    states: Collection[State] | None = None
    tenant: TenantName | None = None
    requester: Actor | None = None
    #: Only those whose review was due before this day.
    due_before: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What one request reserves on one line, in API units."""

    number: int
    request: RequestId
    requester: Actor
    state: State
    line: Line
    amount: int
    made_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFilter:
    """Which lines are asked for; None asks for all."""

    #: Where this is given, lines of whole clouds are left out, and those of requests that others made.
    visible: Visible = None
    cloud: CloudName | None = None
    tenant: TenantName | None = None
    request: RequestId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What all requests together reserve on one line, in API units."""

    line: Line
    amount: int
    requests: int


def requests(
    connection: Connection, wanted: RequestFilter, *, before: str | None, limit: int
) -> tuple[RequestLine, ...]:
    """Requests, newest first; those that were made before the one named."""
    columns = requests_table.c
    where = [*_among(columns.tenant, wanted.visible), *_among(columns.state, wanted.states)]
    where += [*_equal(columns.tenant, wanted.tenant), *_equal(columns.requester, wanted.requester)]
    if wanted.due_before is not None:
        where.append(columns.review_due < wanted.due_before)
    if before is not None:
        where.append(columns.id < before)
    chosen = (columns.id, columns.tenant, columns.requester, columns.state, columns.created_at, columns.plan_id)
    query = select(*chosen, columns.fingerprint, columns.review_due, columns.expires_at)
    return tuple(
        RequestLine(
            id=RequestId(row.id),
            tenant=TenantName(row.tenant),
            requester=Actor(row.requester),
            state=State(row.state),
            created_at=row.created_at,
            plan=None if row.plan_id is None else PlanId(row.plan_id),
            fingerprint=None if row.fingerprint is None else Fingerprint(row.fingerprint),
            review_due=row.review_due,
            expires_at=row.expires_at,
        )
        for row in connection.execute(query.where(*where).order_by(columns.id.desc()).limit(limit))
    )


def newcomers(connection: Connection, known: Collection[TenantName]) -> Mapping[TenantName, Papers]:
    """Tenants that somebody asks for and nobody knows yet, each with what the newest request of its brings."""
    columns = requests_table.c
    query = (
        select(columns.tenant, columns.papers)
        .where(columns.tenant.not_in(sorted(known)))
        .ext(distinct_on(columns.tenant))
        .order_by(columns.tenant, columns.id.desc())
    )
    return {TenantName(row.tenant): decode(Papers, row.papers) for row in connection.execute(query)}


def reservations(
    connection: Connection, wanted: ReservationFilter, *, after: int, limit: int
) -> tuple[Reservation, ...]:
    """What is reserved, line by line, in the order in which it was; those that follow the one of that number."""
    owner = requests_table.c
    query = (
        select(table, owner.requester, owner.state, owner.expires_at)
        .join(requests_table, owner.id == table.c.request_id)
        .where(*_live(wanted), *_among(owner.tenant, wanted.visible), table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple(
        Reservation(
            number=row.id,
            request=RequestId(row.request_id),
            requester=Actor(row.requester),
            state=State(row.state),
            line=_line(row.cloud, row.tenant, row.resource),
            amount=row.amount,
            made_at=row.made_at,
            expires_at=row.expires_at,
        )
        for row in connection.execute(query)
    )


def totals(
    connection: Connection, wanted: ReservationFilter, *, after: tuple[str, str, str] | None, limit: int
) -> tuple[Total, ...]:
    """What is reserved on each line altogether, by cloud, tenant and resource; those that follow the one named."""
    keys = (table.c.cloud, table.c.tenant, table.c.resource)
    sums = (func.sum(table.c.amount).label("amount"), func.count().label("requests"))
    query = select(*keys, *sums).where(*_live(wanted)).group_by(*keys).order_by(*keys).limit(limit)
    if after is not None:
        query = query.where(tuple_(*keys) > after)
    return tuple(
        Total(line=_line(row.cloud, row.tenant, row.resource), amount=int(row.amount), requests=row.requests)
        for row in connection.execute(query)
    )


def key_of(line: Line) -> tuple[str, str, str]:
    """By what lines are ordered: cloud, tenant (empty for the whole cloud) and resource."""
    return line.cloud, line.tenant or "", resource_text(line.resource)


def _live(wanted: ReservationFilter) -> Sequence[ColumnElement[bool]]:
    found = [table.c.released_at.is_(None), *_among(table.c.tenant, wanted.visible)]
    found += [*_equal(table.c.cloud, wanted.cloud), *_equal(table.c.tenant, wanted.tenant)]
    return (*found, *_equal(table.c.request_id, wanted.request))


def _line(cloud: str, tenant: str, resource: str) -> Line:
    named: Resource = resource_of(resource)
    return Line(cloud=CloudName(cloud), tenant=TenantName(tenant) if tenant else None, resource=named)


def _equal(column: ColumnElement[str], value: str | None) -> Sequence[ColumnElement[bool]]:
    return () if value is None else (column == value,)


def _among(column: ColumnElement[str], values: Collection[str] | None) -> Sequence[ColumnElement[bool]]:
    return () if values is None else (column.in_(sorted(values)),)
