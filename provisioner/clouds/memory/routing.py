"""Neutron in memory: routers and floating IPs (network API reference v2.0)."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    Declined,
    Habit,
    Holds,
    Making,
    must_fit,
    must_have,
)
from provisioner.clouds.memory.networking import NETWORKS, PORTS, SUBNETS
from provisioner.clouds.memory.ports import FLOATING_IPS, INTERFACE, ONE_PORT, addresses, new_mac
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World, new_id
from tenants.resources import Resource, Service

ROUTERS: Final = "/routers"
_OWNER: Final = frozenset({"project_id", "tenant_id"})


class RouterHabit(Habit):
    """Routers. Interfaces are ports, put in and taken out by actions."""

    path = ROUTERS
    changes = frozenset(
        {"name", "description", "admin_state_up", "external_gateway_info", "routes", "distributed", "ha"}
    )
    takes = changes | _OWNER | {"availability_zone_hints"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Active at once."""
        said = {"name": "", "description": "", "admin_state_up": True, "status": "ACTIVE", "routes": [], "tags": []}
        return {**said, **making.body, "external_gateway_info": _gateway(world, making.body)}

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One router."""
        return {Resource(service=Service.NETWORK, name="router"): 1}

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Its gateway gets an address of its own."""
        gateway = {"external_gateway_info": _gateway(world, changed)} if "external_gateway_info" in changed else {}
        super().change(world, stored, {**changed, **gateway})

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while it has interfaces."""
        if _interfaces(world, stored):
            raise Declined(CONFLICT, f"Router {stored.id} still has ports")
        super().delete(world, stored)

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Put an interface in or take it out, by its subnet or its port."""
        body = act.body or {}
        match act.method, act.below:
            case "PUT", "/add_router_interface":
                port = self._put_in(world, stored, body)
            case "PUT", "/remove_router_interface":
                port = self._take_out(world, stored, body)
            case _:
                return super().act(world, stored, act)
        subnet = port.item["fixed_ips"][0]["subnet_id"]
        return {"id": stored.id, "port_id": port.id, "subnet_id": subnet, "tenant_id": stored.project}

    def _put_in(self, world: World, stored: Stored, body: Mapping[str, Any]) -> Stored:
        taken = {ip["subnet_id"] for port in _interfaces(world, stored) for ip in port.item["fixed_ips"]}
        if "port_id" in body:
            port = must_have(world, PORTS, body["port_id"], "Port")
            port.item.update(device_id=stored.id, device_owner=INTERFACE, status="ACTIVE")
            return port
        subnet = must_have(world, SUBNETS, body.get("subnet_id"), "Subnet")
        if subnet.id in taken:
            raise Declined(BAD_REQUEST, f"Router already has a port on subnet {subnet.id}.")
        if not subnet.item["gateway_ip"]:
            raise Declined(BAD_REQUEST, f"Subnet for router interface must have a gateway IP: {subnet.id}")
        fixed = [{"subnet_id": subnet.id, "ip_address": subnet.item["gateway_ip"]}]
        addresses(world, subnet.item["network_id"], fixed)
        item = {
            "id": new_id(),
            "name": "",
            "status": "ACTIVE",
            "network_id": subnet.item["network_id"],
            "device_id": stored.id,
            "device_owner": INTERFACE,
            "fixed_ips": fixed,
            "security_groups": [],
            "mac_address": new_mac(),
            "project_id": stored.project,
            "tenant_id": stored.project,
        }
        must_fit(world, stored.project, ONE_PORT)
        return world.shelves.put(PORTS, Stored(id=str(item["id"]), item=item, project=stored.project, holds=ONE_PORT))

    def _take_out(self, world: World, stored: Stored, body: Mapping[str, Any]) -> Stored:
        for port in _interfaces(world, stored):
            on = {ip["subnet_id"] for ip in port.item["fixed_ips"]}
            if port.id == body.get("port_id") or body.get("subnet_id") in on:
                world.shelves.take(PORTS, port)
                return port
        raise Declined(NOT_FOUND, f"Router {stored.id} has no interface on {dict(body)}")


class FloatingIpHabit(Habit):
    """Addresses of an external network that lead to a port, or to none yet."""

    path = FLOATING_IPS
    changes = frozenset({"description", "port_id", "fixed_ip_address"})
    takes = changes | _OWNER | {"floating_network_id", "floating_ip_address", "subnet_id"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """The address asked for, else a free one."""
        body = making.body
        network = must_have(world, NETWORKS, body.get("floating_network_id"), "Network")
        if not network.item["router:external"]:
            raise Declined(BAD_REQUEST, f"Network {network.id} is not a valid external network")
        asked = body.get("floating_ip_address")
        address = addresses(world, network.id, [{"ip_address": asked}] if asked else None)[0]["ip_address"]
        item = {"description": "", "tags": [], **body, "floating_ip_address": address}
        return {**item, **_leading_to(world, network.id, body.get("port_id"))}

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One floating IP."""
        return {Resource(service=Service.NETWORK, name="floatingip"): 1}

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """To another port, or to none."""
        leading = {}
        if "port_id" in changed:
            leading = _leading_to(world, stored.item["floating_network_id"], changed["port_id"])
        super().change(world, stored, {**changed, **leading})


def _leading_to(world: World, network: str, port_id: str | None) -> dict[str, Any]:
    """How an address leads to a port: by a router between the port's subnet and the external network."""
    if port_id is None:
        return {"port_id": None, "fixed_ip_address": None, "router_id": None, "status": "DOWN"}
    port = must_have(world, PORTS, port_id, "Port")
    for fixed in port.item["fixed_ips"]:
        for router in world.shelves.all(ROUTERS):
            on = {ip["subnet_id"] for each in _interfaces(world, router) for ip in each.item["fixed_ips"]}
            gateway = router.item["external_gateway_info"] or {}
            if fixed["subnet_id"] in on and gateway.get("network_id") == network:
                leading = {"port_id": port.id, "fixed_ip_address": fixed["ip_address"], "router_id": router.id}
                return {**leading, "status": "ACTIVE"}
    raise Declined(NOT_FOUND, f"External network {network} is not reachable from the subnets of port {port_id}.")


def _interfaces(world: World, router: Stored) -> list[Stored]:
    return [
        each
        for each in world.shelves.all(PORTS)
        if each.item["device_id"] == router.id and each.item["device_owner"] == INTERFACE
    ]


def _gateway(world: World, body: Mapping[str, Any]) -> dict[str, Any] | None:
    said = body.get("external_gateway_info")
    if not said:
        return None
    network = must_have(world, NETWORKS, said.get("network_id"), "Network")
    if not network.item["router:external"]:
        raise Declined(BAD_REQUEST, f"Network {network.id} is not an external network")
    return {"enable_snat": True, "external_fixed_ips": addresses(world, network.id, None), **said}
