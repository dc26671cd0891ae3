"""A disk image becomes a server's disk on a real OpenStack: Glance, Cinder and Nova, by the steps of a migration."""

import hashlib
import secrets
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from devcloud.disks import volume_file
from devcloud.fixture import Devcloud
from provisioner.disk_images.preparing import Workshop
from provisioner.migration.collections import SERVERS
from provisioner.migration.differences import from_text
from provisioner.migration.mapping import networks_of, resolve
from provisioner.migration.script import StepKind
from provisioner.moving.deed import Scene
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.importing import imported, sized
from provisioner.moving.means import Means, Traffic
from provisioner.moving.viewing import view
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.store.database import Database
from tenants.application import ApplicationSpec, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.names import (
    ApplicationName,
    FlavorName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerName,
    VolumeName,
    ZoneName,
)
from tenants.spec import ProjectSpec
from tenants.wave import DiskFormat, DiskImport, Mode, ServerImport, WaveMember
from tests.migrations import Journey, wave_of

#: Neither a whole number of chunks nor of GiB.
_DISK = 9 * 1024 * 1024 + 512
_STEPS = (
    *(StepKind.CONVERT, StepKind.UPLOAD, StepKind.DISK, StepKind.PROVE, StepKind.PORT, StepKind.SERVER),
    *(StepKind.COMPARE,),
)


@dataclass
class Import(Journey):
    """A journey whose steps have means."""

    means: Means | None = None

    @property
    def scene(self) -> Scene:
        """Where it plays."""
        assert self.means
        return replace(super().scene, means=self.means)


@pytest.fixture
def means(database: Database, tmp_path: Path) -> Means:
    """A folder of disk images, and one to work in."""
    (tmp_path / "images").mkdir()
    return Means(
        database=database,
        traffic=Traffic(database=database),
        access=SshAccess(key_file=None, known_hosts=tmp_path / "known_hosts"),
        playbooks=Folders(),
        workshop=Workshop(images=tmp_path / "images", scratch=tmp_path / "scratch", largest=1 << 40),
    )


@pytest.fixture
def content(tmp_path: Path, means: Means) -> bytes:
    """What a qcow2 file in the folder holds."""
    content = secrets.token_bytes(_DISK)
    assert means.workshop
    assert means.workshop.images
    (tmp_path / "disk.raw").write_bytes(content)
    made = means.workshop.images / "old.qcow2"
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", tmp_path / "disk.raw", made], check=True)
    return content


def _application(estate: Any) -> ApplicationSpec:
    interface = InterfaceSpec(network=NetworkName("应用网"), security_groups=(SecurityGroupName("web"),))
    server = ServerSpec(
        name=ServerName("旧系统"),
        flavor=FlavorName("tiny"),
        boot_volume=VolumeName("旧系统-root"),
        interfaces=(interface,),
        metadata={"duty": "登记"},
    )
    return ApplicationSpec(
        name=ApplicationName("registration"),
        display_name="登记",
        owner=estate.place.tenant,
        project=estate.place.project,
        protection_level=2,
        servers=(server,),
        volumes=(VolumeSpec(name=VolumeName("旧系统-root"), size=1, bootable=True),),
    )


def _journey(estate: Any, means: Means) -> Import:
    application, place = _application(estate), estate.place
    disk = DiskImport(volume=VolumeName("旧系统-root"), file="old.qcow2", format=DiskFormat.QCOW2)
    member = WaveMember(
        application=application.name, imports=(ServerImport(server=ServerName("旧系统"), disks=(disk,)),)
    )
    project = ProjectSpec(
        name=ProjectName("a"),
        cloud=place.cloud,
        keystone_name=str(place.tenant),
        zone=ZoneName("web"),
        description=None,
        purpose="",
        protection_level=2,
    )
    workload = imported(place, project, application, member)
    wave = wave_of(workload, Mode.IMPORT, source=None, members=(member,), probes=False)
    seen = view(estate.cloud, place, project, networks_of(wave, workload))
    workload = sized(workload, seen, wave.mappings)
    bindings = resolve(wave, workload, seen)
    assert not isinstance(bindings, tuple), bindings
    return Import(
        workload=workload,
        bindings=bindings,
        wave=wave,
        deeds=DEEDS,
        source=estate.cloud,
        target=estate.cloud,
        patience=1.0,
        means=means,
    )


def test_a_server_boots_from_a_disk_image(devcloud: Devcloud, estate: Any, means: Means, content: bytes) -> None:
    """Its volume holds what the file holds, byte for byte, and nothing of the server is other than its manifest says."""
    journey = _journey(estate, means)
    for kind in _STEPS:
        end = journey.forward(kind)
        assert end.failure is None, (kind, end.failure)
    volume = str(journey.values(StepKind.DISK, "旧系统#0")["id"])
    with volume_file(devcloud, "city", volume).open("rb") as file:
        assert hashlib.sha256(file.read(_DISK)).digest() == hashlib.sha256(content).digest()
    server = estate.seen(str(journey.values(StepKind.SERVER, "旧系统")["id"]))
    assert (server["status"], server["metadata"]["duty"]) == ("ACTIVE", "登记")
    assert [each["id"] for each in server["os-extended-volumes:volumes_attached"]] == [volume]
    journey.backward(StepKind.SERVER)
    journey.backward(StepKind.PORT)
    journey.backward(StepKind.DISK)
    journey.backward(StepKind.UPLOAD)
    assert estate.cloud.resources.named(SERVERS, estate.place.project_id, "旧系统") == ()
    assert journey.told, "how far it is was told"
    assert from_text(str(journey.values(StepKind.COMPARE, "")["differences"])) is not None
