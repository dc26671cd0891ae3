"""The target looked at: what it offers a project, and what the project has, in a dozen listings whatever the workload's size."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, CollectionName, Item, ItemId, Read, Scope
from provisioner.clouds.interface import ProjectId, Reading
from provisioner.clouds.offers import OfferedNetwork
from provisioner.errors import CloudError, CloudRefused
from provisioner.kinds.key_pair import KEY_PAIRS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import COMPUTE_SERVICES, FLAVORS, PORTS, SERVERS, VOLUMES
from provisioner.migration.source import Compute, ImageRoom
from provisioner.migration.target import TakenAddress, TargetNetwork, TargetSubnet, TargetView
from provisioner.moving.inspecting import Place
from provisioner.moving.reading import everything, of_project
from tenants.names import KeyPairName, NetworkName, ServerGroupName, SubnetName
from tenants.resources import UNLIMITED, Service
from tenants.spec import ProjectSpec
from tenants.wave import HostName

_COMPUTES: Final = {"binary": "nova-compute"}
#: What a project may keep and keeps of images: one item, asked for with a token of the project (image API v2, "Show usage").
#: Only Glance with limits in Keystone tells; others have nothing there.
_USAGE: Final = Collection(
    name=CollectionName("image-usage"),
    service="image",
    path="/info",
    item="usage",
    items="usage",
    owner=None,
    project_filter=None,
    scope=Scope.PROJECT,
)


def view(cloud: Cloud, place: Place, project: ProjectSpec, networks: frozenset[NetworkName]) -> TargetView:
    """The project of a cloud as a target; ports of these networks are looked at for addresses. Raises CloudError."""
    zone = project.site.availability_zone if project.site else None
    return replace(view_in_zone(cloud, place, zone, networks), keystone_name=project.keystone_name)


def view_in_zone(cloud: Cloud, place: Place, zone: str | None, networks: frozenset[NetworkName]) -> TargetView:
    """The same, where the availability zone of its servers is known already."""
    offers = cloud.offers()
    usable = [each for each in offers.networks if each.owner == place.project_id or each.shared or each.external]
    subnets = everything(cloud.resources, SUBNETS)
    computes = everything(cloud.resources, COMPUTE_SERVICES, _COMPUTES)
    mapped = {each.id for each in usable if each.name in networks}
    return TargetView(
        cloud=place.cloud,
        tenant=place.tenant,
        project=place.project,
        project_id=place.project_id,
        availability_zone=zone,
        offers=offers,
        networks=tuple(_network(each, place.project_id, subnets) for each in usable),
        security_groups=_ids(of_project(cloud.resources, Read(collection=SECURITY_GROUPS), place.project_id)),
        server_groups={
            ServerGroupName(name): ids
            for name, ids in _ids(of_project(cloud.resources, Read(collection=SERVER_GROUPS), place.project_id)).items()
        },
        key_pairs=_key_pairs(cloud, place.project_id),
        servers=_names(of_project(cloud.resources, Read(collection=SERVERS), place.project_id)),
        volumes=_names(of_project(cloud.resources, Read(collection=VOLUMES), place.project_id)),
        taken=tuple(_taken(each) for each in _ports(cloud, mapped)),
        readings=_readings(cloud, place.project_id),
        extra_specs={str(each["id"]): each.get("extra_specs") or {} for each in everything(cloud.resources, FLAVORS)},
        availability_zones=frozenset(str(each.get("zone")) for each in computes),
        hosts=frozenset(HostName(str(each["host"])) for each in computes if each.get("status") == "enabled"),
        computes=tuple(map(_compute, computes)),
        image_room=image_room(cloud, place.project_id),
    )


def computes_of(cloud: Cloud) -> tuple[Compute, ...]:
    """The hosts that run servers. Raises CloudError."""
    return tuple(map(_compute, everything(cloud.resources, COMPUTE_SERVICES, _COMPUTES)))


def image_room(cloud: Cloud, project: ProjectId) -> ImageRoom | None:
    """What Glance lets the project keep; None where it does not tell. Raises CloudError where it does not answer."""
    if not cloud.has(_USAGE.service):
        return None
    try:
        told = cloud.resources.fetch(_USAGE, project, ItemId("usage")) or {}
    except CloudRefused:
        return None
    size, count = _left(told.get("image_size_total")), _left(told.get("image_count_total"))
    return None if size is None and count is None else ImageRoom(size_left=size, count_left=count)


def _left(usage: Mapping[str, int] | None) -> int | None:
    if usage is None or usage["limit"] == UNLIMITED:
        return None
    return max(0, usage["limit"] - usage["usage"])


def _compute(service: Item) -> Compute:
    return Compute(
        host=HostName(str(service["host"])),
        zone=str(service.get("zone") or ""),
        enabled=service.get("status") == "enabled",
        up=service.get("state") == "up",
    )


def _key_pairs(cloud: Cloud, project: ProjectId) -> frozenset[KeyPairName]:
    """Those of our own user: only that user can give them to new servers."""
    read = Read(collection=KEY_PAIRS, parents=frozenset({cloud.own_user()}))
    return frozenset(KeyPairName(str(each["name"])) for each in of_project(cloud.resources, read, project))


def _ports(cloud: Cloud, networks: Iterable[str]) -> Iterable[Item]:
    for network in sorted(networks):
        yield from everything(cloud.resources, PORTS, {"network_id": network})


def _readings(cloud: Cloud, project: ProjectId) -> Mapping[Service, Reading]:
    found: dict[Service, Reading] = {}
    for service in Service:
        if cloud.has(service.value):
            reading = cloud.quotas(service).readings([project])[project]
            if isinstance(reading, CloudError):
                raise reading
            found[service] = reading
    return found


def _network(network: OfferedNetwork, project: ProjectId, subnets: Iterable[Item]) -> TargetNetwork:
    return TargetNetwork(
        id=network.id,
        name=NetworkName(network.name),
        own=network.owner == project,
        external=network.external,
        subnets=tuple(
            TargetSubnet(
                id=str(each["id"]),
                name=SubnetName(str(each.get("name") or "")),
                cidr=str(each["cidr"]),
                gateway=each.get("gateway_ip") or None,
            )
            for each in subnets
            if each.get("network_id") == network.id
        ),
    )


def _taken(port: Item) -> TakenAddress:
    return TakenAddress(
        network_id=str(port["network_id"]),
        mac=str(port.get("mac_address") or "").lower(),
        addresses=tuple(each["ip_address"] for each in port.get("fixed_ips") or ()),
        port=str(port["id"]),
        holder=str(port.get("name") or port.get("device_owner") or port["id"]),
        project=str(port.get(PORTS.owner or "") or ""),
    )


def _ids(items: Iterable[Item]) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in items:
        found[str(each.get("name"))].append(str(each["id"]))
    return {name: tuple(ids) for name, ids in found.items()}


def _names(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(str(each.get("name") or "") for each in items)
