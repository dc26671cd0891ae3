"""Operations are followed while they are under way, not only at their ends."""

from collections.abc import Callable, Collection
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from provisioner.engine import Outcome
from provisioner.execution import Execution
from provisioner.operation import Actor, Operation, OperationId, OperationState, PlanId
from provisioner.plan import Fingerprint, Plan
from provisioner.store import operations, plans, revisions
from provisioner.store.database import Database

_A, _B = OperationId("a"), OperationId("b")


@pytest.fixture
def journal(database: Database, at: datetime) -> Callable[[OperationId, OperationState], None]:
    """Two queued operations, and a way to move them on."""
    actor = Actor("li@ops")
    with database.transaction() as connection:
        revision = revisions.save(connection, {"a.yaml": ""}, actor=actor, at=at)
        plan = plans.save(connection, Plan(sections=()), revision=revision, actor=actor, at=at)
        operations.create(connection, [_operation(name, plan, at) for name in (_A, _B)])

    def move(name: OperationId, state: OperationState) -> None:
        with database.transaction() as connection:
            operations.set_state(connection, name, state)

    return move


def _operation(name: OperationId, plan: PlanId, at: datetime) -> Operation:
    return Operation(
        id=name,
        plan_id=plan,
        tenant="market",
        cloud="city",
        fingerprint=Fingerprint("f"),
        state=OperationState.QUEUED,
        created_at=at,
    )


def test_whoever_is_worked_on_is_reported(
    database: Database, journal: Callable[[OperationId, OperationState], None], at: datetime
) -> None:
    """At each look of the engine, with the ends so far; what broke off without a word has failed."""

    def wait(_: Collection[OperationId], progress: Any) -> dict[OperationId, Outcome]:
        broken = Outcome(operation=_B, error="the engine gave it up")
        progress((), 2)
        journal(_A, OperationState.RUNNING)
        progress((broken,), 1)
        journal(_A, OperationState.DONE)
        done = Outcome(operation=_A, value="done")
        progress((done,), 0)
        return {_A: done, _B: broken}

    engine: Any = SimpleNamespace(wait=wait)
    staging: Any = None
    execution = Execution(database=database, engine=engine, staging=staging, actor=Actor("li@ops"), now=lambda: at)
    seen: list[tuple[dict[OperationId, OperationState], int]] = []
    ended = execution.follow([_A, _B], lambda states, steps: seen.append((dict(states), steps)))
    queued, running, done, failed = (OperationState(name) for name in ("queued", "running", "done", "failed"))
    assert seen == [({_A: queued, _B: queued}, 0), ({_A: running, _B: failed}, 0), ({_A: done, _B: failed}, 0)]
    assert [each.state for each in ended] == [done, failed]
