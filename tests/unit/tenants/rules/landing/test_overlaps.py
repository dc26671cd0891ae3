"""Subnets that overlap inside a tenant are found, however far apart they are written."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.problems import Location
from tenants.rules.landing.overlaps import overlaps


def network(name: str, *subnets: str) -> str:
    """A network with subnets, each `name, cidr` and what else is to be said of it."""
    return f"{{name: {name}, subnets: [{', '.join(f'{{name: {each}}}' for each in subnets)}]}}"


def zone(*networks: str, extra: str = "") -> str:
    """A landing zone with networks."""
    return f"{{networks: [{', '.join(networks)}]{extra}}}"


ONE = zone(network("a", "a, cidr: 10.20.0.0/16"))


def test_overlap_in_another_project_is_refused(landing: Callable[..., Any]) -> None:
    """At the later of the two, with the place of the earlier."""
    changed = landing(ONE, zone(network("b", "b, cidr: 10.20.3.0/24")))
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", "10.20.3.0/24")
    earlier = changed.place("tenant.yaml", "10.20.0.0/16")
    assert problem.message == f'10.20.3.0/24 overlaps with 10.20.0.0/16 of the subnet "a" at {earlier}'
    assert problem.remedy == "choose other addresses, or say in exception why it must be"


def test_overlap_in_another_network_of_the_project_is_refused(landing: Callable[..., Any]) -> None:
    """Also where the later holds the earlier."""
    changed = landing(zone(network("a", "a, cidr: 10.20.3.0/24"), network("b", "b, cidr: 10.20.0.0/16")))
    assert changed.problem().path == "spec.projects[0].landingZone.networks[1].subnets[0].cidr"


@pytest.mark.parametrize("excepted", ["a", "b"])
def test_exception_of_either_allows_it(landing: Callable[..., Any], excepted: str) -> None:
    """With a reason, which one of the two gives."""
    reason = ", exception: 迁移期间与旧平台共用"
    first = zone(network("a", f"a, cidr: 10.20.0.0/16{reason if excepted == 'a' else ''}"))
    second = zone(network("b", f"b, cidr: 10.20.3.0/24{reason if excepted == 'b' else ''}"))
    assert landing(first, second).problems() == []


def test_exception_frees_only_those_that_have_one(landing: Callable[..., Any]) -> None:
    """Two others that overlap are told all the same."""
    first = zone(network("a", "a, cidr: 10.20.0.0/16"), network("b", "b, cidr: 10.20.3.0/24, exception: x"))
    changed = landing(first, zone(network("c", "c, cidr: 10.20.3.0/25")))
    assert changed.problem().message.startswith('10.20.3.0/25 overlaps with 10.20.0.0/16 of the subnet "a"')


def test_no_exception_counts_within_a_network(landing: Callable[..., Any]) -> None:
    """One link cannot have one address twice."""
    changed = landing(zone(network("a", "a, cidr: 10.20.0.0/16", "b, cidr: 10.20.3.0/24, exception: x")))
    problem = changed.problem()
    assert problem.message.endswith(", in the same network")
    assert problem.remedy == "choose other addresses; here no exception is possible"


def test_no_exception_counts_at_a_router(landing: Callable[..., Any]) -> None:
    """It would not know which way to send."""
    networks = (network("a", "a, cidr: 10.20.0.0/16"), network("b", "b, cidr: 10.20.3.0/24, exception: x"))
    changed = landing(zone(*networks, extra=", routers: [{name: r, external: false, subnets: [a, b]}]"))
    assert changed.problem().message.endswith(", at the same router")
    apart = ", routers: [{name: r, subnets: [a]}, {name: s, subnets: [b]}]"
    assert landing(zone(*networks, extra=apart)).problems() == []


def test_overlap_at_a_router_is_told_once(landing: Callable[..., Any]) -> None:
    """Not also as one that an exception would allow."""
    networks = (network("a", "a, cidr: 10.20.0.0/16"), network("b", "b, cidr: 10.20.3.0/24"))
    changed = landing(zone(*networks, extra=", routers: [{name: r, subnets: [a, b]}]"))
    assert changed.problem().message.endswith(", at the same router")


def test_overlap_across_clouds_is_doubtful(district: Callable[..., Any], told: Callable[[Any], list[str]]) -> None:
    """Nothing breaks, but applications cannot move between the two."""
    changed = district(ONE, zone(network("b", "b, cidr: 10.20.3.0/24")))
    earlier = changed.place("tenant.yaml", "10.20.0.0/16")
    assert changed.problem().remedy.startswith("applications cannot move between the two")
    (said,) = told(changed)
    assert said.startswith(
        "warning: networks[0].subnets[0].cidr: 10.20.3.0/24 overlaps with 10.20.0.0/16 of the subnet "
        f'"a" at {earlier}, in the cloud "city"'
    )
    assert district(ONE, zone(network("b", "b, cidr: 10.20.3.0/24, exception: x"))).problems() == []


@pytest.mark.parametrize(
    "second",
    [
        "b, cidr: 10.21.0.0/16",
        "b, cidr: 10.20.3.0/24, state: absent",
        'b, cidr: "fd00::/64"',
    ],
)
def test_what_is_apart_or_absent_does_not_overlap(landing: Callable[..., Any], second: str) -> None:
    """Nor do versions of IP."""
    assert landing(ONE, zone(network("b", second))).problems() == []


def test_retired_project_overlaps_with_nothing(landing: Callable[..., Any]) -> None:
    """Its landing zone is not applied."""
    changed = landing(ONE, zone(network("b", "b, cidr: 10.20.3.0/24")))
    changed = changed.edit("tenant.yaml", "      purpose: 其他", "      state: retired\n      purpose: 其他")
    assert not [each for each in changed.problems() if "overlaps" in each]


class _Range:
    """A range that stands in a line of its own."""

    def __init__(self, network: IPv4Network | IPv6Network, line: int) -> None:
        self.network = network
        self.location = Location(file="a.yaml", line=line, column=1)
        self.rank = (network.version, int(network.network_address), network.prefixlen, self.location)


cidrs = st.one_of(
    st.builds(
        lambda start, length: ip_network((start << 20, length), strict=False), st.integers(0, 64), st.integers(4, 16)
    ),
    st.builds(
        lambda start, length: IPv6Network((start << 112, length), strict=False), st.integers(0, 9), st.integers(8, 20)
    ),
)


@given(st.lists(cidrs, max_size=12))
def test_pairs_tell_of_every_range_that_overlaps(found: list[IPv4Network | IPv6Network]) -> None:
    """As when each is held against each other: none is missed, none is told that is apart from all."""
    ranges = [_Range(each, line) for line, each in enumerate(found, start=1)]
    pairs: list[Any] = list(overlaps(ranges))  # type: ignore[arg-type]
    assert all(outer.network.overlaps(inner.network) for outer, inner in pairs)
    told = {each.location.line for pair in pairs for each in pair}
    assert told == {
        each.location.line
        for each in ranges
        if any(
            each is not other and each.network.version == other.network.version and each.network.overlaps(other.network)
            for other in ranges
        )
    }
