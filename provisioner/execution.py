"""Have an approved plan carried out: record the decision, queue its operations, follow them to their ends.

Here the pure core (`apply`), the records (`journal`, `store`) and the durable engine meet. Decision, operations, audit
entry and queueing are one transaction: after a crash there is either all of it or nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from provisioner.apply import execute
from provisioner.audit import Event
from provisioner.engine import Engine, Job, Outcome
from provisioner.journal import end_of
from provisioner.operation import Actor, Failure, Operation, OperationId, OperationState, RevisionId, Step
from provisioner.plan import Section
from provisioner.staging import Staging
from provisioner.store import applied, audit, operations, plans
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.plans import Decision, StoredPlan
from provisioner.store.schema import Verdict
from provisioner.tier import Kept
from tenants.spec import City

#: The engine's name for our workflow. It stays as it is: work in progress is bound to it.
_WORKFLOW: Final = "operation"

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

    def register(self) -> None:
        """Tell the engine how to carry an operation out. Once, before the engine is launched."""
        self.engine.workflow(_WORKFLOW)(self._carry_out)

    def approve(self, stored: StoredPlan, city: City) -> tuple[Operation, ...]:
        """Record the actor's consent to the plan and queue its applicable sections; returns their operations.

        A tenant that the plan leaves unchanged counts as applied from now on.
        """
        at = self.now()
        made = tuple(_operation(stored, section, at) for section in stored.plan.sections if section.applicable)
        with self.database.transaction() as connection:
            plans.decide(
                connection,
                Decision(
                    plan=stored.id,
                    fingerprint=stored.plan.fingerprint,
                    actor=self.actor,
                    at=at,
                    verdict=Verdict.APPROVED,
                ),
            )
            operations.create(connection, made)
            _note_unchanged(connection, stored, city, at)
            audit.append(
                connection,
                Event(
                    at=at,
                    actor=self.actor,
                    action="plan.approved",
                    subject=stored.id,
                    detail={"fingerprint": stored.plan.fingerprint, "operations": len(made)},
                ),
            )
            self.engine.enqueue(
                connection, (Job(operation=each.id, cloud=each.cloud, tenant=each.tenant) for each in made)
            )
        return made

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
            event = end_of(operation, OperationState.FAILED, at=self.now(), actor=self.actor, failure=failure)
            audit.append(connection, event)

    def _standing(
        self, ids: Collection[OperationId], under_way: Collection[OperationId]
    ) -> tuple[Mapping[OperationId, OperationState], int]:
        """Where operations are whose ends the engine does not know yet, and how many steps of all are done."""
        with self.database.autocommit() as connection:
            states = operations.states(connection, under_way) if under_way else {}
            return states, operations.steps_done(connection, ids)

    def _carry_out(self, operation_id: OperationId) -> str:
        """The workflow: everything with an effect happens in `execute`'s checkpoints."""
        with self.database.transaction() as connection:
            operation = operations.load(connection, operation_id)
        scene, journal = self.staging.stage(operation)
        return execute(operation, scene, journal, _EngineCheckpoints(engine=self.engine, operation=operation_id))


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


def _operation(stored: StoredPlan, section: Section, at: datetime) -> Operation:
    return Operation(
        id=OperationId(new_id(at)),
        plan_id=stored.id,
        tenant=section.tenant,
        cloud=section.cloud,
        fingerprint=section.fingerprint,
        state=OperationState.QUEUED,
        created_at=at,
        steps=tuple(Step(position=position, action=action) for position, action in enumerate(section.actions)),
    )


def _note_unchanged(connection: Connection, stored: StoredPlan, city: City, at: datetime) -> None:
    for section in stored.plan.sections:
        if not section.actions and not section.refusals:
            tenant = city.tenants[section.tenant]
            revision: RevisionId = stored.revision
            applied.record(
                connection,
                Applied(tenant=section.tenant, cloud=section.cloud, revision=revision, spec=tenant, at=at),
            )


def _state_of(outcome: Outcome) -> OperationState:
    return OperationState.FAILED if outcome.error else OperationState(outcome.value)
