"""The project that applications go to, as far as mapping and checks ask for it. Pure records; read by `provisioner.moving.viewing`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.clouds.interface import ProjectId, Reading
from provisioner.clouds.offers import Flavor, Offers
from provisioner.migration.source import Compute, ImageRoom
from tenants.landing_zone import IPAddress
from tenants.names import CloudName, KeyPairName, NetworkName, ProjectName, ServerGroupName, SubnetName, TenantName
from tenants.resources import Service
from tenants.wave import HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSubnet:
    """A subnet of a network that the project can use."""

    id: str
    name: SubnetName
    cidr: str
    #: Its router's address, whether or not a port has it.
    gateway: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNetwork:
    """A network that the project can use."""

    id: str
    name: NetworkName
    #: Whether it is the project's own.
    own: bool
    external: bool = False
    port_security: bool = True
    subnets: tuple[TargetSubnet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenAddress:
    """An address or a MAC that a port of a network has."""

    network_id: str
    mac: str
    addresses: tuple[IPAddress, ...]
    port: str
    #: The port's name, or what has it.
    holder: str
    #: Keystone's id of the project whose port it is; empty for the network's own.
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A project of a cloud, with what the cloud offers it."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName
    project_id: ProjectId
    #: Nova's zone that its servers are built in; None leaves it to Nova.
    availability_zone: str | None
    offers: Offers
    #: The project's name in Keystone, which is a part of the names of key pairs that manifests make.
    keystone_name: str = ""
    networks: tuple[TargetNetwork, ...] = ()
    #: By name; several ids where several bear one name.
    security_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    server_groups: Mapping[ServerGroupName, tuple[str, ...]] = field(default_factory=dict)
    #: Of the user that Tenantry is there.
    key_pairs: frozenset[KeyPairName] = frozenset()
    servers: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    #: All ports of the networks that are mapped to.
    taken: tuple[TakenAddress, ...] = ()
    #: Limits and use by service; what could not be read is not here.
    readings: Mapping[Service, Reading] = field(default_factory=dict)
    #: What a flavor asks of the hosts, by the flavor's id.
    extra_specs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Nova's availability zones, and the computes that take servers.
    availability_zones: frozenset[str] = frozenset()
    hosts: frozenset[HostName] = frozenset()
    #: All computes, those that take no servers included.
    computes: tuple[Compute, ...] = ()
    #: None where Glance does not tell.
    image_room: ImageRoom | None = None

    def flavor(self, name: str) -> Flavor | None:
        """The one flavor of that name."""
        found = [each for each in self.offers.flavors if each.name == name]
        return found[0] if len(found) == 1 else None
