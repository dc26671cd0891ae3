"""Rules on one line: one rule has one line, whoever wrote it and however."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.collections import ItemId
from provisioner.kinds.security_rule import Rule, asked_rule, body_of, shown_rule
from tenants.landing_zone import Cidr, Direction, Ethertype, PortRange, RuleSpec
from tenants.names import SecurityGroupName
from tenants.protocols import NAMES, WITH_PORTS, WITH_TYPES, canonical

_names = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text)
_remotes = st.one_of(
    st.just("anywhere"),
    st.sampled_from(["10.0.0.0/8", "fd00::/8", "203.0.113.7/32", "address group 5b"]),
    _names.map(lambda name: f"group {name}"),
)


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    """Any rule that Neutron takes."""
    ethertype = draw(st.sampled_from(Ethertype))
    protocol = draw(st.one_of(st.none(), st.sampled_from(NAMES)))
    protocol = protocol and canonical(protocol, ipv6=ethertype is Ethertype.IPV6)
    first = last = None
    if protocol in WITH_PORTS and draw(st.booleans()):
        first, last = sorted(draw(st.tuples(st.integers(1, 65534), st.integers(1, 65535))))
    elif protocol in WITH_TYPES and draw(st.booleans()):
        first, last = draw(st.tuples(st.integers(0, 255), st.one_of(st.none(), st.integers(0, 255))))
    direction, remote = draw(st.sampled_from(Direction)), draw(_remotes)
    return Rule(direction=direction, ethertype=ethertype, protocol=protocol, first=first, last=last, remote=remote)


@given(_rules())
def test_a_line_is_read_as_the_rule_that_wrote_it(rule: Rule) -> None:
    """Nothing is lost, so plans and journals may keep lines."""
    assert Rule.parse(str(rule)) == rule


@given(_rules().filter(lambda rule: not rule.remote.startswith("address")))
def test_what_is_written_is_shown_as_the_same_rule(rule: Rule) -> None:
    """Neutron's terms and ours lead to one another."""
    ids = {rule.group: ItemId("id-of-it")} if rule.group else {}
    item = body_of(rule, ids.__getitem__)
    assert shown_rule(item, {found: name for name, found in ids.items()}) == rule


def _shown(**item: Any) -> str:
    none = dict.fromkeys(("protocol", "port_range_min", "port_range_max", "remote_ip_prefix", "remote_group_id"))
    return str(shown_rule({"direction": "ingress", "ethertype": "IPv4", **none, **item}, {"g1": "网站"}))


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({}, "ingress IPv4 any from anywhere"),
        ({"remote_ip_prefix": "0.0.0.0/0"}, "ingress IPv4 any from anywhere"),
        ({"ethertype": "IPv6", "remote_ip_prefix": "::/0"}, "ingress IPv6 any from anywhere"),
        ({"remote_ip_prefix": "10.1.2.3/8"}, "ingress IPv4 any from 10.0.0.0/8"),
        ({"ethertype": "IPv6", "remote_ip_prefix": "FD00::/8"}, "ingress IPv6 any from fd00::/8"),
        ({"protocol": "6"}, "ingress IPv4 tcp from anywhere"),
        ({"protocol": "TCP", "port_range_min": 1, "port_range_max": 65535}, "ingress IPv4 tcp from anywhere"),
        ({"protocol": "udp", "port_range_min": 53, "port_range_max": 53}, "ingress IPv4 udp 53 from anywhere"),
        ({"protocol": "udp", "port_range_min": 5, "port_range_max": 9}, "ingress IPv4 udp 5-9 from anywhere"),
        ({"protocol": "icmpv6", "ethertype": "IPv6"}, "ingress IPv6 ipv6-icmp from anywhere"),
        ({"protocol": "1", "ethertype": "IPv6"}, "ingress IPv6 ipv6-icmp from anywhere"),
        ({"protocol": "icmp", "port_range_min": 8}, "ingress IPv4 icmp type 8 from anywhere"),
        (
            {"protocol": "icmp", "port_range_min": 8, "port_range_max": 8},
            "ingress IPv4 icmp type 8 code 8 from anywhere",
        ),
        ({"remote_group_id": "g1"}, "ingress IPv4 any from group 网站"),
        ({"remote_group_id": "g2"}, "ingress IPv4 any from group g2"),
        ({"remote_address_group_id": "a1"}, "ingress IPv4 any from address group a1"),
        ({"direction": "egress"}, "egress IPv4 any to anywhere"),
    ],
)
def test_a_rule_is_shown_in_its_one_form(item: dict[str, Any], line: str) -> None:
    """Numbers and names of protocols, all ports, all addresses, host bits, groups of others."""
    assert _shown(**item) == line


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        (RuleSpec(remote_cidr=Cidr("0.0.0.0/0")), "ingress IPv4 any from anywhere"),
        (
            RuleSpec(protocol="tcp", ports=PortRange(first=443, last=443), remote_group=SecurityGroupName("web")),
            "ingress IPv4 tcp 443 from group web",
        ),
        (RuleSpec(direction=Direction.EGRESS, ethertype=Ethertype.IPV6), "egress IPv6 any to anywhere"),
    ],
)
def test_a_manifests_rule_is_read_the_same_way(spec: RuleSpec, line: str) -> None:
    """So that it compares with what Neutron shows."""
    assert str(asked_rule(spec)) == line


@pytest.mark.parametrize("line", ["", "ingress", "inbound IPv4 tcp 22 from anywhere", "ingress IPv4 tcp 22"])
def test_what_is_no_rule_is_not_read(line: str) -> None:
    """A property of another kind is never taken for a rule."""
    with pytest.raises(ValueError, match="no rule of a security group"):
        Rule.parse(line)
