"""Rules about how much a landing zone asks for: its project's quota has room for it, and the project is in use."""

from collections.abc import Iterator, Mapping
from typing import Final

from tenants.landing_zone import Direction, Ethertype, RuleSpec
from tenants.problems import Problem
from tenants.resources import Resource, Service
from tenants.rules.landing.places import Landing, every_subnet, landings, networks, security_groups, wanted
from tenants.rules.landing.security import DEFAULT_GROUP
from tenants.rules.manifests import Manifests
from tenants.spec import ProjectState

#: What Neutron itself puts into every group: everything may go out, by IPv4 and by IPv6.
_BORN: Final = tuple(RuleSpec(direction=Direction.EGRESS, ethertype=each) for each in Ethertype)
#: The rules of the group that every project is born with: its servers may also talk to one another.
_BORN_OF_DEFAULT: Final = 2 * len(_BORN)
#: Resources of which Neutron makes some by itself.
_BORN_BESIDE: Final = {
    "port": ", one for each subnet of its routers",
    "security_group": ", with the default one",
    "security_group_rule": ", with those that Neutron puts into every new group",
}


def quotas_have_room(manifests: Manifests) -> Iterator[Problem]:
    """A project's quota, where it names a resource, has room for what the project's landing zone asks for."""
    for landing in landings(manifests):
        for name, asked in demand(landing).items():
            resource = Resource(service=Service.NETWORK, name=name)
            limit = landing.project.limits.get(resource)
            if limit is not None and 0 <= limit < asked:
                message = f"is {limit}, but the landing zone asks for {asked}{_BORN_BESIDE.get(name, '')}"
                steps = (*landing.place, "quota", str(Service.NETWORK), name)
                yield landing.manifest.error(steps, message, f"write {asked} or more, or ask for less")


def demand(landing: Landing) -> Mapping[str, int]:
    """How many of each network resource a landing zone holds once it is there."""
    groups = [each.object for each in security_groups(landing)]
    others = [each for each in groups if each.name != DEFAULT_GROUP]
    routers = [each.object for each in wanted(("routers",), landing.spec.routers)]
    asked = {
        "network": len(list(networks(landing))),
        "subnet": len(list(every_subnet(landing))),
        "router": len(routers),
        "port": sum(len(set(each.subnets)) for each in routers),
        "floatingip": len(list(wanted(("floatingIPs",), landing.spec.floating_ips))),
    }
    if groups:
        rules = sum(len({each.object for each in wanted((), group.rules)} - set(_BORN)) for group in groups)
        asked["security_group"] = len(others) + 1
        asked["security_group_rule"] = _BORN_OF_DEFAULT + len(_BORN) * len(others) + rules
    return asked


def retired_landing_zones_are_left_alone(manifests: Manifests) -> Iterator[Problem]:
    """The landing zone of a retired project is not applied (a warning)."""
    for manifest in manifests.every_tenant():
        for index, project in enumerate(manifest.spec.projects):
            if project.landing_zone is not None and project.state is ProjectState.RETIRED:
                steps = ("spec", "projects", index, "landingZone")
                message = "the landing zone of a retired project is not applied: what is there stays as it is"
                yield manifest.warning(steps, message, "leave the landing zone out")


RULES = (quotas_have_room, retired_landing_zones_are_left_alone)
