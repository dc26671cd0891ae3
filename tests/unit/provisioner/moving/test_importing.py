"""Disk images that become images of a cloud: whichever call is lost, and whenever the process dies."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.copying.records import CopyCancelled
from provisioner.disk_images.preparing import Workshop
from provisioner.errors import InputError
from provisioner.migration.collections import IMAGES
from provisioner.migration.identifiers import MARK_COMPLETE, Subject
from provisioner.migration.migration import Step, StepState
from provisioner.migration.script import StepKind
from provisioner.moving.deed import Scene, Stopped
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.deeds.images import carrying
from provisioner.moving.deeds.importing import discard_converted
from provisioner.moving.importing import disk_import_of, imported
from provisioner.moving.means import Means, Traffic
from tenants.application import GroupPolicy, InterfaceSpec, ServerGroupSpec, ServerSpec, VolumeSpec
from tenants.landing_zone import IPAddress
from tenants.names import (
    CloudName,
    FlavorName,
    KeyPairName,
    NetworkName,
    ProjectName,
    ServerGroupName,
    ServerName,
    VolumeName,
    ZoneName,
)
from tenants.spec import ProjectSpec
from tenants.wave import DiskImport, Mode, ServerImport, WaveMember
from tests.migrations import Fate, Fated, Journey, Killed, bindings_of, wave_of

_CONTENT = bytes(range(256)) * 32
_PROJECT = ProjectSpec(
    name=ProjectName("a"),
    cloud=CloudName("city"),
    keystone_name="market-a",
    zone=ZoneName("web"),
    description=None,
    purpose="",
    protection_level=2,
)


@dataclass
class Struck:
    """A cloud whose calls meet their fate."""

    cloud: MemoryCloud
    fate: Fate

    @property
    def name(self) -> CloudName:
        """The cloud's."""
        return self.cloud.name

    @property
    def resources(self) -> Any:
        """All of them."""
        return Fated(self.cloud.resources, self.fate)

    @property
    def image_data(self) -> Any:
        """Images' bytes."""
        return Fated(self.cloud.image_data, self.fate)


@dataclass
class Import(Journey):
    """A journey whose steps have means."""

    workshop: Workshop | None = None

    @property
    def scene(self) -> Scene:
        """Where it plays."""
        nothing: Any = None
        means = Means(
            database=nothing,
            traffic=Traffic(database=nothing),
            access=nothing,
            playbooks=nothing,
            workshop=self.workshop,
        )
        return replace(super().scene, means=means)


def _application(describe: Any, **server: Any) -> Any:
    said: dict[str, Any] = {
        "name": ServerName("db"),
        "flavor": FlavorName("tiny"),
        "boot_volume": VolumeName("db-root"),
        "interfaces": (InterfaceSpec(network=NetworkName("应用网"), addresses=(IPAddress("10.30.0.9"),)),),
        "key_pair": KeyPairName("ops"),
        "server_group": ServerGroupName("apart"),
        "metadata": {"duty": "库"},
        **server,
    }
    return describe(
        servers=(ServerSpec(**said),),
        server_groups=(ServerGroupSpec(name=ServerGroupName("apart"), policy=GroupPolicy.AFFINITY),),
        volumes=(
            VolumeSpec(name=VolumeName("db-data"), size=1, server=ServerName("db")),
            VolumeSpec(name=VolumeName("db-root"), size=1, bootable=True),
        ),
    )


def _member(application: Any, *volumes: str) -> WaveMember:
    disks = tuple(DiskImport(volume=VolumeName(each), file=f"{each}.raw") for each in volumes)
    return WaveMember(application=application.name, imports=(ServerImport(server=ServerName("db"), disks=disks),))


@pytest.fixture
def begun(found_estate: Any, describe: Any, tmp_path: Path) -> Any:
    """Makes journeys of one disk, each in a world of its own, whose calls meet a fate."""

    def make(name: str, fate: Fate) -> tuple[Import, Any]:
        estate, application = found_estate(), _application(describe)
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        (folder / "images" / "db-root.raw").write_bytes(_CONTENT)
        member = _member(application, "db-root")
        workload = imported(estate.place, _PROJECT, application, member)
        cloud = Struck(estate.cloud, fate)
        journey = Import(
            workload=workload,
            bindings=bindings_of(workload),
            wave=wave_of(workload, Mode.IMPORT, source=None, members=(member,)),
            deeds=DEEDS,
            source=cloud,
            target=cloud,
            workshop=Workshop(images=folder / "images", scratch=folder / "scratch", largest=1 << 40),
        )
        return journey, estate

    return make


def test_the_workload_is_what_the_manifest_says(found_estate: Any, describe: Any) -> None:
    """The disk that it boots from comes first, whatever the wave names first; its names are those that Tenantry gives."""
    application = _application(describe)
    workload = imported(found_estate().place, _PROJECT, application, _member(application, "db-data", "db-root"))
    assert (workload.display_name, workload.user_data) == (application.display_name, {})
    (machine,) = workload.machines
    assert [(each.name, each.bootable, each.subject) for each in machine.disks] == [
        ("db-root", True, "db#0"),
        ("db-data", False, "db#1"),
    ]
    (interface,) = machine.interfaces
    assert (interface.name, interface.addresses[0].address, interface.security_groups) == (
        "db-应用网",
        "10.30.0.9",
        ("default",),
    )
    assert (machine.key_pair, machine.server_group_policy) == ("market-a-ops", "affinity")
    assert machine.metadata == {"duty": "库", "tenantry:application": "registration"}


def test_a_disk_that_the_wave_does_not_name_comes_from_nowhere(begun: Any) -> None:
    """That is told, and nothing is guessed."""
    journey, _ = begun("one", Fate())
    wave = replace(journey.wave, members=())
    with pytest.raises(InputError, match="does not say what the volume db-root is filled from"):
        disk_import_of(wave, journey.workload, Subject("db#0"))


def _persist(journey: Import, kind: StepKind) -> Step:
    """Take a step, by another process where one dies."""
    for _ in range(4):
        (step,) = (each for each in journey.steps.values() if each.spec.kind is kind)
        if step.state is StepState.DONE:
            break
        with suppress(Killed):
            journey.forward(kind)
    return step


@pytest.mark.parametrize("kills", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_an_upload_arrives_whichever_call_is_lost(begun: Any, *, after: bool, kills: bool) -> None:
    """Once, whole, marked complete only after the proof; and nothing stays in the scratch folder."""
    whole = Fate()
    journey, _ = begun("whole", whole)
    journey.forward(StepKind.CONVERT)
    journey.forward(StepKind.UPLOAD)
    assert len(whole.calls) > 3
    for number in range(len(whole.calls)):
        journey, estate = begun(f"at-{number}", Fate(at=number, after=after, kills=kills))
        _persist(journey, StepKind.CONVERT)
        step = _persist(journey, StepKind.UPLOAD)
        assert step.state is StepState.DONE, (number, step)
        (image,) = estate.cloud.items(IMAGES, estate.place.project_id)
        digest = hashlib.sha256(_CONTENT).hexdigest()
        assert image[MARK_COMPLETE] == step.values["sha256"] == digest
        assert estate.cloud.read_disk(image["id"]) == _CONTENT
        # As the step CLEAN does, for a process that died between the mark and this.
        discard_converted(journey.spot(StepKind.UPLOAD, "db#0"))
        assert list(journey.workshop.scratch.iterdir()) == []


def test_what_is_no_longer_wanted_is_stopped_and_has_not_failed(begun: Any) -> None:
    """While its bytes travel: whoever wanted that gets the step as it stands."""
    journey, _ = begun("stopped", Fate())
    with pytest.raises(Stopped, match="half of it"), carrying(journey.spot(StepKind.UPLOAD, "db#0")):
        raise CopyCancelled("cancelled with half of it sent")


def test_an_import_taken_back_leaves_nothing(begun: Any) -> None:
    """On the cloud and in the scratch folder; the file stays."""
    journey, estate = begun("back", Fate())
    journey.forward(StepKind.CONVERT)
    journey.forward(StepKind.UPLOAD)
    journey.backward(StepKind.UPLOAD)
    journey.backward(StepKind.CONVERT)
    assert estate.cloud.items(IMAGES, estate.place.project_id) == ()
    assert list(journey.workshop.scratch.iterdir()) == []
    assert (journey.workshop.images / "db-root.raw").read_bytes() == _CONTENT


def test_a_disk_that_does_not_fit_is_told_before_it_is_converted(begun: Any) -> None:
    """With the size that the volume needs."""
    journey, _ = begun("large", Fate())
    with (journey.workshop.images / "db-root.raw").open("r+b") as file:
        file.truncate((1 << 30) + 512)
    end = journey.forward(StepKind.CONVERT)
    assert end.failure is not None
    assert "give it 2 GiB" in end.failure.message
    assert not journey.workshop.scratch.exists() or list(journey.workshop.scratch.iterdir()) == []
