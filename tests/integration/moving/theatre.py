"""Applications with content of their own on real clouds, moved by worker processes that die; and what is there before and after."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import openstack

from devcloud import disks
from devcloud.fixture import Devcloud
from provisioner.clouds.collections import ItemId, Read
from provisioner.clouds.interface import ProjectId
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUME_TRANSFERS, VOLUMES
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import networks_of, resolve
from provisioner.migration.migration import Migration, Run, RunState, SignOff, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.moving.inspecting import Place
from provisioner.moving.viewing import view
from provisioner.operation import Actor
from provisioner.store import migration_holds, migration_records
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from tenants.names import CloudName, DomainName, ProjectName, ZoneName
from tenants.spec import ProjectSpec
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec
from tests.integration.moving.mover import Fate, Orders, hire

_RESTS_S: Final = 600
_KILLED: Final = -9
#: Lives that a migration may need: more than there are moments to die in.
_LIVES: Final = 400
_GIB: Final = 2**30


@dataclass(kw_only=True)
class Show:
    """One application on its way, by workers that may die."""

    devcloud: Devcloud
    database: Database
    #: Has `cloud`, `place`, `server`, `seen`, `inspect`.
    estate: Any
    target: Any
    #: Whose the target is.
    project: ProjectId
    mode: Mode
    folder: Path
    run: RunId = field(init=False)
    migration: MigrationId = field(init=False)
    workload: Workload = field(init=False)
    #: How many workers were killed.
    deaths: int = 0
    _content: dict[str, str] = field(default_factory=dict)
    _before: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def within(self) -> bool:
        """Whether it stays in its project."""
        return self.mode.within

    def put_on(self, *names: str, **changes: Any) -> None:
        """Write content of their own on the disks of these servers, and put their migration on record."""
        found = self.estate.inspect(*names)
        assert found.obstacles == ()
        self.workload = found.workload
        for name, file in self._sources():
            for place in range(4):
                disks.write(
                    file, secrets.randbelow(_GIB - 4096), f"{name} {place}".encode() + secrets.token_bytes(2048)
                )
        self._content = {name: digest(file) for name, file in self._sources()}
        self._before = self.inventory(self.estate.cloud, self.estate.place.project_id)
        self._record(changes)

    def _sources(self) -> Iterator[tuple[str, Path]]:
        """The files of the source's disks."""
        for machine in self.workload.machines:
            for disk in machine.disks:
                if disk.volume is None:
                    yield disk.subject, disks.server_disk(self.devcloud, "city", machine.id)
                else:
                    yield disk.subject, disks.volume_file(self.devcloud, "city", disk.volume)

    def _record(self, changes: Mapping[str, Any]) -> None:
        cloud = self.target.name
        wave = WaveSpec(
            name=WaveName(f"w-{secrets.token_hex(3)}"),
            display_name="第一批",
            owner=self.estate.place.tenant,
            mode=self.mode,
            source=SourcePlace(cloud=CloudName("city")),
            target=TargetPlace(cloud=cloud, project=None if self.within else ProjectName("b")),
            members=(WaveMember(application=self.workload.application),),  # type: ignore[arg-type]
            probes=False,
            retention=timedelta(0),
        )
        wave = replace(wave, **changes)
        place = self.estate.place if self.within else self._goal()
        bindings = resolve(
            wave, self.workload, view(self.target, place, _project(cloud), networks_of(wave, self.workload))
        )
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
            name=str(self.workload.application),
            application=self.workload.application,
            tenant=self.workload.tenant,
            state=State.PLANNED,
            asked=Asked.NOTHING,
            workload=self.workload,
            bindings=bindings,
            steps=tuple(Step(spec=each) for each in script(wave, self.workload, bindings)),
            created_at=at,
        )
        with self.database.transaction() as connection:
            migration_records.create(connection, run, [migration])
        self.run, self.migration = run.id, migration.id

    def _goal(self) -> Place:
        return Place(
            cloud=self.target.name,
            tenant=self.estate.place.tenant,
            project=ProjectName("b"),
            project_id=self.project,
        )

    # Workers

    def orders(self, *until: State, at: tuple[str, ...] = (), **more: Any) -> Orders:
        """What workers are to do, and where they end."""
        freezes = more.pop("freezes", False)
        return Orders(
            database_url=self.database.url.replace("postgresql+psycopg", "postgresql"),
            clouds_yaml=self.devcloud.clouds_yaml,
            migration=self.migration,
            until=frozenset({*until, State.MANUAL}),
            fate=Fate(book=self.folder / "fate", at=at, freezes=freezes),
            log=self.folder / "workers.log",
            **more,
        )

    def goes_on_to(
        self, *until: State, at: tuple[str, ...] = (), meanwhile: Callable[[], None] | None = None
    ) -> Migration:
        """Start a worker, and another each time that one is killed, until the migration rests in one of these states."""
        orders = self.orders(*until, at=at)
        end = time.monotonic() + _RESTS_S
        for _ in range(_LIVES):
            worker = hire(orders)
            worker.join(max(1.0, end - time.monotonic()))
            if worker.exitcode != _KILLED:
                break
            self.deaths += 1
            if meanwhile:
                meanwhile()
        if worker.is_alive():
            worker.kill()
            worker.join()
        found = self.load()
        assert worker.exitcode == 0, self._said(found)
        assert found.state in until, self._said(found)
        return found

    @contextmanager
    def dies_at(self, moment: str, *until: State) -> Iterator[None]:
        """A worker that dies at a moment, and what happens before the next one comes."""
        worker = hire(self.orders(*until, at=(moment,)))
        worker.join(_RESTS_S)
        assert worker.exitcode == _KILLED, self._said(self.load())
        self.deaths += 1
        yield

    def narrow_source(self, **limits: int) -> None:
        """Take the source's project all room of Cinder's beyond this."""
        with openstack.connect(cloud="city") as sdk:
            sdk.set_volume_quotas(self.estate.place.project_id, **limits)

    def _said(self, found: Migration) -> str:
        at = [
            (each.spec.kind, each.spec.subject, each.state, each.failure)
            for each in found.steps
            if each.state != "done"
        ]
        log = self.folder / "workers.log"
        return f"{found.state} {found.failure} {at[:6]}\n{log.read_text()[-3000:] if log.exists() else ''}"

    # The record

    def load(self) -> Migration:
        """The migration as it is on record."""
        with self.database.transaction() as connection:
            return migration_records.load(connection, self.migration)

    def ask(self, asked: Asked) -> None:
        """An operator wants something."""
        with self.database.transaction() as connection:
            migration_records.ask(connection, self.migration, asked)

    def sign_off(self) -> None:
        """Somebody signs off."""
        with self.database.transaction() as connection:
            migration_records.sign_off(connection, self.migration, SignOff(actor=Actor("li"), at=datetime.now(UTC)))

    def keeps_room(self) -> bool:
        """Whether room in quotas is kept for it."""
        with self.database.transaction() as connection:
            return self.migration in migration_holds.holders(connection)

    # The clouds

    def source_is_there(self) -> None:
        """All servers of the source, with all of their volumes, whatever else is under way."""
        for machine in self.workload.machines:
            seen = self.estate.seen(machine.id)
            volumes = {each["id"] for each in seen["os-extended-volumes:volumes_attached"]}
            assert volumes == {disk.volume for disk in machine.disks if disk.volume is not None}
            assert seen["status"] in {"ACTIVE", "SHUTOFF", "MIGRATING", "RESIZE", "VERIFY_RESIZE"}, seen["status"]

    def source_stands_still(self) -> None:
        """Stopped and locked, with its content as it was."""
        self.source_is_there()
        seen = [self.estate.seen(each.id) for each in self.workload.machines]
        assert {(each["status"], each["locked"]) for each in seen} == {("SHUTOFF", True)}
        assert {name: digest(file) for name, file in self._sources()} == self._content

    def source_runs(self) -> None:
        """As before: running, unlocked, with its content, nothing added and nothing missing."""
        self.source_is_there()
        seen = [self.estate.seen(each.id) for each in self.workload.machines]
        assert {(each["status"], each["locked"]) for each in seen} == {("ACTIVE", False)}
        assert {name: digest(file) for name, file in self._sources()} == self._content
        assert self.inventory(self.estate.cloud, self.estate.place.project_id) == self._before
        assert not self.keeps_room()
        if not self.within:
            self._nothing_at_the_target()

    def _nothing_at_the_target(self) -> None:
        assert self.inventory(self.target, self.project) == dict.fromkeys(_SORTS, frozenset())

    def arrived(self) -> None:
        """The target has everything once, with the source's content, and nothing that only served the migration."""
        there = self.inventory(self.target, self.project)
        counts = {sort: len(there[sort]) for sort in _SORTS}
        all_disks = [disk for _, disk in self.workload.disks()]
        roots = sum(disk.volume is None for disk in all_disks)
        assert counts == {
            "servers": len(self.workload.machines),
            "volumes": len(all_disks) - roots,
            "ports": len(tuple(self.workload.interfaces())),
            "snapshots": 0,
            "transfers": 0,
            # Nova may want the image of a root disk again.
            "images": roots,
        }
        assert self._target_content() == self._content

    def source_is_as_before_but_locked(self) -> None:
        """The source has what it had, and no copy that only served the migration."""
        now = self.inventory(self.estate.cloud, self.estate.place.project_id)
        assert now == self._before
        self.source_stands_still()

    def source_is_gone(self) -> None:
        """Nothing of it is left."""
        assert self.inventory(self.estate.cloud, self.estate.place.project_id) == dict.fromkeys(_SORTS, frozenset())

    def moved_within(self) -> None:
        """On other hosts, running, unlocked, with its content; nothing added."""
        for machine in self.workload.machines:
            seen = self.estate.seen(machine.id)
            assert (seen["status"], seen["locked"]) == ("ACTIVE", False)
            assert seen["OS-EXT-SRV-ATTR:host"] != machine.host
        assert {name: digest(file) for name, file in self._sources()} == self._content
        assert self.inventory(self.estate.cloud, self.estate.place.project_id) == self._before
        assert not self.keeps_room()

    def _target_content(self) -> dict[str, str]:
        cloud, found = self.target, {}
        servers = {each["name"]: each for each in _listed(cloud, SERVERS, self.project)}
        for machine in self.workload.machines:
            server = servers[machine.name]
            volumes = {
                _name(cloud, self.project, each["id"]): each["id"]
                for each in server["os-extended-volumes:volumes_attached"]
            }
            for disk in machine.disks:
                if disk.volume is None:
                    file = disks.server_disk(self.devcloud, cloud.name, server["id"])
                else:
                    file = disks.volume_file(self.devcloud, cloud.name, volumes[disk.name])
                found[disk.subject] = digest(file)
        return found

    def inventory(self, cloud: Any, project: ProjectId) -> dict[str, frozenset[str]]:
        """The ids of everything that a project has."""
        return {
            sort: frozenset(str(each["id"]) for each in _listed(cloud, collection, project))
            for sort, collection in _SORTS.items()
        }

    def marked_elsewhere(self) -> list[str]:
        """What bears the migration's name anywhere on the clouds, but in the target's project and on the source's locks."""
        found = []
        for name in dict.fromkeys(("city", str(self.target.name))):
            with openstack.connect(cloud=name) as sdk:
                for item in _everything(sdk):
                    owner = item.get("project_id") or item.get("owner")
                    item.pop("locked_reason", None)
                    if str(self.migration) in json.dumps(item, default=str) and owner != self.project:
                        found.append(f"{name}: {item.get('name') or item['id']}")
        return found


_SORTS: Final = {
    "servers": SERVERS,
    "volumes": VOLUMES,
    "ports": PORTS,
    "snapshots": SNAPSHOTS,
    "transfers": VOLUME_TRANSFERS,
    "images": IMAGES,
}


def digest(file: Path) -> str:
    """SHA-256 of a file, holes as zeros."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def goal(cloud: Any) -> ProjectId:
    """A project with the source's network and security group, to move to."""
    made = cloud.identity.create_project(DomainName("government"), name=f"goal-{secrets.token_hex(4)}", description="")
    project = ProjectId(made[0].id)
    said = {"project_id": project}
    network = cloud.resources.create(NETWORKS, project, {"name": "应用网", **said}).item["id"]
    subnet = {"network_id": network, "cidr": "10.30.0.0/24", "ip_version": 4, "name": "app-v4", **said}
    cloud.resources.create(SUBNETS, project, subnet)
    cloud.resources.create(SECURITY_GROUPS, project, {"name": "web", **said})
    return project


def _project(cloud: CloudName) -> ProjectSpec:
    return ProjectSpec(
        name=ProjectName("b"),
        cloud=cloud,
        keystone_name="market-b",
        zone=ZoneName("internet"),
        description=None,
        purpose="",
        protection_level=2,
    )


def _listed(cloud: Any, collection: Any, project: ProjectId) -> tuple[Any, ...]:
    found = cloud.resources.list(Read(collection=collection), [project])[project]
    assert isinstance(found, tuple), found
    return tuple(each for each in found if not str(each.get("device_owner") or "").startswith("network:"))


def _name(cloud: Any, project: ProjectId, volume: str) -> str:
    return str((cloud.resources.fetch(VOLUMES, project, ItemId(volume)) or {})["name"])


def _everything(sdk: Any) -> Iterator[dict[str, Any]]:
    for found in (
        sdk.compute.servers(all_projects=True),
        sdk.block_storage.volumes(all_projects=True),
        sdk.block_storage.snapshots(all_projects=True),
        sdk.network.ports(),
        sdk.image.images(visibility="all"),
    ):
        yield from (each.to_dict(computed=False) for each in found)
