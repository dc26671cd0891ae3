"""Migrations driven by hand in tests: records of a wave, a journal in memory, and clouds whose every call can fail or be the last."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

from provisioner.errors import CloudUnavailable
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import Migration, Run, RunState, Step, StepState
from provisioner.migration.script import StepKind, StepSpec, script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.moving.deed import Deed, Deeds, Scene, Spot
from provisioner.moving.driving import Driver, Pace, StageEnd
from provisioner.operation import Actor, Evidence, Failure
from provisioner.store.migration_steps import Attempt
from tenants.names import ApplicationName, TenantName
from tenants.wave import HostName, Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec

NOW = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Fate:
    """What becomes of the calls to a cloud, by their number from 0."""

    #: At this call the process dies, or the answer is lost; None is never.
    at: int | None = None
    #: Whether the call takes effect all the same.
    after: bool = False
    #: Whether it is the process that dies.
    kills: bool = False
    calls: list[str] = field(default_factory=list)

    def strike(self, number: int, *, after: bool) -> None:
        """Die or fail, if it is time."""
        if number != self.at or after != self.after:
            return
        self.at = None
        if self.kills:
            raise Killed
        raise CloudUnavailable("the answer was lost")


class Fated:
    """A cloud's resources, whose calls meet their fate."""

    def __init__(self, resources: Any, fate: Fate) -> None:
        self._resources = resources
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._resources, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            number = len(self._fate.calls)
            self._fate.calls.append(name)
            self._fate.strike(number, after=False)
            given = method(*args, **kwargs)
            self._fate.strike(number, after=True)
            return given

        return call


@dataclass
class OnlyResources:
    """A cloud of which deeds use the resources alone."""

    resources: Any


@dataclass
class Journey:
    """One migration with its journal and what people want of it, and the driver that is begun anew for each stage."""

    workload: Workload
    bindings: Bindings
    wave: WaveSpec
    deeds: Deeds
    source: Any
    target: Any
    stopping: bool = False
    forcing: bool = False
    at: datetime = NOW
    #: Seconds really waited, at most, for each wait.
    patience: float = 0.0
    told: list[tuple[int, int]] = field(default_factory=list)
    #: Hosts that Nova chose.
    chosen: list[HostName] = field(default_factory=list)
    steps: dict[int, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = {each.position: Step(spec=each) for each in script(self.wave, self.workload, self.bindings)}

    def forward(self, kind: StepKind) -> StageEnd:
        """Take all steps of one kind that are left."""
        return self._driver().forward([each for each in self._of(kind) if each.state is not StepState.DONE])

    def backward(self, kind: StepKind) -> StageEnd:
        """Take them back."""
        return self._driver().backward(self._of(kind))

    def values(self, kind: StepKind, subject: str) -> Any:
        """The evidence of a step."""
        return self.migration.values(kind, Subject(subject))

    @property
    def migration(self) -> Migration:
        """The migration as the journal has it."""
        return Migration(
            id=MigrationId("m1"),
            run=RunId("r1"),
            name="registration",
            application=self.workload.application,
            tenant=self.workload.tenant,
            state=State.READY,
            asked=Asked.NOTHING,
            workload=self.workload,
            bindings=self.bindings,
            steps=tuple(self.steps.values()),
            created_at=NOW,
        )

    @property
    def scene(self) -> Scene:
        """Where it plays."""
        run = Run(
            id=RunId("r1"),
            wave=self.wave,
            state=RunState.RUNNING,
            started_by=Actor("alice"),
            started_at=NOW,
            order={},
        )
        nothing: Any = None
        return Scene(
            run=run,
            migration=self.migration,
            source=self.source,
            target=self.target,
            means=nothing,
            control=self,
            now=lambda: self.at,
        )

    def spot(self, kind: StepKind, subject: str) -> Spot:
        """One step of it."""
        step = next(each for each in self._of(kind) if each.spec.subject == subject)
        return Spot(scene=self.scene, step=step)

    def deed(self, kind: StepKind) -> Deed:
        """What a kind of step does."""
        return self.deeds[kind]

    def _of(self, kind: StepKind) -> Sequence[Step]:
        return [each for each in self.steps.values() if each.spec.kind is kind]

    def _driver(self) -> Driver:
        journal: Any = self
        pace = Pace(first_look=0.0, longest_look=1.0, growth=1.2, away=5.0, telling=0.0)
        return Driver(scene=self.scene, deeds=self.deeds, journal=journal, pace=pace)

    # What people want

    def must_stop(self) -> bool:
        """Whether somebody wants it to stop."""
        return self.stopping

    def forced(self) -> bool:
        """Whether somebody wants it to end."""
        return self.forcing

    def wait(self, seconds: float) -> None:
        """The clock goes on by so much."""
        self.at += timedelta(seconds=max(seconds, 0.5))
        if self.patience:
            sleep(min(seconds, self.patience))

    # The journal

    def begin(self, step: Step) -> Attempt:
        """Note the intent."""
        return self._attempt(step, StepState.STARTED)

    def begin_undo(self, step: Step) -> Attempt:
        """Note that it is being taken back."""
        return self._attempt(step, StepState.UNDOING)

    def confirm(self, attempt: Attempt) -> None:
        """Nobody else is at it."""

    def finish(self, step: Step, attempt: Attempt, evidence: Evidence) -> None:
        """Note the proof."""
        self._write(step, state=StepState.DONE, evidence=evidence)

    def fail(self, step: Step, attempt: Attempt, failure: Failure) -> None:
        """Note the failure."""
        self._write(step, state=StepState.FAILED, failure=failure)

    def undone(self, step: Step, attempt: Attempt) -> None:
        """Note that it is taken back."""
        self._write(step, state=StepState.UNDONE)

    def travelled(self, attempt: Attempt, done: int, total: int) -> None:
        """Note how far it is."""
        self.told.append((done, total))

    def arrives(self, attempt: Attempt, host: HostName) -> None:
        """Note the host that Nova chose."""
        self.chosen.append(host)

    def _attempt(self, step: Step, state: StepState) -> Attempt:
        number = self.steps[step.spec.position].attempts + 1
        self._write(step, state=state, attempts=number)
        return Attempt(migration=MigrationId("m1"), position=step.spec.position, number=number)

    def _write(self, step: Step, **changes: Any) -> None:
        self.steps[step.spec.position] = replace(self.steps[step.spec.position], **changes)


def wave_of(workload: Workload, mode: Mode, **changes: Any) -> WaveSpec:
    """A wave that moves this workload within its cloud, unless told otherwise."""
    fields: dict[str, Any] = {
        "name": WaveName("w1"),
        "display_name": "第一批",
        "owner": workload.tenant or TenantName("market"),
        "mode": mode,
        "source": SourcePlace(cloud=workload.cloud),
        "target": TargetPlace(cloud=workload.cloud),
        "members": (WaveMember(application=workload.application or ApplicationName("registration")),),
        **changes,
    }
    return WaveSpec(**fields)


def bindings_of(workload: Workload, **changes: Any) -> Bindings:
    """Bindings of a workload that stays in its project."""
    fields: dict[str, Any] = {
        "cloud": workload.cloud,
        "tenant": workload.tenant,
        "project": workload.project,
        "project_id": workload.project_id,
        **changes,
    }
    return Bindings(**fields)


def spec_of(kind: StepKind, subject: str = "", position: int = 0) -> StepSpec:
    """A step by itself."""
    return StepSpec(position=position, stage=position, kind=kind, subject=Subject(subject))
