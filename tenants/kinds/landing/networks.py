"""Networks, their subnets, and the routers between them and the outside."""

from typing import Any, Final

from tenants.kinds.landing.wanted import NAME, REASON, STATE, described, named
from tenants.landing_zone import AddressRange, FloatingIPSpec, IPAddress, NetworkSpec, RouterSpec, SubnetSpec
from tenants.language.addresses import Address, Cidr
from tenants.language.composites import ListOf, Record
from tenants.language.scalars import Truth, Whole
from tenants.language.shape import Field

#: What a manifest writes for a subnet that has no gateway.
NO_GATEWAY: Final = "none"
#: Bytes: the least that IPv4 allows (RFC 791), and the most that a packet's length can say.
LEAST_MTU: Final = 68
MOST_MTU: Final = 65535

ALLOCATION_POOL: Final = Record(
    name="AllocationPool",
    description="Addresses of a subnet that ports get, from the first to the last, both included.",
    fields=(
        Field(key="first", shape=Address(), description="The first.", required=True, example="10.20.0.10"),
        Field(key="last", shape=Address(), description="The last.", required=True, example="10.20.0.200"),
    ),
    build=AddressRange,
    synonyms={"start": "first", "end": "last"},
)


def _subnet(*, gateway: str | None, **rest: Any) -> SubnetSpec:
    none = gateway == NO_GATEWAY
    return SubnetSpec(gateway=None if none or gateway is None else IPAddress(gateway), has_gateway=not none, **rest)


SUBNET: Final = Record(
    name="Subnet",
    description="A subnet of a network: the addresses of its ports, and what DHCP tells them.",
    fields=(
        named("The subnet's name in Neutron, unique in the project: routers name subnets by it.", "app-v4"),
        Field(
            key="cidr",
            shape=Cidr(),
            description="Its addresses. They overlap with those of no other subnet of the tenant.",
            required=True,
            example="10.20.0.0/24",
        ),
        Field(
            key="gateway",
            shape=Address(instead=NO_GATEWAY),
            description=f"The gateway's address, or `{NO_GATEWAY}`; a new subnet's first address unless given.",
            example="10.20.0.1",
        ),
        Field(
            key="dhcp",
            shape=Truth(),
            description="Whether servers get their addresses by DHCP.",
            default=True,
            shown_default=True,
        ),
        Field(
            key="dns",
            shape=ListOf(item=Address(), unique=True),
            description="The name servers that servers are told, in this order; left alone unless given.",
            example=["10.0.0.53"],
        ),
        Field(
            key="allocationPools",
            attribute="allocation_pools",
            shape=ListOf(item=ALLOCATION_POOL),
            description="What ports get when they ask for no address; all but the gateway's unless given.",
            default=(),
            shown_default=[],
            example=[{"first": "10.20.0.10", "last": "10.20.0.200"}],
        ),
        Field(
            key="exception",
            shape=REASON,
            description="Why it may overlap with another subnet of the tenant, such as one that is migrated with its addresses. "
            "Within one network or at one router none may.",
            example="迁移期间与旧平台共用地址",
        ),
        STATE,
    ),
    build=_subnet,
    synonyms={"dns_nameservers": "dns", "enable_dhcp": "dhcp", "gateway_ip": "gateway"},
)

NETWORK: Final = Record(
    name="Network",
    description="A network of the project's own.",
    fields=(
        named("The network's name in Neutron, unique in the project.", "app"),
        described(),
        Field(
            key="mtu",
            shape=Whole(lowest=LEAST_MTU, highest=MOST_MTU),
            description="The largest packet, in bytes; Neutron's choice unless given.",
            example=1450,
        ),
        Field(
            key="subnets",
            shape=ListOf(item=SUBNET, identity="name"),
            description="Its subnets.",
            default=(),
            shown_default=[],
        ),
        STATE,
    ),
    build=NetworkSpec,
)

ROUTER: Final = Record(
    name="Router",
    description="A router between the project's subnets, at each of which it has the gateway's address.",
    fields=(
        named("The router's name in Neutron, unique in the project.", "edge"),
        Field(
            key="external",
            shape=Truth(),
            description="Whether it reaches the outside, by the external network of the project's zone.",
            default=True,
            shown_default=True,
        ),
        Field(
            key="subnets",
            shape=ListOf(item=NAME, unique=True),
            description="The names of subnets of this landing zone that it serves.",
            default=(),
            shown_default=[],
            example=["app-v4"],
        ),
        STATE,
    ),
    build=RouterSpec,
)

FLOATING_IP: Final = Record(
    name="ReservedFloatingIP",
    description="An address of the zone's external network that the project keeps, whatever it leads to.",
    fields=(
        named(
            "The name that applications use, unique in the project; Neutron keeps it as the address's description.",
            "portal",
        ),
        Field(
            key="address",
            shape=Address(version=4),
            description="The address, where it must be that one; any free one unless given.",
            example="203.0.113.7",
        ),
        STATE,
    ),
    build=FloatingIPSpec,
)
