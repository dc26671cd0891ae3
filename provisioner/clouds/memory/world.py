"""What a cloud in memory holds: projects, people, roles, limits and what is in use of them. Plain data behind a lock."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

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
    unified_compute_limits: bool = False
    capacity: Mapping[Resource, Capacity] = field(default_factory=dict)

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
        self.uses: dict[ProjectId, dict[Resource, Use]] = {}

    def enforced(self, project: ProjectId, service: Service) -> Limits:
        """The limits that hold for a project in one service."""
        own = self.limits.get(project, {})
        return {each: own.get(each, limit) for each, limit in self.defaults.items() if each.service is service}

    def use(self, project: ProjectId, resource: Resource) -> Use:
        """What is in use; nothing where nobody said otherwise."""
        return self.uses.get(project, {}).get(resource, Use())


def new_id() -> str:
    """An id as Keystone makes them."""
    return uuid.uuid4().hex


def _principals(names: frozenset[PrincipalName]) -> dict[PrincipalName, PrincipalId]:
    return {name: PrincipalId(new_id()) for name in sorted(names)}


def _default(resource: Resource) -> Limit:
    if resource.volume_type is not None:
        return Limit(-1)
    return Limit(_DEFAULTS[resource.service].get(resource.name, -1))
