"""CHECK and HOLD on two real clouds: what stands against a migration is told with names and numbers, and room is kept once."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openstack
import pytest

from devcloud.fixture import Devcloud
from provisioner.clouds.collections import Act, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.errors import CloudRefused
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import PORTS, SERVERS
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import networks_of, resolve
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import StepKind, script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.moving.deed import Scene, Spot, Standing
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.inspecting import Place
from provisioner.moving.means import Means, Traffic
from provisioner.moving.viewing import view_in_zone
from provisioner.operation import Actor
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.store import migration_events, migration_holds, migration_records
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from tenants.names import ApplicationName, CloudName, DomainName, ProjectName, TenantName
from tenants.resources import Service
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec

CITY, DISTRICT = CloudName("city"), CloudName("district")
DOMAIN = DomainName("government")


class Control:
    """Nobody wants anything."""

    def must_stop(self) -> bool:
        """No."""
        return False

    def forced(self) -> bool:
        """No."""
        return False

    def wait(self, seconds: float) -> None:
        """Not at all."""


@dataclass(frozen=True, kw_only=True)
class Clouds:
    """Where servers are, and where they go."""

    estate: Any
    goal: Place
    target: OpenStackCloud


class Preflight:
    """Migrations of one server from `city` to an empty project of `district`, up to where they would be touched."""

    def __init__(self, clouds: Clouds, database: Database, folder: Path) -> None:
        self.database, self.said = database, ""
        self.estate, self.goal, self.target = clouds.estate, clouds.goal, clouds.target
        access = SshAccess(key_file=None, known_hosts=folder / "known_hosts")
        self.means = Means(database=database, traffic=Traffic(database=database), access=access, playbooks=Folders())
        self.ahead = timedelta(0)

    def plan(self, mode: Mode, *names: str, application: str = "registration") -> Migration:
        """Written down as started."""
        workload = replace(self.estate.inspect(*names).workload, application=ApplicationName(application))
        wave = WaveSpec(
            name=WaveName(f"w-{application}"),
            display_name="第一批",
            owner=TenantName("market"),
            mode=mode,
            source=SourcePlace(cloud=workload.cloud),
            target=TargetPlace(cloud=workload.cloud if mode.within else DISTRICT),
            members=(WaveMember(application=ApplicationName(application)),),
            probes=False,
        )
        return self._written(wave, workload)

    def spot(self, migration: Migration, kind: StepKind) -> Spot:
        """One of its steps, by what is on record."""
        with self.database.transaction() as connection:
            run = migration_records.load_run(connection, migration.run)
        scene = Scene(
            run=run,
            migration=migration,
            source=self.estate.cloud,
            target=self.estate.cloud if run.mode.within else self.target,
            means=self.means,
            control=Control(),
            now=lambda: datetime.now(UTC) + self.ahead,
        )
        return Spot(scene=scene, step=next(migration.of_kind(kind)))

    def check(self, migration: Migration) -> str:
        """What stands against it; empty where nothing does."""
        spot = self.spot(migration, StepKind.CHECK)
        assert DEEDS[StepKind.CHECK].look(spot).standing is Standing.ABSENT
        try:
            DEEDS[StepKind.CHECK].begin(spot)
        except CloudRefused as error:
            return str(error)
        assert DEEDS[StepKind.CHECK].look(spot).standing is Standing.DONE
        return ""

    def hold(self, migration: Migration) -> Standing:
        """Keep room for it, where there is room."""
        spot = self.spot(migration, StepKind.HOLD)
        look = DEEDS[StepKind.HOLD].look(spot)
        if look.standing is Standing.ABSENT:
            DEEDS[StepKind.HOLD].begin(spot)
            look = DEEDS[StepKind.HOLD].look(spot)
        self.said = look.message
        return look.standing

    def holders(self) -> frozenset[MigrationId]:
        """The migrations that keep room."""
        with self.database.transaction() as connection:
            return migration_holds.holders(connection)

    def place(self, name: CloudName) -> tuple[OpenStackCloud, ProjectId]:
        """The cloud of that name, and the project that counts there."""
        if name == DISTRICT:
            return self.target, self.goal.project_id
        return self.estate.cloud, self.estate.place.project_id

    def events(self, migration: Migration, what: str) -> list[Any]:
        """What was told of it."""
        with self.database.transaction() as connection:
            happened = migration_events.since(connection, migration.run, migration=migration.id)
        return [each.detail for each in happened if each.what == what]

    def _written(self, wave: WaveSpec, workload: Workload) -> Migration:
        cloud, goal = (self.estate.cloud, self.estate.place) if wave.mode.within else (self.target, self.goal)
        bindings = resolve(wave, workload, view_in_zone(cloud, goal, "internet", networks_of(wave, workload)))
        assert not isinstance(bindings, tuple), bindings
        at = datetime.now(UTC)
        run = Run(
            id=RunId(new_id(at)),
            wave=wave,
            state=RunState.RUNNING,
            started_by=Actor("chen"),
            started_at=at,
            order={},
        )
        migration = Migration(
            id=MigrationId(new_id(at)),
            run=run.id,
            name=str(workload.application),
            application=workload.application,
            tenant=workload.tenant,
            state=State.PLANNED,
            asked=Asked.NOTHING,
            workload=workload,
            bindings=bindings,
            steps=tuple(Step(spec=each) for each in script(wave, workload, bindings)),
            created_at=at,
        )
        with self.database.transaction() as connection:
            migration_records.create(connection, run, [migration])
        return migration


@pytest.fixture(scope="module")
def district(devcloud: Devcloud) -> Iterator[OpenStackCloud]:
    """The other cloud by the adapter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
        with connect(DISTRICT, "district") as cloud:
            yield cloud


@pytest.fixture(scope="module")
def goal(district: OpenStackCloud) -> Iterator[Place]:
    """A project there with the network and the group that the source has, and nothing else."""
    name = f"preflight-{secrets.token_hex(4)}"
    project = district.identity.create_project(DOMAIN, name=name, description="")[0].id
    with openstack.connect(cloud="district") as sdk:
        try:
            said = {"project_id": project}
            network = district.resources.create(NETWORKS, project, {"name": "应用网", **said}).item["id"]
            subnet = {"network_id": network, "name": "app-v4", "cidr": "10.30.0.0/24", "ip_version": 4, **said}
            district.resources.create(SUBNETS, project, subnet)
            district.resources.create(SECURITY_GROUPS, project, {"name": "web", **said})
            yield Place(cloud=DISTRICT, tenant=TenantName("market"), project=ProjectName("b"), project_id=project)
        finally:
            for port in list(sdk.network.ports(project_id=project)):
                sdk.network.delete_port(port)
            for each in list(sdk.network.networks(project_id=project)):
                sdk.network.delete_network(each)
            for each in list(sdk.network.security_groups(project_id=project)):
                if each.name != "default":
                    sdk.network.delete_security_group(each)
            sdk.identity.delete_project(project)


@pytest.fixture(scope="module")
def servers(estate: Any) -> tuple[str, str]:
    """Two servers of one volume each."""
    return estate.server("web", data=1), estate.server("db", data=1)


@pytest.fixture
def preflight(devcloud: Devcloud, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Preflight]:
    """Nothing planned yet; limits are as they were, afterwards."""
    database, estate, goal, district = map(request.getfixturevalue, ("database", "estate", "goal", "district"))
    made = Preflight(Clouds(estate=estate, goal=goal, target=district), database, tmp_path)
    yield made
    for name in (CITY, DISTRICT):
        limit(*made.place(name), Service.COMPUTE, cores=20, instances=10)
        limit(*made.place(name), Service.BLOCK_STORAGE, gigabytes=1000, snapshots=10, volumes=10)


def limit(cloud: OpenStackCloud, project: ProjectId, service: Service, **limits: int) -> None:
    """Give a project these limits."""
    cloud.quotas(service).set_limits(project, limits, force=False)


def test_an_ordinary_server_may_go(preflight: Preflight, servers: tuple[str, str]) -> None:
    """What is only worth knowing is told as an event, with how long it will take."""
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    assert preflight.check(migration) == ""
    (told,) = preflight.events(migration, "checked")
    assert {each["severity"] for each in told["findings"]} == {"warn"}
    assert told["estimate"]["standstill"]["high"] > told["estimate"]["standstill"]["likely"] > 0


def test_every_attempt_checks_again(preflight: Preflight, servers: tuple[str, str]) -> None:
    """What was found before is of no worth to it."""
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    assert preflight.check(migration) == ""
    tried = replace(migration, steps=tuple(replace(each, attempts=1) for each in migration.steps))
    assert DEEDS[StepKind.CHECK].look(preflight.spot(tried, StepKind.CHECK)).standing is Standing.ABSENT


SMALL: list[tuple[CloudName, Service, dict[str, int], str]] = [
    (
        DISTRICT,
        Service.COMPUTE,
        {"cores": 0},
        "cloud district: 1 more of compute/cores is needed, and of 0 there are 0",
    ),
    (DISTRICT, Service.BLOCK_STORAGE, {"gigabytes": 0}, "cloud district: 1GiB more of block-storage/gigabytes"),
    (CITY, Service.BLOCK_STORAGE, {"gigabytes": 3}, "2GiB more of block-storage/gigabytes is needed, and of 3GiB"),
    (CITY, Service.BLOCK_STORAGE, {"snapshots": 0}, "cloud city: 1 more of block-storage/snapshots is needed"),
]


@pytest.mark.parametrize("small", SMALL, ids=lambda small: f"{small[0]}-{next(iter(small[2]))}")
def test_too_small_a_quota_is_told_with_numbers(
    preflight: Preflight, servers: tuple[str, str], small: tuple[CloudName, Service, dict[str, int], str]
) -> None:
    """At the source as at the target, and nothing is kept."""
    where, service, limits, words = small
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    limit(*preflight.place(where), service, **limits)
    assert preflight.hold(migration) is Standing.IMPOSSIBLE
    assert words in preflight.said
    assert preflight.holders() == frozenset()


def test_two_do_not_keep_the_same_room(preflight: Preflight, servers: tuple[str, str]) -> None:
    """The second waits until the first has ended, or gone back."""
    limit(preflight.target, preflight.goal.project_id, Service.COMPUTE, instances=1)
    first, second = (preflight.plan(Mode.CROSS_CLOUD, each, application=each) for each in ("web", "db"))
    assert preflight.hold(first) is Standing.DONE
    assert preflight.hold(second) is Standing.UNDER_WAY
    (told,) = preflight.events(second, "waits-for-room")
    assert "of 1 there are 0 in use and 1 kept for other migrations" in told["why"][0]
    DEEDS[StepKind.HOLD].undo(preflight.spot(first, StepKind.HOLD))
    assert preflight.hold(second) is Standing.DONE
    assert preflight.holders() == {second.id}


def test_what_served_a_migration_alone_gives_its_room_back(preflight: Preflight, servers: tuple[str, str]) -> None:
    """With the last of it."""
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    assert preflight.hold(migration) is Standing.DONE
    DEEDS[StepKind.CLEAN].begin(preflight.spot(migration, StepKind.CLEAN))
    assert preflight.holders() == frozenset()


def test_nothing_is_kept_within_a_cloud(preflight: Preflight, servers: tuple[str, str]) -> None:
    """Its servers stay what they are."""
    assert preflight.hold(preflight.plan(Mode.LIVE, "web")) is Standing.DONE
    assert preflight.holders() == frozenset()


def test_an_address_that_is_taken_is_told_with_who_has_it(preflight: Preflight, servers: tuple[str, str]) -> None:
    """Before anything is touched."""
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    (bound,) = migration.bindings.interfaces.values()
    address = bound.addresses[0].address
    body = {
        "name": "档案",
        "network_id": bound.network_id,
        "project_id": preflight.goal.project_id,
        "fixed_ips": [{"ip_address": address}],
    }
    port = preflight.target.resources.create(PORTS, preflight.goal.project_id, body).item["id"]
    try:
        assert f"the address {address} is taken in the network 应用网, by 档案" in preflight.check(migration)
    finally:
        preflight.target.resources.delete(PORTS, preflight.goal.project_id, ItemId(port))
    assert preflight.check(replace(migration, steps=_again(migration))) == ""


def test_a_source_with_another_disk_is_not_what_was_planned(preflight: Preflight, servers: tuple[str, str]) -> None:
    """It is planned anew."""
    migration = preflight.plan(Mode.CROSS_CLOUD, "web")
    (machine,) = migration.workload.machines
    older = replace(machine, disks=machine.disks[:1])
    migration = replace(migration, workload=replace(migration.workload, machines=(older,)))
    assert "web: has changed since the migration was planned: disks, from image=1GiB to" in preflight.check(migration)


def test_a_server_whose_resize_nobody_confirmed_stays(preflight: Preflight, servers: tuple[str, str]) -> None:
    """Whichever way it was to go."""
    estate, identity = preflight.estate, ItemId(servers[1])
    migration = preflight.plan(Mode.COLD, "db")
    act = estate.cloud.resources.act
    act(SERVERS, estate.place.project_id, identity, Act(below="/action", body={"migrate": None}))
    estate.wait(lambda: estate.seen(servers[1])["status"] == "VERIFY_RESIZE")
    try:
        assert "db: is VERIFY_RESIZE, and the mode cold takes no server from there" in preflight.check(migration)
    finally:
        act(SERVERS, estate.place.project_id, identity, Act(below="/action", body={"revertResize": None}))
        estate.wait(lambda: estate.seen(servers[1])["status"] == "ACTIVE")


def _again(migration: Migration) -> tuple[Step, ...]:
    return tuple(replace(each, attempts=each.attempts + 1) for each in migration.steps)
