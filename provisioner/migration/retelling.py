"""What happened to one migration, told from its events alone, as of any moment: the evidence that people keep. Pure.

    the migration as it was planned + what happened, in order + who allowed it -> `Report` -> `document` -> SHA-256

Nothing is read from what a migration is now: its events up to one of them always make the same report, to the byte, whenever it is
made. So the hash that was entered in the audit log when it was accepted can be found again years later.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from provisioner.migration.differences import Difference, from_text
from provisioner.migration.identifiers import EVERYTHING, Subject
from provisioner.migration.migration import Migration, Run, StepState
from provisioner.migration.report import (
    Answer,
    Authority,
    DiskTold,
    Failed,
    Place,
    Played,
    Reached,
    Report,
    Standstill,
    StepTold,
    Wished,
)
from provisioner.migration.script import FIRST_STANDSTILL, StepKind
from provisioner.migration.states import State
from provisioner.operation import Actor
from tenants.wave import Mode

#: What steps' evidence says that proves content, by the step.
_HASHES: Final[Mapping[StepKind, tuple[str, ...]]] = {
    StepKind.ROOT_IMAGE: ("hash",),
    StepKind.EXPORT: ("hash",),
    StepKind.CONVERT: ("sha256",),
    StepKind.UPLOAD: ("sha256", "hash"),
    StepKind.COPY: ("sha256", "hash"),
    StepKind.HAND_OVER: ("hash",),
    StepKind.PROVE: ("content",),
}
_TRAVELLING: Final = frozenset({StepKind.COPY, StepKind.UPLOAD})


class Told(Protocol):
    """Something that happened, as the record has it (`provisioner.store.migration_events`)."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def actor(self) -> Actor:
        """By whom."""

    @property
    def what(self) -> str:
        """Which sort of thing: `state`, `step`, `asked`."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """What more there is to it."""


def report(run: Run, migration: Migration, told: Iterable[Told], authority: Authority) -> Report:
    """The report as of the last of what is told, which is in the order in which it happened."""
    happened = tuple(told)
    steps = tuple(_steps(migration, happened))
    states = tuple(_states(migration, happened))
    signed = [each for each in _wishes(happened) if each.asked == "signed-off"]
    return Report(
        migration=migration.id,
        run=run.id,
        wave=run.wave.name,
        wave_name=run.wave.display_name,
        application=migration.application,
        name=migration.name,
        display_name=migration.workload.display_name,
        tenant=migration.tenant,
        mode=run.mode,
        source=_place(migration.workload),
        target=_place(migration.bindings),
        started_by=run.started_by,
        started_at=run.started_at,
        authority=authority,
        state=states[-1].state,
        as_of=happened[-1].at if happened else migration.created_at,
        states=states,
        standstills=tuple(_standstills(run.mode, happened)),
        steps=steps,
        disks=tuple(_disks(migration, steps)),
        before=migration.workload.machines,
        differences=_differences(happened),
        left=migration.bindings.left,
        probes_before=_answers(happened, StepKind.PROBE_BEFORE),
        probes_after=_answers(happened, StepKind.PROBE_AFTER),
        playbooks=tuple(_played(happened)),
        wishes=tuple(each for each in _wishes(happened) if each.asked != "signed-off"),
        signed_off=signed[-1] if signed else None,
        kept_until=_value(steps, StepKind.ACCEPT, "kept_until"),
    )


def _place(where: Any) -> Place:
    return Place(cloud=where.cloud, project=where.project, project_id=where.project_id)


def _states(migration: Migration, told: Iterable[Told]) -> Iterator[Reached]:
    yield Reached(state=State.PLANNED, at=migration.created_at)
    for each in told:
        if each.what == "state":
            yield Reached(state=State(each.detail["state"]), at=each.at, why=str(each.detail.get("why") or ""))


def _standstills(mode: Mode, told: Iterable[Told]) -> Iterator[Standstill]:
    """From when the first server is stopped until the target serves; and again where that is taken back, until the source does."""
    since: datetime | None = None
    back_at: datetime | None = None
    served = False
    for each in told:
        if each.what == "step" and each.detail["step"] in FIRST_STANDSTILL:
            to = each.detail["to"]
            if to == "started" and since is None and not served:
                since = each.at
            elif to == "undone" and since is not None:
                back_at = each.at
        elif each.what == "state":
            state = State(each.detail["state"])
            if since is not None and state is (State.BUILT if mode.within else State.ACCEPTED):
                yield Standstill(since=since, until=each.at)
                since, served = None, True
            elif served and since is None and state is State.COMPENSATING:
                since = each.at
    if since is not None:
        yield Standstill(since=since, until=back_at)


@dataclass(slots=True)
class _Fate:
    state: StepState = StepState.PENDING
    attempts: int = 0
    resumptions: int = 0
    started_at: datetime | None = None
    last_began: datetime | None = None
    finished_at: datetime | None = None
    values: Mapping[str, Any] | None = None
    requests: tuple[str, ...] = ()
    failures: tuple[Failed, ...] = ()
    took: float | None = None

    def take(self, each: Told) -> None:
        """What happened next."""
        detail, under_way = each.detail, self.state in {StepState.STARTED, StepState.UNDOING}
        self.state = StepState(detail["to"])
        match self.state:
            case StepState.STARTED | StepState.UNDOING:
                self.attempts += 1
                self.resumptions += under_way
                self.started_at = self.started_at or each.at
                self.last_began, self.finished_at = each.at, None
            case StepState.DONE:
                self.finished_at = each.at
                self.values = detail.get("values") or {}
                self.requests = (*self.requests, *map(str, detail.get("requests") or ()))
                self.took = None if self.last_began is None else (each.at - self.last_began).total_seconds()
            case StepState.FAILED:
                self.finished_at = each.at
                failed = Failed(at=each.at, why=str(detail.get("why") or ""), request=detail.get("request"))
                self.failures = (*self.failures, failed)
            case _:
                self.finished_at = each.at


def _steps(migration: Migration, told: Iterable[Told]) -> Iterator[StepTold]:
    fates: dict[tuple[Any, Subject], _Fate] = {
        (each.spec.kind.value, each.spec.subject): _Fate() for each in migration.steps
    }
    for each in told:
        place = each.detail.get("step"), Subject(str(each.detail.get("subject") or ""))
        if each.what == "step" and place in fates:
            fates[place].take(each)
    for step in migration.steps:
        spec = step.spec
        fate = fates[spec.kind.value, spec.subject]
        values = fate.values or {}
        size = int(values["size"]) if spec.kind in _TRAVELLING and values.get("size") is not None else None
        yield StepTold(
            kind=spec.kind,
            subject=spec.subject,
            stage=spec.stage,
            state=fate.state,
            attempts=fate.attempts,
            resumptions=fate.resumptions,
            started_at=fate.started_at,
            finished_at=fate.finished_at,
            # Differences have a place of their own.
            values={name: value for name, value in sorted(values.items()) if name != "differences"},
            requests=fate.requests,
            failures=fate.failures,
            size=size,
            rate=round(size / fate.took) if size and fate.took else None,
        )


def _disks(migration: Migration, steps: Iterable[StepTold]) -> Iterator[DiskTold]:
    hashes: dict[Subject, dict[str, Mapping[str, str]]] = {}
    for each in steps:
        keys = _HASHES.get(each.kind, ())
        if said := {key: str(each.values[key]) for key in keys if each.values.get(key)}:
            hashes.setdefault(each.subject, {})[each.kind.value] = said
    for machine, disk in migration.workload.disks():
        yield DiskTold(
            subject=disk.subject,
            server=machine.name,
            size=disk.size,
            volume=disk.volume,
            hashes=hashes.get(disk.subject, {}),
        )


def _differences(told: Iterable[Told]) -> tuple[Difference, ...] | None:
    """As they were last compared; None where nothing was."""
    found = [
        each.detail.get("values") or {}
        for each in told
        if each.what == "step" and each.detail["step"] == StepKind.COMPARE.value and each.detail["to"] == "done"
    ]
    return from_text(str(found[-1].get("differences") or "[]")) if found else None


def _value(steps: Iterable[StepTold], kind: StepKind, name: str) -> str | None:
    found = next((each for each in steps if each.kind is kind and each.subject == EVERYTHING), None)
    value = None if found is None else found.values.get(name)
    return None if value is None else str(value)


def _answers(told: Iterable[Told], step: StepKind) -> tuple[Answer, ...]:
    """The last answers of that step."""
    found = [each.detail for each in told if each.what == "probes" and each.detail.get("step") == step.value]
    return tuple(
        Answer(
            probe=str(each["probe"]),
            server=each.get("server"),
            address=each.get("address"),
            result=str(each["result"]),
            reason=str(each.get("reason") or ""),
            milliseconds=each.get("milliseconds"),
            at=str(each["at"]),
        )
        for each in (found[-1]["answers"] if found else ())
    )


def _played(told: Iterable[Told]) -> Iterator[Played]:
    for each in told:
        if each.what == "playbook":
            yield Played(
                at=each.at,
                phase=str(each.detail["phase"]),
                playbook=str(each.detail["playbook"]),
                sha256=str(each.detail["sha256"]),
                state=str(each.detail["state"]),
                message=str(each.detail.get("message") or ""),
                results=tuple(each.detail.get("results") or ()),
            )


def _wishes(told: Iterable[Told]) -> Iterator[Wished]:
    for each in told:
        if each.what in {"asked", "signed-off"}:
            asked, comment = str(each.detail.get("asked") or ""), str(each.detail.get("comment") or "")
            yield Wished(at=each.at, actor=each.actor, asked=asked, comment=comment)
