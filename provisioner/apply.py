"""Carry out one operation: look again, compare with the approved plan, then step by step act, verify and journal.

The durable engine calls `execute` and may call it again after a crash, with the operation as the journal then has it:
finished checkpoints are not run again, nor steps that the journal has as done; the one that was interrupted is, with
`resumed` set, so that its kind looks before it acts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from provisioner import tier
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId
from provisioner.diff import Verb
from provisioner.errors import CloudError, CloudUnavailable, PlanChanged
from provisioner.kinds import project as project_kind
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.quota import managed_services
from provisioner.kinds.wording import property_text, value_text
from provisioner.objects import Address, Properties
from provisioner.observation import Observation
from provisioner.observe import look_again, wanted_for
from provisioner.operation import Failure, Operation, OperationId, OperationState
from provisioner.plan import Action, Section
from provisioner.planning import observed_objects, plan_section, projects_in
from provisioner.tier import (
    Checkpoints,
    Kept,
    Outcome,
    Tier,
    TierRun,
    failure_in,
    failure_of,
    gates,
    kept_failure,
    tiers,
)
from tenants.names import ProjectName
from tenants.spec import CloudSpec, ProjectSpec, TenantSpec

#: The time of the look among its kept values.
_LOOKED: Final = "looked"
#: How long an operation that was interrupted may go on from its look.
_LOOK_HOLDS: Final = timedelta(minutes=15)


class Journal(tier.Journal, Protocol):
    """What `execute` writes down, before and after."""

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Note where the operation is."""


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
    #: The ids of the objects that exist, projects among them, as they become known.
    ids: dict[Address, str] = field(default_factory=dict)

    def run(self) -> tuple[OperationState, Failure | None]:
        """Look, then take the steps tier by tier. A failed step stops only what depends on it."""
        if self.checkpoints.stopping():
            return OperationState.STOPPED, None
        seen = self.checkpoints.once("look", self._look)
        if failure := failure_in(seen):
            return (OperationState.PLAN_CHANGED if seen["plan_changed"] else OperationState.FAILED), failure
        if stale := self._stale(seen):
            return OperationState.PLAN_CHANGED, stale
        self.ids.update({Address.parse(text): str(found) for text, found in seen["ids"].items()})
        return self._take_all(tiers(self.operation.steps))

    def _take_all(self, ordered: Iterable[Tier]) -> tuple[OperationState, Failure | None]:
        first_failure: Failure | None = None
        #: The rank of what could not be made in a project and what comes after it there waits for.
        unmade: dict[ProjectName, int] = {}
        for each in ordered:
            if each.project in unmade and each.rank > unmade[each.project]:
                continue
            if self.checkpoints.stopping():
                return OperationState.STOPPED, first_failure
            outcome = Outcome.of(self.checkpoints.once(each.name, partial(self._take, each)))
            self.ids.update(outcome.ids)
            for step in each.steps:
                fate = outcome.fates[step.position]
                if fate.plan_changed:
                    return OperationState.PLAN_CHANGED, fate.failure
                if fate.failure and gates(step):
                    unmade.setdefault(each.project, each.rank)
                first_failure = first_failure or fate.failure
                if step.action.change.verb is Verb.DELETE and not (fate.failure or fate.left):
                    self.ids.pop(step.action.change.address, None)
            if any(fate.left for fate in outcome.fates.values()):
                return OperationState.STOPPED, first_failure
        return (OperationState.FAILED if first_failure else OperationState.DONE), first_failure

    def _look(self) -> Kept:
        """See whether the plan still holds; gives the ids of what exists, or what is different."""
        scene = self.scene
        projects = projects_in(scene.tenant, self.operation.cloud)
        wanted = wanted_for(scene.cloud_spec, projects)
        try:
            fresh = look_again(scene.cloud, wanted, scene.planned_from, now=scene.now)
        except CloudError as error:
            return _kept_error(error)
        if unread := _newly_unread(projects, scene.planned_from, fresh):
            return _kept_error(CloudUnavailable(unread))
        section = plan_section(scene.tenant, fresh)
        if section.refusals:
            return _kept_error(PlanChanged(f"since the plan was made: {section.refusals[0].message}"))
        if section.fingerprint != self.operation.fingerprint:
            words = _moving(projects) or _difference(self.operation, section)
            return _kept_error(PlanChanged(f"since the plan was made: {words}"))
        ids = {
            str(address): properties["id"]
            for project in projects
            for address, properties in observed_objects(Asked.of(scene.tenant, project, fresh)).items()
            if properties.get("id")
        }
        return {_LOOKED: scene.now().isoformat(), "ids": ids}

    def _stale(self, seen: Kept) -> Failure | None:
        """Why a look that was kept through an interruption no longer counts: much may have changed since."""
        age = self.scene.now() - datetime.fromisoformat(str(seen[_LOOKED]))
        if age <= _LOOK_HOLDS:
            return None
        minutes = int(age.total_seconds() // 60)
        return Failure(
            message=f"it was interrupted, and the cloud was last looked at {minutes} minutes ago: plan again"
        )

    def _take(self, each: Tier) -> Kept:
        run = TierRun(
            operation=self.operation.id,
            target=self._target(each.project),
            journal=self.journal,
            checkpoints=self.checkpoints,
        )
        return run.take(each).kept()

    def _target(self, name: ProjectName) -> Target:
        scene = self.scene
        project = next(each for each in scene.tenant.projects if each.name == name and each.cloud == scene.cloud.name)
        address = Address(cloud=scene.cloud.name, tenant=scene.tenant.name, project=name, kind=project_kind.NAME)
        found = self.ids.get(address)
        return Target(
            cloud=scene.cloud,
            domain=scene.cloud_spec.domain,
            tenant=scene.tenant,
            project=project,
            project_id=None if found is None else ProjectId(found),
            directory=scene.planned_from.directory,
            offers=scene.planned_from.offers,
            ids=self.ids,
        )


def _newly_unread(projects: Iterable[ProjectSpec], planned_from: Observation, fresh: Observation) -> str | None:
    """What could be read when the plan was made and now cannot be. It may still be as it was."""
    for project in projects:
        before, now = planned_from.projects.get(project.keystone_name), fresh.projects.get(project.keystone_name)
        if before is None or now is None:
            continue
        limits = managed_services(project) & before.readings.keys() & now.unreadable.keys()
        failed = {f"{service} limits": now.unreadable[service] for service in limits}
        failed |= {name: reason for name, reason in now.unlisted.items() if name not in before.unlisted}
        for what, reason in sorted(failed.items()):
            return f"the {what} of project {project.keystone_name} could not be read: {reason}"
    return None


def _moving(projects: Iterable[ProjectSpec]) -> str | None:
    """That something of these projects is on its way, and so not to be touched."""
    moving = sorted({pair for project in projects for pair in project.on_the_way.items()})
    told = ", ".join(f"the application {application} by the wave {wave}" for application, wave in moving)
    return f"a migration began, and what moves is left alone: {told}; plan again" if told else None


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


def _kept_error(error: CloudError) -> Kept:
    return {**kept_failure(failure_of(error)), "plan_changed": isinstance(error, PlanChanged)}
