"""Rules about one subnet by itself: what Neutron would refuse of its addresses (network API reference v2.0, `subnets`)."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from tenants.kinds.landing.networks import LEAST_MTU
from tenants.landing_zone import AddressRange, SubnetSpec
from tenants.problems import Problem
from tenants.rules.landing.places import Landing, Placed, every_subnet, landings, networks, subnets
from tenants.rules.manifests import Manifests

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network
#: The first and the last address that may be chosen.
_Room = tuple[_Address, _Address]
_IPV6: Final = 6
#: Networks of two addresses or one keep none back for themselves and for broadcasts (RFC 3021, RFC 6164).
_ONLY_ENDS: Final = 2
#: The least that IPv6 asks of a network, in bytes (RFC 8200, 5).
LEAST_MTU_OF_IPV6: Final = 1280


def subnets_are_for_hosts(manifests: Manifests) -> Iterator[Problem]:
    """No subnet has addresses that hosts cannot have: loopback, multicast, or from 0.0.0.0 or :: on."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            network = ip_network(subnet.object.cidr) if subnet.object.cidr else None
            if network is None:
                continue
            if network.is_loopback or network.is_multicast or int(network.network_address) == 0:
                message = f"{network} has addresses that no host can have"
                remedy = "choose private ones, such as some of 10.0.0.0/8 or fd00::/8"
                yield landing.error((*subnet.way, "cidr"), message, remedy)


def gateways_are_in_their_subnets(manifests: Manifests) -> Iterator[Problem]:
    """A gateway has an address of its subnet; with IPv4, not the subnet's own or its broadcast address."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            if not subnet.object.cidr or not subnet.object.has_gateway:
                continue
            gateway, network = subnet.object.gateway, ip_network(subnet.object.cidr)
            room = _for_gateways(network)
            if room is None:
                message = f"{network} has no address that a gateway can have"
                yield landing.error((*subnet.way, "cidr"), message, "write gateway: none, or make it larger")
            elif gateway and not _is_in(ip_address(gateway), room):
                message = f"{gateway} is not an address that a gateway of {network} can have"
                yield landing.error((*subnet.way, "gateway"), message, _from_to(room))


def pools_are_in_their_subnets(manifests: Manifests) -> Iterator[Problem]:
    """An allocation pool begins before it ends, and all its addresses are ones for hosts of its subnet."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            for index, pool in enumerate(subnet.object.allocation_pools):
                if pool.first and pool.last and subnet.object.cidr:
                    way = (*subnet.way, "allocationPools", index)
                    wrong = _wrong_pool(pool, ip_network(subnet.object.cidr))
                    yield from () if wrong is None else (landing.error(way, *wrong),)


def _wrong_pool(pool: AddressRange, network: _Network) -> tuple[str, str] | None:
    """What is wrong with a pool, and what would be right."""
    first, last = ip_address(pool.first), ip_address(pool.last)
    room = _for_ports(network)
    outside = next((each for each in (first, last) if not _is_in(each, room)), None)
    if outside is not None:
        return f"{outside} is not an address that a port in {network} can have", _from_to(room)
    if int(first) > int(last):
        return f"the pool {pool} ends before it begins", f"write {{first: {last}, last: {first}}}"
    return None


def pools_are_apart(manifests: Manifests) -> Iterator[Problem]:
    """No allocation pool shares an address with another of its subnet or holds the gateway's."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            yield from _shared(landing, subnet)


def _shared(landing: Landing, subnet: Placed[SubnetSpec]) -> Iterator[Problem]:
    network = ip_network(subnet.object.cidr) if subnet.object.cidr else None
    pools = subnet.object.allocation_pools
    right = [
        (int(ip_address(pool.first)), int(ip_address(pool.last)), index)
        for index, pool in enumerate(pools)
        if network is not None and pool.first and pool.last and _wrong_pool(pool, network) is None
    ]
    right.sort()
    gateway = _gateway(subnet.object, network) if network is not None else None
    reach, widest = -1, 0
    for first, last, index in right:
        way = (*subnet.way, "allocationPools", index)
        if gateway is not None and first <= int(gateway) <= last:
            given = "" if subnet.object.gateway else ", the subnet's first unless it names another"
            message = f"the pool {pools[index]} holds the gateway's address {gateway}{given}"
            yield landing.error(way, message, "let the pool begin behind it, or end before it")
        if first <= reach:
            message = f"the pool {pools[index]} shares addresses with the pool {pools[widest]}"
            yield landing.error(way, message, "make one of the two, or let one end before the other begins")
        if last > reach:
            reach, widest = last, index


def _gateway(subnet: SubnetSpec, network: _Network) -> _Address | None:
    """The gateway's address, which is the first that a port may have unless the manifest names another."""
    if not subnet.has_gateway or subnet.gateway == "":
        return None
    return ip_address(subnet.gateway) if subnet.gateway else _for_ports(network)[0]


def name_servers_are_of_the_subnets_version(manifests: Manifests) -> Iterator[Problem]:
    """A subnet's name servers have addresses of its own version of IP."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            cidr = subnet.object.cidr
            for index, each in enumerate(subnet.object.dns or ()):
                if each and cidr and ip_address(each).version != ip_network(cidr).version:
                    version = ip_network(cidr).version
                    message = f"{each} is no IPv{version} address, as those of {cidr} are"
                    way = (*subnet.way, "dns", index)
                    yield landing.error(way, message, f"name it at a subnet of IPv{ip_address(each).version}")


def dhcp_has_room(manifests: Manifests) -> Iterator[Problem]:
    """A subnet with DHCP has room for a gateway and a server beside the addresses that no host may have."""
    for landing in landings(manifests):
        for subnet in every_subnet(landing):
            network = ip_network(subnet.object.cidr) if subnet.object.cidr else None
            if network is not None and subnet.object.dhcp and network.max_prefixlen - network.prefixlen < 2:  # noqa: PLR2004 - four addresses
                message = f"{network} is too small for DHCP"
                remedy = f"make it /{network.max_prefixlen - 2} or larger, or write dhcp: false"
                yield landing.error((*subnet.way, "cidr"), message, remedy)


def packets_of_ipv6_fit(manifests: Manifests) -> Iterator[Problem]:
    """A network with a subnet of IPv6 takes packets of 1280 bytes, as IPv6 asks (RFC 8200)."""
    for landing in landings(manifests):
        for network in networks(landing):
            mtu = network.object.mtu
            ipv6 = [each for each in subnets(network) if ":" in each.object.cidr]
            if mtu is not None and ipv6 and LEAST_MTU <= mtu < LEAST_MTU_OF_IPV6:
                message = f"{mtu} bytes are too few for IPv6, which {ipv6[0].object.cidr} is of"
                yield landing.error((*network.way, "mtu"), message, f"write {LEAST_MTU_OF_IPV6} at least")


def _for_gateways(network: _Network) -> _Room | None:
    """The addresses from which Neutron takes a gateway's, or None where there are none."""
    if network.version == _IPV6:
        return network[0], network[-1]
    return (network[1], network[-2]) if network.num_addresses > _ONLY_ENDS else None


def _for_ports(network: _Network) -> _Room:
    """The addresses from which Neutron takes allocation pools: IPv4 keeps back both ends, IPv6 the first."""
    if network.num_addresses <= _ONLY_ENDS:
        return network[0], network[-1]
    return network[1], network[-1] if network.version == _IPV6 else network[-2]


def _is_in(address: _Address, room: _Room) -> bool:
    """Whether an address is one of these."""
    first, last = room
    return address.version == first.version and int(first) <= int(address) <= int(last)


def _from_to(room: _Room) -> str:
    return f"choose from {room[0]} to {room[1]}"


RULES = (
    subnets_are_for_hosts,
    gateways_are_in_their_subnets,
    pools_are_in_their_subnets,
    pools_are_apart,
    name_servers_are_of_the_subnets_version,
    dhcp_has_room,
    packets_of_ipv6_fit,
)
