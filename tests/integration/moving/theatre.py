"""Applications with content of their own on real clouds, moved by worker processes that die; and what is there before and after."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import openstack

from devcloud import disks
from provisioner.clouds.interface import ProjectId
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.mapping import networks_of, resolve
from provisioner.moving.inspecting import Place
from provisioner.moving.viewing import view
from tenants.names import CloudName, DomainName, ProjectName, ZoneName
from tenants.spec import ProjectSpec
from tenants.wave import SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec
from tests.integration.moving.belongings import NOTHING, Inventory, digest, inventory
from tests.integration.moving.stage import Stage

_GIB: Final = 2**30
_SOUND: Final = frozenset({"ACTIVE", "SHUTOFF", "MIGRATING", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE"})


@dataclass(kw_only=True)
class Show(Stage):
    """Servers that run somewhere, and move."""

    _content: dict[str, str] = field(default_factory=dict)
    _before: Inventory = field(default_factory=dict)

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
        self._before = self._at_the_source()
        self._record(changes)

    def _sources(self) -> Iterator[tuple[str, Path]]:
        """The files of the source's disks."""
        for machine in self.workload.machines:
            for disk in machine.disks:
                if disk.volume is None:
                    yield disk.subject, disks.server_disk(self.devcloud, "city", machine.id)
                else:
                    yield disk.subject, disks.volume_file(self.devcloud, "city", disk.volume)

    def _at_the_source(self) -> Inventory:
        return inventory(self.estate.cloud, self.estate.place.project_id)

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
            wave, self.workload, view(self.target, place, project_of(cloud), networks_of(wave, self.workload))
        )
        assert not isinstance(bindings, tuple), bindings
        self.put_on_record(wave, bindings)

    def _goal(self) -> Place:
        return Place(
            cloud=self.target.name,
            tenant=self.estate.place.tenant,
            project=ProjectName("b"),
            project_id=self.project,
        )

    def narrow_source(self, **limits: int) -> None:
        """Take the source's project all room of Cinder's beyond this."""
        with openstack.connect(cloud="city") as sdk:
            sdk.set_volume_quotas(self.estate.place.project_id, **limits)

    # The clouds

    def source_is_there(self) -> None:
        """All servers of the source, with all of their volumes, whatever else is under way."""
        for machine in self.workload.machines:
            seen = self.estate.seen(machine.id)
            volumes = {each["id"] for each in seen["os-extended-volumes:volumes_attached"]}
            assert volumes == {disk.volume for disk in machine.disks if disk.volume is not None}
            assert seen["status"] in _SOUND, seen["status"]

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
        assert self._at_the_source() == self._before
        assert not self.keeps_room()
        if self.within:
            assert [each["OS-EXT-SRV-ATTR:host"] for each in seen] == [each.host for each in self.workload.machines]
        else:
            assert self.has() == NOTHING

    def arrived(self) -> None:
        """The target has everything once, with the source's content, and nothing that only served the migration."""
        self.everything_arrived_once()
        assert self.target_content() == self._content

    def source_is_as_before_but_locked(self) -> None:
        """The source has what it had, and no copy that only served the migration."""
        now = self._at_the_source()
        assert now == self._before
        self.source_stands_still()

    def source_is_gone(self) -> None:
        """Nothing of it is left."""
        assert self._at_the_source() == NOTHING

    def moved_within(self) -> None:
        """On other hosts, running, unlocked, with its content; nothing added."""
        for machine in self.workload.machines:
            seen = self.estate.seen(machine.id)
            assert (seen["status"], seen["locked"]) == ("ACTIVE", False)
            assert seen["OS-EXT-SRV-ATTR:host"] != machine.host
        assert {name: digest(file) for name, file in self._sources()} == self._content
        assert self._at_the_source() == self._before
        assert not self.keeps_room()


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


def project_of(cloud: CloudName) -> ProjectSpec:
    """The target's project, as manifests would have it."""
    return ProjectSpec(
        name=ProjectName("b"),
        cloud=cloud,
        keystone_name="market-b",
        zone=ZoneName("internet"),
        description=None,
        purpose="",
        protection_level=2,
    )
