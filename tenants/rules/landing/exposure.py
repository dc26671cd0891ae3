"""Rules about what the world may reach: no administration ports, unless an exception says why."""

from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network
from typing import Final

from tenants.landing_zone import Direction, RuleSpec
from tenants.problems import Problem
from tenants.protocols import PERHAPS_ANY, WITH_PORTS
from tenants.rules.landing.administration import ADMINISTRATION, AdministrationPorts
from tenants.rules.landing.places import Landing, Placed, landings, rules
from tenants.rules.landing.security import is_sound
from tenants.rules.manifests import Manifests

#: A prefix that is shorter than this is the world, or a good part of it: nobody was ever given that many addresses.
_SHORTEST_OF_IPV4: Final = 8
_SHORTEST_OF_IPV6: Final = 16
#: What is short and yet not the world: unique local (RFC 4193) and link-local addresses (RFC 4291).
_LOCAL: Final = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
_IPV6: Final = 6
_MOST_NAMED: Final = 3


def administration_is_closed_to_the_world(manifests: Manifests) -> Iterator[Problem]:
    """No rule opens administration ports to the world; with an exception it is a warning that repeats the reason."""
    for landing in landings(manifests):
        for rule in rules(landing):
            opened = opens(rule.object)
            if opened:
                yield _open(landing, rule, opened)
            elif rule.object.exception and is_sound(rule.object):
                message = "there is nothing that this exception is needed for"
                yield landing.warning((*rule.way, "exception"), message, "leave it out")


def _open(landing: Landing, rule: Placed[RuleSpec], opened: tuple[AdministrationPorts, ...]) -> Problem:
    named = ", ".join(str(each) for each in opened[:_MOST_NAMED])
    more = f" and {len(opened) - _MOST_NAMED} more" if len(opened) > _MOST_NAMED else ""
    message = f"opens administration ports to the world: {named}{more}"
    if rule.object.exception:
        way = (*rule.way, "exception")
        return landing.warning(
            way, f"{message}; the reason given: {rule.object.exception}", "close them when it is over"
        )
    way = (*rule.way, "from")
    remedy = "say who may connect with from or fromGroup, or in exception why everybody may"
    return landing.error(
        way if landing.says(way) else rule.way,
        f"{message}: {opened[0].reason}" if len(opened) == 1 else message,
        remedy,
    )


def opens(rule: RuleSpec) -> tuple[AdministrationPorts, ...]:
    """The administration ports that a rule opens to the world."""
    whole = rule.direction is Direction.INGRESS and rule.remote_group is None and is_world(rule.remote_cidr)
    if not whole or not is_sound(rule):
        return ()
    any_protocol = rule.protocol in {None, PERHAPS_ANY}
    if any_protocol and rule.ports is None:
        return ADMINISTRATION
    return tuple(each for each in ADMINISTRATION if rule.protocol in each.protocols and _meets(rule, each))


def _meets(rule: RuleSpec, ports: AdministrationPorts) -> bool:
    """Whether a rule's ports and these have one in common."""
    if rule.protocol not in WITH_PORTS or rule.ports is None:
        return rule.ports is None
    last = rule.ports.first if rule.ports.last is None else rule.ports.last
    return rule.ports.first <= ports.last and ports.first <= last


def is_world(cidr: str | None) -> bool:
    """Whether these are everybody's addresses, or more than any one organisation has."""
    if cidr is None:
        return True
    if not cidr:
        return False
    network = ip_network(cidr)
    if network.version != _IPV6:
        return network.prefixlen < _SHORTEST_OF_IPV4
    local = any(network.subnet_of(each) for each in _LOCAL)
    return network.prefixlen < _SHORTEST_OF_IPV6 and not local


RULES = (administration_is_closed_to_the_world,)
