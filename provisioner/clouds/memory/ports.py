"""Neutron in memory: ports and their addresses (network API reference v2.0)."""

import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from provisioner.clouds.memory.addressing import first_free, network_of
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    CONFLICT,
    Declined,
    Habit,
    Holds,
    Making,
    must_have,
)
from provisioner.clouds.memory.networking import NETWORKS, PORTS, SUBNETS
from provisioner.clouds.memory.security import GROUPS, has_its_default_group
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.resources import Resource, Service

FLOATING_IPS: Final = "/floatingips"
INTERFACE: Final = "network:router_interface"
_OWNER: Final = frozenset({"project_id", "tenant_id"})
#: What a port holds of its project's quota.
ONE_PORT: Final[Holds] = {Resource(service=Service.NETWORK, name="port"): 1}


class PortHabit(Habit):
    """Ports, each with addresses of its network's subnets."""

    path = PORTS
    changes = frozenset(
        {
            "name",
            "description",
            "admin_state_up",
            "fixed_ips",
            "security_groups",
            "device_id",
            "device_owner",
            "mac_address",
            "allowed_address_pairs",
            "qos_policy_id",
            "extra_dhcp_opts",
            "port_security_enabled",
            "binding:vnic_type",
            "binding:host_id",
        }
    )
    takes = changes | _OWNER | {"network_id"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """In the project's default group where nothing is said of groups."""
        body = making.body
        network = must_have(world, NETWORKS, body.get("network_id"), "Network")
        for group in body.get("security_groups") or ():
            must_have(world, GROUPS, group, "Security group")
        mac = str(body.get("mac_address") or new_mac()).lower()
        _must_be_free(world, network.id, mac)
        return {
            "name": "",
            "description": "",
            "admin_state_up": True,
            "status": "DOWN",
            "device_id": "",
            "device_owner": "",
            "allowed_address_pairs": [],
            "port_security_enabled": True,
            "binding:vnic_type": "normal",
            "binding:host_id": "",
            "tags": [],
            **body,
            "mac_address": mac,
            "fixed_ips": addresses(world, network.id, body.get("fixed_ips")),
        }

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One port."""
        return ONE_PORT

    def made(self, world: World, stored: Stored) -> None:
        """Its groups."""
        if "security_groups" not in stored.item:
            stored.item["security_groups"] = [has_its_default_group(world, stored.project).id]

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Addresses that it keeps stay its own."""
        for group in changed.get("security_groups") or ():
            must_have(world, GROUPS, group, "Security group")
        said = dict(changed)
        if "fixed_ips" in said:
            said["fixed_ips"] = addresses(world, stored.item["network_id"], said["fixed_ips"], but_for=stored.id)
        super().change(world, stored, said)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused for a router's; floating IPs that lead to it lead nowhere then."""
        if stored.item["device_owner"] == INTERFACE:
            raise Declined(CONFLICT, f"Port {stored.id} cannot be deleted directly via the port API: {INTERFACE}.")
        for each in world.shelves.all(FLOATING_IPS):
            if each.item.get("port_id") == stored.id:
                each.item.update(port_id=None, fixed_ip_address=None, router_id=None, status="DOWN")
        super().delete(world, stored)


def _must_be_free(world: World, network: str, mac: str) -> None:
    """Raises Declined where a port of the network has the MAC address."""
    ports = world.shelves.all(PORTS)
    if any((each.item["network_id"], each.item["mac_address"]) == (network, mac) for each in ports):
        message = f"Unable to complete operation for network {network}. The mac address {mac} is in use."
        raise Declined(CONFLICT, message)


def new_mac() -> str:
    """A MAC address as Neutron makes them."""
    return "fa:16:3e:" + ":".join(f"{each:02x}" for each in secrets.token_bytes(3))


def addresses(world: World, network: str, wanted: Any, *, but_for: str = "") -> list[dict[str, str]]:
    """The addresses of a port: those asked for, else one of each protocol. Raises Declined where one is taken."""
    subnets = [each for each in world.shelves.all(SUBNETS) if each.item["network_id"] == network]
    if wanted is None:
        first = {each.item["ip_version"]: each for each in reversed(subnets)}
        wanted = [{"subnet_id": each.id} for each in first.values()]
    taken = [
        ip["ip_address"]
        for port in world.shelves.all(PORTS)
        if port.item["network_id"] == network and port.id != but_for
        for ip in port.item["fixed_ips"]
    ]
    taken += [
        each.item["floating_ip_address"]
        for each in world.shelves.all(FLOATING_IPS)
        if each.item["floating_network_id"] == network
    ]
    return [_address(subnets, each, taken) for each in wanted]


def _address(subnets: list[Stored], wanted: Mapping[str, str], taken: list[str]) -> dict[str, str]:
    address = wanted.get("ip_address")
    fitting = [
        each
        for each in subnets
        if wanted.get("subnet_id", each.id) == each.id
        and (address is None or ip_address(address) in network_of(each.item["cidr"]))
    ]
    if not fitting:
        raise Declined(BAD_REQUEST, f"IP address {address} is not a valid IP for any of the subnets on the network.")
    if address in taken:
        raise Declined(CONFLICT, f"IP address {address} already allocated in subnet {fitting[0].id}")
    chosen = address or first_free(fitting[0].item, taken)
    if chosen is None:
        raise Declined(CONFLICT, f"No more IP addresses available on network {fitting[0].item['network_id']}.")
    return {"subnet_id": fitting[0].id, "ip_address": chosen}
