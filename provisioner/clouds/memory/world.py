"""What a cloud in memory holds: projects, people, roles, limits and what is in use of them. Plain data behind a lock."""

import hashlib
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.clouds.interface import (
    Assignment,
    Capacity,
    DomainId,
    Holder,
    KeystoneProject,
    PrincipalId,
    ProjectId,
    RoleId,
)
from provisioner.clouds.memory.disks import Disk
from provisioner.clouds.memory.shelves import Shelves
from provisioner.clouds.offers import Flavor, Image
from tenants.names import DomainName, PrincipalName, RoleName, VolumeTypeName
from tenants.resources import CATALOGUE, Limit, Limits, Resource, Service

#: A project's limits where nobody gave it any: OpenStack's own defaults; what is not here is unlimited.
_DEFAULTS: Final[Mapping[Service, Mapping[str, int]]] = {
    Service.COMPUTE: {
        "instances": 10,
        "cores": 20,
        "ram": 51200,
        "metadata_items": 128,
        "key_pairs": 100,
        "server_groups": 10,
        "server_group_members": 10,
    },
    Service.BLOCK_STORAGE: {
        "volumes": 10,
        "snapshots": 10,
        "gigabytes": 1000,
        "backups": 10,
        "backup_gigabytes": 1000,
        "groups": 10,
    },
    Service.NETWORK: {
        "network": 100,
        "subnet": 100,
        "port": 500,
        "router": 10,
        "floatingip": 50,
        "security_group": 10,
        "security_group_rule": 100,
        "rbac_policy": 10,
        "router_route": 30,
    },
}
#: How many bytes an image has where nobody said which.
_IMAGE_BYTES: Final = 4096
_EXTENSIONS: Final = frozenset(
    {
        "router",
        "security-group",
        "rbac-policies",
        "extraroute",
        "subnet_allocation",
        "quotas",
        "quota_details",
        "quota-check-limit",
        "quota-check-limit-default",
    }
)


#: Memory in MiB, disks in GiB.
_FLAVORS: Final = (
    Flavor(id="f1", name="tiny", vcpus=1, ram=512, disk=1),
    Flavor(id="f2", name="small", vcpus=1, ram=2048, disk=20),
    Flavor(id="f3", name="medium", vcpus=2, ram=4096, disk=40),
    Flavor(id="f4", name="large", vcpus=4, ram=8192, disk=80),
)
#: Which hosts run servers, in which zones.
_HOSTS: Final[Mapping[str, str]] = {
    "compute-1": "internet",
    "compute-2": "internet",
    "compute-3": "extranet",
    "compute-4": "extranet",
}
_IMAGES: Final = (Image(id="i1", name="guest", status="active", visibility="public", owner=""),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishing:
    """What a cloud in memory starts with. Groups and users are in every domain alike."""

    domains: frozenset[DomainName] = frozenset({DomainName("government")})
    roles: frozenset[RoleName] = frozenset({RoleName("member"), RoleName("reader")})
    groups: frozenset[PrincipalName] = frozenset()
    users: frozenset[PrincipalName] = frozenset()
    services: frozenset[Service] = frozenset(Service)
    volume_types: frozenset[VolumeTypeName] = frozenset({VolumeTypeName("standard"), VolumeTypeName("ssd")})
    network_extensions: frozenset[str] = _EXTENSIONS
    availability_zones: frozenset[str] = frozenset({"internet", "extranet"})
    external_networks: frozenset[str] = frozenset({"internet-external", "extranet-external"})
    flavors: tuple[Flavor, ...] = _FLAVORS
    images: tuple[Image, ...] = _IMAGES
    #: The bytes of these images, by their ids; of those that are not here, some that their ids decide.
    contents: Mapping[str, bytes] = field(default_factory=dict)
    #: Host to zone.
    hosts: Mapping[str, str] = field(default_factory=lambda: dict(_HOSTS))
    #: How many bytes a GiB of a disk has here. Fewer make tests quick that read whole disks.
    gib: int = 1024**3
    unified_compute_limits: bool = False
    capacity: Mapping[Resource, Capacity] = field(default_factory=dict)

    def content_of(self, image: Image) -> bytes:
        """The bytes of an image that the cloud has from the start."""
        given = self.contents.get(image.id)
        return hashlib.shake_256(image.id.encode()).digest(_IMAGE_BYTES) if given is None else given

    @property
    def defaults(self) -> Limits:
        """The limits of a project that nobody gave any: every resource that this cloud enforces."""
        return {each: _default(each) for service in self.services for each in self._enforced(service)}

    def _enforced(self, service: Service) -> list[Resource]:
        found = []
        for name, definition in CATALOGUE[service].items():
            if definition.extension is None or definition.extension in self.network_extensions:
                found.append(Resource(service=service, name=name))
            if definition.per_volume_type:
                found.extend(
                    Resource(service=service, name=name, volume_type=volume_type) for volume_type in self.volume_types
                )
        return found


@dataclass(slots=True, kw_only=True)
class Project:
    """A project, with the limits of its own and what it uses."""

    seen: KeystoneProject
    domain: DomainName


@dataclass(slots=True, kw_only=True)
class Use:
    """What is in use of one resource in one project."""

    used: int = 0
    reserved: int = 0
    holders: tuple[Holder, ...] = ()


class World:
    """The cloud's state. Whoever reads or changes it holds `lock`."""

    def __init__(self, furnishing: Furnishing) -> None:
        self.furnishing = furnishing
        self.lock = threading.RLock()
        self.defaults = dict(furnishing.defaults)
        self.domains = {name: DomainId(new_id()) for name in sorted(furnishing.domains)}
        self.roles = {name: RoleId(new_id()) for name in sorted(furnishing.roles)}
        self.groups = {domain: _principals(furnishing.groups) for domain in self.domains}
        self.users = {domain: _principals(furnishing.users) for domain in self.domains}
        self.projects: dict[ProjectId, Project] = {}
        self.assignments: set[Assignment] = set()
        #: The limits that projects have of their own. Cinder and Neutron keep them for projects that do not exist, too.
        self.limits: dict[ProjectId, dict[Resource, Limit]] = {}
        #: What is in use beside what is on the shelves.
        self.uses: dict[ProjectId, dict[Resource, Use]] = {}
        self.shelves = Shelves()
        #: The user that Tenantry is here, and the project that it is in.
        self.own_user = new_id()
        self.own_project = ProjectId(new_id())
        #: What disks and images hold, by the ids of volumes, snapshots, images, and servers with root disks.
        self.disks: dict[str, Disk] = {}
        #: The ids of all images that there ever were: Glance gives none twice.
        self.image_ids: set[str] = set()
        #: Whether Nova keeps deleted servers for a while (`reclaim_instance_interval`).
        self.has_bin = False
        #: The number of the last migration.
        self.migrations = 0
        #: The id of the request that is being answered.
        self.request_id = ""
        self.volume_types = {name: new_id() for name in sorted(furnishing.volume_types)}
        #: By (collection's path, item's name): what is to become of the next one made, instead of the usual.
        self.fates: dict[tuple[str, str], list[Mapping[str, Any] | None]] = {}

    def enforced(self, project: ProjectId, service: Service) -> Limits:
        """The limits that hold for a project in one service."""
        own = self.limits.get(project, {})
        return {each: own.get(each, limit) for each, limit in self.defaults.items() if each.service is service}

    def use(self, project: ProjectId, resource: Resource) -> Use:
        """What is in use: what somebody said, and what the project holds."""
        said = self.uses.get(project, {}).get(resource, Use())
        held = tuple(
            Holder(id=each.id, name=str(each.item.get("name") or each.id), amount=each.holds[resource])
            for each in self.shelves.holding(project, resource)
        )
        used = said.used + sum(each.amount for each in held)
        return Use(used=used, reserved=said.reserved, holders=(*said.holders, *held))

    def offers(self, path: str, identity: str) -> bool:
        """Whether the cloud offers a flavor or a volume type of that id, by the path of their collection."""
        offered: Mapping[str, Iterable[str]] = {
            "/flavors": [each.id for each in self.furnishing.flavors],
            "/types": self.volume_types.values(),
        }
        return identity in offered.get(path, ())


def new_id() -> str:
    """An id as Keystone makes them."""
    return uuid.uuid4().hex


def new_uuid() -> str:
    """An id as the other services make them."""
    return str(uuid.uuid4())


def _principals(names: frozenset[PrincipalName]) -> dict[PrincipalName, PrincipalId]:
    return {name: PrincipalId(new_id()) for name in sorted(names)}


def _default(resource: Resource) -> Limit:
    if resource.volume_type is not None:
        return Limit(-1)
    return Limit(_DEFAULTS[resource.service].get(resource.name, -1))
