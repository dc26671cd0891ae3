"""What a manifest says of a project's landing zone (落地区): networks, access and grants, as typed records.

Part of `tenants.spec`. A landing zone makes an allocation usable at once; applications are built into it
(`tenants.application`). Names are the cloud's own: free text, unique among a project's objects of one kind.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from tenants.names import (
    FloatingIPName,
    KeyPairName,
    NetworkName,
    PrincipalName,
    RouterName,
    SecurityGroupName,
    SubnetName,
)
from tenants.presence import Presence

#: An IPv4 or IPv6 address as `ipaddress` writes it.
IPAddress = NewType("IPAddress", str)
#: A network as `ipaddress` writes it: `10.20.0.0/24`, without host bits.
Cidr = NewType("Cidr", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """Addresses from the first to the last, both included."""

    first: IPAddress
    last: IPAddress

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetSpec:
    """A subnet of one of the project's networks (network API reference v2.0, `subnets`)."""

    name: SubnetName
    cidr: Cidr
    #: The gateway's address; None leaves the choice to Neutron, which takes the first.
    gateway: IPAddress | None = None
    #: Whether the subnet has a gateway at all.
    has_gateway: bool = True
    dhcp: bool = True
    #: None leaves them alone.
    dns: tuple[IPAddress, ...] | None = None
    #: Empty leaves them to Neutron: all addresses but the gateway's.
    allocation_pools: tuple[AddressRange, ...] = ()
    #: Why it may overlap with another subnet of the tenant; None where it may not.
    exception: str | None = None
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A network that the project owns."""

    name: NetworkName
    #: None leaves an existing description alone.
    description: str | None = None
    #: Bytes; None leaves the choice to Neutron.
    mtu: int | None = None
    subnets: tuple[SubnetSpec, ...] = ()
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSpec:
    """A router between the project's subnets, and to the external network of the project's zone."""

    name: RouterName
    #: Whether it reaches the outside by the zone's external network.
    external: bool = True
    #: The subnets of the landing zone that it serves at their gateways.
    subnets: tuple[SubnetName, ...] = ()
    presence: Presence = Presence.PRESENT


class Direction(StrEnum):
    """Which way traffic goes, as seen by the server."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Ethertype(StrEnum):
    """The version of the Internet Protocol."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRange:
    """Ports from the first to the last, both included; for ICMP, type and code, just as Neutron has them."""

    first: int
    #: None only for ICMP: a type of message with whatever code.
    last: int | None

    def __str__(self) -> str:
        return str(self.first) if self.last in {None, self.first} else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What a security group lets through (network API reference v2.0, `security-group-rules`)."""

    direction: Direction = Direction.INGRESS
    ethertype: Ethertype = Ethertype.IPV4
    #: As `tenants.protocols.canonical` names it (`tcp`, `udp`, `icmp`, `115`); None is any.
    protocol: str | None = None
    #: None is all ports (1-65535 reads as None, as Neutron keeps it).
    ports: PortRange | None = None
    #: From or to these addresses; with `remote_group` None as well, from or to everywhere.
    remote_cidr: Cidr | None = None
    #: From or to the servers of this group of the same project.
    remote_group: SecurityGroupName | None = None
    #: Why administration ports may be open to the world; None where they may not.
    exception: str | None = None
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupSpec:
    """A security group that the project owns."""

    name: SecurityGroupName
    description: str | None = None
    rules: tuple[RuleSpec, ...] = ()
    #: Whether rules that the manifest does not name are taken away; otherwise they are left alone.
    exclusive: bool = False
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatingIPSpec:
    """An address of the zone's external network that the project keeps, known by a name of ours (its description)."""

    name: FloatingIPName
    #: The address itself, where it must be that one.
    address: IPAddress | None = None
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPairSpec:
    """A public key for servers' first log-in. Nova keeps key pairs for users, not for projects."""

    name: KeyPairName
    public_key: str
    #: The user of the cloud's domain whose key pair it is; None is the one that Tenantry itself builds servers as, where
    #: its name in Nova is `<Keystone project>-<name>`.
    user: PrincipalName | None = None
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Leave to use something that is not open to everybody: a shared network, a private flavor, image or volume type."""

    name: str
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantsSpec:
    """What the project may use of what others own."""

    #: Networks of other projects, by RBAC policy (network API reference v2.0, `rbac-policies`).
    networks: tuple[Grant, ...] = ()
    flavors: tuple[Grant, ...] = ()
    images: tuple[Grant, ...] = ()
    volume_types: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingZoneSpec:
    """All that makes a project ready for servers."""

    networks: tuple[NetworkSpec, ...] = ()
    routers: tuple[RouterSpec, ...] = ()
    security_groups: tuple[SecurityGroupSpec, ...] = ()
    floating_ips: tuple[FloatingIPSpec, ...] = ()
    key_pairs: tuple[KeyPairSpec, ...] = ()
    grants: GrantsSpec = field(default_factory=GrantsSpec)
