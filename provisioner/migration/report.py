"""What people keep of a migration: its report, as records. Pure; `retelling` makes it of events, `report_document` a file of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from provisioner.migration.bindings import Carry
from provisioner.migration.differences import Difference
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.migration.workload import Machine
from provisioner.operation import Actor
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.wave import Mode, WaveName

#: The states at which a report's hash is entered in the audit log.
MILESTONES: Final = frozenset({State.ACCEPTED, State.ROLLED_BACK, State.CLOSED})
#: The action of that entry.
ENTERED: Final = "migration.report"
#: The action of the entry of a wave's report, which is made when the wave ends.
WAVE_ENTERED: Final = "wave.report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Something that somebody did about the request which brought the wave into force."""

    at: datetime
    actor: Actor
    #: In whose place, by delegation.
    stands_for: Actor | None
    #: `submit`, `approve`…; `apply` where an operator did.
    act: str
    #: Of a review, which.
    role: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """By what decision the wave was in force."""

    #: The official document that whoever started the wave named; empty where none was.
    document: str = ""
    #: The request, or the revision of manifests, that it came into force with; empty where no manifest has it.
    origin: str = ""
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A state, when it was reached."""

    state: State
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """A time for which the application served nowhere."""

    since: datetime
    #: None: it has not ended.
    until: datetime | None

    @property
    def seconds(self) -> int | None:
        """To the second."""
        return None if self.until is None else round((self.until - self.since).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An attempt that came to nothing."""

    at: datetime
    why: str
    #: OpenStack's request id, where one failed.
    request: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """One step with its fate."""

    kind: StepKind
    subject: Subject
    stage: int
    state: StepState
    attempts: int = 0
    #: Attempts that were taken up after a process had died at them.
    resumptions: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    values: Mapping[str, Any]
    #: OpenStack's request ids.
    requests: tuple[str, ...] = ()
    failures: tuple[Failed, ...] = ()
    #: Of what travelled: bytes, and bytes a second over the last attempt.
    size: int | None = None
    rate: int | None = None

    @property
    def seconds(self) -> int | None:
        """How long it took, with all its attempts."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskTold:
    """One disk, and what proves that it arrived as it left."""

    subject: Subject
    server: str
    #: GiB.
    size: int
    volume: str | None
    #: By step: `export`, `copy`, `prove`; of the image stores and of what was read.
    hashes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One probe's answer."""

    probe: str
    server: str | None
    address: str | None
    result: str
    reason: str
    milliseconds: int | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One run of a playbook."""

    at: datetime
    phase: str
    playbook: str
    sha256: str
    state: str
    message: str
    #: Server by server: what came of it.
    results: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What somebody asked for while it was under way."""

    at: datetime
    actor: Actor
    asked: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project of a cloud."""

    cloud: CloudName
    project: ProjectName
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it."""

    migration: MigrationId
    run: RunId
    wave: WaveName
    wave_name: str
    application: ApplicationName | None
    name: str
    #: What people called the application when it was planned; empty where that was not written down.
    display_name: str
    tenant: TenantName
    mode: Mode
    source: Place
    target: Place
    started_by: Actor
    started_at: datetime
    authority: Authority
    #: The last state that was reached, and when the last thing happened that is told.
    state: State
    as_of: datetime
    states: tuple[Reached, ...]
    standstills: tuple[Standstill, ...]
    steps: tuple[StepTold, ...]
    disks: tuple[DiskTold, ...]
    #: The servers as they were, and every property that arrived otherwise.
    before: tuple[Machine, ...]
    differences: tuple[Difference, ...] | None
    #: What was known beforehand not to go along.
    left: tuple[Carry, ...]
    probes_before: tuple[Answer, ...]
    probes_after: tuple[Answer, ...]
    playbooks: tuple[Played, ...]
    wishes: tuple[Wished, ...]
    signed_off: Wished | None
    #: Until when the source is kept at least, as it is written; None where none is.
    kept_until: str | None

    @property
    def called(self) -> str:
        """商事登记 (registration)."""
        return self.name if self.display_name in {"", self.name} else f"{self.display_name} ({self.name})"

    @property
    def downtime(self) -> int | None:
        """Seconds that it stood still in all; None while it does, and where it never did."""
        spans = [each.seconds for each in self.standstills]
        known = [each for each in spans if each is not None]
        return sum(known) if known and len(known) == len(spans) else None
