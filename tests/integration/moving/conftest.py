"""Servers of a project of their own on a real OpenStack, to be moved from one host to another."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import openstack
import pytest

from devcloud.fixture import Devcloud
from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import PORTS, PROJECT_SERVERS, SERVERS, VOLUMES
from provisioner.moving.inspecting import Inspection, Place, Wanted, inspect_application
from provisioner.store.database import Database
from tenants.application import ApplicationSpec, ServerSpec
from tenants.names import (
    ApplicationName,
    CloudName,
    DomainName,
    FlavorName,
    ImageName,
    ProjectName,
    ServerName,
    TenantName,
)
from tenants.wave import Mode
from tests.integration.moving.imports import Import
from tests.integration.moving.theatre import Show, goal

_CITY = CloudName("city")
#: The only zone of two computes.
_ZONE = "internet"
_PATIENCE_S = 90


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that real clouds need."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"))
            item.add_marker(pytest.mark.timeout(300))


class Estate:
    """A project with a network, and what tests put there."""

    def __init__(self, cloud: OpenStackCloud, project: ProjectId, name: str) -> None:
        self.cloud = cloud
        self.place = Place(cloud=_CITY, tenant=TenantName(name), project=ProjectName("a"), project_id=project)
        self.network = self._make(NETWORKS, name="应用网", project_id=project)
        subnet = {"name": "app-v4", "network_id": self.network, "cidr": "10.30.0.0/24", "ip_version": 4}
        self.subnet = self._make(SUBNETS, project_id=project, **subnet)
        self.group = self._make(SECURITY_GROUPS, name="web", project_id=project)
        offers = cloud.offers()
        self._image = next(each.id for each in offers.images if each.name == "guest")
        self._flavor = next(each.id for each in offers.flavors if each.name == "tiny")

    def volume(self, name: str, **body: Any) -> str:
        """A volume of 1 GiB that is there."""
        made = self._make(VOLUMES, name=name, size=1, **body)
        self.wait(lambda: (self._fetch(VOLUMES, made) or {}).get("status") == "available")
        return made

    def server(self, name: str, *, from_volume: bool = False, data: int = 0, **body: Any) -> str:
        """A server that runs, on an image or a volume, with so many volumes beside."""
        port = self._make(
            PORTS,
            name=f"{name}-应用网",
            network_id=self.network,
            project_id=self.place.project_id,
            security_groups=[self.group],
            allowed_address_pairs=[{"ip_address": "10.30.0.100"}],
        )
        disks = [self._disk(self.volume(f"{name}-data-{place}")) for place in range(data)]
        if from_volume:
            root = self.volume(f"{name}-root", imageRef=self._image, metadata={"owner": "market"})
            disks = [{**self._disk(root), "boot_index": 0}, *disks]
        else:
            image = {"source_type": "image", "destination_type": "local", "boot_index": 0, "uuid": self._image}
            body["imageRef"] = self._image
            disks = [{**image, "delete_on_termination": True}, *disks]
        made = self._make(
            PROJECT_SERVERS,
            name=name,
            flavorRef=self._flavor,
            networks=[{"port": port}],
            availability_zone=_ZONE,
            block_device_mapping_v2=disks,
            **body,
        )
        self.wait(lambda: self.seen(made).get("status") in {"ACTIVE", "ERROR"})
        assert self.seen(made)["status"] == "ACTIVE", self.seen(made)
        return made

    def inspect(self, *names: str) -> Inspection:
        """What a migration would find of these servers."""
        servers = tuple(
            ServerSpec(name=ServerName(each), flavor=FlavorName("tiny"), image=ImageName("guest")) for each in names
        )
        application = ApplicationSpec(
            name=ApplicationName("registration"),
            display_name="登记",
            owner=self.place.tenant,
            project=self.place.project,
            protection_level=2,
            servers=servers,
        )
        return inspect_application(self.cloud.resources, self.place, Wanted(application=application))

    def seen(self, server: str) -> Item:
        """A server as Nova has it."""
        return self._fetch(SERVERS, server) or {}

    @staticmethod
    def wait(settled: Callable[[], bool]) -> None:
        """Until it is so."""
        end = time.monotonic() + _PATIENCE_S
        while not settled():
            assert time.monotonic() < end, "the cloud took too long"
            time.sleep(0.3)

    @staticmethod
    def _disk(volume: str) -> dict[str, Any]:
        return {
            "source_type": "volume",
            "destination_type": "volume",
            "uuid": volume,
            "boot_index": -1,
            "delete_on_termination": False,
        }

    def _make(self, collection: Any, **body: Any) -> str:
        return str(self.cloud.resources.create(collection, self.place.project_id, body).item["id"])

    def _fetch(self, collection: Any, item: str) -> Item | None:
        return self.cloud.resources.fetch(collection, self.place.project_id, ItemId(item))


@pytest.fixture(scope="module")
def city(devcloud: Devcloud) -> Iterator[OpenStackCloud]:
    """The city cloud by the adapter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
        with connect(_CITY, "city") as cloud:
            yield cloud


@pytest.fixture(scope="module")
def estate(city: OpenStackCloud) -> Iterator[Estate]:
    """A project that no other module has; all that is left in it afterwards is cleared away."""
    with _estate(city) as estate:
        yield estate


@contextmanager
def _estate(city: OpenStackCloud) -> Iterator[Estate]:
    name = f"moves-{secrets.token_hex(4)}"
    project = city.identity.create_project(DomainName("government"), name=name, description="")[0].id
    with openstack.connect(cloud="city") as sdk:
        # Twice the volumes of the largest estate, for their clones, and more.
        sdk.set_volume_quotas(project, volumes=40, snapshots=40)
    try:
        yield Estate(city, project, name)
    finally:
        _clear("city", project)


@pytest.fixture
def staged(
    devcloud: Devcloud, city: OpenStackCloud, database: Database, tmp_path: Path
) -> Iterator[Callable[[Mode], Show]]:
    """Sets a stage for a move in some mode: a source's project, a target's, both cleared away afterwards."""
    with ExitStack() as stack:

        def stage(mode: Mode) -> Show:
            name = CloudName("district")
            target = stack.enter_context(connect(name, name)) if mode is Mode.CROSS_CLOUD else city
            estate = stack.enter_context(_estate(city))
            project = estate.place.project_id
            if not mode.within:
                project = goal(target)
                stack.callback(_clear, str(target.name), project)
            return Show(
                devcloud=devcloud,
                database=database,
                estate=estate,
                target=target,
                project=project,
                mode=mode,
                folder=tmp_path,
            )

        yield stage


@pytest.fixture
def importing(devcloud: Devcloud, city: OpenStackCloud, database: Database, tmp_path: Path) -> Iterator[Import]:
    """A stage for an import into a project of its own, cleared away afterwards."""
    with _estate(city) as estate:
        yield Import(
            devcloud=devcloud,
            database=database,
            estate=estate,
            target=city,
            project=estate.place.project_id,
            mode=Mode.IMPORT,
            folder=tmp_path,
        )


def _clear(cloud: str, project: str) -> None:
    with openstack.connect(cloud=cloud) as sdk:
        _clear_all(sdk, project)


def _clear_all(sdk: openstack.connection.Connection, project: str) -> None:
    for server in list(sdk.compute.servers(all_projects=True, project_id=project)):
        sdk.compute.delete_server(server, force=True)
        sdk.compute.wait_for_delete(server)
    for group in list(sdk.compute.server_groups(all_projects=True)):
        if group.project_id == project:
            sdk.compute.delete_server_group(group)
    for snapshot in list(sdk.block_storage.snapshots(all_projects=True, project_id=project)):
        sdk.block_storage.delete_snapshot(snapshot)
        sdk.block_storage.wait_for_delete(snapshot)
    for image in list(sdk.image.images(owner=project)):
        sdk.image.delete_image(image)
    for volume in list(sdk.block_storage.volumes(all_projects=True, project_id=project)):
        sdk.block_storage.delete_volume(volume, force=True)
    _clear_networks(sdk, project)
    sdk.identity.delete_project(project)


def _clear_networks(sdk: openstack.connection.Connection, project: str) -> None:
    for port in list(sdk.network.ports(project_id=project)):
        sdk.network.delete_port(port)
    for network in list(sdk.network.networks(project_id=project)):
        sdk.network.delete_network(network)
    for group in list(sdk.network.security_groups(project_id=project)):
        if group.name != "default":
            sdk.network.delete_security_group(group)
