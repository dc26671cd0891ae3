"""Rules about what the objects of a landing zone name: it is there, and each is named once."""

from collections.abc import Iterator

from tenants.landing_zone import SubnetSpec
from tenants.language.report import choose
from tenants.names import SubnetName
from tenants.problems import Location, Problem
from tenants.rules.landing.places import Way, every_subnet, landings, wanted
from tenants.rules.manifests import Manifests


def subnet_names_are_unique(manifests: Manifests) -> Iterator[Problem]:
    """No two subnets of a project have the same name, in whatever networks: routers name subnets alone."""
    for landing in landings(manifests):
        first: dict[SubnetName, tuple[int, Location]] = {}
        for number, network in enumerate(landing.spec.networks):
            for index, subnet in enumerate(network.subnets):
                way = ("networks", number, "subnets", index, "name")
                home, location = first.setdefault(subnet.name, (number, landing.location(way)))
                if subnet.name and home != number:
                    message = f'the subnet "{subnet.name}" stands here a second time; the first is at {location}'
                    yield landing.error(way, message, "give each a name of its own")


def routers_find_their_subnets(manifests: Manifests) -> Iterator[Problem]:
    """Every subnet that a router serves is one of the landing zone, is to be there, and has a gateway."""
    for landing in landings(manifests):
        present = {each.object.name: each.object for each in every_subnet(landing) if each.object.name}
        known = {each.name for network in landing.spec.networks for each in network.subnets}
        for router in wanted(("routers",), landing.spec.routers):
            for index, name in enumerate(router.object.subnets):
                if name:
                    wrong = _wrong_subnet(name, present, known)
                    way = (*router.way, "subnets", index)
                    yield from () if wrong is None else (landing.error(way, *wrong),)


def _wrong_subnet(
    name: SubnetName, present: dict[SubnetName, SubnetSpec], known: set[SubnetName]
) -> tuple[str, str] | None:
    """Why a router cannot serve a subnet of that name, and what would be right."""
    if name not in known:
        return f'the landing zone has no subnet "{name}"', choose(name, present)
    if name not in present:
        return f'the subnet "{name}" is to be absent', "leave it out here, or let subnet and network be present"
    if not present[name].has_gateway:
        return f'the subnet "{name}" has no gateway, where the router would be', "give the subnet one"
    return None


def gateways_have_one_router(manifests: Manifests) -> Iterator[Problem]:
    """No subnet is served by two routers, for both would be its gateway."""
    for landing in landings(manifests):
        first: dict[SubnetName, tuple[str, Way]] = {}
        for router in wanted(("routers",), landing.spec.routers):
            for index, name in enumerate(router.object.subnets):
                other, way = first.setdefault(name, (router.object.name, router.way))
                if name and way != router.way:
                    message = f'the router "{other}" is at the gateway of "{name}" already'
                    yield landing.error((*router.way, "subnets", index), message, "let one of the two serve it")


def outside_can_be_reached(manifests: Manifests) -> Iterator[Problem]:
    """Routers reach the outside and floating IPs are reserved only where the zone has an external network."""
    for landing in landings(manifests):
        if landing.zone is None or landing.zone.external_network is not None:
            continue
        message = f'the zone "{landing.zone.name}" has no external network'
        for router in wanted(("routers",), landing.spec.routers):
            if router.object.external:
                way = (*router.way, "external")
                yield landing.error(way if landing.says(way) else router.way, message, "write external: false")
        for address in wanted(("floatingIPs",), landing.spec.floating_ips):
            yield landing.error(address.way, message, "leave it out, or choose another zone")


def addresses_are_reserved_once(manifests: Manifests) -> Iterator[Problem]:
    """No address of a cloud is reserved twice, by whatever projects."""
    first: dict[tuple[str, str], Location] = {}
    for landing in landings(manifests):
        for floating in wanted(("floatingIPs",), landing.spec.floating_ips):
            address = floating.object.address
            if address and landing.project.cloud:
                way = (*floating.way, "address")
                here = landing.location(way)
                earlier = first.setdefault((landing.project.cloud, address), here)
                if earlier != here:
                    message = f"{address} is reserved already, at {earlier}"
                    yield landing.error(way, message, "reserve another, or leave the choice to the cloud")


def granted_volume_types_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every volume type that is granted is offered by the cloud."""
    for landing in landings(manifests):
        offered = None if landing.cloud is None else landing.cloud.volume_types
        for grant in wanted(("grants", "volumeTypes"), landing.spec.grants.volume_types):
            name = grant.object.name
            if name and offered is not None and name not in offered:
                message = f'the cloud "{landing.project.cloud}" offers no volume type "{name}"'
                yield landing.error((*grant.way, "name"), message, choose(name, sorted(offered)))


def networks_are_told_apart(manifests: Manifests) -> Iterator[Problem]:
    """No network that is granted has the name of one of the project's own: servers name networks alone."""
    for landing in landings(manifests):
        own = {each.name for each in landing.spec.networks}
        for grant in wanted(("grants", "networks"), landing.spec.grants.networks):
            if grant.object.name and grant.object.name in own:
                message = f'the project has a network "{grant.object.name}" of its own'
                yield landing.error((*grant.way, "name"), message, "give its own another name, or leave the grant out")


RULES = (
    subnet_names_are_unique,
    routers_find_their_subnets,
    gateways_have_one_router,
    outside_can_be_reached,
    addresses_are_reserved_once,
    granted_volume_types_exist,
    networks_are_told_apart,
)
