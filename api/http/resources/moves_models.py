"""Waves, their starts, and migrations as they are answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from api.http.model import Model, Prose, example
from api.http.resources.operations import Evidence, Failed
from provisioner.migration.migration import RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from tenants.wave import Mode, PlaybookPhase, Verification

_RUN_ID: Final = "01jd7z9k3m5p7r9t1w"
_MIGRATION_ID: Final = "01jd7z9k3m5p7r9t1x"
_AT: Final = "2026-11-21T08:30:00Z"
_PLACES: Final[Mapping[str, Any]] = {
    "source": {"cloud": "city", "project": "registration", "host": None, "availabilityZone": None},
    "target": {"cloud": "district", "project": "registration", "host": None, "availabilityZone": None},
}
_WAVE: Final[Mapping[str, Any]] = {
    "name": "registration-to-district",
    "displayName": "商事登记迁往区云",
    "owner": "market-regulation",
    "mode": "cross-cloud",
    "source": {"cloud": "city", "project": None, "host": None, "availabilityZone": None},
    "target": {"cloud": "district", "project": None, "host": None, "availabilityZone": None},
    "applications": ["registration"],
    "window": {"start": "2026-11-28T14:00:00Z", "end": "2026-11-28T20:00:00Z"},
    "underWay": _RUN_ID,
}
_TIME: Final[Mapping[str, Any]] = {"low": 300, "likely": 600, "high": 1200}
_RUN: Final[Mapping[str, Any]] = {
    "id": _RUN_ID,
    "wave": "registration-to-district",
    "displayName": "商事登记迁往区云",
    "owner": "market-regulation",
    "mode": "cross-cloud",
    "state": "running",
    "startedBy": "li.na",
    "startedAt": _AT,
    "finishedAt": None,
    "authority": "市政数〔2026〕12号",
}
_LINE: Final[Mapping[str, Any]] = {
    "id": _MIGRATION_ID,
    "run": _RUN_ID,
    "wave": "registration-to-district",
    "name": "registration",
    "displayName": "商事登记",
    "application": "registration",
    "tenant": "market-regulation",
    "state": "quiesced",
    "asked": "nothing",
    "waits": None,
    "heldUpBy": [],
    "underWay": [
        {"position": 14, "step": "copy", "subject": "web-1#0", "doneBytes": 412000000, "totalBytes": 1073741824}
    ],
    "steps": 31,
    "stepsDone": 14,
    "part": 0.42,
    "left": _TIME,
    "measured": True,
    "bytesDone": 412000000,
    "bytesTotal": 1073741824,
    "bytesPerSecond": 98000000,
    "downFrom": "2026-11-21T08:31:00Z",
    "downUntil": None,
    "downtime": None,
    "failure": None,
    "createdAt": _AT,
    "finishedAt": None,
}
_SERVER: Final[Mapping[str, Any]] = {
    "name": "web-1",
    "flavor": "medium",
    "flavorAfter": "medium",
    "disks": 2,
    "size": 60,
    "networks": ["business"],
    "networksAfter": ["business"],
}
_LEFT: Final[Mapping[str, Any]] = {
    "subject": "web-1@0",
    "what": "floating-ip",
    "before": "203.0.113.7",
    "why": "it belongs to the source's project and stays there",
}
_STEP: Final[Mapping[str, Any]] = {
    "position": 3,
    "stage": 3,
    "step": "stop",
    "subject": "web-1",
    "state": "done",
    "attempts": 1,
    "startedAt": _AT,
    "finishedAt": "2026-11-21T08:30:20Z",
    "doneBytes": None,
    "totalBytes": None,
    "evidence": {"requestIds": ["req-5f3c"], "values": {"status": "SHUTOFF"}},
    "failure": None,
}
HAPPENED: Final[Mapping[str, Any]] = {
    "at": _AT,
    "actor": "tenantry",
    "migration": _MIGRATION_ID,
    "what": "step",
    "detail": {"step": "stop", "subject": "web-1", "to": "started", "attempt": 1},
}


class Whereabouts(Model):
    """A place in a cloud; what is null is not settled by it."""

    model_config = example(**_PLACES["source"])

    cloud: str
    project: str | None
    host: str | None
    availability_zone: str | None


class Window(Model):
    """When applications may stand still."""

    model_config = example(**_WAVE["window"])

    start: datetime
    end: datetime


class Seconds(Model):
    """A time in seconds, with its bounds: the fastest and slowest tenth of what was measured."""

    model_config = example(**_TIME)

    low: int
    likely: int
    high: int


class WaveLine(Model):
    """A wave in a list."""

    model_config = example(**_WAVE)

    name: str
    display_name: str
    owner: str
    mode: Mode
    source: Whereabouts | None = Field(description="Null for imports.")
    target: Whereabouts
    applications: tuple[str, ...]
    window: Window | None = Field(description="Null: at any time.")
    under_way: str | None = Field(description="The run that is under way; null where none is.")


class Playing(Model):
    """A playbook that runs in the guests."""

    model_config = example(phase="quiesce", playbook=None, timeout=300)

    phase: PlaybookPhase
    playbook: str | None = Field(description="Null is the standard one of the phase.")
    timeout: int = Field(description="Seconds.")


class WaveMember(Model):
    """An application of a wave, with what is different for it."""

    model_config = example(application="registration", project=None, servers=[], downtime=1800, playbooks=[])

    application: str
    project: str | None
    servers: tuple[str, ...] = Field(description="Only these; empty is all.")
    downtime: int | None = Field(description="Seconds that it may stand still.")
    playbooks: tuple[Playing, ...]


class WaveLimits(Model):
    """How much goes on at once."""

    model_config = example(applications=4, perSourceHost=1, perTargetHost=2, perLink=4, bandwidth=None)

    applications: int
    per_source_host: int
    per_target_host: int
    per_link: int
    bandwidth: int | None = Field(description="Bytes a second; null is no limit.")


class Wave(WaveLine):
    """A wave that is in force, as its manifest has it."""

    model_config = example(
        **_WAVE,
        members=[{"application": "registration", "project": None, "servers": [], "downtime": 1800, "playbooks": []}],
        limits={"applications": 4, "perSourceHost": 1, "perTargetHost": 2, "perLink": 4, "bandwidth": None},
        mappings={"flavors": {"medium": "m2.medium"}},
        keepAddresses=True,
        verification="disk",
        playbooks=[{"phase": "quiesce", "playbook": None, "timeout": 300}],
        probes=True,
        retention=1209600,
        signOff=["zhang.wei"],
        mayPause=False,
    )

    members: tuple[WaveMember, ...]
    limits: WaveLimits
    mappings: Mapping[str, Mapping[str, str]] = Field(description="What takes the place of what, by sort.")
    keep_addresses: bool
    verification: Verification
    playbooks: tuple[Playing, ...]
    probes: bool
    retention: int = Field(description="Seconds that the source is kept at least.")
    sign_off: tuple[str, ...] = Field(description="Who may sign off; empty: anybody with the right to.")
    may_pause: bool = Field(description="Whether a live migration may pause its guest to end.")


class MovedServer(Model):
    """A server as it is and as it will be."""

    model_config = example(**_SERVER)

    name: str
    flavor: str
    flavor_after: str
    disks: int
    size: int = Field(description="GiB of all its disks.")
    networks: tuple[str, ...]
    networks_after: tuple[str, ...]


class LeftBehind(Model):
    """Something that does not go along, or not as it was."""

    model_config = example(**_LEFT)

    subject: str
    what: str
    before: str
    why: Prose


class PlannedStep(Model):
    """A step that will be taken."""

    model_config = example(step="stop", subject="web-1")

    step: StepKind
    subject: str = Field(
        description="A server, `web-1#0` for its first disk, `web-1@0` for its first interface; or empty."
    )


class Remark(Model):
    """Something that whoever starts it should know."""

    model_config = example(subject="web-1", message="it has a disk of its host's that is not copied", remedy="")

    subject: str
    message: Prose
    remedy: Prose


class Ends(Model):
    """A moment with its bounds; null where it never comes inside the window."""

    model_config = example(low=_AT, likely=_AT, high=None)

    low: datetime | None
    likely: datetime | None
    high: datetime | None


class PlannedMove(Model):
    """An application that would move."""

    model_config = example(
        application="registration",
        displayName="商事登记",
        **_PLACES,
        servers=[_SERVER],
        left=[_LEFT],
        warnings=[],
        steps=[{"step": "stop", "subject": "web-1"}],
        time=_TIME,
        standstill=_TIME,
        done=None,
    )

    application: str
    display_name: str
    source: Whereabouts
    target: Whereabouts
    servers: tuple[MovedServer, ...]
    left: tuple[LeftBehind, ...]
    warnings: tuple[Remark, ...]
    steps: tuple[PlannedStep, ...]
    time: Seconds = Field(description="How long it takes in all, were it alone.")
    standstill: Seconds = Field(description="For how long of it the application stands still.")
    done: Ends | None = Field(description="When it would have moved, the others beside it; null with obstacles.")


class MoveObstacle(Model):
    """Why an application cannot move as the wave says."""

    model_config = example(
        application="registration",
        message="web-1@0: the target has no network called business",
        remedy="make it there, or map it under mappings.networks",
    )

    application: str
    message: Prose
    remedy: Prose


class WavePlan(Model):
    """What a wave would move if it were started now. Its `ETag` is its fingerprint."""

    model_config = example(
        wave="registration-to-district",
        displayName="商事登记迁往区云",
        mode="cross-cloud",
        fingerprint="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        startable=True,
        moves=[],
        obstacles=[],
        moved=[],
        done={"low": _AT, "likely": _AT, "high": _AT},
        late=[],
    )

    wave: str
    display_name: str
    mode: Mode
    fingerprint: str = Field(description="Over the wave and where each part of it goes: a start binds to it.")
    startable: bool = Field(description="Whether anything is left to move, and nothing stands against it.")
    moves: tuple[PlannedMove, ...]
    obstacles: tuple[MoveObstacle, ...]
    moved: tuple[str, ...] = Field(description="Those that moved with an earlier start.")
    done: Ends | None = Field(description="When all would have moved; null with obstacles.")
    late: tuple[str, ...] = Field(description="Those that may not have moved when the window closes.")


class RunLine(Model):
    """A start of a wave, in a list."""

    model_config = example(**_RUN)

    id: str
    wave: str
    display_name: str
    owner: str
    mode: Mode
    state: RunState
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    authority: str


class StepUnderWay(Model):
    """A step that was begun and has not ended."""

    model_config = example(**_LINE["underWay"][0])

    position: int
    step: StepKind
    subject: str
    done_bytes: int | None = Field(description="How many have travelled, of steps that copy.")
    total_bytes: int | None


class MigrationLine(Model):
    """The migration of one application, without its steps."""

    model_config = example(**_LINE)

    id: str
    run: str
    wave: str
    name: str
    display_name: str
    application: str | None = Field(description="Null when a host is drained.")
    tenant: str
    state: State
    asked: Asked = Field(description="What somebody wants of it that has not begun yet.")
    waits: Prose | None = Field(description="What it waits for; null where it goes on, or has ended.")
    held_up_by: tuple[str, ...] = Field(
        description="The applications of the wave that keep it from beginning until somebody does something about them: "
        "they were taken back, need a person, are paused, or cannot begin their cutover any more."
    )
    under_way: tuple[StepUnderWay, ...]
    steps: int
    steps_done: int
    part: float = Field(description="How much of the way to the target is done, from 0 to 1.")
    left: Seconds = Field(description="Until it serves at its target.")
    measured: bool = Field(description="Whether `left` is more than an assumption.")
    bytes_done: int = Field(description="That have travelled.")
    bytes_total: int = Field(description="That are to travel, as far as that is known.")
    bytes_per_second: int | None = Field(description="Of what travels now, on the mean since it began.")
    down_from: datetime | None = Field(description="When the application stopped at the source.")
    down_until: datetime | None = Field(description="When it served again.")
    downtime: int | None = Field(description="Seconds between the two; null while it stands still.")
    failure: Failed | None = Field(description="Why it waits, was taken back, or needs a person.")
    created_at: datetime
    finished_at: datetime | None


class WaveRun(RunLine):
    """A start of a wave as it is now."""

    model_config = example(**_RUN, goesOn=True, left=_TIME, migrations=[_LINE], lastEvent="4711")

    goes_on: bool = Field(description="Whether more comes of it without anybody's doing.")
    left: Seconds = Field(description="Until all serve that are on the way.")
    migrations: tuple[MigrationLine, ...]
    last_event: str | None = Field(
        description="The newest event that this holds already: follow from there, as `Last-Event-ID`."
    )


class SignedOff(Model):
    """Somebody's word that the application works where it is now."""

    model_config = example(by="zhang.wei", at=_AT, comment="已验收")

    by: str
    at: datetime
    comment: str


class MigrationStep(Model):
    """A step, with its fate."""

    model_config = example(**_STEP)

    position: int
    stage: int = Field(description="Those of one stage are taken side by side.")
    step: StepKind
    subject: str
    state: StepState
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    done_bytes: int | None
    total_bytes: int | None
    evidence: Evidence | None
    failure: Failed | None


class Migration(MigrationLine):
    """The migration of one application."""

    model_config = example(
        **_LINE,
        **_PLACES,
        servers=[_SERVER],
        leftBehind=[_LEFT],
        signedOff=None,
        keptUntil=None,
        journal=[_STEP],
        lastEvent="4711",
    )

    source: Whereabouts
    target: Whereabouts
    servers: tuple[MovedServer, ...]
    left_behind: tuple[LeftBehind, ...]
    signed_off: SignedOff | None
    kept_until: datetime | None = Field(description="Until when the source stays at least.")
    journal: tuple[MigrationStep, ...] = Field(description="All steps, in order.")
    last_event: str | None = Field(
        description="The newest event that this holds already: follow from there, as `Last-Event-ID`."
    )


class NotDone(Model):
    """A migration that a wish does not apply to."""

    model_config = example(
        migration=_MIGRATION_ID, name="registration", reason="registration is paused already", remedy=""
    )

    migration: str
    name: str
    reason: Prose
    remedy: Prose


class Heeded(Model):
    """What was done about a wish about a whole wave."""

    model_config = example(run=_RUN, done=[_MIGRATION_ID], left=[])

    run: RunLine
    done: tuple[str, ...] = Field(description="The migrations that it was done to.")
    left: tuple[NotDone, ...]


class Happened(Model):
    """An event."""

    model_config = example(**HAPPENED)

    at: datetime
    actor: str
    migration: str | None = Field(description="Null: of the wave as a whole.")
    what: str
    detail: Mapping[str, Any]


class Progress(Model):
    """How far a wave, or one migration, is."""

    model_config = example(state="running", goesOn=True, left=_TIME, migrations=[_LINE])

    state: RunState
    goes_on: bool
    left: Seconds
    migrations: tuple[MigrationLine, ...] = Field(description="Those that are otherwise than when they were last told.")
