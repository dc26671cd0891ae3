"""The journal of operations on the database: each line written at once, before and after every act.

Where an operation ends, its end, the audit entry and, when all went well, the note of what is now applied are written
together, so that none of them is ever seen without the others.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from provisioner.audit import Detail, Event
from provisioner.errors import StoreError, StoreUnavailable
from provisioner.operation import (
    Actor,
    Evidence,
    Failure,
    Operation,
    OperationId,
    OperationState,
    RevisionId,
    Step,
    StepState,
)
from provisioner.store import applied, audit, operations
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, Database
from tenants.spec import TenantSpec

Written = TypeVar("Written")

#: Seconds between tries while the database cannot be reached: some two minutes in all.
_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


def patiently(act: Callable[[], Written]) -> Written:
    """What an act gives that needs the database: for some minutes tried again while that is away.

    Raises StoreUnavailable where it stays away.
    """
    for pause in _PAUSES:
        try:
            return act()
        except StoreUnavailable:
            time.sleep(pause)
    return act()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationJournal:
    """What `provisioner.apply` writes to, for one operation."""

    database: Database
    operation: Operation
    tenant: TenantSpec
    #: The manifests that the operation's plan was made from.
    revision: RevisionId
    #: Who had the plan applied.
    actor: Actor
    now: Callable[[], datetime]

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent; returns how often the step has been begun, this time included."""
        return self._lasting(lambda connection: operations.begin_step(connection, operation, position))

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect, with its proof."""
        self._lasting(lambda connection: _finish(connection, operation, position, evidence))

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note that it failed, and why."""
        self._lasting(lambda connection: operations.fail_step(connection, operation, position, failure))

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Note where the operation is; at its end, also in the audit log and in what is applied."""
        self._lasting(lambda connection: self._end(connection, operation, state, failure), whole=state.final)

    def _lasting(self, write: Callable[[Connection], Written], *, whole: bool = False) -> Written:
        """Write, and for some minutes again while the database is away: what was done to a cloud must be noted.

        With `whole`, in one transaction. Raises StoreUnavailable where the database stays away.
        """

        def once() -> Written:
            with self.database.transaction() if whole else self.database.autocommit() as connection:
                return write(connection)

        return patiently(once)

    def _end(
        self, connection: Connection, operation: OperationId, state: OperationState, failure: Failure | None
    ) -> None:
        if state.final and operations.states(connection, [operation]).get(operation) is state:
            # Written by an earlier try whose answer was lost; the audit log must not have it twice.
            return
        operations.set_state(connection, operation, state, failure=failure)
        if not state.final:
            return
        at = self.now()
        if state is OperationState.DONE:
            applied.record(connection, self._applied(at))
        # Read again, for the steps have their fates by now.
        ended = operations.load(connection, operation)
        audit.append(connection, end_of(ended, state, at=at, actor=self.actor, failure=failure))

    def _applied(self, at: datetime) -> Applied:
        operation = self.operation
        return Applied(tenant=operation.tenant, cloud=operation.cloud, revision=self.revision, spec=self.tenant, at=at)


def end_of(
    operation: Operation, state: OperationState, *, at: datetime, actor: Actor, failure: Failure | None = None
) -> Event:
    """What the audit log says of an operation's end, whoever notes it: with what was before and what came after."""
    detail: dict[str, Detail] = {
        "tenant": operation.tenant,
        "cloud": operation.cloud,
        "plan": operation.plan_id,
        "fingerprint": operation.fingerprint,
        "changes": [_change_of(step) for step in operation.steps if step.state is not StepState.PENDING],
    }
    if failure:
        detail |= {"failure": failure.message, "request": failure.request_id}
    return Event(at=at, actor=actor, action=f"operation.{state}", subject=operation.id, detail=detail)


def _change_of(step: Step) -> dict[str, Detail]:
    """A step that was begun, with its result; properties are plain values, and never secrets."""
    change = step.action.change
    return {
        "address": str(change.address),
        "verb": change.verb.value,
        "before": dict(change.before),
        "after": dict(change.after),
        "result": step.state.value,
    }


def _finish(connection: Connection, operation: OperationId, position: int, evidence: Evidence) -> None:
    """End a step, or find it ended just so by an earlier try whose answer was lost."""
    try:
        operations.finish_step(connection, operation, position, evidence)
    except StoreError:
        steps = operations.load(connection, operation).steps
        if not any(step.position == position and step.evidence == evidence for step in steps):
            raise
