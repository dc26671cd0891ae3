"""Requests in the database: made, moved on step by step, found again. Their reservations have a module of their own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, insert, select, true, update

from provisioner.errors import StoreError
from provisioner.operation import Actor, PlanId
from provisioner.plan import Fingerprint
from provisioner.requests.evidence import Evidence
from provisioner.requests.request import Event, Papers, Party, Request, RequestId
from provisioner.requests.route import Route
from provisioner.requests.states import Act, Role, State
from provisioner.store.codec import decode, encode
from provisioner.store.schedules import TaskName
from provisioner.store.schema_requests import request_events
from provisioner.store.schema_requests import requests as table
from provisioner.store.schema_service import schedules
from tenants.names import TenantName

#: What workers do again and again for each approved request, until it is carried out.
EXECUTE: Final = TaskName("execute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests are wanted; all of them unless something is given."""

    states: Collection[State] | None = None
    tenants: Collection[TenantName] | None = None
    #: Only requests made before this one, which is how pages go on.
    before: RequestId | None = None
    limit: int = 100


def create(connection: Connection, request: Request) -> None:
    """Write a new request down with its history."""
    connection.execute(insert(table).values(id=request.id, **_values(request)))
    _record(connection, request.id, request.history)


def take(connection: Connection, request: RequestId) -> Request:
    """A request that nobody else can move on before the transaction ends. Raises StoreError where there is none."""
    connection.execute(select(table.c.id).where(table.c.id == request).with_for_update())
    return load(connection, request)


def load(connection: Connection, request: RequestId) -> Request:
    """Raises StoreError where there is no such request."""
    found = find(connection, request)
    if found is None:
        raise StoreError(f"there is no request {request}")
    return found


def find(connection: Connection, request: RequestId) -> Request | None:
    """A request, or None where there is none of that id."""
    found = _select(connection, table.c.id == request, limit=1)
    return found[0] if found else None


def move(connection: Connection, request: Request, *, known: int) -> None:
    """Write a request as it is after steps were added to the `known` first ones of its history. Call after `take`."""
    connection.execute(update(table).where(table.c.id == request.id).values(_values(request)))
    _record(connection, request.id, request.history[known:])


def listed(connection: Connection, wanted: Filter) -> tuple[Request, ...]:
    """Requests, newest first."""
    where: ColumnElement[bool] = true()
    if wanted.states is not None:
        where &= table.c.state.in_(sorted(wanted.states))
    if wanted.tenants is not None:
        where &= table.c.tenant.in_(sorted(wanted.tenants))
    if wanted.before is not None:
        where &= table.c.id < wanted.before
    return _select(connection, where, limit=wanted.limit)


def due(connection: Connection, at: datetime) -> tuple[RequestId, ...]:
    """Requests that have waited too long by then, those first that waited longest."""
    query = select(table.c.id).where(table.c.expires_at <= at).order_by(table.c.expires_at, table.c.id)
    return tuple(RequestId(each) for each in connection.scalars(query))


def in_review(connection: Connection, due: date) -> tuple[RequestId, ...]:
    """Requests whose review is due on that day or before, the earliest first."""
    query = select(table.c.id).where(table.c.review_due <= due).order_by(table.c.review_due, table.c.id)
    return tuple(RequestId(each) for each in connection.scalars(query))


def in_state(connection: Connection, state: State) -> tuple[RequestId, ...]:
    """Requests in one state, oldest first."""
    query = select(table.c.id).where(table.c.state == state).order_by(table.c.id)
    return tuple(RequestId(each) for each in connection.scalars(query))


def _values(request: Request) -> dict[str, Any]:
    return {
        "tenant": request.tenant,
        "requester": request.requester,
        "state": request.state,
        "created_at": request.created_at,
        "papers": encode(Papers, request.papers),
        "plan_id": request.plan,
        "fingerprint": request.fingerprint,
        "evidence": encode(Evidence, request.evidence),
        "route": None if request.route is None else encode(Route, request.route),
        "review_due": request.review_due,
        "expires_at": request.expires_at,
    }


def _record(connection: Connection, request: RequestId, events: Collection[Event]) -> None:
    rows = [
        {
            "request_id": request,
            "at": each.at,
            "act": each.act,
            "role": each.role,
            "actor": each.by.actor,
            "entered_by": each.by.entered_by,
            "stands_for": each.by.stands_for,
            "before": each.before,
            "after": each.after,
            "comment": each.comment,
            "fingerprint": each.fingerprint,
        }
        for each in events
    ]
    if rows:
        connection.execute(insert(request_events), rows)


def _select(connection: Connection, where: ColumnElement[bool], *, limit: int) -> tuple[Request, ...]:
    """Ids sort by time, so the newest come first."""
    rows = connection.execute(select(table).where(where).order_by(table.c.id.desc()).limit(limit)).all()
    query = select(request_events).where(request_events.c.request_id.in_([row.id for row in rows]))
    histories: dict[str, list[Event]] = {}
    for row in connection.execute(query.order_by(request_events.c.id)) if rows else ():
        histories.setdefault(row.request_id, []).append(_event(row))
    obstacles = _obstacles(connection, [row.id for row in rows if row.state == State.APPROVED])
    return tuple(_request(row, tuple(histories.get(row.id, ())), obstacles.get(row.id)) for row in rows)


def _obstacles(connection: Connection, approved: Collection[str]) -> Mapping[str, str]:
    """Why approved requests could not be carried out, where that was tried."""
    if not approved:
        return {}
    asked = (schedules.c.task == EXECUTE, schedules.c.subject.in_(approved), schedules.c.error.is_not(None))
    rows = connection.execute(select(schedules.c.subject, schedules.c.error).where(*asked))
    return {row.subject: row.error for row in rows}


def _request(row: Any, history: tuple[Event, ...], obstacle: str | None) -> Request:
    due_on: date | None = row.review_due
    return Request(
        id=RequestId(row.id),
        tenant=TenantName(row.tenant),
        requester=Actor(row.requester),
        state=State(row.state),
        created_at=row.created_at,
        papers=decode(Papers, row.papers),
        plan=None if row.plan_id is None else PlanId(row.plan_id),
        fingerprint=None if row.fingerprint is None else Fingerprint(row.fingerprint),
        evidence=decode(Evidence, row.evidence),
        route=None if row.route is None else decode(Route, row.route),
        review_due=due_on,
        expires_at=row.expires_at,
        history=history,
        obstacle=obstacle,
    )


def _event(row: Any) -> Event:
    entered = None if row.entered_by is None else Actor(row.entered_by)
    giver = None if row.stands_for is None else Actor(row.stands_for)
    return Event(
        at=row.at,
        act=Act(row.act),
        role=Role(row.role),
        by=Party(actor=Actor(row.actor), entered_by=entered, stands_for=giver),
        before=State(row.before),
        after=State(row.after),
        comment=row.comment,
        fingerprint=None if row.fingerprint is None else Fingerprint(row.fingerprint),
    )
