"""Where a server goes within its cloud: a host that the wave names, one of the zone that it names, or wherever Nova likes.

Neither live nor cold migration takes an availability zone (compute API reference, "Live-Migrate Server", "Migrate Server"), and a
server that was made without one may end up in any. So where a wave names a zone and no host, the host is chosen here.
"""

from collections.abc import Callable
from typing import Final
from zlib import crc32

from provisioner.clouds.collections import Item
from provisioner.errors import CloudRefused
from provisioner.migration.collections import COMPUTE_SERVICES
from provisioner.moving.deed import Spot
from provisioner.moving.deeds import sources
from provisioner.moving.deeds.sources import Server
from tenants.wave import HostName

_TOLD: Final = "host_told"


def named_host(spot: Spot) -> HostName | None:
    """The host that the server has to arrive on; None where any other than its own will do."""
    bound = spot.scene.bindings.machines.get(spot.subject)
    return (bound.host if bound else None) or spot.scene.run.wave.target.host


def has_arrived(spot: Spot, server: Server) -> bool:
    """Whether it is where it was to go."""
    goal, home = named_host(spot), sources.machine_of(spot).host
    return server.host is not None and (server.host == goal if goal else server.host != home)


def host_to_ask_for(spot: Spot) -> HostName | None:
    """What Nova is told. Raises CloudRefused where the zone that the wave names has no host to go to."""
    goal, zone = named_host(spot), spot.scene.run.wave.target.availability_zone
    if goal or not zone:
        return goal
    hosts = [each for each in _hosts_of(spot, zone) if each != sources.machine_of(spot).host]
    if not hosts:
        raise CloudRefused(f"the availability zone {zone} has no other host that works and takes servers")
    # The servers of a wave are spread over the hosts, and each asks for the same one every time.
    return hosts[crc32(spot.subject.encode()) % len(hosts)]


def tell_choice(spot: Spot, migration: Callable[[], Item | None]) -> None:
    """Say which host Nova chose, once its migration has one and unless the wave names it, so that others may arrive on the rest."""
    if named_host(spot) is not None or _TOLD in spot.notes:
        return
    chosen = (migration() or {}).get("dest_compute")
    if chosen:
        spot.arrives(HostName(str(chosen)))
        spot.notes[_TOLD] = chosen


def _hosts_of(spot: Spot, zone: str) -> list[HostName]:
    listing = spot.scene.source.resources.everything(COMPUTE_SERVICES, {"binary": "nova-compute"})
    if listing.failure is not None:
        raise listing.failure
    working = (
        each
        for each in listing.items
        if each.get("binary") == "nova-compute"
        and each.get("zone") == zone
        and each.get("status") == "enabled"
        and each.get("state") == "up"
    )
    return sorted(HostName(str(each["host"])) for each in working)
