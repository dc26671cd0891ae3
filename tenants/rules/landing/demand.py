"""Rules about how much a landing zone asks for: its project's quota has room for it, and the project is in use."""

from collections.abc import Iterator, Mapping
from typing import Final

from tenants.landing_zone import Direction, Ethertype, RuleSpec, SecurityGroupSpec
from tenants.problems import Problem
from tenants.resources import Resource, Service
from tenants.rules.landing.places import Landing, Way, every_subnet, landings, networks, security_groups, wanted
from tenants.rules.landing.security import DEFAULT_GROUP
from tenants.rules.manifests import Manifests
from tenants.spec import ProjectState

#: What Neutron puts into every new group unless its operators changed that: everything may go out.
_BORN: Final = tuple(RuleSpec(direction=Direction.EGRESS, ethertype=each) for each in Ethertype)
#: Likewise into the group that every project is born with: its servers may also talk to one another.
_BORN_OF_DEFAULT: Final = 2 * len(_BORN)
_RULES: Final = "security_group_rule"
#: What stands behind a number that is not plain from the manifest.
_COUNTED: Final = {
    "port": ", one for each subnet of its routers",
    "security_group": ", with the default one",
}


def quotas_have_room(manifests: Manifests) -> Iterator[Problem]:
    """A project's quota, where it names a resource, has room for what the project's landing zone asks for."""
    for landing in landings(manifests):
        for name, asked in demand(landing).items():
            limit = _limit(landing, name)
            if limit is not None and limit < asked:
                message = f"is {limit}, but the landing zone asks for {asked}{_COUNTED.get(name, '')}"
                yield landing.manifest.error(_steps(landing, name), message, f"write {asked} or more, or ask for less")


def quotas_have_room_for_born_rules(manifests: Manifests) -> Iterator[Problem]:
    """A quota of rules has room for those as well that Neutron usually puts into every new security group (a warning)."""
    for landing in landings(manifests):
        asked, born, limit = demand(landing).get(_RULES), _born(landing), _limit(landing, _RULES)
        if asked is not None and limit is not None and asked <= limit < asked + born:
            message = (
                f"is {limit}, enough for the {asked} of the landing zone, not for {born} more that Neutron usually adds"
            )
            remedy = f"write {asked + born} or more; a quota that is reached keeps rules from being made"
            yield landing.manifest.warning(_steps(landing, _RULES), message, remedy)


def _limit(landing: Landing, name: str) -> int | None:
    """The finite limit of a network resource that the quota names, or None."""
    limit = landing.project.limits.get(Resource(service=Service.NETWORK, name=name))
    return None if limit is None or limit < 0 else limit


def _steps(landing: Landing, name: str) -> Way:
    return (*landing.place, "quota", str(Service.NETWORK), name)


def demand(landing: Landing) -> Mapping[str, int]:
    """How many of each network resource a landing zone holds for certain once it is there."""
    groups = [each.object for each in security_groups(landing)]
    routers = [each.object for each in wanted(("routers",), landing.spec.routers)]
    asked = {
        "network": len(list(networks(landing))),
        "subnet": len(list(every_subnet(landing))),
        "router": len(routers),
        "port": sum(len(set(each.subnets)) for each in routers),
        "floatingip": len(list(wanted(("floatingIPs",), landing.spec.floating_ips))),
    }
    if groups:
        asked["security_group"] = sum(each.name != DEFAULT_GROUP for each in groups) + 1
        asked[_RULES] = sum(len(_rules(group)) for group in groups)
    return asked


def _born(landing: Landing) -> int:
    """How many rules Neutron usually adds to those that the landing zone names."""
    groups = [each.object for each in security_groups(landing) if each.object.name != DEFAULT_GROUP]
    return _BORN_OF_DEFAULT + sum(len(set(_BORN) - _rules(group)) for group in groups)


def _rules(group: SecurityGroupSpec) -> set[RuleSpec]:
    """The different rules of a group that are to be there."""
    return {each.object for each in wanted((), group.rules)}


def retired_landing_zones_are_left_alone(manifests: Manifests) -> Iterator[Problem]:
    """The landing zone of a retired project is not applied (a warning)."""
    for manifest in manifests.every_tenant():
        for index, project in enumerate(manifest.spec.projects):
            if project.landing_zone is not None and project.state is ProjectState.RETIRED:
                steps = ("spec", "projects", index, "landingZone")
                message = "the landing zone of a retired project is not applied: what is there stays as it is"
                yield manifest.warning(steps, message, "leave the landing zone out")


RULES = (quotas_have_room, quotas_have_room_for_born_rules, retired_landing_zones_are_left_alone)
