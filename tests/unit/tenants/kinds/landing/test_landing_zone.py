"""A project's landing zone: what its manifest says, and what it may not say."""

from dataclasses import replace
from typing import Any

import pytest

from tenants.landing_zone import (
    AddressRange,
    Cidr,
    Direction,
    Ethertype,
    FloatingIPSpec,
    Grant,
    GrantsSpec,
    IPAddress,
    KeyPairSpec,
    LandingZoneSpec,
    NetworkSpec,
    PortRange,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from tenants.names import (
    FloatingIPName,
    KeyPairName,
    NetworkName,
    PrincipalName,
    RouterName,
    SecurityGroupName,
    SubnetName,
)
from tenants.presence import Presence

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
ZONE = f"""\
      landingZone:
        networks:
          - name: 应用网
            description: 应用网段
            mtu: 1450
            subnets:
              - {{name: app-v4, cidr: 10.20.0.0/24, gateway: 10.20.0.1, dns: [10.0.0.53, 10.0.0.54],
                 allocationPools: [{{first: 10.20.0.10, last: 10.20.0.200}}]}}
              - {{name: app-v6, cidr: "FD00:20:0::/64", gateway: none, dhcp: false}}
          - {{name: old, state: absent}}
        routers:
          - {{name: edge, external: false, subnets: [app-v4]}}
        securityGroups:
          - name: web
            description: ""
            exclusive: true
            rules:
              - {{direction: ingress, ethertype: IPv4, protocol: tcp, ports: 443, from: 10.0.0.0/8}}
              - {{protocol: udp, ports: 8000-8100, fromGroup: web, state: absent}}
        keyPairs: [{{name: ops, publicKey: "{KEY} 运维", user: li-wei}}]
        grants:
          networks: [{{name: city-shared}}]
          flavors: [{{name: gov.gpu}}]
          images: [{{name: kylin-v10, state: absent}}]
          volumeTypes: [{{name: ssd}}]
"""
LAST = "        - {group: market-regulation-ops, role: member}\n"


def with_zone(manifests: Any, text: str) -> Any:
    """The department with a landing zone of this text."""
    return manifests.edit("tenant.yaml", LAST, LAST + text)


def zone_of(manifests: Any) -> LandingZoneSpec:
    """The landing zone of the department's one project."""
    (project,) = manifests.city().tenants["market-regulation"].projects
    assert isinstance(project.landing_zone, LandingZoneSpec)
    return project.landing_zone


def test_landing_zone_is_read_whole(manifests: Any) -> None:
    """Every part becomes what it means."""
    assert zone_of(with_zone(manifests, ZONE)) == LandingZoneSpec(
        networks=(
            NetworkSpec(
                name=NetworkName("应用网"),
                description="应用网段",
                mtu=1450,
                subnets=(
                    SubnetSpec(
                        name=SubnetName("app-v4"),
                        cidr=Cidr("10.20.0.0/24"),
                        gateway=IPAddress("10.20.0.1"),
                        dns=(IPAddress("10.0.0.53"), IPAddress("10.0.0.54")),
                        allocation_pools=(AddressRange(first=IPAddress("10.20.0.10"), last=IPAddress("10.20.0.200")),),
                    ),
                    SubnetSpec(name=SubnetName("app-v6"), cidr=Cidr("fd00:20::/64"), has_gateway=False, dhcp=False),
                ),
            ),
            NetworkSpec(name=NetworkName("old"), presence=Presence.ABSENT),
        ),
        routers=(RouterSpec(name=RouterName("edge"), external=False, subnets=(SubnetName("app-v4"),)),),
        security_groups=(
            SecurityGroupSpec(
                name=SecurityGroupName("web"),
                description="",
                exclusive=True,
                rules=(
                    RuleSpec(protocol="tcp", ports=PortRange(first=443, last=443), remote_cidr=Cidr("10.0.0.0/8")),
                    RuleSpec(
                        protocol="udp",
                        ports=PortRange(first=8000, last=8100),
                        remote_group=SecurityGroupName("web"),
                        presence=Presence.ABSENT,
                    ),
                ),
            ),
        ),
        key_pairs=(KeyPairSpec(name=KeyPairName("ops"), public_key=f"{KEY} 运维", user=PrincipalName("li-wei")),),
        grants=GrantsSpec(
            networks=(Grant(name="city-shared"),),
            flavors=(Grant(name="gov.gpu"),),
            images=(Grant(name="kylin-v10", presence=Presence.ABSENT),),
            volume_types=(Grant(name="ssd"),),
        ),
    )


def test_project_without_landing_zone_asks_for_none(manifests: Any) -> None:
    """Left out is not the same as empty: an empty one asks for nothing, but is one."""
    (project,) = manifests.city().tenants["market-regulation"].projects
    assert project.landing_zone is None
    assert zone_of(with_zone(manifests, "      landingZone: {}\n")) == LandingZoneSpec()


def test_floating_ip_may_name_its_address(manifests: Any) -> None:
    """In a zone that has an external network."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: internet\n      protectionLevel: 2")
    found = zone_of(
        with_zone(changed, "      landingZone: {floatingIPs: [{name: a, address: 203.0.113.7}, {name: b}]}\n")
    )
    assert found.floating_ips == (
        FloatingIPSpec(name=FloatingIPName("a"), address=IPAddress("203.0.113.7")),
        FloatingIPSpec(name=FloatingIPName("b")),
    )


RULE = "      landingZone: {{securityGroups: [{{name: web, rules: [{{{}}}]}}]}}\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "protocol: tcp, ports: 1-65535, fromGroup: web",
            RuleSpec(protocol="tcp", remote_group=SecurityGroupName("web")),
        ),
        ("protocol: 6, ports: 80", RuleSpec(protocol="tcp", ports=PortRange(first=80, last=80))),
        ("protocol: icmp, icmpType: 8", RuleSpec(protocol="icmp", ports=PortRange(first=8, last=None))),
        ("protocol: icmp, icmpType: 3, icmpCode: 0", RuleSpec(protocol="icmp", ports=PortRange(first=3, last=0))),
        ("protocol: icmpv6", RuleSpec(protocol="ipv6-icmp", ethertype=Ethertype.IPV6)),
        ("protocol: icmp, ethertype: IPv6", RuleSpec(protocol="ipv6-icmp", ethertype=Ethertype.IPV6)),
        (
            'protocol: gre, from: "2001:DB8::/32"',
            RuleSpec(protocol="gre", ethertype=Ethertype.IPV6, remote_cidr=Cidr("2001:db8::/32")),
        ),
        ("protocol: 115", RuleSpec(protocol="115")),
        ("direction: egress", RuleSpec(direction=Direction.EGRESS)),
        (
            "direction: egress, to: 10.0.0.0/8",
            RuleSpec(direction=Direction.EGRESS, remote_cidr=Cidr("10.0.0.0/8")),
        ),
        (
            "direction: egress, toGroup: web",
            RuleSpec(direction=Direction.EGRESS, remote_group=SecurityGroupName("web")),
        ),
    ],
)
def test_rule_is_read_as_neutron_keeps_it(manifests: Any, written: str, expected: RuleSpec) -> None:
    """One thing that is written in two ways is one rule, so that a plan finds it in the cloud again."""
    (group,) = zone_of(with_zone(manifests, RULE.format(written))).security_groups
    assert group.rules == (expected,)


@pytest.mark.parametrize("ports", [PortRange(first=80, last=80), PortRange(first=8, last=None)])
def test_single_port_reads_as_one(ports: PortRange) -> None:
    """And so does a type of ICMP without a code."""
    assert str(ports) == str(ports.first)
    assert str(replace(ports, last=8100)) == f"{ports.first}-8100"


#: What is written for what of the whole landing zone, the path behind spec.projects[0].landingZone, and the problem.
WRONG = [
    ("10.20.0.0/24", "10.20.0.7/24", "networks[0].subnets[0].cidr", "write 10.20.0.0/24 for the network"),
    ("cidr: 10.20.0.0/24, ", "", "networks[0].subnets[0].cidr", "add it, such as cidr: 10.20.0.0/24"),
    ("mtu: 1450", "mtu: 60", "networks[0].mtu", "write a whole number from 68 to 65535"),
    (
        "gateway: 10.20.0.1",
        "gateway: no",
        "networks[0].subnets[0].gateway",
        "write one such as 10.20.0.1 or fd00:20::1, or none",
    ),
    ("dhcp: false", "dhcp: off", "networks[0].subnets[1].dhcp", "write false, without quotes"),
    ("[10.0.0.53, 10.0.0.54]", "[10.0.0.53, 10.0.0.53]", "networks[0].subnets[0].dns[1]", "leave one of them"),
    (", last: 10.20.0.200", "", "networks[0].subnets[0].allocationPools[0].last", "add it, such as last: 10.20.0.200"),
    ("name: old", "name: 应用网", "networks[1].name", "give each a name of its own"),
    ("name: old", f"name: {'网' * 256}", "networks[1].name", "at most 255"),
    ("name: old", 'name: "a\\nb"', "networks[1].name", "one line of visible text, without spaces around it"),
    (
        "state: absent}\n        routers",
        "state: gone}\n        routers",
        "networks[1].state",
        "one of: present, absent",
    ),
    ("ports: 443", 'ports: "443"', "securityGroups[0].rules[0].ports", "write 443, without quotes"),
    ("ports: 443", "ports: 0", "securityGroups[0].rules[0].ports", "write a port from 1 to 65535"),
    ("ports: 443", "ports: 65536", "securityGroups[0].rules[0].ports", "write a port from 1 to 65535"),
    (
        "ports: 443",
        "ports: all",
        "securityGroups[0].rules[0].ports",
        "write a port from 1 to 65535 or a range such as 8000-8100, or leave the key out for all",
    ),
    (
        "ports: 443",
        "ports: https",
        "securityGroups[0].rules[0].ports",
        "write a port from 1 to 65535 or a range such as 8000-8100",
    ),
    ("8000-8100", "8100-8000", "securityGroups[0].rules[1].ports", "write 8000-8100"),
    ("8000-8100", '"8000:8100"', "securityGroups[0].rules[1].ports", "write 8000-8100"),
    ("8000-8100", "8000～8100", "securityGroups[0].rules[1].ports", "write 8000-8100"),
    (
        "8000-8100",
        "[8000, 8100]",
        "securityGroups[0].rules[1].ports",
        "write a rule for each, or a range such as 8000-8100",
    ),
    (
        "8000-8100",
        '"80, 443"',
        "securityGroups[0].rules[1].ports",
        "write a rule for each, or a range such as 8000-8100",
    ),
    ("dhcp: false", "enable_dhcp: false", "networks[0].subnets[1].enable_dhcp", 'it is called "dhcp" here'),
    ("dns: [", "dns_nameservers: [", "networks[0].subnets[0].dns_nameservers", 'it is called "dns" here'),
    (
        "from: 10.0.0.0/8",
        "remote_ip_prefix: 10.0.0.0/8",
        "securityGroups[0].rules[0].remote_ip_prefix",
        'it is called "from" here',
    ),
    ("protocol: udp", "protocol: UDP", "securityGroups[0].rules[1].protocol", 'did you mean "udp"?'),
    ("protocol: udp", "protocol: any", "securityGroups[0].rules[1].protocol", "leave the key out for any protocol"),
    ("protocol: udp", 'protocol: "17"', "securityGroups[0].rules[1].protocol", "write 17, without quotes"),
    ("ethertype: IPv4", "ethertype: ipv4", "securityGroups[0].rules[0].ethertype", 'did you mean "IPv4"?'),
    ("name: ops", "name: 运维", "keyPairs[0].name", "Latin letters, digits, spaces and _ - @ . only"),
    ("{name: gov.gpu}", "{name: gov.gpu}, {name: gov.gpu}", "grants.flavors[1].name", "give each a name of its own"),
    ("          images:", "          image:", "grants.image", 'did you mean "images"?'),
    ("        keyPairs:", "        key_pairs:", "key_pairs", 'did you mean "keyPairs"?'),
]


@pytest.mark.parametrize(("old", "new", "path", "remedy"), WRONG)
def test_what_is_wrong_with_a_landing_zone_is_told_once(  # noqa: PLR0917 - the columns of a table
    manifests: Any, old: str, new: str, path: str, remedy: str
) -> None:
    """Each mistake of one value has one problem, with its path and what would be right."""
    problem = with_zone(manifests, ZONE).edit("tenant.yaml", old, new).problem()
    assert (problem.path, problem.remedy) == (f"spec.projects[0].landingZone.{path}", remedy)
