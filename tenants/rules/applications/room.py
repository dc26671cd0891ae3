"""Rules about room in networks: a subnet's addresses are enough for all servers, before the last port fails to be made."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from tenants import members
from tenants.landing_zone import NetworkSpec, SubnetSpec
from tenants.names import ApplicationName
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import Held, held_once, is_wanted
from tenants.rules.manifests import Manifests

#: Prefix lengths from here on have no addresses of the network and for broadcast (RFC 3021).
_PAIR = 31


@dataclass(frozen=True, slots=True)
class _Span:
    """IPv4 addresses that Neutron may give to ports, from the first to the last."""

    first: int
    last: int

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= int(address) <= self.last

    def __len__(self) -> int:
        return max(0, self.last - self.first + 1)


def networks_have_room(manifests: Manifests) -> Iterator[Problem]:
    """A network of the landing zone has as many IPv4 addresses as the servers of all applications need in it."""
    projects: dict[tuple[str, str], list[Held]] = {}
    for each in held_once(manifests):
        projects.setdefault(each.key, []).append(each)
    for applications in projects.values():
        first = applications[0]
        zone = first.project.landing_zone
        for index, network in enumerate(zone.networks if zone is not None else ()):
            subnets = _subnets(network)
            if not subnets:
                continue
            spans = [span for each in subnets for span in _spans(each)]
            room = sum(map(len, spans)) - sum(_is_lost(each, spans) for each in subnets)
            shares = Counter({each.application.name: _needed(each, network, spans) for each in applications})
            if shares.total() > room:
                yield _exceeded(first, index, room, shares)


def _subnets(network: NetworkSpec) -> tuple[SubnetSpec, ...]:
    """The subnets of IPv4 that are to be there; none where not all of them and their pools could be read."""
    there = [each for each in network.subnets if each.presence is Presence.PRESENT]
    pools = [pool for each in there for pool in each.allocation_pools]
    if network.presence is Presence.ABSENT or not all(each.cidr for each in there):
        return ()
    if not all(pool.first and pool.last for pool in pools):
        return ()
    return tuple(each for each in there if isinstance(ip_network(each.cidr), IPv4Network))


def _spans(subnet: SubnetSpec) -> list[_Span]:
    """What ports may get: the pools that are named, else all addresses that hosts can have."""
    if subnet.allocation_pools:
        return [_Span(int(ip_address(each.first)), int(ip_address(each.last))) for each in subnet.allocation_pools]
    whole = ip_network(subnet.cidr)
    ends_are_taken = whole.prefixlen < _PAIR
    first, last = int(whole.network_address), int(whole.broadcast_address)
    return [_Span(first + ends_are_taken, last - ends_are_taken)]


def _is_lost(subnet: SubnetSpec, spans: list[_Span]) -> bool:
    """Whether the gateway takes an address of those that ports may get."""
    first = ip_network(subnet.cidr)[1 if ip_network(subnet.cidr).prefixlen < _PAIR else 0]
    gateway = ip_address(subnet.gateway) if subnet.gateway else first
    return subnet.has_gateway and isinstance(gateway, IPv4Address) and any(gateway in span for span in spans)


def _needed(each: Held, network: NetworkSpec, spans: list[_Span]) -> int:
    """How many of these addresses an application's servers take: one for each that asks for none, or for one of them."""
    return sum(
        1
        for server in members.servers(each.application)
        if is_wanted(each.application, server)
        for interface in server.interfaces
        if interface.network == network.name and _takes_one(interface.addresses, spans)
    )


def _takes_one(addresses: tuple[str, ...], spans: list[_Span]) -> bool:
    fixed = [ip_address(address) for address in addresses if address]
    return not addresses or any(isinstance(found, IPv4Address) and found in span for found in fixed for span in spans)


def _exceeded(of: Held, index: int, room: int, shares: Counter[ApplicationName]) -> Problem:
    parts = ", ".join(
        f"{name} {share}" for name, share in sorted(shares.items(), key=lambda each: (-each[1], each[0])) if share
    )
    message = f"the servers in this network need {shares.total()} addresses of {room}, {shares.total() - room} too many: {parts}"
    steps = (*of.place, "landingZone", "networks", index, "subnets")
    return of.tenant.error(
        steps, message, "widen its pools, give it another subnet, or let the applications need fewer"
    )


RULES = (networks_have_room,)
