"""Servers built from disk images, from their manifests on: converted, uploaded, proven, booted, and nothing left behind."""

import base64
import hashlib
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bootstrap import Tenantry
from api.settings import Settings
from provisioner.disk_images.scratch import place_of
from provisioner.engine import Engine, EngineSettings
from provisioner.migration.collections import IMAGES, SERVERS, VOLUMES
from provisioner.migration.identifiers import Subject
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.tidying import Tidying
from provisioner.routine import EVERYTHING
from provisioner.store.database import Database
from tests.integration.moving.city import TENANT, Town

#: As large as the memory cloud's volume of 1 GiB at most.
_DISK = 12 * 1024
APPLICATION = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: archive, displayName: 档案}
spec:
  owner: market
  project: a
  servers:
    - name: archive
      flavor: tiny
      bootVolume: archive-root
      networks: [{network: app, securityGroups: [web]}]
      metadata: {duty: 档案}
      serverGroup: apart
  serverGroups: [{name: apart, policy: anti-affinity}]
  volumes:
    - {name: archive-root, size: 1GiB, bootable: true}
    - {name: archive-data, size: 1GiB, type: ssd, server: archive}
"""
WAVE = """\
apiVersion: tenantry/v1
kind: Wave
metadata: {{name: arrival, displayName: 镜像导入}}
spec:
  owner: market
  mode: import
  target: {{cloud: city}}
  applications:
    - name: archive
      imports:
        - server: archive
          disks: [{{volume: archive-data, {data}}}, {{volume: archive-root, file: market/root.qcow2, format: qcow2}}]
  probes: false
  verification: {verification}
"""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """A city with a project that is ready for servers."""
    settings = EngineSettings(concurrency=4, polling=0.02, heartbeat=0.3, patience=20)
    with Engine(database, settings=settings) as engine:
        town = Town(database, engine, tmp_path)
        town.apply(TENANT)
        yield town


@pytest.fixture
def root(town: Town) -> bytes:
    """A disk of random bytes, as a qcow2 file in the operators' folder."""
    content = secrets.token_bytes(_DISK)
    folder = town.images / "market"
    folder.mkdir()
    (town.folder / "root.raw").write_bytes(content)
    command = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", town.folder / "root.raw", folder / "root.qcow2"]
    subprocess.run(command, check=True)
    return content


def test_a_server_boots_from_what_was_converted(town: Town, root: bytes) -> None:
    """Its volumes hold what the files hold, it is as its manifest says, and a plan has nothing to do afterwards."""
    data = secrets.token_bytes(_DISK)
    (town.images / "data.raw").write_bytes(data)
    said = f"file: data.raw, sha256: {hashlib.sha256(data).hexdigest()}"
    town.apply(TENANT, APPLICATION, WAVE.format(data=said, verification="disk"))
    migration = town.start("arrival")
    found = town.rests(migration, State.ACCEPTED)
    assert found.values(StepKind.CONVERT, Subject("archive#0"))["sha256"] == hashlib.sha256(root).hexdigest()
    assert found.values(StepKind.UPLOAD, Subject("archive#0"))["sha256"] == hashlib.sha256(root).hexdigest()
    cloud, project = town.clouds["city"], town.project("a", "city")
    (server,) = cloud.items(SERVERS, project)
    assert (server["status"], server["metadata"]["duty"]) == ("ACTIVE", "档案")
    held = {each["name"]: cloud.read_disk(str(each["id"]), length=_DISK) for each in cloud.items(VOLUMES, project)}
    assert held == {"archive-root": root, "archive-data": data}
    assert cloud.items(IMAGES, project) == ()
    assert list((town.folder / "scratch").iterdir()) == []
    town.sign_off(migration)
    town.rests(migration, State.CLOSED)
    plan = town.plan()
    assert (tuple(plan.actions), tuple(plan.refusals)) == ((), ())


def test_a_server_from_a_disk_image_gets_the_user_data_of_its_manifest(town: Town, root: bytes) -> None:
    """It starts for the first time in this cloud; what is in force later is for servers that are made later."""
    assert root
    town.attached["files/archive.sh"] = "#!/bin/sh\necho 档案\n"
    named = APPLICATION.replace("flavor: tiny\n", "flavor: tiny\n      userData: files/archive.sh\n")
    town.apply(TENANT, named, WAVE.format(data="image: guest", verification="read-back"))
    town.rests(town.start("arrival"), State.ACCEPTED)
    (server,) = town.clouds["city"].items(SERVERS, town.project("a", "city"))
    assert base64.b64decode(server["OS-EXT-SRV-ATTR:user_data"]).decode() == town.attached["files/archive.sh"]


def test_an_image_that_the_cloud_has_is_read_and_kept(town: Town, root: bytes) -> None:
    """Its bytes are on the volume, and the image stays as it was."""
    town.apply(TENANT, APPLICATION, WAVE.format(data="image: guest", verification="read-back"))
    guest = town.clouds["city"].read_disk("i1")
    found = town.rests(town.start("arrival"), State.ACCEPTED)
    assert found.values(StepKind.UPLOAD, Subject("archive#1"))["sha256"] == hashlib.sha256(guest).hexdigest()
    cloud, project = town.clouds["city"], town.project("a", "city")
    held = {each["name"]: cloud.read_disk(str(each["id"])) for each in cloud.items(VOLUMES, project)}
    assert held["archive-root"][:_DISK] == root
    assert held["archive-data"][: len(guest)] == guest


def test_a_file_that_is_another_than_said_is_not_imported(town: Town, root: bytes) -> None:
    """Nothing is left of it, on the cloud and in the scratch folder; what the wave is to import is still left alone."""
    (town.images / "data.raw").write_bytes(root)
    said = f"file: data.raw, sha256: {hashlib.sha256(b'another').hexdigest()}"
    town.apply(TENANT, APPLICATION, WAVE.format(data=said, verification="disk"))
    found = town.rests(town.start("arrival"), State.ROLLED_BACK)
    assert found.failure is not None
    assert "its SHA-256 is" in found.failure.message
    cloud, project = town.clouds["city"], town.project("a", "city")
    assert [cloud.items(each, project) for each in (IMAGES, VOLUMES, SERVERS)] == [(), (), ()]
    assert list((town.folder / "scratch").iterdir()) == []
    plan = town.plan()
    assert (tuple(plan.actions), tuple(plan.refusals)) == ((), ())
    assert town.look("city").drifts == ()


def test_what_no_import_needs_any_more_goes_from_the_scratch_folder(town: Town, root: bytes) -> None:
    """What one is still to upload stays, and goes once that is done, though nobody has signed off."""
    town.apply(TENANT, APPLICATION, WAVE.format(data="image: guest", verification="stored"))
    migration, scratch = town.start("arrival"), town.folder / "scratch"
    wanted, other = (place_of(scratch, f"market/{each}.qcow2") for each in ("root", "other"))
    wanted.part.touch()
    other.part.touch()
    tidying = Tidying(database=town.database, scratch=scratch)
    tidying.tidy()
    assert list(scratch.iterdir()) == [wanted.part]
    town.rests(migration, State.ACCEPTED)
    wanted.part.touch()
    tidying.tidy()
    assert list(scratch.iterdir()) == []


def test_every_worker_does_so_on_its_machine(database_url: str, tmp_path: Path) -> None:
    """As work that comes again, beside handing out what may go on."""
    settings = Settings.model_validate({"database_url": database_url, "scratch": tmp_path / "scratch"})
    left = place_of(tmp_path / "scratch", "market/root.qcow2").raw
    left.touch()
    with Tenantry(settings) as tenantry:
        rota = tenantry.conducting(tenantry.execution().engine)
        (routine,) = (each for each in rota.routines if each.task.startswith("scratch:"))
        routine.run(EVERYTHING)
    assert not left.exists()
    assert routine.task.endswith(str(tmp_path / "scratch"))
