"""Administration ports stay closed to the world, whichever way a rule would open them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.landing_zone import Cidr, Direction, Ethertype, PortRange, RuleSpec
from tenants.names import SecurityGroupName
from tenants.rules.landing.administration import ADMINISTRATION
from tenants.rules.landing.exposure import is_world, opens


def group(rule: str) -> str:
    """A landing zone with one rule."""
    return f"{{securityGroups: [{{name: web, rules: [{{{rule}}}]}}]}}"


@pytest.mark.parametrize(
    ("rule", "path", "opened"),
    [
        ("protocol: tcp, ports: 22, from: 0.0.0.0/0", ".from", "SSH (22): passwords are guessed here all day long"),
        ("protocol: tcp, ports: 22", "", "SSH (22): passwords are guessed here all day long"),
        ('protocol: tcp, ports: 22, from: "::/0"', ".from", "SSH (22): passwords are guessed here all day long"),
        ("protocol: tcp, ports: 22, from: 128.0.0.0/1", ".from", "SSH (22): passwords are guessed here all day long"),
        ("protocol: tcp, ports: 22, ethertype: IPv6", "", "SSH (22): passwords are guessed here all day long"),
        ("protocol: 6, ports: 20-23", "", "SSH (22), Telnet (23)"),
        ("protocol: tcp, ports: 5950", "", "VNC (5900-5999): passwords are guessed here all day long"),
        ("protocol: udp, ports: 161", "", "SNMP (161): passwords cross the network in the clear"),
        ("protocol: tcp", "", "SSH (22), Telnet (23), portmapper (111) and 28 more"),
        ("protocol: tcp, ports: 1-65535", "", "SSH (22), Telnet (23), portmapper (111) and 28 more"),
        ("from: 0.0.0.0/0", ".from", "SSH (22), Telnet (23), portmapper (111) and 30 more"),
        ("protocol: ip", "", "SSH (22), Telnet (23), portmapper (111) and 30 more"),
    ],
)
def test_open_administration_ports_are_refused(  # noqa: PLR0917 - the columns of a table
    landing: Callable[..., Any], told: Callable[[Any], list[str]], rule: str, path: str, opened: str
) -> None:
    """By a port, by a range, by all ports, by any protocol; from everywhere, or from half of it."""
    assert told(landing(group(rule))) == [
        (
            f"error: securityGroups[0].rules[0]{path}: opens administration ports to the world: {opened} "
            "(say who may connect with from or fromGroup, or in exception why everybody may)"
        )
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "protocol: tcp, ports: 443, from: 0.0.0.0/0",
        "protocol: tcp, ports: 24-110",
        "protocol: udp, ports: 22",
        "protocol: tcp, ports: 161",
        "protocol: tcp, ports: 22, from: 10.0.0.0/8",
        "protocol: tcp, ports: 22, fromGroup: web",
        'protocol: tcp, ports: 22, from: "fc00::/7"',
        'protocol: tcp, ports: 22, from: "2001:db8::/32"',
        "protocol: tcp, ports: 22, state: absent",
        "protocol: icmp",
        "protocol: gre",
        "direction: egress, protocol: tcp, ports: 22, to: 0.0.0.0/0",
        "direction: egress",
    ],
)
def test_what_is_closed_is_left_alone(landing: Callable[..., Any], rule: str) -> None:
    """Services, known addresses, one's own groups, what goes out."""
    assert landing(group(rule)).problems() == []


def test_exception_makes_it_a_warning_with_the_reason(
    landing: Callable[..., Any], told: Callable[[Any], list[str]]
) -> None:
    """Whoever reviews the plan reads why."""
    rule = "protocol: tcp, ports: 22, from: 0.0.0.0/0, exception: 堡垒机上线前的临时通道"
    assert told(landing(group(rule))) == [
        (
            "warning: securityGroups[0].rules[0].exception: opens administration ports to the world: SSH (22); "
            "the reason given: 堡垒机上线前的临时通道 (close them when it is over)"
        )
    ]


def test_exception_that_nothing_needs_is_doubtful(
    landing: Callable[..., Any], told: Callable[[Any], list[str]]
) -> None:
    """Or it would still stand there when it does."""
    assert told(landing(group("protocol: tcp, ports: 443, exception: x"))) == [
        "warning: securityGroups[0].rules[0].exception: there is nothing that this exception is needed for (leave it out)"
    ]


def test_unreadable_addresses_are_not_the_world(landing: Callable[..., Any]) -> None:
    """One mistake is told once."""
    assert landing(group("protocol: tcp, ports: 22, from: 10.0.0.1/8")).problem().path.endswith(".from")
    assert landing(group("protocol: tcp, ports: 0")).problem().path.endswith(".ports")


@given(st.integers(1, 65535), st.integers(0, 2000), st.sampled_from(["tcp", "udp"]))
def test_range_opens_what_a_port_of_it_opens(first: int, length: int, protocol: str) -> None:
    """A range hides nothing: it opens just what its ports open one by one."""
    last = min(first + length, 65535)
    whole = set(opens(RuleSpec(protocol=protocol, ports=PortRange(first=first, last=last))))
    listed = [each for each in ADMINISTRATION if protocol in each.protocols]
    inside = range(first, last + 1)
    assert whole == {each for each in listed if any(port in inside for port in range(each.first, each.last + 1))}


@given(st.integers(0, 32), st.sampled_from(list(Direction)), st.booleans())
def test_only_the_world_coming_in_counts(length: int, direction: Direction, by_group: bool) -> None:  # noqa: FBT001
    """Whatever else the rule says."""
    rule = RuleSpec(
        direction=direction,
        ethertype=Ethertype.IPV4,
        remote_cidr=None if by_group else Cidr(f"0.0.0.0/{length}"),
        remote_group=SecurityGroupName("web") if by_group else None,
    )
    world = not by_group and length < 8 and direction is Direction.INGRESS
    assert bool(opens(rule)) == world


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [(None, True), ("", False), ("0.0.0.0/0", True), ("::/0", True), ("2000::/3", True), ("fe80::/10", False)],
)
def test_world_is_more_than_anybody_was_given(cidr: str | None, expected: bool) -> None:  # noqa: FBT001
    """By the length of the prefix, local addresses of IPv6 aside."""
    assert is_world(cidr) is expected


def test_every_port_has_its_reason() -> None:
    """The table is read by people; ports stand in order and none twice for one protocol."""
    assert all(each.name and each.reason and each.first <= each.last for each in ADMINISTRATION)
    for protocol in ("tcp", "udp"):
        of = [each for each in ADMINISTRATION if protocol in each.protocols]
        inner = {5985, 5986}
        assert all(a.last < b.first for a, b in pairwise(of) if not inner & {a.first, b.first, b.last})
