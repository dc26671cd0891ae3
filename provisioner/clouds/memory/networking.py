"""Neutron in memory: networks and subnets (network API reference v2.0)."""

from collections.abc import Mapping
from typing import Any

from provisioner.clouds.memory.addressing import default_gateway, default_pools, network_of
from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, Declined, Habit, Holds, Making, must_have
from provisioner.clouds.memory.security import has_its_default_group
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.resources import Resource, Service

NETWORKS = "/networks"
SUBNETS = "/subnets"
PORTS = "/ports"
#: What the underlay of this cloud carries, in bytes.
_MTU = 1450
_OWNER = frozenset({"project_id", "tenant_id"})


class NetworkHabit(Habit):
    """Networks. One is deleted with its subnets, and not while it has ports."""

    path = NETWORKS
    changes = frozenset(
        {"name", "description", "admin_state_up", "mtu", "shared", "port_security_enabled", "router:external"}
    )
    takes = (
        changes
        | _OWNER
        | {
            "availability_zone_hints",
            "provider:network_type",
            "provider:physical_network",
            "provider:segmentation_id",
        }
    )

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Up and active at once."""
        _must_carry(making.body)
        return {
            "name": "",
            "description": "",
            "admin_state_up": True,
            "status": "ACTIVE",
            "mtu": _MTU,
            "shared": False,
            "router:external": False,
            "port_security_enabled": True,
            "tags": [],
            **making.body,
        }

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One network."""
        return {Resource(service=Service.NETWORK, name="network"): 1}

    def made(self, world: World, stored: Stored) -> None:
        """The project's first network brings the project its default security group."""
        has_its_default_group(world, stored.project)

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """With the ids of its subnets."""
        subnets = [each.id for each in world.shelves.all(SUBNETS) if each.item["network_id"] == stored.id]
        return {**stored.item, "subnets": subnets}

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Its MTU only as far as the underlay carries it."""
        _must_carry(changed)
        super().change(world, stored, changed)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while there are ports."""
        if any(each.item["network_id"] == stored.id for each in world.shelves.all(PORTS)):
            raise Declined(CONFLICT, f"There are one or more ports still in use on the network {stored.id}.")
        for each in world.shelves.all(SUBNETS):
            if each.item["network_id"] == stored.id:
                world.shelves.take(SUBNETS, each)
        super().delete(world, stored)


class SubnetHabit(Habit):
    """Subnets. Their network and addresses stay as they were made."""

    path = SUBNETS
    changes = frozenset(
        {"name", "description", "gateway_ip", "enable_dhcp", "dns_nameservers", "allocation_pools", "host_routes"}
    )
    takes = changes | _OWNER | {"network_id", "cidr", "ip_version", "ipv6_ra_mode", "ipv6_address_mode"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """With a gateway and pools, where nothing is said of them."""
        body = making.body
        network = must_have(world, NETWORKS, body.get("network_id"), "Network")
        cidr = network_of(body.get("cidr"))
        if body.get("ip_version") != cidr.version:
            raise Declined(BAD_REQUEST, f"Invalid input for operation: ip_version does not match cidr {cidr}.")
        for each in world.shelves.all(SUBNETS):
            other = network_of(each.item["cidr"])
            if each.item["network_id"] == network.id and other.version == cidr.version and cidr.overlaps(other):
                raise Declined(BAD_REQUEST, f"Requested subnet with cidr: {cidr} overlaps with another subnet.")
        gateway = body.get("gateway_ip", default_gateway(cidr))
        return {
            "name": "",
            "description": "",
            "enable_dhcp": True,
            "dns_nameservers": [],
            "host_routes": [],
            "allocation_pools": default_pools(cidr, gateway),
            "tags": [],
            **body,
            "gateway_ip": gateway,
            "cidr": str(cidr),
        }

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One subnet."""
        return {Resource(service=Service.NETWORK, name="subnet"): 1}

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while a port has an address of it."""
        if any(ip["subnet_id"] == stored.id for each in world.shelves.all(PORTS) for ip in each.item["fixed_ips"]):
            raise Declined(CONFLICT, f"One or more ports have an IP allocation from subnet {stored.id}.")
        super().delete(world, stored)


def _must_carry(body: Mapping[str, Any]) -> None:
    mtu = body.get("mtu", _MTU)
    if not isinstance(mtu, int):
        raise Declined(BAD_REQUEST, f"Invalid input for operation: '{mtu}' is not an integer.")
    if mtu > _MTU:
        raise Declined(BAD_REQUEST, f"Invalid input for operation: Requested MTU is too big, maximum is {_MTU}.")
