"""Waves that were started, and migrations, as they are answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from api.http.model import Model, Prose, example
from api.http.resources.operations import Evidence, Failed
from api.http.resources.waves_models import (
    AT,
    LEFT,
    PLACES,
    RUN_ID,
    SERVER,
    TIME,
    LeftBehind,
    MovedServer,
    Seconds,
    Whereabouts,
)
from provisioner.migration.migration import RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from tenants.wave import Mode

_MIGRATION_ID: Final = "01jd7z9k3m5p7r9t1x"
_RUN: Final[Mapping[str, Any]] = {
    "id": RUN_ID,
    "wave": "registration-to-district",
    "displayName": "商事登记迁往区云",
    "owner": "market-regulation",
    "mode": "cross-cloud",
    "state": "running",
    "startedBy": "li.na",
    "startedAt": AT,
    "finishedAt": None,
    "authority": "市政数〔2026〕12号",
}
_LINE: Final[Mapping[str, Any]] = {
    "id": _MIGRATION_ID,
    "run": RUN_ID,
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
    "left": TIME,
    "measured": True,
    "bytesDone": 412000000,
    "bytesTotal": 1073741824,
    "bytesPerSecond": 98000000,
    "downFrom": "2026-11-21T08:31:00Z",
    "downUntil": None,
    "downtime": None,
    "failure": None,
    "createdAt": AT,
    "finishedAt": None,
}
_STEP: Final[Mapping[str, Any]] = {
    "position": 3,
    "stage": 3,
    "step": "stop",
    "subject": "web-1",
    "state": "done",
    "attempts": 1,
    "startedAt": AT,
    "finishedAt": "2026-11-21T08:30:20Z",
    "doneBytes": None,
    "totalBytes": None,
    "evidence": {"requestIds": ["req-5f3c"], "values": {"status": "SHUTOFF"}},
    "failure": None,
}
HAPPENED: Final[Mapping[str, Any]] = {
    "at": AT,
    "actor": "tenantry",
    "migration": _MIGRATION_ID,
    "what": "step",
    "detail": {"step": "stop", "subject": "web-1", "to": "started", "attempt": 1},
}


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

    model_config = example(**_RUN, goesOn=True, left=TIME, migrations=[_LINE], lastEvent="4711")

    goes_on: bool = Field(description="Whether more comes of it without anybody's doing.")
    left: Seconds = Field(description="Until all serve that are on the way.")
    migrations: tuple[MigrationLine, ...]
    last_event: str | None = Field(
        description="The newest event that this holds already: follow from there, as `Last-Event-ID`."
    )


class SignedOff(Model):
    """Somebody's word that the application works where it is now."""

    model_config = example(by="zhang.wei", at=AT, comment="已验收")

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
        **PLACES,
        servers=[SERVER],
        leftBehind=[LEFT],
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

    model_config = example(state="running", goesOn=True, left=TIME, migrations=[_LINE])

    state: RunState
    goes_on: bool
    left: Seconds
    migrations: tuple[MigrationLine, ...] = Field(description="Those that are otherwise than when they were last told.")
