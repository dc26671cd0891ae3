"""Projects of clouds in memory with the servers of an application, for tests of migrations."""

from typing import Any

from provisioner.clouds.collections import Collection, Item, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.memory.world import Furnishing
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import INSTANCE_ACTIONS, PORTS, PROJECT_SERVERS, SERVERS, VOLUMES
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.inspecting import Inspection, Place, Wanted, inspect_application
from tenants.application import ApplicationSpec, ServerSpec
from tenants.names import (
    ApplicationName,
    CloudName,
    DomainName,
    FlavorName,
    ProjectName,
    ServerName,
    TenantName,
)
from tenants.wave import Mode
from tests.migrations import Fate, Fated, Journey, OnlyResources, bindings_of, wave_of

_CITY = CloudName("city")


def memory_cloud(name: CloudName) -> MemoryCloud:
    """A cloud whose disks are small, so that reading whole ones takes no time."""
    return MemoryCloud(name, furnishing=Furnishing(gib=16 * 1024), sleep=lambda _: None)


class Estate:
    """A project of a cloud in memory, with a network, and what tests put there."""

    def __init__(self) -> None:
        self.cloud = memory_cloud(_CITY)
        project = self.cloud.identity.create_project(DomainName("government"), name="market-a", description="")[0].id
        self.place = Place(
            cloud=_CITY, tenant=TenantName("market"), project=ProjectName("a"), project_id=ProjectId(project)
        )
        self.network = self.make(NETWORKS, name="应用网", project_id=project)["id"]
        subnet = {"network_id": self.network, "cidr": "10.30.0.0/24", "ip_version": 4}
        self.subnet = self.make(SUBNETS, name="app-v4", project_id=project, **subnet)["id"]
        self.group = self.make(SECURITY_GROUPS, name="web", project_id=project)["id"]
        self.fate = Fate()

    def make(self, collection: Collection, **body: Any) -> Item:
        """An item of the project."""
        return self.cloud.resources.create(collection, self.place.project_id, body).item

    def server(self, name: str, *, from_volume: bool = False, data: int = 0, **body: Any) -> str:
        """A server that runs, on an image or a volume, with so many volumes beside."""
        about = {"network_id": self.network, "project_id": self.place.project_id, "security_groups": [self.group]}
        port = self.make(PORTS, name=f"{name}-应用网", **about)["id"]
        volumes = [self.volume(f"{name}-data-{place}") for place in range(data)]
        volumes = [self.volume(f"{name}-root", imageRef="i1"), *volumes] if from_volume else volumes
        disks = [
            {
                "source_type": "volume",
                "destination_type": "volume",
                "uuid": each,
                "boot_index": 0 if from_volume and place == 0 else -1,
            }
            for place, each in enumerate(volumes)
        ]
        root = {} if from_volume else {"imageRef": "i1"}
        made = self.make(
            PROJECT_SERVERS,
            **{"name": name, "flavorRef": "f1", "networks": [{"port": port}], **root, **body},
            availability_zone="internet",
            block_device_mapping_v2=disks,
        )["id"]
        while self.seen(made)["status"] == "BUILD":
            self.cloud.resources.fetch(SERVERS, self.place.project_id, ItemId(made))
        return str(made)

    def volume(self, name: str, **body: Any) -> str:
        """A volume of 1 GiB that is there."""
        made = str(self.make(VOLUMES, **{"name": name, "size": 1, **body})["id"])
        while self._now(VOLUMES, made)["status"] != "available":
            self.cloud.resources.fetch(VOLUMES, self.place.project_id, ItemId(made))
        return made

    def seen(self, server: str) -> Item:
        """A server as it is, without any look of which something would come about."""
        return self._now(SERVERS, server)

    def rest(self, server: str) -> tuple[str, str, bool]:
        """Where a server comes to rest: its status, its host, and whether it is locked."""
        while self.seen(server)["OS-EXT-STS:task_state"] is not None:
            self.cloud.resources.fetch(SERVERS, self.place.project_id, ItemId(server))
        seen = self.seen(server)
        return seen["status"], seen["OS-EXT-SRV-ATTR:host"], seen["locked"]

    def done_to(self, action: str) -> int:
        """How often something was done to any server."""
        return sum(each["action"] == action for each in self.cloud.items(INSTANCE_ACTIONS, None))

    def inspect(self, *names: str, **wanted: Any) -> Inspection:
        """What a migration would find of these servers."""
        servers = tuple(ServerSpec(name=ServerName(each), flavor=FlavorName("tiny")) for each in names)
        return inspect_application(
            self.cloud.resources, self.place, Wanted(application=application(servers=servers), **wanted)
        )

    def journey(self, mode: Mode, *names: str, **changes: Any) -> Journey:
        """The migration of these servers within the cloud, whose calls meet the estate's fate."""
        workload = self.inspect(*names).workload
        cloud = OnlyResources(Fated(self.cloud.resources, self.fate))
        return Journey(
            workload=workload,
            bindings=bindings_of(workload),
            wave=wave_of(workload, mode, **changes),
            deeds=DEEDS,
            source=cloud,
            target=cloud,
        )

    def _now(self, collection: Collection, item: str) -> Item:
        return next(each for each in self.cloud.items(collection, self.place.project_id) if each["id"] == item)


def application(**fields: Any) -> ApplicationSpec:
    """An application of these servers."""
    said: dict[str, Any] = {
        "name": ApplicationName("registration"),
        "display_name": "登记",
        "owner": TenantName("market"),
        "project": ProjectName("a"),
        "protection_level": 2,
        **fields,
    }
    return ApplicationSpec(**said)
