"""Rules about fixed addresses: one for each server, inside a subnet, and nobody else's."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from tenants.application import InterfaceSpec, ServerSpec
from tenants.landing_zone import IPAddress, NetworkSpec, SubnetSpec
from tenants.language.nodes import Step, child, nearest
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import Held, held, held_once, is_wanted
from tenants.rules.manifests import Manifests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """An interface of a server, with its place in the manifest."""

    steps: tuple[Step, ...]
    server: ServerSpec
    interface: InterfaceSpec
    #: Whether the manifest gives one `address`, or `addresses`; it may wrongly give both.
    single: bool
    several: bool

    def addresses(self) -> Iterator[tuple[tuple[Step, ...], IPAddress]]:
        """The addresses that could be read, each with its place."""
        for index, address in enumerate(self.interface.addresses):
            if address:
                listed = index - 1 if self.single else index
                yield (*self.steps, *(("address",) if self.single and not index else ("addresses", listed))), address


def addresses_are_one_for_each(manifests: Manifests) -> Iterator[Problem]:
    """A single server has one fixed address in a network at most, and numbered ones as many as they are, or none."""
    for each in held(manifests):
        for place in _places(each):
            given, wanted = len(place.interface.addresses), place.server.replicas or 1
            if place.single and place.several:
                message = 'gives both "address" and "addresses"'
                yield each.manifest.error(place.steps, message, "give one of them")
            elif given and given != wanted:
                steps = (*place.steps, "address" if place.single else "addresses")
                message = f"{_counted(given, 'address', 'addresses')} for {_counted(wanted, 'server', 'servers')}"
                remedy = (
                    "give one address"
                    if wanted == 1
                    else f"list {wanted} in addresses, or leave the choice to the cloud"
                )
                yield each.manifest.error(steps, message, remedy)


def addresses_are_in_their_network(manifests: Manifests) -> Iterator[Problem]:
    """A fixed address is in a subnet of its network, as far as the landing zone describes it, and is free for a server."""
    for each in held(manifests):
        zone = each.project.landing_zone
        networks = {item.name: item for item in zone.networks} if zone is not None else {}
        for place in _places(each):
            network = networks.get(place.interface.network)
            if network is None or network.presence is Presence.ABSENT:
                continue
            for steps, address in place.addresses():
                why = _why_not(network, address)
                if why is not None:
                    yield each.manifest.error(steps, *why)


def addresses_are_given_once(manifests: Manifests) -> Iterator[Problem]:
    """No fixed address of a network is given to two servers of a project."""
    first: dict[tuple[str, str, str, str], str] = {}
    for each in held_once(manifests):
        for place in _places(each):
            for steps, address in place.addresses():
                here = str(each.manifest.location(*steps))
                earlier = first.setdefault((*each.key, place.interface.network, address), here)
                if earlier != here:
                    message = f'{address} of the network "{place.interface.network}" is given already, at {earlier}'
                    yield each.manifest.error(steps, message, "give each server one of its own")


def _places(each: Held) -> Iterator[_Place]:
    """The interfaces of all servers that are wanted."""
    for index, server in enumerate(each.application.servers):
        if is_wanted(each.application, server):
            for number, interface in enumerate(server.interfaces):
                steps = ("spec", "servers", index, "networks", number)
                written = nearest(each.manifest.root, steps)
                yield _Place(
                    steps=steps,
                    server=server,
                    interface=interface,
                    single=child(written, "address") is not None,
                    several=child(written, "addresses") is not None,
                )


def _why_not(network: NetworkSpec, address: IPAddress) -> tuple[str, str] | None:
    """Why a server of a network cannot have an address, and what would be right."""
    there = [(each, cidr) for each in network.subnets if (cidr := _cidr(each)) is not None]
    if not there or len(there) < sum(each.presence is Presence.PRESENT for each in network.subnets):
        return None
    found = ip_address(address)
    subnet = next((each for each, cidr in there if found in cidr), None)
    if subnet is None:
        cidrs = ", ".join(each.cidr for each, _ in there)
        return f'{address} is in no subnet of the network "{network.name}"', f"choose one of {cidrs}"
    use = _taken_by(subnet, found)
    return (
        None
        if use is None
        else (f'{address} is {use} of the subnet "{subnet.name}"', "choose another of its addresses")
    )


def _cidr(subnet: SubnetSpec) -> IPv4Network | IPv6Network | None:
    """Where a subnet's addresses are; None where it is to be taken away, or does not say."""
    return _network(subnet.cidr) if subnet.cidr and subnet.presence is Presence.PRESENT else None


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    """A network as an object, made once for all addresses that are looked up in it."""
    return ip_network(cidr)


def _taken_by(subnet: SubnetSpec, address: IPv4Address | IPv6Address) -> str | None:
    """What an address stands for in its subnet, where no server can have it."""
    whole = _network(subnet.cidr)
    gateway = ip_address(subnet.gateway) if subnet.gateway else whole.network_address + 1
    pairs = whole.prefixlen >= whole.max_prefixlen - 1
    if subnet.has_gateway and address == gateway:
        return "the gateway"
    if address == whole.network_address and not pairs:
        return "the first address, the network itself,"
    if whole.version == 4 and address == whole.broadcast_address and not pairs:  # noqa: PLR2004 - IPv6 has no broadcast
        return "the broadcast address"
    return None


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


RULES = (addresses_are_one_for_each, addresses_are_in_their_network, addresses_are_given_once)
