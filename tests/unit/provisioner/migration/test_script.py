"""Which steps there are for each mode, in which order, and what they reach."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.migration.bindings import Bindings, BoundInterface
from provisioner.migration.script import PHASES, StepKind, StepSpec, script, uses
from provisioner.migration.states import FOLLOWERS, State
from provisioner.migration.workload import Disk, Interface, Machine, Workload
from tenants.application import ProbeSpec, TcpProbe
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.wave import Mode, PlaybookPhase, PlaybookUse, TargetPlace, Verification, WaveLimits, WaveMember
from tests.migrations import bindings_of, wave_of

_MODES = [Mode.LIVE, Mode.COLD, Mode.CROSS_PROJECT, Mode.CROSS_CLOUD]


def _machine(name: str, *, from_volume: bool) -> Machine:
    root: Any = {"subject": f"{name}#0", "position": 0, "volume": f"{name}-root" if from_volume else None}
    data: Any = {"subject": f"{name}#1", "position": 1, "volume": f"{name}-data"}
    nic: Any = {"subject": f"{name}@0", "port": "p", "name": "", "network_id": "n", "network": "net", "mac": "fa"}
    said: dict[str, Any] = {
        "id": name,
        "name": name,
        "status": "ACTIVE",
        "task": None,
        "host": "compute-1",
        "availability_zone": None,
        "flavor": "small",
        "vcpus": 1,
        "ram": 1,
        "image_id": None,
        "image": None,
        "key_pair": None,
        "server_group": None,
        "config_drive": False,
        "locked": False,
    }
    disks = (Disk(name="", size=1, **root), Disk(name="", size=1, **data))
    return Machine(disks=disks, interfaces=(Interface(**nic),), **said)


_WORKLOAD = Workload(
    cloud=CloudName("city"),
    tenant=TenantName("market"),
    project=ProjectName("a"),
    project_id=ProjectId("pa"),
    application=ApplicationName("registration"),
    machines=(_machine("web", from_volume=False), _machine("db", from_volume=True)),
)


def _steps(
    mode: Mode, workload: Workload = _WORKLOAD, bindings: Bindings | None = None, **changes: Any
) -> list[StepSpec]:
    return list(script(wave_of(workload, mode, **changes), workload, bindings or bindings_of(workload)))


def _kinds(steps: list[StepSpec]) -> list[StepKind]:
    return list(dict.fromkeys(each.kind for each in steps))


@pytest.mark.parametrize("mode", _MODES)
def test_every_script_leads_from_state_to_state_and_closes(mode: Mode) -> None:
    """Each state may follow the one before it, and the last is closed."""
    reached = [State.PLANNED, *dict.fromkeys(each.reaches for each in _steps(mode) if each.reaches)]
    assert reached[-1] is State.CLOSED
    assert all(after in FOLLOWERS[before] for before, after in pairwise(reached))


@pytest.mark.parametrize("mode", _MODES)
def test_nothing_is_touched_before_the_window(mode: Mode) -> None:
    """Before its gate only looks are taken and room is kept."""
    kinds = _kinds(_steps(mode))
    assert set(kinds[: kinds.index(StepKind.GATE_WINDOW)]) == {StepKind.CHECK, StepKind.HOLD}


@pytest.mark.parametrize("mode", [Mode.CROSS_PROJECT, Mode.CROSS_CLOUD])
def test_a_source_goes_last_and_after_somebody_s_word(mode: Mode) -> None:
    """Sign-off, manifest, retention, and then the source."""
    assert _kinds(_steps(mode))[-4:] == [
        StepKind.GATE_SIGN_OFF,
        StepKind.MANIFEST,
        StepKind.GATE_RETENTION,
        StepKind.RETIRE,
    ]


def test_a_cold_move_is_verified_before_it_is_confirmed() -> None:
    """While it can still go back."""
    kinds = _kinds(_steps(Mode.COLD))
    assert kinds.index(StepKind.MOVE_COLD) < kinds.index(StepKind.COMPARE) < kinds.index(StepKind.CONFIRM)


def test_only_what_travels_is_copied() -> None:
    """Between clouds all disks; between projects none: they are handed over."""
    copied = [each.subject for each in _steps(Mode.CROSS_CLOUD) if each.kind is StepKind.COPY]
    assert sorted(copied) == ["db#0", "db#1", "web#0", "web#1"]
    kinds = _kinds(_steps(Mode.CROSS_PROJECT))
    assert StepKind.COPY not in kinds
    assert StepKind.HAND_OVER in kinds


def test_a_proof_is_read_from_disks_where_the_wave_wants_it() -> None:
    """And where it does not, the copy is final with the volume."""
    assert StepKind.PROVE in _kinds(_steps(Mode.CROSS_CLOUD))
    lighter = _steps(Mode.CROSS_CLOUD, verification=Verification.STORED)
    assert StepKind.PROVE not in _kinds(lighter)
    assert next(each.kind for each in lighter if each.reaches is State.FINAL_COPY) is StepKind.DISK


def test_playbooks_run_at_the_phases_that_are_named_and_no_others() -> None:
    """An application's own goes before the wave's."""
    assert not set(PHASES) & set(_kinds(_steps(Mode.CROSS_CLOUD)))
    wave = PlaybookUse(phase=PlaybookPhase.QUIESCE, timeout=60)
    own = PlaybookUse(phase=PlaybookPhase.QUIESCE, timeout=600)
    members = (WaveMember(application=ApplicationName("registration"), playbooks=(own,)),)
    found = wave_of(_WORKLOAD, Mode.CROSS_CLOUD, playbooks=(wave,), members=members)
    assert uses(found, ApplicationName("registration")) == (own,)
    assert uses(found, ApplicationName("other")) == (wave,)
    assert StepKind.PLAY_QUIESCE in _kinds(list(script(found, _WORKLOAD, bindings_of(_WORKLOAD))))


def test_probes_are_asked_where_there_are_any() -> None:
    """Before and after."""
    probe = ProbeSpec(name="p", server="web", tcp=TcpProbe(port=80))  # type: ignore[arg-type]
    kinds = _kinds(_steps(Mode.LIVE, replace(_WORKLOAD, probes=(probe,))))
    assert kinds.index(StepKind.PROBE_BEFORE) < kinds.index(StepKind.MOVE_LIVE) < kinds.index(StepKind.PROBE_AFTER)
    assert StepKind.PROBE_BEFORE not in _kinds(_steps(Mode.LIVE))


def test_an_address_is_freed_where_it_is_taken_over() -> None:
    """And only there."""
    taken = BoundInterface(network_id="n", network="net", takes_over=True)  # type: ignore[arg-type]
    bindings = bindings_of(_WORKLOAD, interfaces={"web@0": taken})
    freed = [
        each.subject for each in _steps(Mode.CROSS_PROJECT, bindings=bindings) if each.kind is StepKind.FREE_ADDRESS
    ]
    assert freed == ["web@0"]
    assert StepKind.FREE_ADDRESS not in _kinds(_steps(Mode.CROSS_PROJECT))


def test_moves_take_places_on_the_hosts_that_they_leave_and_reach() -> None:
    """So many as the wave allows; copies take them on the link."""
    goal = TargetPlace(cloud=CloudName("city"), host="compute-9")  # type: ignore[arg-type]
    limits = WaveLimits(per_source_host=3, per_target_host=5, per_link=7)
    moved = next(each for each in _steps(Mode.LIVE, target=goal, limits=limits) if each.kind is StepKind.MOVE_LIVE)
    assert {each.name: each.limit for each in moved.slots} == {
        "source-host:city/compute-1": 3,
        "target-host:city/compute-9": 5,
    }
    anywhere = next(each for each in _steps(Mode.COLD, limits=limits) if each.kind is StepKind.MOVE_COLD)
    assert {each.name: each.limit for each in anywhere.slots} == {
        "source-host:city/compute-1": 3,
        "target-host:city/*": 5,
    }
    away = TargetPlace(cloud=CloudName("district"), host="compute-9")  # type: ignore[arg-type]
    steps = {each.kind: each.slots for each in _steps(Mode.CROSS_CLOUD, target=away, limits=limits)}
    assert [(each.name, each.limit) for each in steps[StepKind.COPY]] == [("link:city>district", 7)]
    assert [(each.name, each.limit) for each in steps[StepKind.SERVER]] == [("target-host:district/compute-9", 5)]


@pytest.mark.parametrize("mode", _MODES)
def test_positions_count_and_stages_follow_one_another(mode: Mode) -> None:
    """Steps of one stage stand together and are of one kind."""
    steps = _steps(mode)
    assert [each.position for each in steps] == list(range(len(steps)))
    assert [each.stage for each in steps] == sorted(each.stage for each in steps)
    assert all(len({each.kind for each in steps if each.stage == stage}) == 1 for stage in {s.stage for s in steps})
