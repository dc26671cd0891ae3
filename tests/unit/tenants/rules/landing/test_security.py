"""The parts of a security group's rule agree, and what it names is there."""

from collections.abc import Callable
from typing import Any

import pytest


def group(*rules: str, name: str = "web", extra: str = "") -> str:
    """A landing zone with one security group of these rules, and perhaps more."""
    written = ", ".join(f"{{{each}}}" for each in rules)
    return f"{{securityGroups: [{{name: {name}, rules: [{written}]}}{extra}]}}"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "protocol: tcp, ports: 443, to: 10.0.0.0/8",
            "to: has no meaning in a rule that is not egress (write direction: egress, or from instead)",
        ),
        (
            "protocol: tcp, ports: 443, toGroup: web",
            "toGroup: has no meaning in a rule that is not egress (write direction: egress, or fromGroup instead)",
        ),
        (
            "direction: egress, from: 10.0.0.0/8",
            "from: has no meaning in a rule that is not ingress (write direction: ingress, or to instead)",
        ),
        (
            "direction: egress, fromGroup: web",
            "fromGroup: has no meaning in a rule that is not ingress (write direction: ingress, or toGroup instead)",
        ),
        ("from: 10.0.0.0/8, fromGroup: web", 'gives both of "from" and "fromGroup" (make two rules of it)'),
        (
            "direction: egress, to: 10.0.0.0/8, toGroup: web",
            'gives both of "to" and "toGroup" (make two rules of it)',
        ),
        (
            "ports: 22, from: 10.0.0.0/8",
            "ports: have no meaning without a protocol (say which, such as protocol: tcp)",
        ),
        ("protocol: gre, ports: 80", "ports: gre has no ports (leave them out)"),
        ("protocol: icmp, ports: 8", "ports: icmp has no ports (write icmpType, and icmpCode if need be)"),
        (
            "protocol: tcp, icmpType: 8, from: 10.0.0.0/8",
            "icmpType: only ICMP has types and codes (leave it out, or write protocol: icmp)",
        ),
        (
            "icmpCode: 8, from: 10.0.0.0/8",
            "icmpCode: only ICMP has types and codes (leave it out, or write protocol: icmp)",
        ),
        ("protocol: icmp, icmpCode: 0", "icmpCode: stands without an icmpType (say the type as well)"),
        (
            'protocol: icmp, ethertype: IPv4, from: "fd00::/8"',
            "ethertype: is IPv4, but fd00::/8 is IPv6 (write IPv6, or leave it out)",
        ),
        (
            "protocol: icmpv6, ethertype: IPv6, from: 10.0.0.0/8",
            "ethertype: is IPv6, but 10.0.0.0/8 is IPv4 (write IPv4, or leave it out)",
        ),
        (
            "protocol: icmpv6, ethertype: IPv4",
            "protocol: ipv6-icmp is a protocol of IPv6 only (write ethertype: IPv6)",
        ),
        (
            "protocol: ipv6-frag, from: 10.0.0.0/8",
            "protocol: ipv6-frag is a protocol of IPv6 only (name addresses of IPv6)",
        ),
        (
            "protocol: tcp, fromGroup: wbe",
            'fromGroup: the landing zone has no security group "wbe" (did you mean "web"?)',
        ),
        (
            "direction: egress, toGroup: db",
            'toGroup: the landing zone has no security group "db" (one of: web, default)',
        ),
    ],
)
def test_rules_that_do_not_agree_are_told(
    landing: Callable[..., Any], told: Callable[[Any], list[str]], rule: str, said: str
) -> None:
    """Once, at the key that is to be mended."""
    (found,) = told(landing(group(rule)))
    assert found.startswith("error: securityGroups[0].rules[0]")
    assert found.endswith(said)


@pytest.mark.parametrize(
    "rule",
    [
        "protocol: tcp, ports: 443",
        "protocol: sctp, ports: 9000, fromGroup: web",
        "protocol: udplite, ports: 9000",
        "protocol: icmp, icmpType: 8, icmpCode: 0",
        "protocol: icmpv6, icmpType: 128",
        'protocol: icmp, from: "fd00::/8"',
        "protocol: 115",
        "fromGroup: default",
        "direction: egress",
        "direction: egress, to: 0.0.0.0/0",
        "fromGroup: nowhere, state: absent",
    ],
)
def test_rules_that_agree_are_left_alone(landing: Callable[..., Any], rule: str) -> None:
    """Every way to say one that Neutron takes."""
    assert landing(group(rule)).problems() == []


def test_group_that_is_to_be_absent_lets_nothing_in(
    landing: Callable[..., Any], told: Callable[[Any], list[str]]
) -> None:
    """A rule cannot outlive the group that it names."""
    assert told(landing(group("fromGroup: old", extra=", {name: old, state: absent}"))) == [
        (
            'error: securityGroups[0].rules[0].fromGroup: the security group "old" is to be absent '
            "(take the rule away with it)"
        )
    ]


def test_rule_that_stands_twice_is_doubtful(landing: Callable[..., Any], told: Callable[[Any], list[str]]) -> None:
    """However it is written: Neutron would make it once only."""
    (found,) = told(landing(group("protocol: tcp, ports: 80", "protocol: gre", "protocol: 6, ports: 80-80")))
    assert found.startswith("warning: securityGroups[0].rules[2]: lets through what the rule on line 3")
    assert found.endswith("lets through already (leave one of them)")


def test_rule_that_is_wanted_and_unwanted_is_refused(
    landing: Callable[..., Any], told: Callable[[Any], list[str]]
) -> None:
    """Whichever stands first."""
    (found,) = told(landing(group("protocol: tcp, ports: 80", "protocol: tcp, ports: 80, state: absent")))
    assert found.startswith("error: securityGroups[0].rules[1]: is to be both present and absent")


def test_unreadable_rules_are_not_taken_for_one_another(landing: Callable[..., Any]) -> None:
    """Two mistakes are two, and not a third."""
    changed = landing(group("protocol: tpc, ports: 80", "protocol: utp, ports: 80"))
    assert [each.path[-8:] for each in changed.validation().problems] == ["protocol", "protocol"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "default, state: absent",
            "state: the default security group cannot be taken away (write exclusive: true without rules to close it)",
        ),
        (
            "Default",
            (
                'name: "Default" is kept for the group that every project is born with '
                "(write default if it is meant, or another name)"
            ),
        ),
    ],
)
def test_default_group_stays(
    landing: Callable[..., Any], told: Callable[[Any], list[str]], name: str, said: str
) -> None:
    """Neutron would refuse both."""
    assert told(landing(group(name=name))) == [f"error: securityGroups[0].{said}"]


def test_default_group_may_be_managed(landing: Callable[..., Any]) -> None:
    """Its rules are a project's own business."""
    assert landing(group("fromGroup: default", name="default, exclusive: true")).problems() == []
