"""Rules about subnets that overlap: inside a tenant none may, for its projects are joined and its applications move."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from tenants.landing_zone import SubnetSpec
from tenants.names import CloudName, SubnetName
from tenants.problems import Location, Problem
from tenants.rules.landing.places import Landing, Placed, every_subnet, landings, networks, subnets, wanted
from tenants.rules.manifests import Manifests


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The addresses of a subnet, with where it stands."""

    network: IPv4Network | IPv6Network
    landing: Landing
    subnet: Placed[SubnetSpec]

    @property
    def location(self) -> Location:
        """Where its addresses stand."""
        return self.landing.location((*self.subnet.way, "cidr"))

    @property
    def cloud(self) -> CloudName:
        """The cloud that it is in."""
        return self.landing.project.cloud

    @property
    def rank(self) -> tuple[int, int, int, Location]:
        """What it is sorted by: after whatever holds it."""
        return self.network.version, int(self.network.network_address), self.network.prefixlen, self.location

    def error(self, message: str, remedy: str) -> Problem:
        """An error at its addresses."""
        return self.landing.error((*self.subnet.way, "cidr"), message, remedy)

    def warning(self, message: str, remedy: str) -> Problem:
        """A warning at its addresses."""
        return self.landing.warning((*self.subnet.way, "cidr"), message, remedy)


def overlaps(ranges: Iterable[Range]) -> Iterator[tuple[Range, Range]]:
    """Each range that is held by another, with the smallest that holds it; of equal ones, the later with the earlier.

    Networks lie in one another or apart, so every range that overlaps with any is in a pair.
    """
    around: list[Range] = []
    for each in sorted(ranges, key=lambda each: each.rank):
        while around and not _holds(around[-1], each):
            around.pop()
        if around:
            yield around[-1], each
        around.append(each)


def _holds(outer: Range, inner: Range) -> bool:
    """Whether all addresses of one range are in the other."""
    a, b = outer.network, inner.network
    return a.version == b.version and a.prefixlen <= b.prefixlen and b.network_address in a


def subnets_share_no_link(manifests: Manifests) -> Iterator[Problem]:
    """No subnet overlaps with another of its network, or with another that its router serves, whatever the reason."""
    for where, earlier, later in _linked(manifests):
        message = f"{_overlap(later, earlier)}, {where}"
        yield later.error(message, "choose other addresses; here no exception is possible")


def _linked(manifests: Manifests) -> Iterator[tuple[str, Range, Range]]:
    """Overlapping ranges that meet in one network or at one router, each pair once."""
    for landing in landings(manifests):
        told: set[frozenset[Location]] = set()
        for where, ranges in _links(landing):
            for earlier, later in _fresh(overlaps(ranges), told):
                yield where, earlier, later


def _links(landing: Landing) -> Iterator[tuple[str, list[Range]]]:
    """The ranges of each network and at each router."""
    by_name: dict[SubnetName, Range] = {}
    for network in networks(landing):
        ranges = list(_ranges(landing, subnets(network)))
        by_name.update((each.subnet.object.name, each) for each in ranges)
        yield "in the same network", ranges
    for router in wanted(("routers",), landing.spec.routers):
        served = dict.fromkeys(router.object.subnets)
        yield "at the same router", [by_name[name] for name in served if name in by_name]


def subnets_do_not_overlap(manifests: Manifests) -> Iterator[Problem]:
    """No subnet overlaps with another of its tenant in the same cloud, unless the exception of one of them says why."""
    told = {frozenset({earlier.location, later.location}) for _, earlier, later in _linked(manifests)}
    for ranges in _by_tenant(manifests):
        for cloud in {each.cloud: None for each in ranges}:
            for earlier, later in _fresh(overlaps(each for each in ranges if each.cloud == cloud), told):
                yield later.error(
                    _overlap(later, earlier), "choose other addresses, or say in exception why it must be"
                )


def subnets_can_move(manifests: Manifests) -> Iterator[Problem]:
    """No subnet overlaps with another of its tenant in another cloud, where applications may move to (a warning)."""
    for ranges in _by_tenant(manifests):
        for earlier, later in _fresh(overlaps(ranges), set()):
            if earlier.cloud != later.cloud:
                message = f'{_overlap(later, earlier)}, in the cloud "{earlier.cloud}"'
                remedy = "applications cannot move between the two; choose other addresses, or say why in exception"
                yield later.warning(message, remedy)


def _by_tenant(manifests: Manifests) -> Iterator[list[Range]]:
    """The ranges of each tenant that no exception frees."""
    tenants: dict[int, list[Range]] = defaultdict(list)
    for landing in landings(manifests):
        ranges = _ranges(landing, every_subnet(landing))
        tenants[id(landing.manifest)] += (each for each in ranges if each.subnet.object.exception is None)
    yield from tenants.values()


def _ranges(landing: Landing, of: Iterable[Placed[SubnetSpec]]) -> Iterator[Range]:
    for subnet in of:
        if subnet.object.cidr:
            yield Range(network=ip_network(subnet.object.cidr), landing=landing, subnet=subnet)


def _fresh(pairs: Iterable[tuple[Range, Range]], told: set[frozenset[Location]]) -> Iterator[tuple[Range, Range]]:
    """Each pair once, in the order of the manifest."""
    for pair in pairs:
        earlier, later = sorted(pair, key=lambda each: each.location)
        both = frozenset({earlier.location, later.location})
        if both not in told:
            told.add(both)
            yield earlier, later


def _overlap(later: Range, earlier: Range) -> str:
    name = earlier.subnet.object.name
    return f'{later.network} overlaps with {earlier.network} of the subnet "{name}" at {earlier.location}'


RULES = (subnets_share_no_link, subnets_do_not_overlap, subnets_can_move)
