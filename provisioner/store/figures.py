"""How many there are of what the record holds: requests, operations, workers, snapshots; counted by the database, for metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, extract, func, select, text

from provisioner.clouds.interface import ProjectId
from provisioner.operation import OperationState
from provisioner.requests.states import Act, State
from provisioner.store.schema_operations import operations
from provisioner.store.schema_requests import request_events, requests, standing_documents
from provisioner.store.schema_service import executors
from provisioner.store.schema_usage import usage_snapshots, usage_tenancies
from provisioner.usage.collection import CollectorName
from tenants.names import CloudName


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigure:
    """The requests that are in one state."""

    state: State
    number: int
    #: When the one that has been in it longest came into it.
    oldest: datetime
    #: Those whose review was due before today.
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFigure:
    """The operations of one cloud that are, or ended, in one state."""

    cloud: CloudName
    state: OperationState
    number: int
    #: When the first of them was queued.
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long requests took from their submission to their end, in seconds."""

    #: How many took no longer than each bound, and last how many there are.
    counts: tuple[int, ...]
    total: float


def patient_for(connection: Connection, seconds: float) -> None:
    """Let the database refuse whatever takes longer, to the end of the transaction."""
    connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))


def requests_open(connection: Connection, *, today: date) -> tuple[RequestFigure, ...]:
    """The requests that have not ended, by state."""
    columns, events = requests.c, request_events.c
    entered = select(func.max(events.at)).where(events.request_id == columns.id).scalar_subquery()
    query = (
        select(
            columns.state,
            func.count().label("number"),
            func.min(func.coalesce(entered, columns.created_at)).label("oldest"),
            func.count().filter(columns.review_due < today).label("overdue"),
        )
        .where(columns.state.not_in([each for each in State if each.final]))
        .group_by(columns.state)
        .order_by(columns.state)
    )
    return tuple(
        RequestFigure(state=State(row.state), number=row.number, oldest=row.oldest, overdue=row.overdue)
        for row in connection.execute(query)
    )


def request_durations(connection: Connection, bounds: Sequence[float]) -> Durations:
    """How long the requests took that have ended, of all there ever were."""
    columns, events = requests.c, request_events.c
    submitted = func.min(events.at).filter(events.act == Act.SUBMIT)
    took = (
        select(extract("epoch", func.max(events.at) - submitted).label("seconds"))
        .join_from(requests, request_events, events.request_id == columns.id)
        .where(columns.state.in_([each for each in State if each.final]))
        .group_by(columns.id)
        .having(submitted.is_not(None))
        .subquery()
    )
    within = [func.count().filter(took.c.seconds <= bound) for bound in bounds]
    *counts, total = connection.execute(
        select(*within, func.count(), func.coalesce(func.sum(took.c.seconds), 0)).select_from(took)
    ).one()
    return Durations(counts=tuple(counts), total=float(total))


def operation_figures(connection: Connection) -> tuple[OperationFigure, ...]:
    """All operations there ever were, by cloud and state."""
    columns = operations.c
    query: Select[Any] = (
        select(columns.cloud, columns.state, func.count().label("number"), func.min(columns.created_at).label("oldest"))
        .group_by(columns.cloud, columns.state)
        .order_by(columns.cloud, columns.state)
    )
    return tuple(
        OperationFigure(
            cloud=CloudName(row.cloud), state=OperationState(row.state), number=row.number, oldest=row.oldest
        )
        for row in connection.execute(query)
    )


def workers(connection: Connection, *, silence: timedelta) -> int:
    """The worker processes that gave a sign of life within that time, by the database's clock."""
    heard = executors.c.seen_at > func.clock_timestamp() - silence
    return connection.scalar(select(func.count()).select_from(executors).where(heard)) or 0


def in_force_since(connection: Connection) -> datetime | None:
    """When a manifest last came into force; None where none ever did."""
    at: datetime | None = connection.scalar(select(func.max(standing_documents.c.at)))
    return at


def snapshot_times(connection: Connection) -> Mapping[tuple[CloudName, CollectorName], datetime]:
    """When each collector's snapshot was made, without what it holds."""
    columns = usage_snapshots.c
    rows = connection.execute(select(columns.cloud, columns.collector, columns.at))
    return {(CloudName(row.cloud), CollectorName(row.collector)): row.at for row in rows}


def tenancies_now(connection: Connection) -> tuple[tuple[CloudName, ProjectId, str], ...]:
    """Every project that somebody holds: its cloud, Keystone's id, and its name there; by cloud, oldest first.

    What was deleted since is among them, for nobody else holds it.
    """
    columns = usage_tenancies.c
    query = select(columns.cloud, columns.project, columns.name).where(columns.until.is_(None))
    rows = connection.execute(query.order_by(columns.cloud, columns.since, columns.project))
    return tuple((CloudName(row.cloud), ProjectId(row.project), row.name) for row in rows)
