"""What every cloud does alike with what migrations ask of it: servers that move, disks that are frozen, images with bytes."""

import contextlib
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from provisioner.clouds.collections import Act, Answered, Collection, Item, ItemId, Read
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId, Receipt
from provisioner.errors import CloudConflict, CloudError, CloudRefused
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import (
    COMPUTE_SERVICES,
    HYPERVISORS,
    IMAGES,
    INSTANCE_ACTIONS,
    MARK,
    MIGRATIONS,
    PORTS,
    PROJECT_SERVERS,
    SERVER_MIGRATIONS,
    SERVERS,
    SNAPSHOTS,
    VOLUME_ATTACHMENTS,
    VOLUME_TRANSFERS,
    VOLUMES,
)
from provisioner.moving.removing import remove
from tenants.names import RoleName
from tenants.resources import Limit, Resource
from tenants.spec import PrincipalKind

pytestmark = pytest.mark.timeout(180)

_HOST = "OS-EXT-SRV-ATTR:host"
_TASK = "OS-EXT-STS:task_state"
_LOOKS = 600
#: How a migration of Nova's rests.
_ENDS = frozenset({"completed", "cancelled", "failed", "error", "finished", "confirmed", "reverted"})
_DATA = "政务数据".encode() * 100
#: What is as good as gone.
_GONE: Mapping[str, Any] = {"status": "gone"}


class Yard:
    """A project in which servers and disks are made, moved, and cleared away at the end."""

    def __init__(self, bench: Any, project: ProjectId) -> None:
        self.bench = bench
        self.resources = bench.cloud.resources
        self.data = bench.cloud.image_data
        self.project = project
        self._made: list[tuple[Collection, ItemId]] = []

    def grant(self, project: ProjectId) -> None:
        """A role for Tenantry in a project."""
        roles = self.bench.cloud.identity.directory(self.bench.domain, users=False).roles
        user = PrincipalId(self.bench.cloud.own_user())
        role = roles[RoleName("admin")]
        self.bench.cloud.identity.grant(
            Assignment(project_id=project, kind=PrincipalKind.USER, principal_id=user, role_id=role)
        )

    def make(self, collection: Collection, **body: Any) -> Item:
        """An item, to be cleared away; what comes of it is not waited for."""
        owner = {"project_id": self.project} if collection.neutron else {}
        made: Item = self.resources.create(collection, self.project, {**body, **owner}).item
        self.keep(collection, made["id"])
        return made

    def keep(self, collection: Collection, item: str) -> None:
        """Clear it away in the end."""
        self._made.append((collection, ItemId(item)))

    def see(self, collection: Collection, item: str, *, parent: str = "") -> Item:
        """The item as it is; as gone where it is not there."""
        found: Item | None = self.resources.fetch(collection, self.project, ItemId(item), parent=parent)
        return _GONE if found is None else found

    def until(self, collection: Collection, item: str, **wanted: Any) -> Item:
        """The item once it is as wanted."""
        for _ in range(_LOOKS):
            found = self.see(collection, item)
            if all(found.get(key) == value for key, value in wanted.items()):
                return found
            time.sleep(0.02 if self.bench.gib < 1024**3 else 0.1)
        raise AssertionError(found)

    def act(self, collection: Collection, item: str, /, below: str = "/action", **body: Any) -> Answered:
        """Do something with an item."""
        answered: Answered = self.resources.act(
            collection, self.project, ItemId(item), Act(below=below, body=body or None)
        )
        return answered

    def volume(self, **body: Any) -> Item:
        """One that is there."""
        made = self.make(VOLUMES, **{"size": 1, "name": "数据盘", **body})
        return self.until(VOLUMES, made["id"], status="available")

    def snapshot(self, volume: str, **body: Any) -> Item:
        """One that is there."""
        made = self.make(SNAPSHOTS, volume_id=volume, name="冻结", **body)
        return self.until(SNAPSHOTS, made["id"], status="available")

    def uploaded(self, volume: str) -> Item:
        """The image that a volume is uploaded to, with its bytes."""
        said = {"image_name": "副本", "disk_format": "raw", "container_format": "bare"}
        answer = self.act(VOLUMES, volume, **{"os-volume_upload_image": said}).item["os-volume_upload_image"]
        self.keep(IMAGES, answer["image_id"])
        self.until(VOLUMES, volume, status="available")
        return self.until(IMAGES, answer["image_id"], status="active")

    def bytes_of(self, image: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """What an image holds."""
        with self.data.read(ItemId(image), self.project, offset=offset, length=length) as pieces:
            return b"".join(pieces)

    def server(self, **body: Any) -> Item:
        """One of the image, without networks, that runs in the zone of two hosts."""
        offers = self.bench.cloud.offers()
        flavor = next(each.id for each in offers.flavors if each.name == "tiny")
        image = next(each.id for each in offers.images if each.name == "guest")
        usual = {"name": "窗口-1", "flavorRef": flavor, "imageRef": image, "networks": "none"}
        made = self.make(PROJECT_SERVERS, **{**usual, "availability_zone": "internet", **body})
        return self.until(SERVERS, made["id"], status="ACTIVE", **{_TASK: None})

    def elsewhere(self, server: Item) -> str:
        """The zone's other host."""
        hosts = self.resources.everything(COMPUTE_SERVICES, {"binary": "nova-compute"}).items
        return next(str(each["host"]) for each in hosts if each["zone"] == "internet" and each["host"] != server[_HOST])

    def records(self, server: str) -> list[tuple[str, str]]:
        """The types and statuses of a server's migrations, the newest first; Nova notes an end a moment after the server shows it."""
        for _ in range(_LOOKS):
            listing = self.resources.everything(MIGRATIONS, {"instance_uuid": server})
            found = [(each["migration_type"], each["status"]) for each in listing.items]
            if all(status in _ENDS for _, status in found):
                break
            time.sleep(0.1)
        return found

    def under_way(self, server: str) -> Item:
        """A server's live migration, once it runs."""
        for _ in range(_LOOKS):
            read = Read(collection=SERVER_MIGRATIONS, parents=frozenset({server}))
            listed = self.resources.list(read, [self.project])[self.project]
            if listed and listed[0]["status"] == "running" and listed[0].get("memory_total_bytes"):
                found: Item = listed[0]
                return found
            time.sleep(0.05)
        raise AssertionError(listed)

    def clear(self) -> None:
        """Leave nothing behind."""
        for collection, item in reversed(self._made):
            self.resources.delete(collection, self.project, item)
            self.until(collection, item, **_GONE)


@pytest.fixture
def yard(bench: Any, project: ProjectId) -> Iterator[Yard]:
    """A new project, in which Tenantry has a role of its own."""
    yard = Yard(bench, project)
    yard.grant(project)
    yield yard
    yard.clear()


@pytest.fixture
def server(yard: Yard) -> Item:
    """A server that runs."""
    return yard.server()


@pytest.fixture
def volume(yard: Yard) -> Item:
    """A volume with data at its beginning and in its midst."""
    made = yard.volume()
    for offset in (0, yard.bench.gib // 2):
        yard.bench.write_disk(made["id"], _DATA, offset=offset)
    return made


# Servers


def test_a_server_goes_for_good(yard: Yard, server: Item) -> None:
    """Past any bin; and is not there afterwards."""
    identity = ItemId(server["id"])
    yard.resources.act(SERVERS, yard.project, identity, Act(below="/action", body={"forceDelete": None}))
    yard.until(SERVERS, server["id"], **_GONE)
    assert remove(yard.resources, SERVERS, yard.project, identity) == Receipt()


def test_a_lock_says_why(yard: Yard, server: Item) -> None:
    """Until it is taken off."""
    assert (server["locked"], server["locked_reason"]) == (False, None)
    yard.act(SERVERS, server["id"], lock={"locked_reason": "tenantry 7"})
    locked = yard.see(SERVERS, server["id"])
    yard.resources.act(SERVERS, yard.project, ItemId(server["id"]), Act(below="/action", body={"unlock": None}))
    unlocked = yard.see(SERVERS, server["id"])
    assert [(each["locked"], each["locked_reason"]) for each in (locked, unlocked)] == [
        (True, "tenantry 7"),
        (False, None),
    ]


def test_a_tag_finds_its_servers(yard: Yard, server: Item) -> None:
    """Whether it was made with it or was given it."""
    mark, path = f"{MARK}-{uuid.uuid4().hex[:8]}", f"/tags/{MARK}-later"
    tagged = yard.server(tags=[mark])
    assert [each["id"] for each in yard.resources.everything(SERVERS, {"tags": mark}).items] == [tagged["id"]]
    yard.resources.act(SERVERS, yard.project, ItemId(server["id"]), Act(below=path, method="PUT"))
    assert (tagged["tags"], yard.see(SERVERS, server["id"])["tags"]) == ([mark], [f"{MARK}-later"])


def test_a_server_stops_and_starts(yard: Yard, server: Item) -> None:
    """Each takes a while; what runs is not started."""
    act: Callable[[str], Answered] = lambda name: yard.resources.act(  # noqa: E731 - bodies of None
        SERVERS, yard.project, ItemId(server["id"]), Act(below="/action", body={name: None})
    )
    act("os-stop")
    yard.until(SERVERS, server["id"], status="SHUTOFF", **{_TASK: None})
    act("os-start")
    yard.until(SERVERS, server["id"], status="ACTIVE", **{_TASK: None})
    with pytest.raises(CloudConflict, match="start"):
        act("os-start")


def test_a_request_is_found_among_what_was_done(yard: Yard, server: Item) -> None:
    """By the id that its answer has."""
    answered = yard.act(SERVERS, server["id"], lock={"locked_reason": "x"})
    done = yard.see(INSTANCE_ACTIONS, answered.receipt.request_ids[0], parent=server["id"])
    assert (done["action"], done["instance_uuid"]) == ("lock", server["id"])


def test_a_server_in_error_is_deleted(yard: Yard, server: Item) -> None:
    """As any other."""
    yard.act(SERVERS, server["id"], **{"os-resetState": {"state": "error"}})
    yard.until(SERVERS, server["id"], status="ERROR")
    yard.resources.delete(SERVERS, yard.project, ItemId(server["id"]))
    yard.until(SERVERS, server["id"], **_GONE)


def test_a_server_is_given_a_volume_and_gives_it_back(yard: Yard, server: Item, volume: Item) -> None:
    """By the volume's id."""
    body = {"volumeId": volume["id"], "delete_on_termination": False}
    made = yard.resources.create(VOLUME_ATTACHMENTS, yard.project, body, parent=server["id"]).item
    assert made["volumeId"] == volume["id"]
    yard.until(VOLUMES, volume["id"], status="in-use")
    read = Read(collection=VOLUME_ATTACHMENTS, parents=frozenset({server["id"]}))
    listed = yard.resources.list(read, [yard.project])[yard.project]
    assert [(each["volumeId"], each["delete_on_termination"]) for each in listed] == [(volume["id"], False)]
    yard.resources.delete(VOLUME_ATTACHMENTS, yard.project, ItemId(volume["id"]), parent=server["id"])
    yard.until(VOLUMES, volume["id"], status="available")


# Moves


def test_a_live_migration_leads_to_the_host_that_is_named(yard: Yard, server: Item) -> None:
    """And leaves a record."""
    there = yard.elsewhere(server)
    yard.act(SERVERS, server["id"], **{"os-migrateLive": {"host": there, "block_migration": "auto"}})
    yard.until(SERVERS, server["id"], status="ACTIVE", **{_HOST: there, _TASK: None})
    assert yard.records(server["id"]) == [("live-migration", "completed")]
    assert [each["id"] for each in yard.resources.everything(SERVERS, {"host": there}).items].count(server["id"]) == 1


@pytest.mark.parametrize("how", ["aborted", "forced"])
def test_a_live_migration_under_way_is_ended(yard: Yard, server: Item, how: str) -> None:
    """Where it was, or where it was going."""
    yard.bench.hold_up(server["name"])
    there = yard.elsewhere(server)
    yard.act(SERVERS, server["id"], **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
    migration = yard.under_way(server["id"])
    assert migration["memory_remaining_bytes"] <= migration["memory_total_bytes"]
    number = ItemId(str(migration["id"]))
    if how == "aborted":
        yard.resources.delete(SERVER_MIGRATIONS, yard.project, number, parent=server["id"])
    else:
        force = Act(below=f"/migrations/{number}/action", body={"force_complete": None})
        yard.resources.act(SERVERS, yard.project, ItemId(server["id"]), force)
    expected = {"aborted": (server[_HOST], "cancelled"), "forced": (there, "completed")}[how]
    yard.until(SERVERS, server["id"], status="ACTIVE", **{_HOST: expected[0], _TASK: None})
    assert yard.records(server["id"]) == [("live-migration", expected[1])]
    assert yard.see(SERVER_MIGRATIONS, number, parent=server["id"]) == _GONE


def test_a_live_migration_that_fails_leaves_the_server(yard: Yard, server: Item) -> None:
    """Running where it was."""
    yard.bench.spoil(server["name"])
    yard.act(SERVERS, server["id"], **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
    there = yard.until(SERVERS, server["id"], status="ACTIVE", **{_TASK: None})
    assert (there[_HOST], yard.records(server["id"])) == (server[_HOST], [("live-migration", "failed")])


@pytest.mark.parametrize("answer", ["confirmResize", "revertResize"])
def test_a_cold_migration_waits_for_an_answer(yard: Yard, server: Item, answer: str) -> None:
    """And can be undone until it is given."""
    there = yard.elsewhere(server)
    yard.act(SERVERS, server["id"], migrate={"host": there})
    yard.until(SERVERS, server["id"], status="VERIFY_RESIZE", **{_HOST: there, _TASK: None})
    assert yard.records(server["id"]) == [("migration", "finished")]
    act = Act(below="/action", body={answer: None})
    yard.resources.act(SERVERS, yard.project, ItemId(server["id"]), act)
    host = there if answer == "confirmResize" else server[_HOST]
    yard.until(SERVERS, server["id"], status="ACTIVE", **{_HOST: host, _TASK: None})
    ended = "confirmed" if answer == "confirmResize" else "reverted"
    assert yard.records(server["id"]) == [("migration", ended)]
    with pytest.raises(CloudConflict):
        yard.resources.act(SERVERS, yard.project, ItemId(server["id"]), act)


def test_a_migration_to_no_host_is_refused(yard: Yard, server: Item) -> None:
    """At once; so is a cold one to where the server is."""
    for host in ("nowhere", server[_HOST]):
        with pytest.raises(CloudRefused, match="HTTP 400"):
            yard.act(SERVERS, server["id"], migrate={"host": host})
    with pytest.raises(CloudRefused, match="HTTP 400"):
        yard.act(SERVERS, server["id"], **{"os-migrateLive": {"host": "nowhere", "block_migration": "auto"}})


def test_a_live_migration_to_where_the_server_is_leaves_it(yard: Yard, server: Item) -> None:
    """It is found out later, and a record tells."""
    yard.act(SERVERS, server["id"], **{"os-migrateLive": {"host": server[_HOST], "block_migration": "auto"}})
    there = yard.until(SERVERS, server["id"], status="ACTIVE", **{_TASK: None})
    assert (there[_HOST], yard.records(server["id"])) == (server[_HOST], [("live-migration", "error")])


def test_hosts_are_told_with_their_zones(yard: Yard) -> None:
    """As services and as hypervisors."""
    services = yard.resources.everything(COMPUTE_SERVICES, {"binary": "nova-compute"}).items
    hypervisors = yard.resources.everything(HYPERVISORS).items
    assert {each["zone"] for each in services} == {"internet", "extranet"}
    assert {each["status"] for each in services} == {each["status"] for each in hypervisors} == {"enabled"}
    assert {each["service"]["host"] for each in hypervisors} == {each["host"] for each in services}


# Disks


def test_a_snapshot_keeps_the_bytes_of_its_moment(yard: Yard, volume: Item) -> None:
    """And gives them to volumes that are made of it."""
    snapshot = yard.snapshot(volume["id"], metadata={MARK: "7"})
    yard.bench.write_disk(volume["id"], b"later", offset=0)
    copy = yard.volume(snapshot_id=snapshot["id"], metadata={MARK: "7"})
    image = yard.uploaded(copy["id"])
    assert (snapshot["size"], snapshot["metadata"], copy["metadata"]) == (1, {MARK: "7"}, {MARK: "7"})
    assert copy["snapshot_id"] == snapshot["id"]
    middle = yard.bench.gib // 2
    assert yard.bytes_of(image["id"], length=len(_DATA)) == _DATA
    assert yard.bytes_of(image["id"], offset=middle - 2, length=len(_DATA) + 4) == b"\0\0" + _DATA + b"\0\0"


def test_a_volume_is_uploaded_and_made_again(yard: Yard, volume: Item) -> None:
    """All of its bytes, and what its image was said to be."""
    yard.act(VOLUMES, volume["id"], **{"os-set_bootable": {"bootable": True}})
    yard.act(VOLUMES, volume["id"], **{"os-set_image_metadata": {"metadata": {"hw_firmware_type": "uefi"}}})
    image = yard.uploaded(volume["id"])
    assert (image["size"], image["disk_format"], image["hw_firmware_type"]) == (yard.bench.gib, "raw", "uefi")
    assert image["owner"] == yard.project
    again = yard.volume(imageRef=image["id"])
    assert (again["bootable"], again["volume_image_metadata"]["hw_firmware_type"]) == ("true", "uefi")
    assert again["volume_image_metadata"]["image_id"] == image["id"]
    assert yard.uploaded(again["id"])["os_hash_value"] == image["os_hash_value"]


def test_a_clone_has_the_bytes_and_the_bootability(yard: Yard, volume: Item) -> None:
    """Of the volume that it was made of."""
    yard.act(VOLUMES, volume["id"], **{"os-set_bootable": {"bootable": True}})
    clone = yard.volume(source_volid=volume["id"])
    assert (clone["bootable"], clone["volume_type"]) == ("true", volume["volume_type"])
    assert yard.bytes_of(yard.uploaded(clone["id"])["id"], length=len(_DATA)) == _DATA


def test_metadata_find_volumes_and_snapshots(yard: Yard, volume: Item) -> None:
    """Those that have them."""
    mark = uuid.uuid4().hex
    marked = yard.volume(metadata={MARK: mark})
    yard.act(VOLUMES, volume["id"], below="/metadata", metadata={"other": mark})
    snapshot = yard.snapshot(volume["id"], metadata={MARK: mark})
    query = {"metadata": f"{{'{MARK}': '{mark}'}}"}
    assert [each["id"] for each in yard.resources.everything(VOLUMES, query).items] == [marked["id"]]
    assert [each["id"] for each in yard.resources.everything(SNAPSHOTS, query).items] == [snapshot["id"]]
    assert yard.see(VOLUMES, volume["id"])["metadata"] == {"other": mark}


def test_a_volume_with_snapshots_stays(yard: Yard, volume: Item) -> None:
    """It is refused."""
    yard.snapshot(volume["id"])
    with pytest.raises(CloudRefused, match="HTTP 400"):
        yard.resources.delete(VOLUMES, yard.project, ItemId(volume["id"]))


def test_a_snapshot_counts_with_its_size(yard: Yard, volume: Item, resource: Callable[[str], Resource]) -> None:
    """In numbers and in gigabytes, and the limit holds."""
    snapshots, gigabytes = resource("block-storage/snapshots"), resource("block-storage/gigabytes")
    keeper = yard.bench.cloud.quotas(snapshots.service)
    keeper.set_limits(yard.project, {snapshots.key: Limit(1)}, force=False)
    yard.snapshot(volume["id"])
    reading = keeper.readings([yard.project])[yard.project]
    assert (reading[snapshots].used, reading[gigabytes].used) == (1, 2)
    with pytest.raises(CloudRefused, match=r"(?i)snapshot"):
        yard.snapshot(volume["id"])


def test_a_volume_too_small_for_its_source_is_refused(yard: Yard) -> None:
    """At once."""
    source = yard.volume(size=2)
    with pytest.raises(CloudRefused, match="HTTP 400"):
        yard.make(VOLUMES, size=1, source_volid=source["id"])


def test_a_volume_is_given_to_another_project(yard: Yard, volume: Item, name: str) -> None:
    """By a key that is told once."""
    other = yard.bench.cloud.identity.create_project(yard.bench.domain, name=f"{name}-2", description="")[0].id
    yard.grant(other)
    transfer = yard.resources.create(VOLUME_TRANSFERS, yard.project, {"volume_id": volume["id"], "name": "t"}).item
    assert yard.see(VOLUMES, volume["id"])["status"] == "awaiting-transfer"
    accept = Act(below="/accept", body={"accept": {"auth_key": transfer["auth_key"]}})
    yard.resources.act(VOLUME_TRANSFERS, other, ItemId(transfer["id"]), accept)
    theirs = yard.resources.fetch(VOLUMES, other, ItemId(volume["id"]))
    assert (theirs["os-vol-tenant-attr:tenant_id"], theirs["status"]) == (other, "available")
    yard.resources.delete(VOLUMES, other, ItemId(volume["id"]))
    yard.until(VOLUMES, volume["id"], **_GONE)


# Images of servers


def test_an_image_of_a_server_has_its_root_disks_bytes(yard: Yard, server: Item) -> None:
    """Of the moment, raw, in the project; and the server is idle when it is done."""
    yard.bench.write_disk(server["id"], _DATA, offset=yard.bench.gib // 2)
    answered = yard.act(PROJECT_SERVERS, server["id"], createImage={"name": "副本", "metadata": {MARK: "7"}})
    image = answered.item["image_id"]
    yard.keep(IMAGES, image)
    yard.until(SERVERS, server["id"], **{_TASK: None})
    made = yard.until(IMAGES, image, status="active")
    assert (made["owner"], made["size"], made["disk_format"]) == (yard.project, yard.bench.gib, "raw")
    assert (made["name"], made["instance_uuid"], made[MARK]) == ("副本", server["id"], "7")
    assert yard.bytes_of(image, offset=yard.bench.gib // 2, length=len(_DATA)) == _DATA


def test_an_image_of_a_server_on_volumes_tells_of_snapshots(yard: Yard, volume: Item) -> None:
    """One of each volume, and has no bytes itself."""
    yard.act(VOLUMES, volume["id"], **{"os-set_bootable": {"bootable": True}})
    second = yard.volume()
    mapping = [
        {"uuid": each, "source_type": "volume", "destination_type": "volume", "boot_index": index}
        for each, index in ((volume["id"], 0), (second["id"], -1))
    ]
    server = yard.server(imageRef="", block_device_mapping_v2=mapping)
    image = yard.act(PROJECT_SERVERS, server["id"], createImage={"name": "副本"}).item["image_id"]
    yard.keep(IMAGES, image)
    made = yard.until(IMAGES, image, status="active")
    snapshots = {each["snapshot_id"]: each["boot_index"] for each in json.loads(made["block_device_mapping"])}
    for each in snapshots:
        yard.keep(SNAPSHOTS, each)
        yard.until(SNAPSHOTS, each, status="available")
    listed = yard.resources.list(Read(collection=SNAPSHOTS), [yard.project])[yard.project]
    assert {each["volume_id"] for each in listed} == {volume["id"], second["id"]}
    assert (made["size"], {each["id"] for each in listed}) == (0, set(snapshots))
    assert 0 in snapshots.values()


# Images


@pytest.fixture
def image(yard: Yard) -> Item:
    """One that waits for its bytes, under an id of our choice."""
    identity = str(uuid.uuid4())
    formats = {"disk_format": "raw", "container_format": "bare"}
    return yard.make(IMAGES, id=identity, name="副本", visibility="private", **formats, **{MARK: identity})


def test_an_id_is_given_to_one_image_alone(yard: Yard, image: Item) -> None:
    """Not even when that is gone."""
    assert (image["status"], image["owner"], image[MARK]) == ("queued", yard.project, image["id"])
    with pytest.raises(CloudConflict, match="HTTP 409"):
        yard.make(IMAGES, id=image["id"], name="b")
    yard.resources.delete(IMAGES, yard.project, ItemId(image["id"]))
    with pytest.raises(CloudConflict, match="HTTP 409"):
        yard.make(IMAGES, id=image["id"], name="b")


def test_a_property_finds_its_images(yard: Yard, image: Item) -> None:
    """Whose it is."""
    found = yard.resources.everything(IMAGES, {MARK: image["id"]}).items
    assert [each["id"] for each in found] == [image["id"]]
    assert [each["id"] for each in yard.resources.named(IMAGES, yard.project, "副本")] == [image["id"]]


def test_an_image_is_patched(yard: Yard, image: Item) -> None:
    """What is new is added, what is there replaced, what is None taken away."""
    yard.resources.update(IMAGES, yard.project, ItemId(image["id"]), {"hw_disk_bus": "scsi", "name": "新"})
    changed = {"hw_disk_bus": "virtio", MARK: None, "min_disk": 2}
    answered = yard.resources.update(IMAGES, yard.project, ItemId(image["id"]), changed)
    told = [{key: each.get(key) for key in ("name", "hw_disk_bus", MARK, "min_disk")} for each in (answered.item,)]
    assert told == [{"name": "新", "hw_disk_bus": "virtio", MARK: None, "min_disk": 2}]
    with pytest.raises(CloudRefused, match="HTTP 403"):
        yard.resources.update(IMAGES, yard.project, ItemId(image["id"]), {"status": "active"})


def test_an_image_takes_its_bytes_once(yard: Yard, image: Item) -> None:
    """Then it is active, with size and hashes, and gives out any part of them."""
    data = bytes(range(256)) * 1000
    yard.data.write(ItemId(image["id"]), yard.project, iter([data[:1000], data[1000:]]), size=len(data))
    made = yard.see(IMAGES, image["id"])
    assert (made["status"], made["size"], made["os_hash_algo"]) == ("active", len(data), "sha512")
    assert made["os_hash_value"] == hashlib.sha512(data).hexdigest()
    assert yard.bytes_of(image["id"]) == data
    assert yard.bytes_of(image["id"], offset=100_001, length=7) == data[100_001:100_008]
    assert yard.bytes_of(image["id"], offset=len(data)) == b""
    with pytest.raises(CloudConflict, match="HTTP 409"):
        yard.data.write(ItemId(image["id"]), yard.project, iter([b"more"]), size=4)


def test_what_breaks_the_writing_is_told_as_it_is(yard: Yard, image: Item) -> None:
    """And the image waits for its bytes again."""

    def broken() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise TimeoutError("the source is gone")

    with pytest.raises(TimeoutError, match="the source is gone"):
        yard.data.write(ItemId(image["id"]), yard.project, broken(), size=200_000)
    while yard.see(IMAGES, image["id"])["status"] != "active":
        # Until the service has noticed, the image may seem to be queued and still be refused as being saved.
        with contextlib.suppress(CloudConflict):
            yard.data.write(ItemId(image["id"]), yard.project, iter([b"y" * 10]), size=10)
    assert yard.bytes_of(image["id"]) == b"y" * 10


def test_an_image_without_bytes_gives_none(yard: Yard, image: Item) -> None:
    """It is refused, and so is one that is not there."""
    for identity in (image["id"], str(uuid.uuid4())):
        with pytest.raises(CloudRefused):
            yard.bytes_of(identity)


def test_a_protected_image_stays(yard: Yard, image: Item) -> None:
    """Until it is no more."""
    yard.resources.update(IMAGES, yard.project, ItemId(image["id"]), {"protected": True})
    with pytest.raises(CloudRefused, match="HTTP 403"):
        yard.resources.delete(IMAGES, yard.project, ItemId(image["id"]))
    yard.resources.update(IMAGES, yard.project, ItemId(image["id"]), {"protected": False})


# Addresses


def test_a_port_is_made_again_as_it_was(yard: Yard) -> None:
    """With its MAC and address, which nobody else may have meanwhile."""
    network = yard.make(NETWORKS, name="应用网")
    subnet = yard.make(SUBNETS, network_id=network["id"], cidr="10.20.0.0/24", ip_version=4)
    first = yard.make(PORTS, name="窗口", network_id=network["id"])
    same = {"network_id": network["id"], "mac_address": first["mac_address"], "fixed_ips": first["fixed_ips"]}
    for clash in ({"mac_address": first["mac_address"].upper()}, {"fixed_ips": first["fixed_ips"]}):
        with pytest.raises(CloudConflict, match="HTTP 409"):
            yard.make(PORTS, name="别的", network_id=network["id"], **clash)
    yard.resources.delete(PORTS, yard.project, ItemId(first["id"]))
    again = yard.make(PORTS, name="窗口", **same)
    assert {key: again[key] for key in same} == same
    assert again["fixed_ips"][0]["subnet_id"] == subnet["id"]


def test_nothing_is_listed_where_nothing_is(yard: Yard) -> None:
    """Every collection that is a project's."""
    for collection in (SERVERS, VOLUMES, SNAPSHOTS, VOLUME_TRANSFERS, PORTS, IMAGES):
        listed = yard.resources.list(Read(collection=collection), [yard.project])[yard.project]
        assert not isinstance(listed, CloudError), listed
        assert listed == ()
