"""The journal: what was intended before it was done, what came of it afterwards, and no way back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from provisioner.diff import Change, Verb
from provisioner.errors import StoreError
from provisioner.objects import Address
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Action, Fingerprint
from provisioner.store import operations
from provisioner.store.database import Connection

EVIDENCE = Evidence(request_ids=("req-1", "req-2"), values={"cores": 2**62, "ram": -1, "name": "市", "enabled": True})
FAILURE = Failure(message="配额不足", request_id="req-9", retryable=True)
FINAL = [each for each in OperationState if each.final]


def action(position: int) -> Action:
    """An action that differs from those of other positions."""
    address = Address(cloud="city", tenant="market", project="p", kind="quota", key=str(position))
    return Action(
        change=Change(address=address, verb=Verb.UPDATE, before={"a": None}, after={"a": position}), reason="r"
    )


@pytest.fixture
def make(connection: Connection, plan: PlanId, at: datetime) -> Callable[..., Operation]:
    """Writes down an operation of three steps."""

    def make(name: str = "op", *, minutes: int = 0, of: PlanId = plan) -> Operation:
        operation = Operation(
            id=OperationId(name),
            plan_id=of,
            tenant="market",
            cloud="city",
            fingerprint=Fingerprint("f"),
            state=OperationState.QUEUED,
            created_at=at + timedelta(minutes=minutes),
            steps=tuple(Step(position=position, action=action(position)) for position in range(3)),
        )
        operations.create(connection, [operation])
        return operation

    return make


@pytest.fixture
def operation(make: Callable[..., Operation]) -> Operation:
    """One operation of three steps."""
    return make()


def step(connection: Connection, operation: Operation, position: int = 1) -> Step:
    """A step as the journal has it."""
    return operations.load(connection, operation.id).steps[position]


def test_an_operation_comes_back_as_it_was(connection: Connection, operation: Operation) -> None:
    """With its steps in order."""
    assert operations.load(connection, operation.id) == operation


def test_many_operations_are_written_at_once(
    connection: Connection, plan: PlanId, make: Callable[..., Operation]
) -> None:
    """A plan's operations, oldest first."""
    made = tuple(make(name, minutes=minutes) for minutes, name in enumerate(("b", "a", "c")))
    assert operations.of_plan(connection, plan) == made
    assert operations.of_plan(connection, PlanId("other")) == ()


def test_no_operation_is_no_work(connection: Connection) -> None:
    """A plan that changes nothing has none."""
    operations.create(connection, [])
    assert operations.recent(connection, 9) == ()


def test_a_begun_step_may_have_had_its_effect(connection: Connection, operation: Operation) -> None:
    """Only it, and only once so far."""
    assert operations.begin_step(connection, operation.id, 1) == 1
    begun = step(connection, operation)
    assert (begun.state, begun.attempts, begun.evidence) == (StepState.STARTED, 1, None)
    assert step(connection, operation, 0).state is StepState.PENDING


def test_a_step_begun_again_counts_its_attempts(connection: Connection, operation: Operation) -> None:
    """After a crash the second attempt looks before it acts."""
    assert [operations.begin_step(connection, operation.id, 1) for _ in range(3)] == [1, 2, 3]


def test_a_finished_step_has_its_evidence(connection: Connection, operation: Operation) -> None:
    """Request ids and values, exactly."""
    operations.begin_step(connection, operation.id, 1)
    operations.finish_step(connection, operation.id, 1, EVIDENCE)
    finished = step(connection, operation)
    assert (finished.state, finished.evidence, finished.failure) == (StepState.DONE, EVIDENCE, None)


def test_a_failed_step_has_its_reason(connection: Connection, operation: Operation) -> None:
    """As a person needs it."""
    operations.begin_step(connection, operation.id, 1)
    operations.fail_step(connection, operation.id, 1, FAILURE)
    failed = step(connection, operation)
    assert (failed.state, failed.failure) == (StepState.FAILED, FAILURE)


def test_a_failed_step_may_be_begun_again(connection: Connection, operation: Operation) -> None:
    """Its old failure is over then."""
    operations.begin_step(connection, operation.id, 1)
    operations.fail_step(connection, operation.id, 1, FAILURE)
    assert operations.begin_step(connection, operation.id, 1) == 2
    assert step(connection, operation).failure is None


def test_a_done_step_is_not_begun_again(connection: Connection, operation: Operation) -> None:
    """Evidence is never lost."""
    operations.begin_step(connection, operation.id, 1)
    operations.finish_step(connection, operation.id, 1, EVIDENCE)
    with pytest.raises(StoreError, match="step 1 of operation op is done"):
        operations.begin_step(connection, operation.id, 1)


def test_a_step_that_never_began_does_not_end(connection: Connection, operation: Operation) -> None:
    """Intent comes first."""
    with pytest.raises(StoreError, match="never began"):
        operations.finish_step(connection, operation.id, 1, EVIDENCE)
    with pytest.raises(StoreError, match="never began"):
        operations.fail_step(connection, operation.id, 7, FAILURE)


@pytest.mark.parametrize("state", FINAL)
def test_an_operation_ends_once(connection: Connection, operation: Operation, state: OperationState) -> None:
    """Saying so again changes nothing, not even the time; saying otherwise is an error."""
    operations.set_state(connection, operation.id, OperationState.RUNNING)
    operations.set_state(connection, operation.id, state, failure=FAILURE)
    ended = operations.load(connection, operation.id)
    assert (ended.state, ended.failure, ended.finished_at is not None) == (state, FAILURE, True)
    operations.set_state(connection, operation.id, state)
    assert operations.load(connection, operation.id) == ended
    with pytest.raises(StoreError, match="cannot become running"):
        operations.set_state(connection, operation.id, OperationState.RUNNING)


def test_unfinished_operations_are_found(connection: Connection, make: Callable[..., Operation]) -> None:
    """Queued or running, oldest first."""
    for minutes, name in enumerate(("queued", "running", "done")):
        make(name, minutes=minutes)
    operations.set_state(connection, OperationId("running"), OperationState.RUNNING)
    operations.set_state(connection, OperationId("done"), OperationState.DONE)
    assert [each.id for each in operations.unfinished(connection)] == ["queued", "running"]


def test_recent_operations_come_newest_first(connection: Connection, make: Callable[..., Operation]) -> None:
    """No more than were asked for."""
    for minutes in range(4):
        make(f"op-{minutes}", minutes=minutes)
    assert [each.id for each in operations.recent(connection, 2)] == ["op-3", "op-2"]


def test_a_missing_operation_is_named(connection: Connection) -> None:
    """An id that somebody mistyped."""
    with pytest.raises(StoreError, match="no operation nope"):
        operations.take(connection, OperationId("nope"))
    with pytest.raises(StoreError, match="no operation nope"):
        operations.load(connection, OperationId("nope"))


def test_where_operations_are_without_their_steps(connection: Connection, make: Callable[..., Operation]) -> None:
    """Those that were asked for and exist, and no others."""
    for name in ("a", "b", "c"):
        make(name)
    operations.set_state(connection, OperationId("b"), OperationState.RUNNING)
    asked = [OperationId(name) for name in ("a", "b", "none")]
    assert operations.states(connection, asked) == {"a": OperationState.QUEUED, "b": OperationState.RUNNING}
