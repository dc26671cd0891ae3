"""Where the guests of a migration can be reached at a phase: those of the source before the cutover, those of the target after.

Read from the workload and from what the steps before found, so that no cloud is asked.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from provisioner.clouds.collections import ItemId
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Interface, Machine
from provisioner.moving.deed import Spot
from provisioner.playing.play import PlayedGuest
from tenants.landing_zone import IPAddress

_IPV4 = 4
#: Steps that are about the target where a migration leaves its source behind.
_AT_TARGET = frozenset(
    {
        StepKind.PLAY_POST_COPY,
        StepKind.PLAY_CUTOVER,
        StepKind.PLAY_VERIFY,
        StepKind.PLAY_RETIRE,
        StepKind.PROBE_AFTER,
    }
)


def is_at_target(spot: Spot) -> bool:
    """Whether the step is about servers that were built anew."""
    return spot.step.spec.kind in _AT_TARGET and not spot.scene.run.mode.within


def guests(spot: Spot) -> tuple[PlayedGuest, ...]:
    """The servers that run, or are to run, with the address by which each is reached; one without an address is left out."""
    found = []
    for machine in spot.scene.workload.machines:
        address = address_of(spot, machine)
        if machine.runs and address is not None:
            found.append(PlayedGuest(name=machine.name, address=address, server=server_of(spot, machine)))
    return tuple(found)


def server_of(spot: Spot, machine: Machine) -> ItemId:
    """Nova's id of a server, where it is at this step."""
    if is_at_target(spot):
        return ItemId(str(spot.found(StepKind.SERVER, machine.subject)["id"]))
    return ItemId(machine.id)


def address_of(spot: Spot, machine: Machine) -> IPAddress | None:
    """Where a server is asked: from outside where it can be reached from there, of version 4 before 6."""
    addresses = [each for interface in machine.interfaces for each in _addresses(spot, interface)]
    return next((each for each in addresses if ip_address(each).version == _IPV4), next(iter(addresses), None))


def _addresses(spot: Spot, interface: Interface) -> Iterator[IPAddress]:
    if is_at_target(spot):
        said = str(spot.found(StepKind.PORT, interface.subject).get("addresses") or "")
        yield from (IPAddress(each) for each in said.split(",") if each)
        return
    yield from interface.floating_ips
    yield from (each.address for each in interface.addresses)
