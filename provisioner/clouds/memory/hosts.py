"""Nova in memory: the hosts that run servers, as services and as hypervisors, and which one a server gets."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.memory.habits import BAD_REQUEST, Declined, Habit
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World, new_uuid

SERVERS: Final = "/servers"
SERVICES: Final = "/os-services"
HYPERVISORS: Final = "/os-hypervisors"
HOST: Final = "OS-EXT-SRV-ATTR:host"
_ENABLED: Final = "enabled"


class ServiceHabit(Habit):
    """Computes as services, which can be switched off."""

    path = SERVICES

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Binary and host narrow a listing."""
        return stored.item.get(key) == value

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Switch it on or off, and say why."""
        if act.method != "PUT" or act.below:
            return super().act(world, stored, act)
        said = dict(act.body or {})
        if said.get("status") == _ENABLED:
            said["disabled_reason"] = None
        stored.item.update(said)
        return {"service": stored.item}


class HypervisorHabit(Habit):
    """The same as hypervisors."""

    path = HYPERVISORS

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """Enabled as its service is."""
        service = _service(world, stored.item["hypervisor_hostname"])
        told = {key: service.item.get(key) for key in ("host", "disabled_reason")}
        return {**stored.item, "status": service.item["status"], "service": {**told, "id": service.id}}


def furnish_hosts(world: World) -> None:
    """All hosts, up and enabled."""
    for host, zone in sorted(world.furnishing.hosts.items()):
        compute = {"binary": "nova-compute", "host": host, "zone": zone, "status": _ENABLED, "state": "up"}
        service = {**compute, "id": new_uuid(), "disabled_reason": None, "forced_down": False}
        world.shelves.put(SERVICES, Stored(id=str(service["id"]), item=service, project=None))
        hypervisor = {"id": new_uuid(), "hypervisor_hostname": host, "state": "up", "hypervisor_type": "fake"}
        world.shelves.put(HYPERVISORS, Stored(id=str(hypervisor["id"]), item=hypervisor, project=None))


def choose(world: World, zone: str, *, but_for: str | None = None) -> str | None:
    """The enabled host of the zone with the fewest servers; None where there is none."""
    servers = [each.item[HOST] for each in world.shelves.all(SERVERS)]
    able = [
        str(each.item["host"])
        for each in world.shelves.all(SERVICES)
        if (each.item["zone"], each.item["status"]) == (zone, _ENABLED) and each.item["host"] != but_for
    ]
    return min(able, key=lambda host: (servers.count(host), host), default=None)


def destination(world: World, server: Stored, wanted: object) -> str:
    """Where a server is to go: the host that is named, or the one that is chosen. Raises Declined as Nova does."""
    here = server.item[HOST]
    if wanted is None:
        chosen = choose(world, server.item["OS-EXT-AZ:availability_zone"], but_for=here)
        if chosen is None:
            raise Declined(BAD_REQUEST, "No valid host was found. There are not enough hosts available.")
        return chosen
    if wanted not in world.furnishing.hosts:
        raise Declined(BAD_REQUEST, f"Compute host {wanted} could not be found.")
    if wanted == here:
        raise Declined(BAD_REQUEST, f"Unable to migrate instance ({server.id}) to current host ({here}).")
    return str(wanted)


def _service(world: World, host: str) -> Stored:
    return next(each for each in world.shelves.all(SERVICES) if each.item["host"] == host)
