"""What the cloud in memory does with bytes and moves beyond the contract: breaks, fates, and disks that end with their owners."""

import uuid

import pytest

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.errors import CloudUnavailable
from provisioner.migration.collections import IMAGES, MIGRATIONS, PROJECT_SERVERS, SERVERS, SNAPSHOTS, VOLUMES
from tenants.names import CloudName, DomainName

_BREAK = CloudUnavailable("the line is cut")


@pytest.fixture
def cloud() -> MemoryCloud:
    """Whose disks are small."""
    return MemoryCloud(CloudName("city"), Furnishing(gib=1024**2), sleep=lambda _: None)


@pytest.fixture
def project(cloud: MemoryCloud) -> ProjectId:
    """A new one."""
    return cloud.identity.create_project(DomainName("government"), name="a", description="")[0].id


@pytest.fixture
def image(cloud: MemoryCloud, project: ProjectId) -> ItemId:
    """One that waits for its bytes."""
    body = {"id": str(uuid.uuid4()), "name": "i", "disk_format": "raw", "container_format": "bare"}
    return ItemId(cloud.resources.create(IMAGES, project, body).item["id"])


def _seen(cloud: MemoryCloud, project: ProjectId, server: str) -> Item:
    found = cloud.resources.fetch(SERVERS, project, ItemId(server))
    assert found is not None
    return found


@pytest.fixture
def server(cloud: MemoryCloud, project: ProjectId) -> str:
    """One that runs."""
    body = {"name": "web", "flavorRef": "f1", "imageRef": "i1", "networks": "none"}
    made = str(cloud.resources.create(PROJECT_SERVERS, project, body).item["id"])
    _seen(cloud, project, made)
    return made


def test_an_upload_breaks_off_in_its_midst(cloud: MemoryCloud, project: ProjectId, image: ItemId) -> None:
    """The image waits for its bytes again; the next upload is whole."""
    cloud.weather.break_off("image_data.write", _BREAK, after_bytes=5)
    with pytest.raises(CloudUnavailable, match="cut"):
        cloud.image_data.write(image, project, iter([b"abc", b"defg"]), size=7)
    assert (cloud.resources.fetch(IMAGES, project, image) or {})["status"] == "queued"
    cloud.image_data.write(image, project, iter([b"abc", b"defg"]), size=7)
    assert cloud.read_disk(image) == b"abcdefg"


def test_a_download_breaks_off_in_its_midst(cloud: MemoryCloud, project: ProjectId, image: ItemId) -> None:
    """What came until then is good."""
    cloud.image_data.write(image, project, iter([b"abcdefg"]), size=7)
    cloud.weather.break_off("image_data.read", _BREAK, after_bytes=5)
    with cloud.image_data.read(image, project) as pieces:
        assert next(pieces) == b"abcde"
        with pytest.raises(CloudUnavailable, match="cut"):
            next(pieces)


def test_the_answer_to_an_upload_is_lost(cloud: MemoryCloud, project: ProjectId, image: ItemId) -> None:
    """The bytes are there."""
    cloud.weather.fail("image_data.write", _BREAK, after_acting=True)
    with pytest.raises(CloudUnavailable):
        cloud.image_data.write(image, project, iter([b"abc"]), size=3)
    assert cloud.read_disk(image) == b"abc"


def test_a_migration_without_an_end_goes_on(cloud: MemoryCloud, project: ProjectId, server: str) -> None:
    """However often it is looked at."""
    cloud.destine(MIGRATIONS, "web")
    live = Act(below="/action", body={"os-migrateLive": {"host": None, "block_migration": "auto"}})
    cloud.resources.act(SERVERS, project, ItemId(server), live)
    assert {_seen(cloud, project, server)["status"] for _ in range(5)} == {"MIGRATING"}


def test_a_cold_migration_can_end_in_error(cloud: MemoryCloud, project: ProjectId, server: str) -> None:
    """And says why."""
    cloud.destine(MIGRATIONS, "web", {"status": "error"})
    cloud.resources.act(SERVERS, project, ItemId(server), Act(below="/action", body={"migrate": None}))
    assert [_seen(cloud, project, server)["status"] for _ in range(2)] == ["RESIZE", "ERROR"]
    assert _seen(cloud, project, server)["fault"]["message"] == "the migration failed"


def test_an_image_of_a_server_can_end_otherwise(cloud: MemoryCloud, project: ProjectId, server: str) -> None:
    """As it was destined to."""
    cloud.destine(IMAGES, "副本", {"status": "killed"})
    create = Act(below="/action", body={"createImage": {"name": "副本"}})
    image = ItemId(cloud.resources.act(PROJECT_SERVERS, project, ItemId(server), create).item["image_id"])
    statuses = [(cloud.resources.fetch(IMAGES, project, image) or {})["status"] for _ in range(3)]
    assert statuses == ["queued", "killed", "killed"]


def test_bytes_go_with_their_owners(cloud: MemoryCloud, project: ProjectId, server: str) -> None:
    """Nothing is left of servers, snapshots and volumes that are gone."""
    before = cloud.disks() - {server}
    volume = ItemId(cloud.resources.create(VOLUMES, project, {"size": 1}).item["id"])
    cloud.resources.fetch(VOLUMES, project, volume)
    snapshot = ItemId(cloud.resources.create(SNAPSHOTS, project, {"volume_id": volume}).item["id"])
    cloud.resources.fetch(SNAPSHOTS, project, snapshot)
    assert cloud.disks() == before | {server, volume, snapshot}
    for collection, item in ((SNAPSHOTS, snapshot), (VOLUMES, volume), (SERVERS, ItemId(server))):
        cloud.resources.delete(collection, project, item)
        cloud.resources.fetch(collection, project, item)
    assert cloud.disks() == before
