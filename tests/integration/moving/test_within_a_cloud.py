"""Servers of a real Nova change their host, running and stopped, and come back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from provisioner.migration.script import StepKind
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.inspecting import inspect_host
from tenants.wave import HostName, Mode, TargetPlace
from tests.migrations import Journey, OnlyResources, bindings_of, wave_of

_PAIR = {"compute-1": "compute-2", "compute-2": "compute-1"}


def _journey(estate: Any, mode: Mode, *names: str, **changes: Any) -> Journey:
    found = estate.inspect(*names)
    assert found.obstacles == ()
    cloud = OnlyResources(estate.cloud.resources)
    return Journey(
        workload=found.workload,
        bindings=bindings_of(found.workload),
        wave=wave_of(found.workload, mode, **changes),
        deeds=DEEDS,
        source=cloud,
        target=cloud,
        patience=0.5,
    )


def _states(estate: Any, journey: Journey) -> list[tuple[str, str]]:
    seen = [estate.seen(each.id) for each in journey.workload.machines]
    return [(each["status"], each["OS-EXT-SRV-ATTR:host"]) for each in seen]


@pytest.fixture(scope="module")
def pair(estate: Any) -> tuple[str, str]:
    """A server on an image, with a volume beside; and one that boots from a volume."""
    return estate.server("登记-web", data=1, metadata={"role": "web"}, tags=["登记"]), estate.server(
        "db", from_volume=True
    )


def test_servers_move_live_and_back(estate: Any, pair: tuple[str, str]) -> None:
    """Each on its other host, running all the time; on the way back where it was, and nobody's lock on it."""
    journey = _journey(estate, Mode.LIVE, "登记-web", "db")
    before = _states(estate, journey)
    assert journey.forward(StepKind.LOCK).failure is None
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert _states(estate, journey) == [("ACTIVE", _PAIR[host]) for _, host in before]
    assert journey.values(StepKind.MOVE_LIVE, "db")["migration"]
    assert journey.forward(StepKind.COMPARE).failure is None
    assert journey.backward(StepKind.MOVE_LIVE).failure is None
    assert journey.backward(StepKind.LOCK).failure is None
    assert _states(estate, journey) == before
    assert [estate.seen(each)["locked"] for each in pair] == [False, False]


def test_servers_move_cold_back_and_for_good(estate: Any, pair: tuple[str, str]) -> None:
    """They wait on their new hosts; go back from there; and move again, where they are confirmed."""
    journey = _journey(estate, Mode.COLD, "登记-web", "db")
    before = _states(estate, journey)
    moved = [("VERIFY_RESIZE", _PAIR[host]) for _, host in before]
    assert journey.forward(StepKind.MOVE_COLD).failure is None
    assert _states(estate, journey) == moved
    assert journey.backward(StepKind.MOVE_COLD).failure is None
    assert _states(estate, journey) == before
    assert journey.forward(StepKind.MOVE_COLD).failure is None
    assert _states(estate, journey) == moved
    assert journey.forward(StepKind.COMPARE).failure is None
    assert journey.forward(StepKind.CONFIRM).failure is None
    assert _states(estate, journey) == [("ACTIVE", host) for _, host in moved]


@pytest.mark.usefixtures("pair")
def test_a_move_that_nova_cannot_make_is_explained(estate: Any) -> None:
    """The words are Nova's, with the id of the request; the server stays where it was."""
    nowhere = TargetPlace(cloud=estate.place.cloud, host=HostName("compute-3"))
    for mode, kind in ((Mode.LIVE, StepKind.MOVE_LIVE), (Mode.COLD, StepKind.MOVE_COLD)):
        journey = _journey(estate, mode, "db", target=nowhere)
        before = _states(estate, journey)
        failure = journey.forward(kind).failure
        assert failure is not None
        assert "no host of its availability zone has room for it (Nova: " in failure.message
        assert "req-" in failure.message
        assert _states(estate, journey) == before


def test_a_stopped_server_is_started_on_the_way_back(estate: Any, pair: tuple[str, str]) -> None:
    """Under an administrator's lock, too; one that stood still before is left so."""
    journey = _journey(estate, Mode.CROSS_PROJECT, "db")
    assert journey.forward(StepKind.STOP).failure is None
    assert journey.forward(StepKind.LOCK).failure is None
    assert [state for state, _ in _states(estate, journey)] == ["SHUTOFF"]
    stopped = _journey(estate, Mode.CROSS_PROJECT, "db")
    assert stopped.backward(StepKind.STOP).failure is None
    assert [state for state, _ in _states(estate, journey)] == ["SHUTOFF"]
    assert journey.backward(StepKind.STOP).failure is None
    assert [state for state, _ in _states(estate, journey)] == ["ACTIVE"]
    assert journey.backward(StepKind.LOCK).failure is None
    assert estate.seen(pair[1])["locked"] is False


def test_a_host_has_a_workload_for_each_of_its_servers(estate: Any, pair: tuple[str, str]) -> None:
    """With the project of each, where manifests know it; disks, interfaces and metadata as they are."""
    workload = estate.inspect("登记-web", "db").workload
    for machine in workload.machines:
        places = {estate.place.project_id: estate.place}
        found = inspect_host(estate.cloud.resources, estate.place.cloud, HostName(str(machine.host)), places)
        (mine,) = [each.workload for each in found if each.workload.machines[0].id == machine.id]
        assert mine == replace(workload, application=None, display_name="", machines=(machine,))
    web, db = workload.machines
    assert (web.image, web.metadata, web.tags) == ("guest", {"role": "web"}, ("登记",))
    assert [(disk.position, disk.name, disk.bootable) for disk in web.disks] == [
        (0, "", True),
        (1, "登记-web-data-0", False),
    ]
    assert [(disk.name, disk.bootable, disk.metadata) for disk in db.disks] == [("db-root", True, {"owner": "market"})]
    assert [each.security_groups for each in web.interfaces] == [("web",)]


@pytest.fixture
def endless(devcloud: Devcloud) -> Iterator[None]:
    """The next live migration does not end by itself."""
    devcloud.hinder("city", "live-migration", seconds=3600)
    yield
    devcloud.clear()


@pytest.mark.usefixtures("pair", "endless")
def test_a_live_migration_under_way_is_given_up_on_the_way_back(estate: Any) -> None:
    """It is aborted, and the server stays where it was."""
    journey = _journey(estate, Mode.LIVE, "db")
    before = _states(estate, journey)
    journey.deed(StepKind.MOVE_LIVE).begin(journey.spot(StepKind.MOVE_LIVE, "db"))
    assert journey.backward(StepKind.MOVE_LIVE).failure is None
    assert _states(estate, journey) == before


@pytest.mark.usefixtures("pair", "endless")
def test_a_live_migration_that_does_not_end_is_completed_when_asked(estate: Any) -> None:
    """Where the wave allows the guest to be paused for it."""
    journey = _journey(estate, Mode.LIVE, "db", may_pause=True)
    ((_, host),) = _states(estate, journey)
    journey.forcing = True
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert _states(estate, journey) == [("ACTIVE", _PAIR[host])]
    assert journey.told


@pytest.mark.usefixtures("pair")
def test_a_live_migration_that_fails_half_way_leaves_the_server_running(estate: Any, devcloud: Devcloud) -> None:
    """Where it was; and another attempt is a new one."""
    devcloud.hinder("city", "live-migration", fails=True)
    journey = _journey(estate, Mode.LIVE, "db")
    before = _states(estate, journey)
    failure = journey.forward(StepKind.MOVE_LIVE).failure
    assert failure is not None
    assert failure.message.startswith("the server db was not moved: ")
    assert _states(estate, journey) == before
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
