"""What the record holds, a page at a time: each page begins behind a key that the last one ended with.

Pages by key, not by number: what is added or taken away between two pages neither repeats nor hides anything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, bindparam, func, literal, literal_column, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from provisioner.audit import Digest, Entry, Event
from provisioner.diff import Difference
from provisioner.objects import Address
from provisioner.operation import Actor, Failure, OperationId, OperationState, PlanId, RevisionId, StepState
from provisioner.plan import Fingerprint
from provisioner.store import schema_operations, schema_service
from provisioner.store.codec import decode
from provisioner.store.drift import Drift
from provisioner.store.observations import ObservationId, Pass
from tenants.names import CloudName, TenantName

#: None stands for all tenants.
Visible = Collection[TenantName] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine:
    """An operation without its steps, which are only counted."""

    id: OperationId
    plan_id: PlanId
    tenant: TenantName
    cloud: CloudName
    fingerprint: Fingerprint
    state: OperationState
    created_at: datetime
    finished_at: datetime | None
    failure: Failure | None
    steps: int
    steps_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan without its content, which is only counted."""

    id: PlanId
    revision: RevisionId
    created_at: datetime
    actor: Actor
    fingerprint: Fingerprint
    actions: int
    refusals: int
    #: Whether it was applied.
    applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFilter:
    """Which operations are asked for; None asks for all."""

    visible: Visible = None
    plan: PlanId | None = None
    tenant: TenantName | None = None
    cloud: CloudName | None = None
    state: OperationState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which audit entries are asked for; None asks for all."""

    actor: Actor | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFilter:
    """Which differences are asked for; None asks for all."""

    visible: Visible = None
    tenant: TenantName | None = None
    cloud: CloudName | None = None
    #: Those that are gone again, too.
    resolved: bool = False


def operations(
    connection: Connection, wanted: OperationFilter, *, before: str | None = None, limit: int
) -> tuple[OperationLine, ...]:
    """Operations, newest first; those that were made before the one named."""
    table, steps = schema_operations.operations, schema_operations.steps
    done = func.count().filter(steps.c.state == StepState.DONE)
    counted = select(func.count().label("steps"), done.label("steps_done")).where(steps.c.operation_id == table.c.id)
    counts = counted.lateral()
    query = (
        select(table, counts.c.steps, counts.c.steps_done)
        .join(counts, true())
        .where(*_equal(table.c.plan_id, wanted.plan), *_equal(table.c.tenant, wanted.tenant))
        .where(*_equal(table.c.cloud, wanted.cloud), *_equal(table.c.state, wanted.state))
        .where(*_among(table.c.tenant, wanted.visible), *_below(table.c.id, before))
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return tuple(
        OperationLine(
            id=OperationId(row.id),
            plan_id=PlanId(row.plan_id),
            tenant=TenantName(row.tenant),
            cloud=CloudName(row.cloud),
            fingerprint=Fingerprint(row.fingerprint),
            state=OperationState(row.state),
            created_at=row.created_at,
            finished_at=row.finished_at,
            failure=None if row.failure is None else decode(Failure, row.failure),
            steps=row.steps,
            steps_done=row.steps_done,
        )
        for row in connection.execute(query)
    )


_ACTIONS: Final[ColumnElement[int]] = literal_column(
    "(SELECT sum(jsonb_array_length(section->'actions')) FROM jsonb_array_elements(content->'sections') AS section)"
)
_REFUSALS: Final[ColumnElement[int]] = literal_column(
    "(SELECT sum(jsonb_array_length(section->'refusals')) FROM jsonb_array_elements(content->'sections') AS section)"
)
#: A plan that speaks of any tenant outside is not shown.
_WITHIN: Final = text(
    "jsonb_array_length(content->'sections') > 0 AND NOT EXISTS"
    " (SELECT FROM jsonb_array_elements(content->'sections') AS section WHERE section->>'tenant' <> ALL(:visible))"
)


def plans(
    connection: Connection, *, visible: Visible, before: str | None = None, limit: int, only: PlanId | None = None
) -> tuple[PlanLine, ...]:
    """Plans, newest first; those that were made before the one named, or one alone."""
    table = schema_operations.plans
    applied = (
        select(schema_operations.decisions.c.id).where(schema_operations.decisions.c.plan_id == table.c.id).exists()
    )
    columns = (table.c.id, table.c.revision_id, table.c.created_at, table.c.actor, table.c.fingerprint)
    counts = (func.coalesce(_ACTIONS, 0).label("actions"), func.coalesce(_REFUSALS, 0).label("refusals"))
    query = select(*columns, *counts, applied.label("applied")).order_by(table.c.id.desc()).limit(limit)
    query = query.where(*_below(table.c.id, before), *_equal(table.c.id, only))
    if visible is not None:
        query = query.where(_WITHIN.bindparams(bindparam("visible", sorted(visible), type_=ARRAY(Text))))
    return tuple(
        PlanLine(
            id=PlanId(row.id),
            revision=RevisionId(row.revision_id),
            created_at=row.created_at,
            actor=Actor(row.actor),
            fingerprint=Fingerprint(row.fingerprint),
            actions=int(row.actions),
            refusals=int(row.refusals),
            applied=row.applied,
        )
        for row in connection.execute(query)
    )


def audit(connection: Connection, wanted: AuditFilter, *, after: int, limit: int) -> tuple[Entry, ...]:
    """Audit entries in the order in which they were made; those that follow the one of that number."""
    table = schema_service.audit
    query = (
        select(table)
        .where(table.c.seq > after, *_equal(table.c.actor, wanted.actor), *_equal(table.c.action, wanted.action))
        .where(*_equal(table.c.subject, wanted.subject))
        .where(*(() if wanted.since is None else (table.c.at >= wanted.since,)))
        .where(*(() if wanted.until is None else (table.c.at < wanted.until,)))
        .order_by(table.c.seq)
        .limit(limit)
    )
    return tuple(
        Entry(
            seq=row.seq,
            event=Event(at=row.at, actor=Actor(row.actor), action=row.action, subject=row.subject, detail=row.detail),
            previous=Digest(row.previous),
            digest=Digest(row.digest),
        )
        for row in connection.execute(query)
    )


def drift(connection: Connection, wanted: DriftFilter, *, after: int, limit: int) -> tuple[tuple[int, Drift], ...]:
    """Differences with their numbers, in the order in which they were first seen."""
    table = schema_operations.drift
    query = (
        select(table)
        .where(table.c.id > after, *_equal(table.c.tenant, wanted.tenant), *_equal(table.c.cloud, wanted.cloud))
        .where(*_among(table.c.tenant, wanted.visible))
        .where(*(() if wanted.resolved else (table.c.resolved_at.is_(None),)))
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple((row.id, _drift(row)) for row in connection.execute(query))


def observations(
    connection: Connection, *, cloud: CloudName | None, before: int | None, limit: int
) -> tuple[Pass, ...]:
    """Looks at clouds, newest first, without what was seen; those that were made before the one of that number."""
    table = schema_operations.observations
    query = select(table.c.id, table.c.cloud, table.c.at, table.c.requests).order_by(table.c.id.desc()).limit(limit)
    query = query.where(*_equal(table.c.cloud, cloud), *_below(table.c.id, before))
    return tuple(
        Pass(id=ObservationId(row.id), cloud=CloudName(row.cloud), at=row.at, requests=row.requests)
        for row in connection.execute(query)
    )


def stamp(connection: Connection) -> str:
    """A text that changes with what is applied and with every look at a cloud, and with nothing else."""
    table, looks = schema_operations.applied, schema_operations.observations
    each = func.concat_ws("/", table.c.tenant, table.c.cloud, table.c.revision_id, table.c.at)
    applied = select(func.string_agg(each, aggregate_order_by(literal("|"), table.c.tenant, table.c.cloud)))
    seen = select(func.coalesce(func.max(looks.c.id), 0))
    query = select(func.md5(func.coalesce(applied.scalar_subquery(), "")), seen.scalar_subquery())
    digest, newest = connection.execute(query).one()
    return f"{digest}-{newest}"


def _drift(row: Any) -> Drift:
    return Drift(
        difference=Difference(
            address=Address.parse(row.address), property=row.property, expected=row.expected, actual=row.actual
        ),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        last_matching_seen=row.last_matching_seen,
        resolved_at=row.resolved_at,
    )


def _equal(column: ColumnElement[Any], value: object | None) -> Sequence[ColumnElement[bool]]:
    return () if value is None else (column == value,)


def _among(column: ColumnElement[Any], values: Visible) -> Sequence[ColumnElement[bool]]:
    return () if values is None else (column.in_(sorted(values)),)


def _below(column: ColumnElement[Any], value: object | None) -> Sequence[ColumnElement[bool]]:
    return () if value is None else (column < value,)
