"""The catalogue of quota resources: every name that Nova, Cinder and Neutron enforce, with its unit.

The manifest language, the envelopes, the diff and the cloud adapters all take their names from here, so a resource
that a later release adds is one line in this file.

Sources: compute API reference `os-quota-sets` (microversion 2.57 and later), block storage API reference v3
`os-quota-sets`, network API reference v2.0 `quotas` with its extensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from tenants.names import VolumeTypeName

#: A limit in the unit of the service's own API (see `Unit`); `UNLIMITED` is -1 everywhere in OpenStack.
Limit = NewType("Limit", int)
UNLIMITED: Final = Limit(-1)


class Service(StrEnum):
    """OpenStack service types, as the service-types authority names them."""

    COMPUTE = "compute"
    BLOCK_STORAGE = "block-storage"
    NETWORK = "network"


class Unit(StrEnum):
    """What one unit of a limit is in the service's API."""

    COUNT = "count"
    MEBIBYTE = "MiB"
    GIBIBYTE = "GiB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing that a service limits for a project, such as `compute/cores` or `block-storage/gigabytes` of one type."""

    service: Service
    #: The service's own name of it, without a volume type's suffix.
    name: str
    #: Set where the limit is that of one volume type.
    volume_type: VolumeTypeName | None = None

    @property
    def key(self) -> str:
        """The name in the service's quota API: `gigabytes`, `gigabytes_ssd`."""
        return self.name if self.volume_type is None else f"{self.name}_{self.volume_type}"

    def __lt__(self, other: "Resource") -> bool:
        return self._rank() < other._rank()

    def _rank(self) -> tuple[str, str, str]:
        """What it is sorted by: the limit of all volume types comes before those of each."""
        return self.service, self.name, self.volume_type or ""

    def __str__(self) -> str:
        return f"{self.service}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the catalogue knows of one resource name."""

    service: Service
    name: str
    unit: Unit
    description: str
    #: Whether projects' limits add up, so that an envelope over them has a meaning (`cores` do, `metadata_items` do not).
    additive: bool = True
    #: Whether Cinder limits it for each volume type as well.
    per_volume_type: bool = False
    #: The Neutron extension alias that must be loaded, or None where the service always has it.
    extension: str | None = None


#: A project's limits, or an envelope's: only the resources that somebody named.
Limits = Mapping[Resource, Limit]


def _nova(name: str, description: str, *, unit: Unit = Unit.COUNT, additive: bool = True) -> Definition:
    return Definition(service=Service.COMPUTE, name=name, unit=unit, description=description, additive=additive)


def _cinder(
    name: str, description: str, *, unit: Unit = Unit.COUNT, additive: bool = True, typed: bool = False
) -> Definition:
    return Definition(
        service=Service.BLOCK_STORAGE,
        name=name,
        unit=unit,
        description=description,
        additive=additive,
        per_volume_type=typed,
    )


def _neutron(name: str, description: str, extension: str | None = None) -> Definition:
    return Definition(
        service=Service.NETWORK,
        name=name,
        unit=Unit.COUNT,
        description=description,
        additive=name != "router_route",
        extension=extension,
    )


_DEFINITIONS: Final = (
    _nova("instances", "Servers"),
    _nova("cores", "Virtual processors of all servers"),
    _nova("ram", "Memory of all servers", unit=Unit.MEBIBYTE),
    _nova("metadata_items", "Metadata pairs on one server", additive=False),
    _nova("key_pairs", "Key pairs of one user", additive=False),
    _nova("server_groups", "Server groups"),
    _nova("server_group_members", "Servers in one server group", additive=False),
    _cinder("volumes", "Volumes", typed=True),
    _cinder("snapshots", "Snapshots", typed=True),
    _cinder("gigabytes", "Size of all volumes and snapshots", unit=Unit.GIBIBYTE, typed=True),
    _cinder("per_volume_gigabytes", "Size of one volume", unit=Unit.GIBIBYTE, additive=False),
    _cinder("backups", "Backups"),
    _cinder("backup_gigabytes", "Size of all backups", unit=Unit.GIBIBYTE),
    _cinder("groups", "Volume groups"),
    _neutron("network", "Networks"),
    _neutron("subnet", "Subnets"),
    _neutron("subnetpool", "Subnet pools", "subnet_allocation"),
    _neutron("port", "Ports"),
    _neutron("router", "Routers", "router"),
    _neutron("floatingip", "Floating addresses", "router"),
    _neutron("security_group", "Security groups, the default one included", "security-group"),
    _neutron("security_group_rule", "Rules of all security groups", "security-group"),
    _neutron("rbac_policy", "Sharing policies", "rbac-policies"),
    _neutron("trunk", "Trunks", "trunk"),
    _neutron("router_route", "Extra routes on one router", "extraroute"),
    _neutron("bgpvpn", "BGP VPNs", "bgpvpn"),
    _neutron("vpnservice", "VPN services", "vpnaas"),
    _neutron("ipsec_site_connection", "IPsec connections", "vpnaas"),
    _neutron("ikepolicy", "IKE policies", "vpnaas"),
    _neutron("ipsecpolicy", "IPsec policies", "vpnaas"),
    _neutron("endpoint_group", "VPN endpoint groups", "vpn-endpoint-groups"),
    _neutron("firewall_group", "Firewall groups", "fwaas_v2"),
    _neutron("firewall_policy", "Firewall policies", "fwaas_v2"),
    _neutron("firewall_rule", "Firewall rules", "fwaas_v2"),
)

CATALOGUE: Final[Mapping[Service, Mapping[str, Definition]]] = {
    service: {each.name: each for each in _DEFINITIONS if each.service is service} for service in Service
}


def definition(resource: Resource) -> Definition:
    """The catalogue's entry for a resource; KeyError where the catalogue has no such name."""
    return CATALOGUE[resource.service][resource.name]
