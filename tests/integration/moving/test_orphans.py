"""What migrations left, found and taken away: in a cloud in memory with a real database, and once on a real OpenStack."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from time import sleep
from typing import Any

import pytest

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudUnavailable
from provisioner.migration.collections import (
    IMAGES,
    PORTS,
    SERVERS,
    SNAPSHOTS,
    VOLUME_TRANSFERS,
    VOLUMES,
)
from provisioner.migration.identifiers import MigrationId, Subject, made_name, marks, tag
from provisioner.migration.orphans import ORPHANS, OrphanKind, Why
from provisioner.migration.states import State
from provisioner.moving.orphans import Found, Orphanage
from provisioner.operation import Actor
from provisioner.store import audit, migration_holds, usage_snapshots
from provisioner.store.database import Database
from tenants.names import CloudName, DomainName
from tenants.resources import Resource, Service
from tenants.spec import City, CloudSpec, Level
from tests.portal import come, record

CITY = CloudName("city")
DATA = Subject("web#1")
OPERATOR = Actor("ops@city")
SPEC = CloudSpec(
    name=CITY,
    display_name="市级云",
    clouds_yaml="city",
    level=Level.MUNICIPAL,
    domain=DomainName("government"),
    zones={},
    volume_types=frozenset(),
)
THE_CITY = City(clouds={CITY: SPEC}, tenants={})


class Attic:
    """A project of a cloud in which things are left lying about in a migration's name."""

    def __init__(self, cloud: Cloud, project: str, migration: str) -> None:
        self.cloud, self.project, self.migration = cloud, ProjectId(project), MigrationId(migration)

    def make(self, collection: Collection, **body: Any) -> str:
        """An item of the project."""
        return str(self.cloud.resources.create(collection, self.project, body).item["id"])

    def there(self, collection: Collection, identity: str) -> bool:
        """Whether it is still there."""
        return self.cloud.resources.fetch(collection, self.project, ItemId(identity)) is not None

    def name(self, role: str) -> str:
        """That of what only serves the migration."""
        return made_name(self.migration, role, DATA)

    def marks(self, role: str) -> dict[str, str]:
        """The metadata of what it makes."""
        return marks(self.migration, role, DATA)

    def volume(self, **body: Any) -> str:
        """A volume that is there."""
        made = self.make(VOLUMES, size=1, **body)
        self.wait(VOLUMES, made)
        return made

    def snapshot(self, volume: str) -> str:
        """A snapshot that only serves."""
        made = self.make(SNAPSHOTS, name=self.name("snapshot"), volume_id=volume, metadata=self.marks("snapshot"))
        self.wait(SNAPSHOTS, made)
        return made

    def clone(self, **body: Any) -> str:
        """A volume that only serves."""
        return self.volume(name=self.name("clone"), metadata=self.marks("clone"), **body)

    def wait(self, collection: Collection, identity: str) -> None:
        """Until it is available."""
        for _ in range(300):
            if (self.cloud.resources.fetch(collection, self.project, ItemId(identity)) or {}).get(
                "status"
            ) == "available":
                return
            sleep(0.2 if isinstance(self.cloud, OpenStackCloud) else 0)
        raise AssertionError("the cloud took too long")

    def image(self, role: str = "export") -> str:
        """An image without bytes."""
        about = {"disk_format": "raw", "container_format": "bare"}
        return self.make(IMAGES, name=self.name(role), **about, **self.marks(role))


@pytest.fixture
def memory() -> MemoryCloud:
    """A cloud."""
    return MemoryCloud(CITY, sleep=lambda _: None)


@pytest.fixture
def attic(memory: MemoryCloud) -> Attic:
    """A project of it, and the migration m1."""
    return Attic(memory, memory.identity.create_project(DomainName("government"), name="a", description="")[0].id, "m1")


@pytest.fixture
def orphanage(database: Database, memory: MemoryCloud) -> Orphanage:
    """What looks for orphans there."""
    return Orphanage(database=database, connect=lambda _: memory, now=lambda: datetime.now(UTC), sleep=lambda _: None)


def ended(database: Database, identity: str, *states: State) -> None:
    """A migration on record that came to its end by these states."""
    with database.transaction() as connection:
        made = record(connection, identity, wave=f"w-{identity}")
        for state in states:
            come(connection, made, state)


def told(found: Found) -> Mapping[OrphanKind, Why]:
    """What was found, by kind."""
    return {each.what.kind: each.why for each in found.orphans}


def test_what_nobody_made_by_migrating_is_left_alone(orphanage: Orphanage, attic: Attic) -> None:
    """A look at a cloud with things of its own finds nothing."""
    attic.make(VOLUMES, name="data", size=1, metadata={"duty": "web"})
    assert orphanage.find(THE_CITY).orphans == ()


def test_leftovers_of_an_ended_migration_are_found_and_go(
    orphanage: Orphanage, attic: Attic, database: Database
) -> None:
    """Volumes, snapshots and images, in an order in which they can."""
    ended(database, "m1", State.CLOSED)
    origin = attic.volume(name="data")
    snapshot = attic.snapshot(origin)
    clone, image = attic.clone(snapshot_id=snapshot), attic.image()
    found = orphanage.find(THE_CITY)
    assert told(found) == dict.fromkeys((OrphanKind.VOLUME, OrphanKind.SNAPSHOT, OrphanKind.IMAGE), Why.TEMPORARY)
    assert [each.what.size for each in found.orphans if each.what.kind is OrphanKind.VOLUME] == [2**30]
    assert [each.failure for each in orphanage.remove(THE_CITY, found.orphans, OPERATOR)] == [None] * 3
    gone = ((SNAPSHOTS, snapshot), (IMAGES, image), (VOLUMES, clone))
    assert [attic.there(collection, identity) for collection, identity in gone] == [False] * 3
    assert attic.there(VOLUMES, origin)


def test_what_the_target_has_stays(orphanage: Orphanage, attic: Attic, database: Database) -> None:
    """Its disk, and its root disk's image, of a migration that has ended well."""
    ended(database, "m1", State.CLOSED)
    attic.make(VOLUMES, name="数据", size=1, metadata=attic.marks("disk"))
    root = made_name(attic.migration, "copy", Subject("web#0"))
    attic.make(
        IMAGES,
        name=root,
        disk_format="raw",
        container_format="bare",
        **marks(attic.migration, "copy", Subject("web#0")),
    )
    assert orphanage.find(THE_CITY).orphans == ()


def test_the_same_is_left_over_of_one_that_was_taken_back(
    orphanage: Orphanage, attic: Attic, database: Database
) -> None:
    """There is no target then."""
    ended(database, "m1", State.COMPENSATING, State.ROLLED_BACK)
    attic.make(VOLUMES, name="数据", size=1, metadata=attic.marks("disk"))
    assert told(orphanage.find(THE_CITY)) == {OrphanKind.VOLUME: Why.ROLLED_BACK}


def test_what_a_migration_under_way_has_made_is_its_own(orphanage: Orphanage, attic: Attic, database: Database) -> None:
    """Even if it waits for a person."""
    ended(database, "m1", State.MANUAL)
    attic.clone()
    attic.image()
    assert orphanage.find(THE_CITY).orphans == ()


def test_what_nobody_here_knows_is_told_as_such(orphanage: Orphanage, attic: Attic) -> None:
    """Another Tenantry's, it may be."""
    attic.clone()
    assert told(orphanage.find(THE_CITY)) == {OrphanKind.VOLUME: Why.UNKNOWN}


def test_room_that_is_kept_for_an_ended_migration_is_given_back(orphanage: Orphanage, database: Database) -> None:
    """It is in no cloud, only in the record."""
    cores = Resource(service=Service.COMPUTE, name="cores")
    ended(database, "m1", State.CLOSED)
    with database.transaction() as connection:
        migration_holds.hold(connection, MigrationId("m1"), {(CITY, ProjectId("p1")): {cores: 4}})
    found = orphanage.find(THE_CITY)
    assert [(each.what.kind, each.what.name) for each in found.orphans] == [(OrphanKind.HOLD, "compute/cores 4")]
    orphanage.remove(THE_CITY, found.orphans, OPERATOR)
    with database.transaction() as connection:
        assert migration_holds.holders(connection) == frozenset()


def test_what_goes_is_in_the_audit_log(orphanage: Orphanage, attic: Attic, database: Database) -> None:
    """By whom, and what would not go."""
    clone = attic.clone()
    orphanage.remove(THE_CITY, orphanage.find(THE_CITY).orphans, OPERATOR)
    assert not attic.there(VOLUMES, clone)
    with database.transaction() as connection:
        [entry] = [each for each in audit.read(connection) if each.event.action == "migration.orphans-removed"]
    assert (entry.event.actor, entry.event.subject) == (OPERATOR, CITY)
    assert entry.event.detail == {"migrations": ["m1"], "removed": [f"volume {attic.name('clone')}"]}


def test_what_would_not_go_keeps_nothing_else(orphanage: Orphanage, attic: Attic, memory: MemoryCloud) -> None:
    """Its failure is told."""
    attic.clone()
    image = attic.image()
    found = orphanage.find(THE_CITY)
    memory.weather.fail("resources.delete.migrated-volumes", CloudUnavailable("it is busy"), times=9)
    removed = orphanage.remove(THE_CITY, found.orphans, OPERATOR)
    assert [(each.orphan.what.kind, each.failure) for each in removed] == [
        (OrphanKind.VOLUME, "it is busy"),
        (OrphanKind.IMAGE, None),
    ]
    assert not attic.there(IMAGES, image)


def test_a_look_takes_one_listing_for_each_collection(orphanage: Orphanage, memory: MemoryCloud) -> None:
    """However much there is."""
    before = memory.requests_sent()
    orphanage.find(THE_CITY)
    assert memory.requests_sent() - before == 6


def test_numbers_are_kept_for_metrics_of_what_was_read_in_whole(
    orphanage: Orphanage, attic: Attic, database: Database, memory: MemoryCloud
) -> None:
    """A cloud that does not tell keeps those from before."""
    clone = attic.clone()
    orphanage.find(THE_CITY)
    attic.cloud.resources.delete(VOLUMES, attic.project, ItemId(clone))
    memory.weather.fail("resources.everything.migrated-ports", CloudUnavailable("away"), times=9)
    assert [part for _, part, _ in orphanage.find(THE_CITY).unread] == ["ports"]
    with database.transaction() as connection:
        kept = usage_snapshots.latest(connection, CITY, ORPHANS)
    assert kept is not None
    assert kept.content["orphans"] == {"volume": 1}


def test_leftovers_on_a_real_cloud_go(database: Database, estate: Any) -> None:
    """A server with its port and volume, a lock on another server, a snapshot with its clone, an image and a transfer."""
    attic = Attic(estate.cloud, estate.place.project_id, f"0orphan{secrets.token_hex(5)}")
    ours = tag(attic.migration)
    locked = estate.server("kept")
    estate.cloud.resources.act(
        SERVERS, attic.project, ItemId(locked), Act(below="/action", body={"lock": {"locked_reason": ours}})
    )
    target = estate.server("built", tags=[ours])
    port = attic.make(
        PORTS, name="p", project_id=attic.project, network_id=estate.network, description=f"{ours} port web@0"
    )
    origin = attic.volume(name="origin")
    snapshot = attic.snapshot(origin)
    clone = attic.clone(snapshot_id=snapshot)
    given = estate.volume("given")
    transfer = attic.make(VOLUME_TRANSFERS, volume_id=given, name=attic.name("hand-over"))
    image = attic.image()
    orphanage = Orphanage(database=database, connect=lambda _: estate.cloud, now=lambda: datetime.now(UTC))
    # The cloud is shared: what else is found there is others'.
    found = [each for each in orphanage.find(THE_CITY).orphans if each.what.migration == attic.migration]
    assert [each.what.kind for each in found] == [each for each in OrphanKind if each is not OrphanKind.HOLD]
    assert {each.why for each in found} == {Why.UNKNOWN}
    assert all(each.what.project == attic.project for each in found)
    assert [each.failure for each in orphanage.remove(THE_CITY, found, OPERATOR)] == [None] * len(found)
    assert not [each for each in orphanage.find(THE_CITY).orphans if each.what.migration == attic.migration]
    gone = ((SERVERS, target), (PORTS, port), (VOLUMES, clone), (SNAPSHOTS, snapshot), (IMAGES, image))
    assert [attic.there(collection, identity) for collection, identity in gone] == [False] * len(gone)
    assert estate.seen(locked)["locked"] is False
    assert not [each for each in estate.cloud.resources.everything(VOLUME_TRANSFERS).items if each["id"] == transfer]
    assert attic.there(VOLUMES, given)
    assert attic.there(VOLUMES, origin)
