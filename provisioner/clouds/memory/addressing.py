"""Addresses as Neutron gives them out: gateways, allocation pools, free addresses. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import Any

from provisioner.clouds.memory.habits import BAD_REQUEST, Declined

Network = IPv4Network | IPv6Network
#: `{"start": …, "end": …}`, as the API has it.
Pool = Mapping[str, str]


def network_of(cidr: object) -> Network:
    """The network of a CIDR. Raises Declined as Neutron does."""
    try:
        return ip_network(str(cidr), strict=False)
    except ValueError as error:
        raise Declined(BAD_REQUEST, f"Invalid input for operation: {cidr} is not in a CIDR format.") from error


def default_gateway(network: Network) -> str:
    """The first address of an IPv4 network, the network's own of an IPv6 one."""
    return str(network.network_address + (1 if network.version == 4 else 0))  # noqa: PLR2004 - the protocol's version


def default_pools(network: Network, gateway: str | None) -> list[Pool]:
    """All addresses that servers may have, without the gateway's."""
    first = int(network.network_address) + 1
    last = int(network.broadcast_address) - (1 if network.version == 4 else 0)  # noqa: PLR2004 - the protocol's version
    ranges = [(first, last)]
    if gateway and ip_address(gateway) in network:
        taken = int(ip_address(gateway))
        ranges = [(first, min(taken - 1, last)), (max(taken + 1, first), last)]
    whole = type(network.network_address)
    return [{"start": str(whole(low)), "end": str(whole(high))} for low, high in ranges if low <= high]


def free_addresses(pools: Sequence[Pool], taken: Iterable[str]) -> Iterator[str]:
    """The addresses of the pools that nobody has, lowest first."""
    held = {ip_address(each) for each in taken}
    for pool in pools:
        low, high = ip_address(pool["start"]), ip_address(pool["end"])
        candidates = (low + step for step in range(int(high) - int(low) + 1))
        yield from (str(each) for each in candidates if each not in held)


def first_free(subnet: Mapping[str, Any], taken: Iterable[str]) -> str | None:
    """An address for a new port in the subnet; None where there is none left."""
    return next(islice(free_addresses(subnet["allocation_pools"], taken), 1), None)
