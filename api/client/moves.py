"""Waves, their starts and migrations out of the service's answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from api.client.records import Document, failure, moment, perhaps
from provisioner.migration.estimate import Spread
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import RunState, SignOff, Step, StepState
from provisioner.migration.script import StepKind, StepSpec
from provisioner.migration.states import Asked, State
from provisioner.operation import Actor, Evidence, Failure
from provisioner.plan import Fingerprint
from tenants.names import ApplicationName, TenantName
from tenants.wave import Mode, WaveName


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveLine:
    """A wave that is in force."""

    name: WaveName
    display_name: str
    owner: TenantName
    mode: Mode
    applications: tuple[ApplicationName, ...]
    #: The start of it that is under way; None where none is.
    under_way: RunId | None
    #: As the service said it.
    document: Document = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveObstacle:
    """Why an application cannot move as its wave says."""

    application: ApplicationName
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWave:
    """What a wave would move if it were started now."""

    wave: WaveName
    #: What a start binds to.
    fingerprint: Fingerprint
    #: Whether anything is left to move, and nothing stands against it.
    startable: bool
    applications: tuple[ApplicationName, ...]
    obstacles: tuple[MoveObstacle, ...]
    #: Those that may not have moved when the window closes.
    late: tuple[ApplicationName, ...]
    #: As the service said it.
    document: Document = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A start of a wave."""

    id: RunId
    wave: WaveName
    display_name: str
    owner: TenantName
    mode: Mode
    state: RunState
    started_by: Actor
    started_at: datetime
    finished_at: datetime | None
    authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A migration without its steps."""

    id: MigrationId
    run: RunId
    name: str
    display_name: str
    tenant: TenantName
    state: State
    asked: Asked
    #: What it waits for, in words; None where it goes on or has ended.
    waits: str | None
    steps: int
    steps_done: int
    #: How much of the way to the target is done, from 0 to 1.
    part: float
    #: Seconds until it serves at its target, and whether that is more than an assumption.
    left: Spread
    measured: bool
    bytes_done: int
    bytes_total: int
    bytes_per_second: int | None
    down_from: datetime | None
    down_until: datetime | None
    failure: Failure | None
    finished_at: datetime | None
    #: As the service said it.
    document: Document = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMove(Move):
    """A migration with all its steps."""

    journal: tuple[Step, ...]
    signed_off: SignOff | None
    kept_until: datetime | None
    #: The newest event that it holds; None where there was none.
    last_event: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRun(RunLine):
    """A start of a wave with its migrations."""

    #: Whether more comes of it without anybody's doing.
    goes_on: bool
    #: Seconds until all serve that are on the way.
    left: Spread
    migrations: tuple[Move, ...]
    last_event: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened to a wave or a migration."""

    id: str
    at: datetime
    actor: Actor
    #: None: to the wave as a whole.
    migration: MigrationId | None
    what: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done about a wish about a whole wave."""

    run: RunLine
    done: tuple[MigrationId, ...]
    #: Why it was not done to others.
    left: Mapping[MigrationId, str]


def wave(document: Document) -> WaveLine:
    """A wave, in a list or by itself."""
    return WaveLine(
        name=WaveName(document["name"]),
        display_name=document["displayName"],
        owner=TenantName(document["owner"]),
        mode=Mode(document["mode"]),
        applications=tuple(map(ApplicationName, document["applications"])),
        under_way=perhaps(RunId, document["underWay"]),
        document=document,
    )


def planned(document: Document) -> PlannedWave:
    """The plan of a wave."""
    return PlannedWave(
        wave=WaveName(document["wave"]),
        fingerprint=Fingerprint(document["fingerprint"]),
        startable=document["startable"],
        applications=tuple(ApplicationName(each["application"]) for each in document["moves"]),
        obstacles=tuple(
            MoveObstacle(
                application=ApplicationName(each["application"]), message=each["message"], remedy=each["remedy"]
            )
            for each in document["obstacles"]
        ),
        late=tuple(map(ApplicationName, document["late"])),
        document=document,
    )


def run_line(document: Document) -> RunLine:
    """A start of a wave in a list."""
    return RunLine(**_run(document))


def run(document: Document) -> WholeRun:
    """A start of a wave with its migrations."""
    return WholeRun(
        **_run(document),
        goes_on=document["goesOn"],
        left=_spread(document["left"]),
        migrations=tuple(map(move, document["migrations"])),
        last_event=document["lastEvent"],
    )


def move(document: Document) -> Move:
    """A migration in a list."""
    return Move(**_move(document))


def whole_move(document: Document) -> WholeMove:
    """A migration with all its steps."""
    return WholeMove(
        **_move(document),
        journal=tuple(map(_step, document["journal"])),
        signed_off=perhaps(_signed, document["signedOff"]),
        kept_until=perhaps(moment, document["keptUntil"]),
        last_event=document["lastEvent"],
    )


def done(document: Document) -> Done:
    """What was done about a wish."""
    return Done(
        run=run_line(document["run"]),
        done=tuple(map(MigrationId, document["done"])),
        left={MigrationId(each["migration"]): each["reason"] for each in document["left"]},
    )


def happened(document: Document, event: str) -> Happened:
    """An event, with its id."""
    return Happened(
        id=event,
        at=moment(document["at"]),
        actor=Actor(document["actor"]),
        migration=perhaps(MigrationId, document["migration"]),
        what=document["what"],
        detail=document["detail"],
    )


def progressed(before: WholeRun, document: Document) -> WholeRun:
    """A start of a wave after it was told how far it is."""
    changed = {each.id: each for each in map(move, document["migrations"])}
    return replace(
        before,
        state=RunState(document["state"]),
        goes_on=document["goesOn"],
        left=_spread(document["left"]),
        migrations=tuple(changed.get(each.id, each) for each in before.migrations),
    )


def _run(document: Document) -> dict[str, Any]:
    return {
        "id": RunId(document["id"]),
        "wave": WaveName(document["wave"]),
        "display_name": document["displayName"],
        "owner": TenantName(document["owner"]),
        "mode": Mode(document["mode"]),
        "state": RunState(document["state"]),
        "started_by": Actor(document["startedBy"]),
        "started_at": moment(document["startedAt"]),
        "finished_at": perhaps(moment, document["finishedAt"]),
        "authority": document["authority"],
    }


def _move(document: Document) -> dict[str, Any]:
    return {
        "id": MigrationId(document["id"]),
        "run": RunId(document["run"]),
        "name": document["name"],
        "display_name": document["displayName"],
        "tenant": TenantName(document["tenant"]),
        "state": State(document["state"]),
        "asked": Asked(document["asked"]),
        "waits": document["waits"],
        "steps": document["steps"],
        "steps_done": document["stepsDone"],
        "part": document["part"],
        "left": _spread(document["left"]),
        "measured": document["measured"],
        "bytes_done": document["bytesDone"],
        "bytes_total": document["bytesTotal"],
        "bytes_per_second": document["bytesPerSecond"],
        "down_from": perhaps(moment, document["downFrom"]),
        "down_until": perhaps(moment, document["downUntil"]),
        "failure": perhaps(failure, document["failure"]),
        "finished_at": perhaps(moment, document["finishedAt"]),
        "document": document,
    }


def _step(document: Document) -> Step:
    return Step(
        spec=StepSpec(
            position=document["position"],
            stage=document["stage"],
            kind=StepKind(document["step"]),
            subject=Subject(document["subject"]),
        ),
        state=StepState(document["state"]),
        attempts=document["attempts"],
        evidence=perhaps(_evidence, document["evidence"]),
        failure=perhaps(failure, document["failure"]),
        started_at=perhaps(moment, document["startedAt"]),
        finished_at=perhaps(moment, document["finishedAt"]),
        done_bytes=document["doneBytes"],
        total_bytes=document["totalBytes"],
    )


def _evidence(document: Document) -> Evidence:
    return Evidence(request_ids=tuple(document["requestIds"]), values=document["values"])


def _signed(document: Document) -> SignOff:
    return SignOff(actor=Actor(document["by"]), at=moment(document["at"]), comment=document["comment"])


def _spread(document: Document) -> Spread:
    return Spread(low=document["low"], likely=document["likely"], high=document["high"])
