"""Carry out one operation: look again, compare with the approved plan, then step by step act, verify and journal.

The durable engine calls `execute` and may call it again after a crash, with the operation as the journal then has it:
finished checkpoints are not run again, nor steps that the journal has as done; the one that was interrupted is, with
`resumed` set, so that its kind looks before it acts.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from provisioner.clouds.interface import Cloud, ProjectId
from provisioner.diff import Verb
from provisioner.errors import CloudError, CloudUnavailable, PlanChanged
from provisioner.kinds import project as project_kind
from provisioner.kinds.catalogue import kind_of
from provisioner.kinds.interface import Target
from provisioner.kinds.quota import managed_services
from provisioner.kinds.wording import property_text, value_text
from provisioner.objects import Address, Properties, Value
from provisioner.observation import Observation
from provisioner.observe import look_again, wanted_for
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, Step, StepState
from provisioner.plan import Action, Section
from provisioner.planning import plan_section, projects_in
from tenants.names import ProjectName
from tenants.spec import CloudSpec, ProjectSpec, TenantSpec

#: What a checkpoint keeps: plain values, for the engine stores them as JSON.
Kept = Mapping[str, Value]

#: Marks ids among the kept values of the look, so that no project's name can be taken for something else.
_ID: Final = "id:"
#: The time of the look among its kept values.
_LOOKED: Final = "looked"
#: How long an operation that was interrupted may go on from its look.
_LOOK_HOLDS: Final = timedelta(minutes=15)

#: How often one step is tried in one go before it counts as failed, the cloud adapter's own retries apart.
_TRIES: Final = 3
#: Seconds before the second try; doubled for each further one, with jitter.
_FIRST_PAUSE: Final = 2.0


class Journal(Protocol):
    """What `execute` writes down, before and after."""

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent; returns how often the step has been begun, this time included."""

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect, with its proof."""

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note that it failed, and why."""

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Note where the operation is."""


class Checkpoints(Protocol):
    """The durable engine, as one operation sees it."""

    def once(self, name: str, act: Callable[[], Kept]) -> Kept:
        """Run `act` and keep its result; after a crash, give the kept result instead of running it again."""

    def stopping(self) -> bool:
        """Whether the operator asked to stop: begin nothing new."""

    def pause(self, seconds: float) -> None:
        """Wait, but not past a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where an operation plays: the manifest it serves and the cloud it changes."""

    tenant: TenantSpec
    cloud_spec: CloudSpec
    cloud: Cloud
    #: What the plan was made from.
    planned_from: Observation
    now: Callable[[], datetime]


def execute(operation: Operation, scene: Scene, journal: Journal, checkpoints: Checkpoints) -> OperationState:
    """Run the operation to a final state, which is also journaled and returned. Expected failures are states."""
    if operation.state.final:
        return operation.state
    execution = _Execution(operation=operation, scene=scene, journal=journal, checkpoints=checkpoints)
    journal.set_state(operation.id, OperationState.RUNNING)
    state, failure = execution.run()
    journal.set_state(operation.id, state, failure)
    return state


@dataclass(frozen=True, slots=True, kw_only=True)
class _Execution:
    """One run of one operation."""

    operation: Operation
    scene: Scene
    journal: Journal
    checkpoints: Checkpoints
    #: The Keystone ids of the projects that exist, as they become known.
    ids: dict[ProjectName, ProjectId] = field(default_factory=dict)

    def run(self) -> tuple[OperationState, Failure | None]:
        """Look, then take the steps in order. A failed step stops only what depends on it."""
        if self.checkpoints.stopping():
            return OperationState.STOPPED, None
        seen = self.checkpoints.once("look", self._look)
        if failure := _failure_in(seen):
            return _state_after(seen), failure
        if stale := self._stale(seen):
            return OperationState.PLAN_CHANGED, stale
        self.ids.update(
            {ProjectName(name.removeprefix(_ID)): ProjectId(str(seen[name])) for name in seen if name.startswith(_ID)}
        )
        first_failure: Failure | None = None
        #: The rank of what could not be made in a project: what comes after it there is not begun.
        unmade: dict[ProjectName, int] = {}
        for step in self.operation.steps:
            name = step.action.change.address.project
            if name in unmade and _rank(step) > unmade[name]:
                continue
            if self.checkpoints.stopping():
                return OperationState.STOPPED, first_failure
            kept = self.checkpoints.once(f"step-{step.position}", partial(self._take, step))
            failure = _failure_in(kept)
            if failure and _state_after(kept) is OperationState.PLAN_CHANGED:
                return OperationState.PLAN_CHANGED, failure
            if failure and step.action.change.verb is Verb.CREATE:
                unmade.setdefault(name, _rank(step))
            if "project_id" in kept:
                self.ids[name] = ProjectId(str(kept["project_id"]))
            first_failure = first_failure or failure
        return (OperationState.FAILED if first_failure else OperationState.DONE), first_failure

    def _look(self) -> Kept:
        """See whether the plan still holds; gives the ids of the projects that exist, or what is different."""
        scene = self.scene
        projects = projects_in(scene.tenant, self.operation.cloud)
        wanted = wanted_for(scene.cloud_spec, projects)
        try:
            fresh = look_again(scene.cloud, wanted, scene.planned_from, now=scene.now)
        except CloudError as error:
            return _kept_failure(error)
        if unread := _newly_unread(projects, scene.planned_from, fresh):
            return _kept_failure(CloudUnavailable(unread))
        section = plan_section(scene.tenant, fresh)
        if section.refusals:
            return _kept_failure(PlanChanged(f"since the plan was made: {section.refusals[0].message}"))
        if section.fingerprint != self.operation.fingerprint:
            return _kept_failure(PlanChanged(f"since the plan was made: {_difference(self.operation, section)}"))
        ids = {
            f"{_ID}{each.name}": fresh.projects[each.keystone_name].project.id
            for each in projects
            if each.keystone_name in fresh.projects
        }
        return {_LOOKED: scene.now().isoformat(), **ids}

    def _stale(self, seen: Kept) -> Failure | None:
        """Why a look that was kept through an interruption no longer counts: much may have changed since."""
        age = self.scene.now() - datetime.fromisoformat(str(seen[_LOOKED]))
        if age <= _LOOK_HOLDS:
            return None
        minutes = int(age.total_seconds() // 60)
        return Failure(
            message=f"it was interrupted, and the cloud was last looked at {minutes} minutes ago: plan again"
        )

    def _take(self, step: Step) -> Kept:
        """One step: intent, act, verify, evidence. Tried again with growing pauses where the failure may pass."""
        if step.state is StepState.DONE and step.evidence:
            return _kept_evidence(step, step.evidence)
        for tries in range(1, _TRIES + 1):
            attempt = self.journal.begin_step(self.operation.id, step.position)
            try:
                evidence = kind_of(step.action.change.address.kind).perform(
                    step.action.change, self._target(step, resumed=attempt > 1)
                )
            except CloudError as error:
                last = tries == _TRIES or not error.retryable or self.checkpoints.stopping()
                if last:
                    self.journal.fail_step(self.operation.id, step.position, _failure(error))
                    return _kept_failure(error)
                # Jitter needs no cryptographic randomness.
                self.checkpoints.pause(_FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.5, 1.5))  # noqa: S311
            else:
                self.journal.finish_step(self.operation.id, step.position, evidence)
                return _kept_evidence(step, evidence)
        raise AssertionError("the last try returns")

    def _target(self, step: Step, *, resumed: bool) -> Target:
        scene = self.scene
        name = step.action.change.address.project
        return Target(
            cloud=scene.cloud,
            domain=scene.cloud_spec.domain,
            project=next(
                each for each in scene.tenant.projects if each.name == name and each.cloud == scene.cloud.name
            ),
            project_id=self.ids.get(name),
            directory=scene.planned_from.directory,
            resumed=resumed,
        )


def _rank(step: Step) -> int:
    change = step.action.change
    return kind_of(change.address.kind).rank(change)


def _makes_project(step: Step) -> bool:
    change = step.action.change
    return change.verb is Verb.CREATE and change.address.kind == project_kind.NAME


def _newly_unread(projects: Iterable[ProjectSpec], planned_from: Observation, fresh: Observation) -> str | None:
    """What could be read when the plan was made and now cannot be. It may still be as it was."""
    for project in projects:
        before, now = planned_from.projects.get(project.keystone_name), fresh.projects.get(project.keystone_name)
        if before is None or now is None:
            continue
        for service in sorted(managed_services(project) & before.readings.keys() & now.unreadable.keys()):
            return (
                f"the {service} limits of project {project.keystone_name} could not be read: {now.unreadable[service]}"
            )
    return None


def _difference(operation: Operation, section: Section) -> str:
    """The first thing that is no longer as planned, in words."""
    planned = {step.action.change.address: step.action for step in operation.steps}
    current = {action.change.address: action for action in section.actions}
    for address in sorted(planned.keys() | current.keys()):
        if address not in current:
            return f"{address} is already as the manifest asks"
        if address not in planned:
            return f"{address} has come to differ from the manifest"
        if words := _otherwise(planned[address], current[address]):
            return f"{address} {words}"
    return "the order of its actions is another"


def _otherwise(then: Action, now: Action) -> str:
    """How one action is no longer as planned; empty where it is."""
    if moved := _unequal(then.change.address, then.change.before, now.change.before):
        return f"has changed: {', '.join(f'{name} was {planned} and is {found}' for name, planned, found in moved)}"
    if moved := _unequal(then.change.address, then.change.after, now.change.after):
        return f"would change otherwise: {', '.join(f'{name} to {new}, not {old}' for name, old, new in moved)}"
    if then.change != now.change:
        return f"would now need another step: {now.change.verb}, not {then.change.verb}"
    if then.destructive != now.destructive:
        return f"{'has become' if now.destructive else 'is no longer'} destructive"
    return ""


def _unequal(address: Address, then: Properties, now: Properties) -> list[tuple[str, str, str]]:
    """The properties of an object that are not the same at two times, with both values, in words.

    One that a change does not hold is as the manifest asks.
    """

    def words(properties: Properties, name: str) -> str:
        return value_text(address, name, properties[name]) if name in properties else "as the manifest asks"

    return [
        (property_text(address, name), words(then, name), words(now, name))
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]


def _kept_evidence(step: Step, evidence: Evidence) -> Kept:
    """What later steps need to know of one that is done."""
    made = project_kind.created_id(evidence) if _makes_project(step) else None
    return {} if made is None else {"project_id": made}


def _failure(error: CloudError) -> Failure:
    return Failure(message=str(error), request_id=error.request_id, retryable=error.retryable)


def _kept_failure(error: CloudError) -> Kept:
    return {
        "failed": str(error),
        "request_id": error.request_id,
        "retryable": error.retryable,
        "plan_changed": isinstance(error, PlanChanged),
    }


def _failure_in(kept: Kept) -> Failure | None:
    if "failed" not in kept:
        return None
    request_id = kept["request_id"]
    return Failure(
        message=str(kept["failed"]),
        request_id=None if request_id is None else str(request_id),
        retryable=bool(kept["retryable"]),
    )


def _state_after(kept: Kept) -> OperationState:
    return OperationState.PLAN_CHANGED if kept.get("plan_changed") else OperationState.FAILED
