"""The steps of a migration, in stages: which there are for each mode, and in which order. Pure.

All steps of a stage may be taken side by side; a stage begins when all of the one before it are done. Taken back, they go the
other way round. Whatever a step does, and how it is taken back, is a deed in `provisioner.moving.deeds` under its kind.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import EVERYTHING, Subject
from provisioner.migration.slots import Slot, arriving, leaving, link
from provisioner.migration.states import State
from provisioner.migration.workload import Machine, Workload
from tenants.names import ApplicationName
from tenants.wave import Mode, PlaybookPhase, PlaybookUse, Verification, WaveSpec


class StepKind(StrEnum):
    """What a step does."""

    #: Everything is still as it was planned, and nothing stands against it.
    CHECK = "check"
    #: Room in quotas is kept, copies that are there for a while included.
    HOLD = "hold"
    PLAY_PREFLIGHT = "play-preflight"
    PROBE_BEFORE = "probe-before"
    #: The window is open, and what follows ends within it.
    GATE_WINDOW = "gate-window"
    PLAY_QUIESCE = "play-quiesce"
    STOP = "stop"
    LOCK = "lock"
    #: Within a cloud, running.
    MOVE_LIVE = "move-live"
    #: Within a cloud, to the point where it can still go back.
    MOVE_COLD = "move-cold"
    CONFIRM = "confirm"
    UNLOCK = "unlock"
    SNAPSHOT = "snapshot"
    CLONE = "clone"
    #: The root disk that is no volume, as an image of the source.
    ROOT_IMAGE = "root-image"
    #: A clone, as an image of the source.
    EXPORT = "export"
    #: An image of the source as one of the target, byte for byte.
    COPY = "copy"
    #: A file as raw bytes.
    CONVERT = "convert"
    #: A file's bytes as an image of the target.
    UPLOAD = "upload"
    #: A clone, or image, as the target project's own, in the same cloud.
    HAND_OVER = "hand-over"
    #: A volume of the target, from its image.
    DISK = "disk"
    #: What is on the target's disk is read, and is the source's.
    PROVE = "prove"
    #: The source's port goes, for its address is taken along within one network.
    FREE_ADDRESS = "free-address"
    PORT = "port"
    SERVER_GROUP = "server-group"
    SERVER = "server"
    PLAY_POST_COPY = "play-post-copy"
    PLAY_CUTOVER = "play-cutover"
    #: The target has each property that was to arrive.
    COMPARE = "compare"
    PROBE_AFTER = "probe-after"
    PLAY_VERIFY = "play-verify"
    ACCEPT = "accept"
    #: What only served the migration goes, and the room that was kept is given back.
    CLEAN = "clean"
    GATE_SIGN_OFF = "gate-sign-off"
    #: The manifests in force say where the application is now.
    MANIFEST = "manifest"
    GATE_RETENTION = "gate-retention"
    PLAY_RETIRE = "play-retire"
    #: The source goes.
    RETIRE = "retire"

    @property
    def gate(self) -> bool:
        """Whether it does nothing but wait."""
        return self.value.startswith("gate-")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step as it was planned."""

    #: Its place among all steps of the migration, from 0.
    position: int
    #: Its stage's place, from 0.
    stage: int
    kind: StepKind
    subject: Subject = EVERYTHING
    slots: tuple[Slot, ...] = ()
    #: What the migration has reached when its stage is done; None: no more than before.
    reaches: State | None = None


#: The phases of playbooks, by the steps that run them.
PHASES: Final = {
    StepKind.PLAY_PREFLIGHT: PlaybookPhase.PREFLIGHT,
    StepKind.PLAY_QUIESCE: PlaybookPhase.QUIESCE,
    StepKind.PLAY_POST_COPY: PlaybookPhase.POST_COPY,
    StepKind.PLAY_CUTOVER: PlaybookPhase.CUTOVER,
    StepKind.PLAY_VERIFY: PlaybookPhase.VERIFY,
    StepKind.PLAY_RETIRE: PlaybookPhase.RETIRE,
}
#: Steps after which there is no easy way back: what fails later is left to a person, who may still ask for the way back.
NO_EASY_RETURN = frozenset(
    {StepKind.FREE_ADDRESS, StepKind.CONFIRM, StepKind.ACCEPT, StepKind.MANIFEST, StepKind.RETIRE}
)
#: Steps during which the application stands still at the source.
FIRST_STANDSTILL = frozenset({StepKind.STOP, StepKind.MOVE_COLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    kind: StepKind
    subjects: tuple[Subject, ...] = (EVERYTHING,)
    reaches: State | None = None
    slots: tuple[Slot, ...] = ()


def script(wave: WaveSpec, workload: Workload, bindings: Bindings) -> tuple[StepSpec, ...]:
    """The steps of one migration, in order. Stages of kinds that have nothing to do are left out."""
    played = {each.phase for each in uses(wave, workload.application)}
    stages = [each for each in _stages(wave, workload, bindings) if each.subjects and _is_wanted(each, played)]
    found: list[StepSpec] = []
    for place, stage in enumerate(stages):
        for subject in stage.subjects:
            slots = (*stage.slots, *_host_slots(stage.kind, subject, wave, workload))
            found.append(
                StepSpec(
                    position=len(found),
                    stage=place,
                    kind=stage.kind,
                    subject=subject,
                    slots=slots,
                    reaches=stage.reaches,
                )
            )
    return tuple(found)


def uses(wave: WaveSpec, application: ApplicationName | None) -> tuple[PlaybookUse, ...]:
    """The playbooks that run for an application: its own where it names one for a phase, else the wave's."""
    own = next((each.playbooks for each in wave.members if each.application == application), ())
    chosen = {each.phase: each for each in (*wave.playbooks, *own)}
    return tuple(chosen[phase] for phase in PlaybookPhase if phase in chosen)


def _stages(wave: WaveSpec, workload: Workload, bindings: Bindings) -> Iterator[_Stage]:
    match wave.mode:
        case Mode.LIVE:
            yield from _live(wave, workload)
        case Mode.COLD:
            yield from _cold(wave, workload)
        case Mode.CROSS_PROJECT | Mode.CROSS_CLOUD:
            yield from _across(wave, workload, bindings)
        case Mode.IMPORT:
            yield from _import(wave, workload)


def _is_wanted(stage: _Stage, played: AbstractSet[PlaybookPhase]) -> bool:
    """Playbooks run at the phases that the wave names."""
    phase = PHASES.get(stage.kind)
    return phase is None or phase in played


def _before(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    """Up to where the application is touched for the first time."""
    yield _Stage(kind=StepKind.CHECK)
    yield _Stage(kind=StepKind.HOLD, reaches=State.PRECHECKED)
    if wave.mode is not Mode.IMPORT:
        yield _Stage(kind=StepKind.PLAY_PREFLIGHT)
        yield from _probing(workload, StepKind.PROBE_BEFORE)
    yield _Stage(kind=StepKind.GATE_WINDOW, reaches=State.READY)


def _probing(workload: Workload, kind: StepKind) -> Iterator[_Stage]:
    if workload.probes:
        yield _Stage(kind=kind)


def _live(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    servers = _servers(workload.machines)
    yield from _before(wave, workload)
    yield _Stage(kind=StepKind.LOCK, subjects=servers)
    yield _Stage(kind=StepKind.MOVE_LIVE, subjects=servers, reaches=State.BUILT)
    yield from _verifying(wave, workload)
    yield _Stage(kind=StepKind.UNLOCK, subjects=servers)
    yield _Stage(kind=StepKind.CLEAN, reaches=State.CLOSED)


def _cold(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    servers = _servers(workload.machines)
    yield from _before(wave, workload)
    yield _Stage(kind=StepKind.PLAY_QUIESCE)
    yield _Stage(kind=StepKind.LOCK, subjects=servers, reaches=State.QUIESCED)
    yield _Stage(kind=StepKind.MOVE_COLD, subjects=servers, reaches=State.BUILT)
    yield from _verifying(wave, workload)
    yield _Stage(kind=StepKind.CONFIRM, subjects=servers)
    yield _Stage(kind=StepKind.UNLOCK, subjects=servers)
    yield _Stage(kind=StepKind.CLEAN, reaches=State.CLOSED)


def _across(wave: WaveSpec, workload: Workload, bindings: Bindings) -> Iterator[_Stage]:
    servers = _servers(workload.machines)
    yield from _before(wave, workload)
    yield _Stage(kind=StepKind.PLAY_QUIESCE)
    yield _Stage(kind=StepKind.STOP, subjects=servers)
    yield _Stage(kind=StepKind.LOCK, subjects=servers, reaches=State.QUIESCED)
    yield from _travelling(wave, workload)
    yield from _building(workload, bindings)
    yield _Stage(kind=StepKind.PLAY_POST_COPY)
    yield _Stage(kind=StepKind.PLAY_CUTOVER)
    yield from _verifying(wave, workload)
    yield from _ending(wave)
    yield _Stage(kind=StepKind.PLAY_RETIRE)
    yield _Stage(kind=StepKind.RETIRE, subjects=servers, reaches=State.CLOSED)


def _travelling(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    """The disks, from where they are to where they shall be."""
    volumes = tuple(disk.subject for _, disk in workload.disks() if disk.volume is not None)
    images = tuple(disk.subject for _, disk in workload.disks() if disk.volume is None)
    yield _Stage(kind=StepKind.SNAPSHOT, subjects=volumes)
    yield _Stage(kind=StepKind.ROOT_IMAGE, subjects=images)
    yield _Stage(kind=StepKind.CLONE, subjects=volumes)
    if wave.mode is Mode.CROSS_PROJECT:
        yield _Stage(kind=StepKind.HAND_OVER, subjects=(*volumes, *images), reaches=State.FINAL_COPY)
        return
    yield _Stage(kind=StepKind.EXPORT, subjects=volumes)
    yield _Stage(kind=StepKind.COPY, subjects=(*volumes, *images), slots=_link(wave))
    yield from _disks(wave, volumes)


def _disks(wave: WaveSpec, volumes: tuple[Subject, ...]) -> Iterator[_Stage]:
    prove = wave.verification is Verification.DISK and bool(volumes)
    yield _Stage(kind=StepKind.DISK, subjects=volumes, reaches=None if prove else State.FINAL_COPY)
    if prove:
        yield _Stage(kind=StepKind.PROVE, subjects=volumes, reaches=State.FINAL_COPY)


def _building(workload: Workload, bindings: Bindings) -> Iterator[_Stage]:
    taken_over = tuple(subject for subject, each in bindings.interfaces.items() if each.takes_over)
    yield _Stage(kind=StepKind.FREE_ADDRESS, subjects=taken_over)
    yield _Stage(kind=StepKind.PORT, subjects=tuple(each.subject for _, each in workload.interfaces()))
    if any(machine.server_group for machine in workload.machines):
        yield _Stage(kind=StepKind.SERVER_GROUP)
    yield _Stage(kind=StepKind.SERVER, subjects=_servers(workload.machines), reaches=State.BUILT)


def _verifying(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    stages = [_Stage(kind=StepKind.COMPARE), *_probing(workload, StepKind.PROBE_AFTER)]
    if any(each.phase is PlaybookPhase.VERIFY for each in uses(wave, workload.application)):
        stages.append(_Stage(kind=StepKind.PLAY_VERIFY))
    yield from _reaching(State.VERIFYING, stages)


def _ending(wave: WaveSpec) -> Iterator[_Stage]:
    yield _Stage(kind=StepKind.ACCEPT, reaches=State.ACCEPTED)
    yield _Stage(kind=StepKind.CLEAN)
    yield _Stage(kind=StepKind.GATE_SIGN_OFF)
    if wave.mode is not Mode.IMPORT:
        yield _Stage(kind=StepKind.MANIFEST, reaches=State.RETAINED)
        yield _Stage(kind=StepKind.GATE_RETENTION)


def _import(wave: WaveSpec, workload: Workload) -> Iterator[_Stage]:
    disks = tuple(disk.subject for _, disk in workload.disks())
    yield from _before(wave, workload)
    yield _Stage(kind=StepKind.CONVERT, subjects=disks)
    yield _Stage(kind=StepKind.UPLOAD, subjects=disks)
    yield from _disks(wave, disks)
    yield _Stage(kind=StepKind.PORT, subjects=tuple(each.subject for _, each in workload.interfaces()))
    if any(machine.server_group for machine in workload.machines):
        yield _Stage(kind=StepKind.SERVER_GROUP)
    yield _Stage(kind=StepKind.SERVER, subjects=_servers(workload.machines), reaches=State.BUILT)
    yield _Stage(kind=StepKind.PLAY_POST_COPY)
    yield from _verifying(wave, workload)
    # An import has no source to keep.
    yield from _reaching(State.CLOSED, _ending(wave))


def _reaching(state: State, stages: Iterable[_Stage]) -> Iterator[_Stage]:
    """The stages, with the last of which a state is reached."""
    *all_but_last, last = stages
    yield from all_but_last
    yield replace(last, reaches=state)


def _servers(machines: Iterable[Machine]) -> tuple[Subject, ...]:
    return tuple(each.subject for each in machines)


def _link(wave: WaveSpec) -> tuple[Slot, ...]:
    source = wave.source.cloud if wave.source else wave.target.cloud
    return (Slot(name=link(source, wave.target.cloud), limit=wave.limits.per_link),)


def _host_slots(kind: StepKind, subject: Subject, wave: WaveSpec, workload: Workload) -> Iterator[Slot]:
    """Places on the hosts that a server leaves and arrives on. One that is built anew takes none where Nova chooses its host."""
    moves = kind in {StepKind.MOVE_LIVE, StepKind.MOVE_COLD}
    host = workload.machine(subject).host if moves else None
    if host is not None:
        yield Slot(name=leaving(workload.cloud, host), limit=wave.limits.per_source_host)
    if moves or (kind is StepKind.SERVER and wave.target.host is not None):
        yield Slot(name=arriving(wave.target.cloud, wave.target.host), limit=wave.limits.per_target_host)
