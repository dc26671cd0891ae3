"""Fills a new cloud by its own APIs: accounts, catalogue, groups, flavors, an image, networks, volume types, zones.

In two steps, because the other services cannot even start before Keystone knows them: :func:`seed_identity` as soon
as Keystone answers, :func:`seed_resources` when all do. The result is kept as a template (:mod:`devcloud.template`),
so this runs once for a cloud's name.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from devcloud.cloudclient import ApiError, CloudClient
from devcloud.configs import BACKENDS, SERVICE_PASSWORD
from devcloud.errors import DevcloudError
from devcloud.layout import PACKAGE
from devcloud.records import (
    CINDER,
    GLANCE,
    KEYSTONE,
    NEUTRON,
    NOVA,
    PLACEMENT,
    REGION,
    CloudOptions,
    ServiceName,
)

SEED_FILE: Final = PACKAGE / "data" / "seed.yaml"

USER_PASSWORD: Final = "devcloud-user"  # noqa: S105 - a throw-away cloud on 127.0.0.1
"""Password of every seeded user."""

_TYPES: Final[Mapping[ServiceName, tuple[str, str]]] = {
    PLACEMENT: ("placement", ""),
    GLANCE: ("image", ""),
    NEUTRON: ("network", ""),
    CINDER: ("block-storage", "/v3"),
    NOVA: ("compute", "/v2.1"),
}
"""Service type and path of each service's endpoint."""

_REGISTERED_LIMITS: Final[Mapping[str, int]] = {
    "servers": 10,
    "class:VCPU": 20,
    "class:MEMORY_MB": 50 * 1024,
    "class:DISK_GB": 1000,
    "server_metadata_items": 128,
    "server_key_pairs": 100,
    "server_groups": 10,
    "server_group_members": 10,
}
"""Nova's limits in Keystone, with Nova's own defaults."""

_CONFLICT = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeed:
    """A Keystone group to make."""

    name: str
    domain: str
    description: str


def load_seed() -> dict[str, Any]:
    """Return the content of ``data/seed.yaml``."""
    content: dict[str, Any] = yaml.safe_load(SEED_FILE.read_text(encoding="utf-8"))
    return content


def read_groups(file: Path) -> tuple[GroupSeed, ...]:
    """Read a list of groups: each a name, or a mapping with name, description and domain (``government``).

    Raises:
        DevcloudError: the file does not hold such a list.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if isinstance(content, dict):
        content = content.get("groups")
    if not isinstance(content, list):
        raise DevcloudError(f"{file}: a list of groups is expected")
    return tuple(_group(entry, file) for entry in content)


def _group(entry: object, file: Path) -> GroupSeed:
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise DevcloudError(f"{file}: {entry!r} is neither a group's name nor a mapping with one")
    unknown = entry.keys() - {"name", "domain", "description"}
    if unknown:
        raise DevcloudError(f"{file}: group {entry['name']} has unknown keys {', '.join(sorted(map(str, unknown)))}")
    return GroupSeed(
        name=entry["name"], domain=entry.get("domain", "government"), description=entry.get("description", "")
    )


def seed_identity(client: CloudClient, options: CloudOptions) -> None:
    """Make the services' accounts and endpoints, then the tenants' domain, groups and users."""
    roles = _ids(client.get(KEYSTONE, "/v3/roles")["roles"])
    project = client.post(KEYSTONE, "/v3/projects", {"project": {"name": "service", "domain_id": "default"}})
    project_id = project["project"]["id"]
    nova_service_id = ""
    for service, (kind, path) in _TYPES.items():
        user = {"name": service, "password": SERVICE_PASSWORD, "domain_id": "default"}
        user_id = client.post(KEYSTONE, "/v3/users", {"user": user})["user"]["id"]
        for role in ("admin", "service"):
            client.put(KEYSTONE, f"/v3/projects/{project_id}/users/{user_id}/roles/{roles[role]}")
        service_id = _seed_endpoints(client, service, kind, path)
        if service == NOVA:
            nova_service_id = service_id
            # oslo.limit reads limits with a system-scoped token.
            client.put(KEYSTONE, f"/v3/system/users/{user_id}/roles/{roles['reader']}")
    if options.unified_limits:
        _seed_registered_limits(client, nova_service_id)
    _seed_tenants(client)


def _seed_endpoints(client: CloudClient, service: ServiceName, kind: str, path: str) -> str:
    record = {"service": {"name": service, "type": kind}}
    service_id: str = client.post(KEYSTONE, "/v3/services", record)["service"]["id"]
    ports = client.endpoints[service]
    for interface, port in (("public", ports.public), ("internal", ports.internal)):
        endpoint = {
            "service_id": service_id,
            "interface": interface,
            "url": f"http://127.0.0.1:{port}{path}",
            "region_id": REGION,
        }
        client.post(KEYSTONE, "/v3/endpoints", {"endpoint": endpoint})
    return service_id


def _seed_registered_limits(client: CloudClient, service_id: str) -> None:
    limits = [
        {"service_id": service_id, "region_id": REGION, "resource_name": name, "default_limit": default}
        for name, default in _REGISTERED_LIMITS.items()
    ]
    client.post(KEYSTONE, "/v3/registered_limits", {"registered_limits": limits})


def _seed_tenants(client: CloudClient) -> None:
    seed = load_seed()
    for domain in seed["domains"]:
        client.post(KEYSTONE, "/v3/domains", {"domain": domain})
    seed_groups(client, (_group(entry, SEED_FILE) for entry in seed["groups"]))
    domains = _ids(client.get(KEYSTONE, "/v3/domains")["domains"])
    for domain in seed["domains"]:
        _let_the_administrator_build(client, domains[domain["name"]])
    groups = _ids(client.get(KEYSTONE, "/v3/groups")["groups"])
    for entry in seed["users"]:
        user = {
            "name": entry["name"],
            "domain_id": domains[entry["domain"]],
            "description": entry["description"],
            "password": USER_PASSWORD,
        }
        user_id = client.post(KEYSTONE, "/v3/users", {"user": user})["user"]["id"]
        for group in entry["groups"]:
            client.put(KEYSTONE, f"/v3/groups/{groups[group]}/users/{user_id}")


def _let_the_administrator_build(client: CloudClient, domain_id: str) -> None:
    """Give the administrator the role `member` in every project of the domain, as whoever builds servers there needs it."""
    roles = _ids(client.get(KEYSTONE, "/v3/roles")["roles"])
    users = _ids(client.get(KEYSTONE, "/v3/users")["users"])
    role = f"/users/{users['admin']}/roles/{roles['member']}/inherited_to_projects"
    client.put(KEYSTONE, f"/v3/OS-INHERIT/domains/{domain_id}{role}")


def seed_groups(client: CloudClient, groups: Iterable[GroupSeed]) -> None:
    """Make groups that are not there yet.

    Raises:
        DevcloudError: a group names a domain that the cloud does not have.
    """
    domains = _ids(client.get(KEYSTONE, "/v3/domains")["domains"])
    for group in groups:
        if group.domain not in domains:
            raise DevcloudError(
                f"group {group.name}: the cloud has no domain {group.domain}, only {', '.join(domains)}"
            )
        record = {"name": group.name, "domain_id": domains[group.domain], "description": group.description}
        try:
            client.post(KEYSTONE, "/v3/groups", {"group": record})
        except ApiError as error:
            if error.status != _CONFLICT:
                raise


def seed_resources(client: CloudClient, options: CloudOptions) -> None:
    """Make volume types, flavors, images, default security rules, external networks and availability zones."""
    seed = load_seed()
    _seed_default_rules(client)
    _seed_volume_types(client)
    for flavor in seed["flavors"]:
        client.post(NOVA, "/v2.1/flavors", {"flavor": _flavor(**flavor)})
    _seed_image(client, seed["image"]["name"], seed["image"]["size_mib"])
    for zone in seed["zones"]:
        _seed_external_network(client, zone["network"], zone["cidr"])
    _seed_zones(client, [zone["name"] for zone in seed["zones"]], options.computes)


def _flavor(*, public: bool = True, **sizes: Any) -> dict[str, Any]:
    return {**sizes, "os-flavor-access:is_public": public}


def _seed_volume_types(client: CloudClient) -> None:
    root = f"/v3/{client.project_id}/types"
    for backend in BACKENDS:
        specs = {"volume_backend_name": backend}
        client.post(CINDER, root, {"volume_type": {"name": backend, "extra_specs": specs}})
    for kind in client.get(CINDER, root)["volume_types"]:
        if kind["name"] not in BACKENDS:
            client.call(CINDER, "DELETE", f"{root}/{kind['id']}")


def _seed_image(client: CloudClient, name: str, size_mib: int) -> None:
    record = {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    image_id = client.post(GLANCE, "/v2/images", record)["id"]
    client.put(GLANCE, f"/v2/images/{image_id}/file", image_bytes(size_mib))


def image_bytes(size_mib: int) -> bytes:
    """Return the image's content: the same on every machine, and not compressible to nothing."""
    blocks = (hashlib.sha256(str(number).encode()).digest() * 2048 for number in range(size_mib * 16))
    return b"".join(blocks)


def _seed_default_rules(client: CloudClient) -> None:
    """Let new security groups have the rules that Neutron's own migrations bring along, and our making of tables does not.

    Every group lets everything out; a project's default group also lets its own members in.
    """
    for ethertype in ("IPv4", "IPv6"):
        out = {"direction": "egress", "ethertype": ethertype, "used_in_non_default_sg": True}
        within = {
            "direction": "ingress",
            "ethertype": ethertype,
            "remote_group_id": "PARENT",
            "used_in_non_default_sg": False,
        }
        for rule in (out, within):
            body = {"default_security_group_rule": {**rule, "used_in_default_sg": True}}
            client.post(NEUTRON, "/v2.0/default-security-group-rules", body)


def _seed_external_network(client: CloudClient, name: str, cidr: str) -> None:
    network = {
        "name": name,
        "router:external": True,
        "provider:network_type": "flat",
        "provider:physical_network": name,
    }
    network_id = client.post(NEUTRON, "/v2.0/networks", {"network": network})["network"]["id"]
    subnet = {"name": name, "network_id": network_id, "ip_version": 4, "cidr": cidr, "enable_dhcp": False}
    client.post(NEUTRON, "/v2.0/subnets", {"subnet": subnet})


def _seed_zones(client: CloudClient, zones: list[str], computes: int) -> None:
    """Make an aggregate for each zone: the last holds a third of the computes, the first the rest."""
    hosts = [f"compute-{number}" for number in range(1, computes + 1)]
    split = computes - max(1, computes // 3)
    for zone, members in zip(zones, (hosts[:split], hosts[split:]), strict=True):
        record = {"aggregate": {"name": zone, "availability_zone": zone}}
        aggregate_id = client.post(NOVA, "/v2.1/os-aggregates", record)["aggregate"]["id"]
        for host in members:
            client.post(NOVA, f"/v2.1/os-aggregates/{aggregate_id}/action", {"add_host": {"host": host}})


def _ids(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {record["name"]: record["id"] for record in records}
