"""What Neutron would refuse of a subnet's addresses is found before."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.landing_zone import AddressRange, Cidr, IPAddress, SubnetSpec
from tenants.names import SubnetName
from tenants.rules.landing.places import Placed
from tenants.rules.landing.subnets import _shared


def network(subnet: str, extra: str = "") -> str:
    """A landing zone with one subnet."""
    return f"{{networks: [{{name: app, {extra}subnets: [{{name: a, {subnet}}}]}}]}}"


@pytest.mark.parametrize(
    "subnet",
    [
        "cidr: 10.20.0.0/24",
        "cidr: 10.20.0.0/24, gateway: 10.20.0.254",
        "cidr: 10.20.0.0/24, gateway: none, allocationPools: [{first: 10.20.0.1, last: 10.20.0.254}]",
        "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.2, last: 10.20.0.9}, {first: 10.20.0.10, last: 10.20.0.10}]",
        "cidr: 10.20.0.0/30",
        "cidr: 10.20.0.0/31, gateway: none, dhcp: false, allocationPools: [{first: 10.20.0.0, last: 10.20.0.1}]",
        'cidr: "fd00::/64", gateway: "fd00::"',
        'cidr: "fd00::/64", gateway: "fd00::ffff:ffff:ffff:ffff", dns: ["fd00::53"]',
        'cidr: "fd00::/126"',
        "cidr: 10.20.0.0/24, dns: []",
    ],
)
def test_right_subnets_are_left_alone(landing: Callable[..., Any], subnet: str) -> None:
    """Whatever Neutron takes."""
    assert landing(network(subnet)).problems() == []


@pytest.mark.parametrize(
    ("subnet", "said"),
    [
        (
            "cidr: 10.20.0.0/24, gateway: 10.20.1.1",
            "gateway: 10.20.1.1 is not an address that a gateway of 10.20.0.0/24 can have (choose from 10.20.0.1 to 10.20.0.254)",
        ),
        (
            "cidr: 10.20.0.0/24, gateway: 10.20.0.0",
            "gateway: 10.20.0.0 is not an address that a gateway of 10.20.0.0/24 can have (choose from 10.20.0.1 to 10.20.0.254)",
        ),
        (
            "cidr: 10.20.0.0/24, gateway: 10.20.0.255",
            "gateway: 10.20.0.255 is not an address that a gateway of 10.20.0.0/24 can have (choose from 10.20.0.1 to 10.20.0.254)",
        ),
        (
            'cidr: 10.20.0.0/24, gateway: "fd00::1"',
            "gateway: fd00::1 is not an address that a gateway of 10.20.0.0/24 can have (choose from 10.20.0.1 to 10.20.0.254)",
        ),
        (
            "cidr: 10.20.0.0/31, dhcp: false",
            "cidr: 10.20.0.0/31 has no address that a gateway can have (write gateway: none, or make it larger)",
        ),
        (
            "cidr: 10.20.0.0/31, gateway: none",
            "cidr: 10.20.0.0/31 is too small for DHCP (make it /30 or larger, or write dhcp: false)",
        ),
        (
            'cidr: "fd00::/127"',
            "cidr: fd00::/127 is too small for DHCP (make it /126 or larger, or write dhcp: false)",
        ),
        (
            "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.250, last: 10.20.0.255}]",
            "allocationPools[0]: 10.20.0.255 is not an address that a port in 10.20.0.0/24 can have (choose from 10.20.0.1 to 10.20.0.254)",
        ),
        (
            'cidr: "fd00::/64", gateway: none, allocationPools: [{first: "fd00::", last: "fd00::9"}]',
            "allocationPools[0]: fd00:: is not an address that a port in fd00::/64 can have (choose from fd00::1 to fd00::ffff:ffff:ffff:ffff)",
        ),
        (
            "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.20, last: 10.20.0.10}]",
            "allocationPools[0]: the pool 10.20.0.20-10.20.0.10 ends before it begins (write {first: 10.20.0.10, last: 10.20.0.20})",
        ),
        (
            "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.10, last: 10.20.0.20}, {first: 10.20.0.20, last: 10.20.0.30}]",
            (
                "allocationPools[1]: the pool 10.20.0.20-10.20.0.30 shares addresses with the pool 10.20.0.10-10.20.0.20 "
                "(make one of the two, or let one end before the other begins)"
            ),
        ),
        (
            "cidr: 10.20.0.0/24, gateway: 10.20.0.15, allocationPools: [{first: 10.20.0.10, last: 10.20.0.20}]",
            (
                "allocationPools[0]: the pool 10.20.0.10-10.20.0.20 holds the gateway's address 10.20.0.15 "
                "(let the pool begin behind it, or end before it)"
            ),
        ),
        (
            "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.1, last: 10.20.0.20}]",
            (
                "allocationPools[0]: the pool 10.20.0.1-10.20.0.20 holds the gateway's address 10.20.0.1, "
                "the subnet's first unless it names another (let the pool begin behind it, or end before it)"
            ),
        ),
        (
            'cidr: 10.20.0.0/24, dns: [10.0.0.53, "fd00::53"]',
            "dns[1]: fd00::53 is no IPv4 address, as those of 10.20.0.0/24 are (name it at a subnet of IPv6)",
        ),
        (
            "cidr: 127.0.0.0/24",
            "cidr: 127.0.0.0/24 has addresses that no host can have (choose private ones, such as some of 10.0.0.0/8 or fd00::/8)",
        ),
        (
            "cidr: 224.0.0.0/24",
            "cidr: 224.0.0.0/24 has addresses that no host can have (choose private ones, such as some of 10.0.0.0/8 or fd00::/8)",
        ),
        (
            "cidr: 0.0.0.0/0",
            "cidr: 0.0.0.0/0 has addresses that no host can have (choose private ones, such as some of 10.0.0.0/8 or fd00::/8)",
        ),
    ],
)
def test_wrong_subnets_are_told(
    landing: Callable[..., Any], told: Callable[[Any], list[str]], subnet: str, said: str
) -> None:
    """Each mistake once, at the part that is to be mended."""
    assert told(landing(network(subnet))) == [f"error: networks[0].subnets[0].{said}"]


def test_ipv6_needs_room_in_a_packet(landing: Callable[..., Any], told: Callable[[Any], list[str]]) -> None:
    """1280 bytes are enough, and IPv4 needs fewer."""
    assert told(landing(network('cidr: "fd00::/64"', "mtu: 1279, "))) == [
        "error: networks[0].mtu: 1279 bytes are too few for IPv6, which fd00::/64 is of (write 1280 at least)"
    ]
    assert landing(network('cidr: "fd00::/64"', "mtu: 1280, ")).problems() == []
    assert landing(network("cidr: 10.20.0.0/24", "mtu: 1279, ")).problems() == []


def test_place_is_that_of_the_value(landing: Callable[..., Any]) -> None:
    """Line and column lead to the wrong address itself."""
    changed = landing(network("cidr: 10.20.0.0/24, gateway: 10.20.1.1"))
    assert changed.problem().location == changed.place("tenant.yaml", "10.20.1.1")


@pytest.mark.parametrize("extra", ["state: absent, ", ""])
def test_what_is_to_be_absent_is_not_judged(landing: Callable[..., Any], extra: str) -> None:
    """Neither an absent network's subnets nor an absent subnet."""
    absent = "" if extra else ", state: absent"
    assert landing(network(f"cidr: 10.20.0.0/24, gateway: 10.20.1.1{absent}", extra)).problems() == []


class _Landing:
    """Takes what a rule says, and nothing else."""

    def error(self, way: tuple[Any, ...], message: str, remedy: str) -> tuple[int, str]:
        """The index of the pool, and what is said of it."""
        return way[-1], message


pools = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6)), max_size=6)


@given(pools, st.integers(1, 50))
def test_pools_are_told_if_and_only_if_they_share(found: list[tuple[int, int]], gateway: int) -> None:
    """Whatever their order, as counted address by address."""
    ranges = [range(first, first + length + 1) for first, length in found]
    subnet = SubnetSpec(
        name=SubnetName("a"),
        cidr=Cidr("10.0.0.0/24"),
        gateway=IPAddress(f"10.0.0.{gateway}"),
        allocation_pools=tuple(
            AddressRange(first=IPAddress(f"10.0.0.{each[0]}"), last=IPAddress(f"10.0.0.{each[-1]}")) for each in ranges
        ),
    )
    said: list[Any] = list(_shared(_Landing(), Placed(way=(), object=subnet)))  # type: ignore[arg-type]
    seen: set[int] = set()
    shared = 0
    for each in sorted(ranges, key=lambda each: (each[0], each[-1])):
        shared += bool(seen & set(each))
        seen |= set(each)
    assert len([message for _, message in said if "shares" in message]) == shared
    holders = {index for index, message in said if "gateway" in message}
    assert holders == {index for index, each in enumerate(ranges) if gateway in each}
