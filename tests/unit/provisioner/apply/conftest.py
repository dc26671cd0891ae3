"""Rehearsals: operations on a cloud in memory, with the journal and the checkpoints kept as the engine would."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from provisioner.apply import Kept, Scene, execute
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import StoreError
from provisioner.observe import observe, wanted_for
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Section
from provisioner.planning import plan_section
from tenants.spec import CloudSpec, TenantSpec


class Died(BaseException):
    """The process was killed."""


class Rehearsal:
    """One operation for one tenant on one cloud. It can be killed at any instant, and run again."""

    def __init__(self, cloud: MemoryCloud, spec: CloudSpec, tenant: TenantSpec, now: Callable[[], Any]) -> None:
        self.cloud = cloud
        self.spec = spec
        self.tenant = tenant
        self.now = now
        self.planned_from = self.look()
        self.section: Section = plan_section(tenant, self.planned_from)
        #: As the journal has it.
        self.operation = Operation(
            id=OperationId("op-1"),
            plan_id=PlanId("plan-1"),
            tenant=tenant.name,
            cloud=cloud.name,
            fingerprint=self.section.fingerprint,
            state=OperationState.QUEUED,
            created_at=now(),
            steps=tuple(Step(position=place, action=action) for place, action in enumerate(self.section.actions)),
        )
        #: What happened, in order: ("begin", 0), ("compute.set_limits",), ("finish", 0), ("state", "done").
        self.events: list[tuple[Any, ...]] = []
        self.pauses: list[float] = []
        self.kept: dict[str, Kept] = {}
        #: Called with each event as it happens.
        self.when: Callable[[tuple[Any, ...]], None] = lambda _: None
        self.stop = False
        #: Instants since the last run began, and the one at which to die.
        self.instants = 0
        self.dies_at: int | None = None

    @property
    def evidence(self) -> dict[int, Evidence]:
        """Of the steps that are done, by position."""
        return {step.position: step.evidence for step in self.operation.steps if step.evidence}

    @property
    def failures(self) -> dict[int, Failure]:
        """Of the steps that failed, by position."""
        return {step.position: step.failure for step in self.operation.steps if step.failure}

    @property
    def failure(self) -> Failure | None:
        """The operation's own."""
        return self.operation.failure

    def look(self) -> Any:
        """The cloud as it is now."""
        projects = [each for each in self.tenant.projects if each.cloud == self.cloud.name]
        return observe(self.cloud, wanted_for(self.spec, projects), now=self.now)

    def run(self, *, dies_at: int | None = None) -> OperationState | None:
        """Carry the operation out from where it stands; None where it died."""
        self.instants, self.dies_at = 0, dies_at
        scene = Scene(
            tenant=self.tenant,
            cloud_spec=self.spec,
            cloud=self.cloud,
            planned_from=self.planned_from,
            now=self.now,
        )
        with self._watched():
            try:
                return execute(self.operation, scene, self, self)
            except Died:
                return None

    @property
    def writes(self) -> list[str]:
        """The calls that change a cloud, in order."""
        reading = {"identity.project", "identity.projects", "identity.assignments", "identity.directory"}
        calls = [each[0] for each in self.events if len(each) == 1]
        return [each for each in calls if each not in reading and not each.endswith((".readings", ".limits"))]

    @property
    def left(self) -> list[Any]:
        """What a fresh plan would still change, and what it would refuse."""
        section = plan_section(self.tenant, self.look())
        return [*section.actions, *section.refusals]

    # The journal, as strict as the store's

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent."""
        assert operation == self.operation.id
        step = self.operation.steps[position]
        if step.state is StepState.DONE:
            raise StoreError(f"step {position} is done")
        with self._mortal(("begin", position)):
            self._note(position, state=StepState.STARTED, attempts=step.attempts + 1, failure=None)
        return step.attempts + 1

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect."""
        assert operation == self.operation.id
        with self._mortal(("finish", position)):
            self._note(position, state=StepState.DONE, evidence=evidence)

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note the failure."""
        assert operation == self.operation.id
        with self._mortal(("fail", position)):
            self._note(position, state=StepState.FAILED, failure=failure)

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Note the state."""
        assert operation == self.operation.id
        if self.operation.state.final:
            raise StoreError(f"the operation has ended as {self.operation.state}")
        with self._mortal(("state", str(state))):
            self.operation = replace(self.operation, state=state, failure=failure)

    def _note(self, position: int, **fields: Any) -> None:
        steps = list(self.operation.steps)
        steps[position] = replace(steps[position], **fields)
        self.operation = replace(self.operation, steps=tuple(steps))

    # The checkpoints

    def once(self, name: str, act: Callable[[], Kept]) -> Kept:
        """Run and keep, as JSON, or give what was kept."""
        if name not in self.kept:
            self._instant()
            result = json.dumps(dict(act()))
            self._instant()
            self.kept[name] = json.loads(result)
            self._instant()
        return self.kept[name]

    def stopping(self) -> bool:
        """Whether the operator asked to stop."""
        return self.stop

    def pause(self, seconds: float) -> None:
        """Wait, in no time."""
        self._happened(("pause",))
        self.pauses.append(seconds)

    def _happened(self, event: tuple[Any, ...]) -> None:
        self.events.append(event)
        self.when(event)

    def die_next(self) -> None:
        """Die at the next instant."""
        self.dies_at = self.instants + 1

    def _instant(self) -> None:
        self.instants += 1
        if self.instants == self.dies_at:
            raise Died

    @contextmanager
    def _mortal(self, event: tuple[Any, ...]) -> Iterator[None]:
        """An effect that happens between two instants."""
        self._instant()
        self._happened(event)
        yield
        self._instant()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Note every call to the cloud, and make it mortal."""
        weather = self.cloud.weather
        passing = weather.passing

        @contextmanager
        def watched(call: str, **rest: Any) -> Iterator[bool]:
            self._instant()
            self._happened((call,))
            with passing(call, **rest) as effective:
                yield effective
            self._instant()

        weather.passing = watched  # type: ignore[method-assign]
        try:
            yield
        finally:
            weather.passing = passing  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def rehearse(build: Any) -> Callable[..., Rehearsal]:
    """Plan for these projects of one tenant, as the cloud is now, and be ready to carry the plan out."""

    def make(cloud: MemoryCloud, *projects: Any) -> Rehearsal:
        return Rehearsal(cloud, build.cloud(), build.tenant(*projects), build.now)

    return make


@pytest.fixture(scope="session")
def settle(rehearse: Callable[..., Rehearsal]) -> Callable[..., None]:
    """Make the cloud as these projects' manifests say."""

    def make(cloud: MemoryCloud, *projects: Any) -> None:
        assert rehearse(cloud, *projects).run() is OperationState.DONE

    return make
