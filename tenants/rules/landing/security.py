"""Rules about security groups: their rules' parts agree as Neutron wants them to, and what they name is there."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Final

from tenants.landing_zone import Direction, Ethertype, RuleSpec, SecurityGroupSpec
from tenants.language.report import choose
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.protocols import ONLY_IPV6, WITH_PORTS, WITH_TYPES
from tenants.rules.landing.places import Landing, Placed, Way, landings, rules, security_groups
from tenants.rules.manifests import Manifests

#: The group that every project is born with, and that Neutron does not let go.
DEFAULT_GROUP: Final = "default"
#: What a rule of each direction says its other side by, and the direction that the keys belong to.
_SIDES: Final = {Direction.INGRESS: ("from", "fromGroup"), Direction.EGRESS: ("to", "toGroup")}


def sides_fit_the_direction(manifests: Manifests) -> Iterator[Problem]:
    """A rule for what comes in says from where, one for what goes out says to where, each by addresses or by a group."""
    for landing in landings(manifests):
        for rule in rules(landing):
            for direction, keys in _SIDES.items():
                given = [key for key in keys if landing.says((*rule.way, key))]
                if direction is not rule.object.direction:
                    yield from (_other_side(landing, (*rule.way, key), direction) for key in given)
                elif len(given) > 1:
                    yield landing.error(rule.way, f'gives both of "{keys[0]}" and "{keys[1]}"', "make two rules of it")


def _other_side(landing: Landing, way: Way, direction: Direction) -> Problem:
    key = str(way[-1])
    right = key.replace("from", "to") if direction is Direction.INGRESS else key.replace("to", "from")
    message = f"has no meaning in a rule that is not {direction}"
    return landing.error(way, message, f"write direction: {direction}, or {right} instead")


def ports_fit_the_protocol(manifests: Manifests) -> Iterator[Problem]:
    """Ports stand with a protocol that has them, an ICMP type with ICMP, and an ICMP code with its type."""
    for landing in landings(manifests):
        for rule in rules(landing):
            protocol = rule.object.protocol
            if protocol == "":
                continue
            if landing.says((*rule.way, "ports")) and protocol not in WITH_PORTS:
                yield landing.error((*rule.way, "ports"), *_portless(protocol))
            types = [key for key in ("icmpType", "icmpCode") if landing.says((*rule.way, key))]
            if types and protocol not in WITH_TYPES:
                message = "only ICMP has types and codes"
                yield landing.error((*rule.way, types[0]), message, "leave it out, or write protocol: icmp")
            elif types == ["icmpCode"]:
                yield landing.error((*rule.way, "icmpCode"), "stands without an icmpType", "say the type as well")


def _portless(protocol: str | None) -> tuple[str, str]:
    """Why a protocol cannot have ports, and what would be right."""
    if protocol is None:
        return "have no meaning without a protocol", "say which, such as protocol: tcp"
    if protocol in WITH_TYPES:
        return f"{protocol} has no ports", "write icmpType, and icmpCode if need be"
    return f"{protocol} has no ports", "leave them out"


def ethertypes_fit(manifests: Manifests) -> Iterator[Problem]:
    """A rule's ethertype is that of its addresses, and protocols that only IPv6 has are not in a rule about IPv4."""
    for landing in landings(manifests):
        for rule in rules(landing):
            ethertype, cidr, protocol = rule.object.ethertype, rule.object.remote_cidr, rule.object.protocol
            right = f"IPv{ip_network(cidr).version}" if cidr else ethertype
            if right != ethertype:
                message = f"is {ethertype}, but {cidr} is {right}"
                yield landing.error((*rule.way, "ethertype"), message, f"write {right}, or leave it out")
            elif ethertype is Ethertype.IPV4 and protocol in ONLY_IPV6:
                remedy = "name addresses of IPv6" if cidr else "write ethertype: IPv6"
                yield landing.error((*rule.way, "protocol"), f"{protocol} is a protocol of IPv6 only", remedy)


def rules_stand_once(manifests: Manifests) -> Iterator[Problem]:
    """No rule of a group is both wanted and unwanted (or, as a warning, said twice)."""
    for landing in landings(manifests):
        for group in security_groups(landing):
            yield from _repeated(landing, group)


def _repeated(landing: Landing, group: Placed[SecurityGroupSpec]) -> Iterator[Problem]:
    first: dict[RuleSpec, tuple[int, Presence]] = {}
    for index, rule in enumerate(group.object.rules):
        if not is_sound(rule):
            continue
        plain = replace(rule, exception=None, presence=Presence.PRESENT)
        number, presence = first.setdefault(plain, (index, rule.presence))
        way = (*group.way, "rules", index)
        if number == index:
            continue
        line = landing.location((*group.way, "rules", number)).line
        if presence is rule.presence:
            message = f"lets through what the rule on line {line} lets through already"
            yield landing.warning(way, message, "leave one of them")
        else:
            message = f"is to be both present and absent: the rule on line {line} is the same"
            yield landing.error(way, message, "decide for one of them")


def is_sound(rule: RuleSpec) -> bool:
    """Whether all parts of a rule could be read."""
    none = "" in {rule.protocol, rule.remote_cidr, rule.remote_group}
    return not none and (rule.ports is None or rule.protocol in WITH_TYPES or rule.ports.first > 0)


def groups_that_rules_name_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every group that a rule names is the project's default one, or one of the landing zone that is to be there."""
    for landing in landings(manifests):
        present = [each.object.name for each in security_groups(landing) if each.object.name]
        known = {*present, DEFAULT_GROUP}
        absent = {each.name for each in landing.spec.security_groups} - known
        for rule in rules(landing):
            name = rule.object.remote_group
            if not name or name in known:
                continue
            key = next(key for _, key in _SIDES.values() if landing.says((*rule.way, key)))
            if name in absent:
                message, remedy = f'the security group "{name}" is to be absent', "take the rule away with it"
            else:
                message = f'the landing zone has no security group "{name}"'
                remedy = choose(name, (*present, DEFAULT_GROUP))
            yield landing.error((*rule.way, key), message, remedy)


def default_group_stays(manifests: Manifests) -> Iterator[Problem]:
    """The default security group is not to be absent, and no other is called so in other letters."""
    for landing in landings(manifests):
        for index, group in enumerate(landing.spec.security_groups):
            way = ("securityGroups", index)
            if group.name == DEFAULT_GROUP and group.presence is Presence.ABSENT:
                message = "the default security group cannot be taken away"
                yield landing.error((*way, "state"), message, "write exclusive: true without rules to close it")
            elif group.name != DEFAULT_GROUP and group.name.lower() == DEFAULT_GROUP:
                message = f'"{group.name}" is kept for the group that every project is born with'
                yield landing.error((*way, "name"), message, f"write {DEFAULT_GROUP} if it is meant, or another name")


RULES = (
    sides_fit_the_direction,
    ports_fit_the_protocol,
    ethertypes_fit,
    rules_stand_once,
    groups_that_rules_name_exist,
    default_group_stays,
)
