"""A wave under way, and the migration of one application of it, with the journal of its steps. Pure records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.script import StepKind, StepSpec
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.objects import Properties
from provisioner.operation import Actor, Evidence, Failure
from tenants.names import ApplicationName, TenantName
from tenants.wave import Mode, WaveSpec


class StepState(StrEnum):
    """Where a step is. `STARTED` and `UNDOING` with nobody at work on them mean that the effect is unknown: look first."""

    PENDING = "pending"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step with its fate."""

    spec: StepSpec
    state: StepState = StepState.PENDING
    #: How often it was begun; whoever writes of it names the attempt that it is at, so that a late one writes nothing.
    attempts: int = 0
    evidence: Evidence | None = None
    failure: Failure | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Bytes that have travelled and that there are, of steps that copy.
    done_bytes: int | None = None
    total_bytes: int | None = None

    @property
    def values(self) -> Properties:
        """What its evidence holds."""
        return self.evidence.values if self.evidence else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """Somebody's word that the application works where it is now."""

    actor: Actor
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One application on its way."""

    id: MigrationId
    run: RunId
    #: What people know it by: the application, or the server when a host is drained.
    name: str
    #: None when a host is drained.
    application: ApplicationName | None
    tenant: TenantName
    state: State
    asked: Asked
    workload: Workload
    bindings: Bindings
    steps: tuple[Step, ...]
    created_at: datetime
    #: How often it was handed to the engine.
    legs: int = 0
    #: Whether it is handed to the engine, or being carried out.
    queued: bool = False
    #: Why it waits, was taken back or needs a person.
    failure: Failure | None = None
    #: When the application stopped at the source, and when it served at the target (or at the source again).
    down_from: datetime | None = None
    down_until: datetime | None = None
    signed_off: SignOff | None = None
    #: Until when the source is kept at least.
    kept_until: datetime | None = None
    finished_at: datetime | None = None

    def of_kind(self, kind: StepKind) -> Iterator[Step]:
        """Its steps of one kind."""
        return (each for each in self.steps if each.spec.kind is kind)

    def step(self, kind: StepKind, subject: Subject) -> Step | None:
        """The step of that kind about that subject, or None."""
        return next((each for each in self.of_kind(kind) if each.spec.subject == subject), None)

    def values(self, kind: StepKind, subject: Subject) -> Properties:
        """What the evidence of another step holds; empty where it is not done."""
        found = self.step(kind, subject)
        return found.values if found else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutMigration:
    """A migration, with what moves and what takes its place at hand: for records of what stands around it."""

    migration: Migration

    @property
    def workload(self) -> Workload:
        """What moves."""
        return self.migration.workload

    @property
    def bindings(self) -> Bindings:
        """What takes its place."""
        return self.migration.bindings


class RunState(StrEnum):
    """Where a wave under way is."""

    RUNNING = "running"
    #: Nothing new begins; what is under way pauses at its next step.
    PAUSED = "paused"
    #: All its migrations have ended.
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A wave that was started: what it said then is what holds."""

    id: RunId
    wave: WaveSpec
    state: RunState
    started_by: Actor
    started_at: datetime
    #: The applications that each of its applications waits for, within the wave.
    order: Mapping[str, tuple[str, ...]]
    #: By which decision: the request that brought the wave into force, or the revision that an operator applied.
    authority: str = ""
    finished_at: datetime | None = None

    @property
    def mode(self) -> Mode:
        """How its applications move."""
        return self.wave.mode
