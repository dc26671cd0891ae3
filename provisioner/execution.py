"""Have approved plans carried out: follow their operations to their ends, or work off whatever is queued.

Here the pure core (`apply`), the records (`journal`, `store`) and the durable engine meet. Consent is `provisioner.approval`'s.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from provisioner.apply import execute
from provisioner.approval import Approver
from provisioner.engine import WORKFLOW, Engine, Outcome
from provisioner.errors import StoreError
from provisioner.journal import end_of, patiently
from provisioner.operation import Actor, Failure, Operation, OperationId, OperationState
from provisioner.staging import Staging
from provisioner.store import audit, operations, plans, reconciliation, usage_snapshots
from provisioner.store.database import Database
from provisioner.store.plans import StoredPlan
from provisioner.tier import Kept
from tenants.spec import City

#: Seconds between two looks for operations that broke off while nobody follows them.
_SWEEP: Final = 2.0
_log = logging.getLogger(__name__)

#: Called several times a second with where every operation is that is waited for.
#: Is told where the operations are, and how many of their steps are done.
OnProgress = Callable[[Mapping[OperationId, OperationState], int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Carries plans out in this process, beside whatever other processes do on the same database."""

    database: Database
    engine: Engine
    staging: Staging
    actor: Actor
    now: Callable[[], datetime]
    #: How long a plan may be applied after it was made; None: for ever.
    lasting: timedelta | None = None

    def register(self) -> None:
        """Tell the engine how to carry an operation out. Once, before the engine is launched."""
        self.engine.workflow(WORKFLOW)(self._carry_out)

    def approve(self, stored: StoredPlan, city: City, *, authority: str = "") -> tuple[Operation, ...]:
        """Record the actor's consent to the plan and queue its applicable sections; returns their operations."""
        return self.approver.approve(stored, city, self.actor, authority=authority).operations

    @property
    def approver(self) -> Approver:
        """What writes consent down and queues for this process's engine."""
        return Approver(database=self.database, queues=self.engine, now=self.now, lasting=self.lasting)

    def work(self, stop: threading.Event, on_launch: Callable[[], None] = lambda: None) -> None:
        """Carry out whatever is queued for any cloud, until `stop` is set. `on_launch` is called once it has begun to."""
        self.engine.launch(None)
        on_launch()
        while not stop.wait(_SWEEP):
            try:
                self._sweep()
            except StoreError as error:
                _log.warning("what broke off could not be looked for: %s", error)

    def _sweep(self) -> None:
        """Note the ends of operations that broke off without a word, where nobody follows them."""
        with self.database.autocommit() as connection:
            left = operations.unfinished_ids(connection)
        for outcome in self.engine.outcomes(left).values():
            self._close(outcome)

    def unfinished(self) -> tuple[Operation, ...]:
        """Operations, of whatever plan, that have not ended: under way elsewhere, or left behind by a crash."""
        with self.database.transaction() as connection:
            return operations.unfinished(connection)

    def follow(self, awaited: Iterable[OperationId], on_progress: OnProgress | None = None) -> tuple[Operation, ...]:
        """Wait for the operations' ends; returns them as they ended, in the order given."""
        ids = tuple(awaited)
        ends: dict[OperationId, OperationState] = {}

        def progress(ended: Collection[Outcome], _: int) -> None:
            ends.update({each.operation: _state_of(each) for each in ended})
            if on_progress:
                states, steps = self._standing(ids, set(ids) - ends.keys())
                on_progress({**states, **ends}, steps)

        outcomes = self.engine.wait(ids, progress)
        for outcome in outcomes.values():
            self._close(outcome)
        with self.database.transaction() as connection:
            return tuple(operations.load(connection, each) for each in ids)

    def _close(self, outcome: Outcome) -> None:
        """An operation whose workflow broke off without a word has failed; one that has ended otherwise stays so.

        Several may follow it: the first notes its end, and the others, who wait for that, find it noted.
        """
        if not outcome.error:
            return
        with self.database.transaction() as connection:
            operation = operations.take(connection, outcome.operation)
            if operation.state.final:
                return
            failure = Failure(message=outcome.error)
            operations.set_state(connection, operation.id, OperationState.FAILED, failure=failure)
            actor = plans.consenter(connection, operation.plan_id)
            event = end_of(operation, OperationState.FAILED, at=self.now(), actor=actor, failure=failure)
            audit.append(connection, event)
        self._have_looked_at(operation)

    def _have_looked_at(self, operation: Operation) -> None:
        """After an operation its tenant is looked at at once. Where that cannot be noted, its turn comes all the same."""
        try:
            with self.database.transaction() as connection:
                reconciliation.ask(connection, [(operation.tenant, operation.cloud)])
                usage_snapshots.ask_changed(connection, operation.cloud)
        except StoreError as error:
            _log.warning("a look after operation %s could not be asked for: %s", operation.id, error)

    def _standing(
        self, ids: Collection[OperationId], under_way: Collection[OperationId]
    ) -> tuple[Mapping[OperationId, OperationState], int]:
        """Where operations are whose ends the engine does not know yet, and how many steps of all are done."""
        with self.database.autocommit() as connection:
            states = operations.states(connection, under_way) if under_way else {}
            return states, operations.steps_done(connection, ids)

    def _carry_out(self, operation_id: OperationId) -> str:
        """The workflow: everything with an effect happens in `execute`'s checkpoints."""
        operation = patiently(lambda: self._load(operation_id))
        told = {"operation": operation_id, "tenant": operation.tenant, "cloud": operation.cloud}
        _log.info("operation begins", extra=told)
        scene, journal = patiently(lambda: self.staging.stage(operation))
        end = execute(operation, scene, journal, _EngineCheckpoints(engine=self.engine, operation=operation_id))
        _log.info("operation ended: %s", end, extra=told)
        self._have_looked_at(operation)
        return end

    def _load(self, operation: OperationId) -> Operation:
        with self.database.transaction() as connection:
            return operations.load(connection, operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class _EngineCheckpoints:
    """The engine in the form that `apply` wants, for one operation."""

    engine: Engine
    operation: OperationId

    def once(self, name: str, act: Callable[[], Kept]) -> Kept:
        kept: Kept = self.engine.step(name, act)
        return kept

    def stopping(self) -> bool:
        return self.engine.stopping(self.operation)

    def pause(self, seconds: float) -> None:
        self.engine.pause(self.operation, seconds)


def _state_of(outcome: Outcome) -> OperationState:
    return OperationState.FAILED if outcome.error else OperationState(outcome.value)
