"""Operations and their steps: the journal that tells, after any crash, what was begun and what came of it.

Each change of one step is one statement, so that with `Database.autocommit` it costs one round trip.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, insert, select, update

from provisioner.errors import StoreError
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Action, Fingerprint
from provisioner.store.codec import decode, encode
from provisioner.store.schema_operations import operations as table
from provisioner.store.schema_operations import steps as steps_table
from tenants.names import CloudName, TenantName


def create(connection: Connection, operations: Iterable[Operation]) -> None:
    """Write operations down with all their steps, in one transaction with the decision that allows them."""
    operations = tuple(operations)
    if operations:
        connection.execute(insert(table), [_row(each) for each in operations])
    if steps := [_step_row(each.id, step) for each in operations for step in each.steps]:
        connection.execute(insert(steps_table), steps)


def find(connection: Connection, operation: OperationId) -> Operation | None:
    """The operation with its steps, or None where there is none of that id."""
    found = _select(connection, table.c.id == operation)
    return found[0] if found else None


def load(connection: Connection, operation: OperationId) -> Operation:
    """Raises StoreError where there is no such operation."""
    found = find(connection, operation)
    if found is None:
        raise StoreError(f"there is no operation {operation}")
    return found


def take(connection: Connection, operation: OperationId) -> Operation:
    """An operation that nobody else can move on before the transaction ends, as it is once that is so.

    Raises StoreError where there is no such operation.
    """
    connection.execute(select(table.c.id).where(table.c.id == operation).with_for_update())
    return load(connection, operation)


def of_plan(connection: Connection, plan: PlanId) -> tuple[Operation, ...]:
    """The operations of a plan, oldest first; those of one instant by tenant and cloud."""
    return _select(connection, table.c.plan_id == plan)


def unfinished(connection: Connection) -> tuple[Operation, ...]:
    """The operations that are queued or running, oldest first."""
    return _select(connection, table.c.finished_at.is_(None))


def unfinished_ids(connection: Connection) -> frozenset[OperationId]:
    """Which operations are queued or running, and nothing else of them."""
    return frozenset(map(OperationId, connection.scalars(select(table.c.id).where(table.c.finished_at.is_(None)))))


def states(connection: Connection, ids: Collection[OperationId]) -> dict[OperationId, OperationState]:
    """Where these operations are, without their steps: cheap enough to be asked many times a second."""
    query = select(table.c.id, table.c.state).where(table.c.id.in_(ids))
    return {OperationId(row.id): OperationState(row.state) for row in connection.execute(query)}


def steps_done(connection: Connection, ids: Collection[OperationId]) -> int:
    """How many steps of these operations are done: asked as often as `states`."""
    query = select(func.count()).where(steps_table.c.operation_id.in_(ids), steps_table.c.state == StepState.DONE.value)
    return int(connection.execute(query).scalar_one())


def recent(connection: Connection, limit: int) -> tuple[Operation, ...]:
    """The last operations, newest first."""
    newest = select(table.c.id).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return tuple(reversed(_select(connection, table.c.id.in_(newest))))


def set_state(
    connection: Connection, operation: OperationId, state: OperationState, *, failure: Failure | None = None
) -> None:
    """Move an operation on. Final states are final: raises StoreError where the operation has another one already."""
    values = {"of": operation, "to": state, "ends": state.final, "why": encode_failure(failure)}
    if connection.execute(_SET_STATE, values).rowcount != 1:
        raise StoreError(f"operation {operation} cannot become {state}: it has ended otherwise, or there is none")


def begin_step(connection: Connection, operation: OperationId, position: int) -> int:
    """Journal the intent, before acting: state started, one attempt more. Returns how many attempts that makes.

    More than 1 means that the step may have been done, in whole or in part. Raises StoreError where the step is done.
    """
    attempts = connection.scalar(_BEGIN_STEP, {"of": operation, "at": position})
    if attempts is None:
        raise StoreError(f"step {position} of operation {operation} is done, or there is none")
    return int(attempts)


def finish_step(connection: Connection, operation: OperationId, position: int, evidence: Evidence) -> None:
    """Journal what came of a step that was begun."""
    _end_step(connection, operation, position, {"to": StepState.DONE, "proof": encode(Evidence, evidence), "why": None})


def fail_step(connection: Connection, operation: OperationId, position: int, failure: Failure) -> None:
    """Journal why a step that was begun did not succeed."""
    _end_step(connection, operation, position, {"to": StepState.FAILED, "proof": None, "why": encode_failure(failure)})


def encode_failure(failure: Failure | None) -> Any:
    """The JSON of a failure, or None."""
    return None if failure is None else encode(Failure, failure)


_IN_ORDER: Final = (table.c.created_at, table.c.tenant, table.c.cloud, table.c.id)

# The journal's own statements are built once: while the clouds are busy, their every microsecond counts.
_THIS_STEP: Final = and_(
    steps_table.c.operation_id == bindparam("of"),
    steps_table.c.position == bindparam("at"),
    steps_table.c.state != StepState.DONE,
)
_BEGIN_STEP: Final = (
    update(steps_table)
    .where(_THIS_STEP)
    .values(
        state=StepState.STARTED,
        attempts=steps_table.c.attempts + 1,
        started_at=func.clock_timestamp(),
        finished_at=None,
        failure=None,
    )
    .returning(steps_table.c.attempts)
)
_END_STEP: Final = (
    update(steps_table)
    .where(_THIS_STEP, steps_table.c.attempts > 0)
    .values(
        state=bindparam("to"),
        evidence=bindparam("proof"),
        failure=bindparam("why"),
        finished_at=func.clock_timestamp(),
    )
)
_SET_STATE: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.finished_at.is_(None) | (table.c.state == bindparam("to")))
    .values(
        state=bindparam("to"),
        failure=func.coalesce(table.c.failure, bindparam("why", type_=table.c.failure.type)),
        finished_at=case((bindparam("ends"), func.coalesce(table.c.finished_at, func.clock_timestamp()))),
    )
)


def _end_step(connection: Connection, operation: OperationId, position: int, values: dict[str, Any]) -> None:
    if connection.execute(_END_STEP, {"of": operation, "at": position, **values}).rowcount != 1:
        raise StoreError(f"step {position} of operation {operation} never began, or is done")


def _row(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "plan_id": operation.plan_id,
        "tenant": operation.tenant,
        "cloud": operation.cloud,
        "fingerprint": operation.fingerprint,
        "state": operation.state,
        "created_at": operation.created_at,
        "finished_at": operation.finished_at,
        "failure": encode_failure(operation.failure),
    }


def _step_row(operation: OperationId, step: Step) -> dict[str, Any]:
    return {
        "operation_id": operation,
        "position": step.position,
        "action": encode(Action, step.action),
        "state": step.state,
        "attempts": step.attempts,
    }


def _select(connection: Connection, where: ColumnElement[bool]) -> tuple[Operation, ...]:
    rows = connection.execute(select(table).where(where).order_by(*_IN_ORDER)).all()
    query = select(steps_table).where(steps_table.c.operation_id.in_([row.id for row in rows]))
    steps: dict[str, list[Step]] = {}
    for step in connection.execute(query.order_by(steps_table.c.position)):
        steps.setdefault(step.operation_id, []).append(_step(step))
    return tuple(_operation(row, steps.get(row.id, ())) for row in rows)


def _operation(row: Any, steps: Sequence[Step]) -> Operation:
    return Operation(
        id=OperationId(row.id),
        plan_id=PlanId(row.plan_id),
        tenant=TenantName(row.tenant),
        cloud=CloudName(row.cloud),
        fingerprint=Fingerprint(row.fingerprint),
        state=OperationState(row.state),
        created_at=row.created_at,
        steps=tuple(steps),
        finished_at=row.finished_at,
        failure=None if row.failure is None else decode(Failure, row.failure),
    )


def _step(row: Any) -> Step:
    return Step(
        position=row.position,
        action=decode(Action, row.action),
        state=StepState(row.state),
        attempts=row.attempts,
        evidence=None if row.evidence is None else decode(Evidence, row.evidence),
        failure=None if row.failure is None else decode(Failure, row.failure),
    )
