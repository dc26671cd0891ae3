"""A project's networks, routers, security groups and addresses become its landing zone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.kinds.grants.network import RBAC_POLICIES
from provisioner.kinds.key_pair import KEY_PAIRS
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.security_group import SECURITY_GROUPS
from tenants.problems import Severity
from tenants.resources import Limit, Service

_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def test_a_network_with_its_subnet(old: Any, imported: Callable[..., Any]) -> None:
    """Addresses, gateway and name servers; what Neutron chose by itself is not repeated."""
    old.network("应用网", dns_nameservers=["10.0.0.53"])
    (network,) = imported().landing_zone["networks"]
    subnet = {"name": "应用网-v4", "cidr": "10.20.0.0/24", "gateway": "10.20.0.1", "dns": ["10.0.0.53"]}
    assert (network["name"], network["subnets"]) == ("应用网", [subnet])


def test_pools_that_somebody_chose(old: Any, imported: Callable[..., Any]) -> None:
    """Are said, as is that there is no gateway and no DHCP."""
    pools = [{"start": "10.20.0.10", "end": "10.20.0.99"}]
    old.network(gateway_ip=None, enable_dhcp=False, allocation_pools=pools)
    (subnet,) = imported().landing_zone["networks"][0]["subnets"]
    assert (subnet["gateway"], subnet["dhcp"]) == ("none", False)
    assert subnet["allocationPools"] == [{"first": "10.20.0.10", "last": "10.20.0.99"}]


def test_names_that_several_bear(old: Any, imported: Callable[..., Any]) -> None:
    """Are left out with their ids: a manifest knows things by name."""
    first, _ = old.network("应用网")
    second, _ = old.network("应用网", "10.30.0.0/24")
    done = imported()
    assert done.landing_zone == {}
    assert {each for each in done.left_out if "network" in each} == {
        f"老系统: network 应用网 ({each})" for each in (first, second)
    }


def test_subnets_that_overlap(old: Any, imported: Callable[..., Any]) -> None:
    """Get a reason that says when they were found so; validation warns at most."""
    old.network("应用网", "10.20.0.0/16")
    old.network("数据网", "10.20.1.0/24")
    done = imported()
    subnets = [each for network in done.landing_zone["networks"] for each in network["subnets"]]
    assert [each.get("exception") for each in subnets] == [None, "Found so at import on 2027-06-01; not reviewed yet"]


def test_a_router_to_the_zones_outside(old: Any, imported: Callable[..., Any]) -> None:
    """With the subnets that it serves; one without an outside says so."""
    _, subnet = old.network()
    old.router("出口", subnet)
    old.router("内部", external=None)
    assert imported().landing_zone["routers"] == [
        {"name": "内部", "external": False},
        {"name": "出口", "subnets": ["应用网-v4"]},
    ]


def test_a_router_to_another_outside(old: Any, imported: Callable[..., Any]) -> None:
    """Is left out: a manifest's routers lead to their zone's external network."""
    old.router("出口", external="extranet-external")
    old.router("别处", external="internet-external")
    old.floating_ip()
    done = imported()
    assert [each["name"] for each in done.landing_zone["routers"]] == ["出口"]
    assert (
        done.left_out["老系统: router 别处"]
        == "it leads to internet-external, which is not its zone's external network"
    )


def test_the_zone_is_where_the_routers_lead(old: Any, imported: Callable[..., Any]) -> None:
    """Of the cloud's zones, the one with that external network."""
    old.router("出口", external="internet-external")
    (project,) = imported().adoption.document["spec"]["projects"]
    assert project["zone"] == "internet"


def test_the_zone_is_where_the_servers_are(old: Any, imported: Callable[..., Any]) -> None:
    """Where nothing leads outside."""
    old.server(availability_zone="internet")
    (project,) = imported().adoption.document["spec"]["projects"]
    assert project["zone"] == "internet"


def test_security_groups_with_their_rules(old: Any, imported: Callable[..., Any]) -> None:
    """By ports, ICMP types, addresses and groups; those that a group is born with are rules as any."""
    web, database = old.group("网站"), old.group("数据库")
    sql = {
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": "tcp",
        "port_range_min": 5432,
        "port_range_max": 5432,
    }
    old.rule("老系统", database, {**sql, "remote_group_id": web})
    ping = {"direction": "ingress", "ethertype": "IPv4", "protocol": "icmp", "port_range_min": 8, "port_range_max": 0}
    old.rule("老系统", web, {**ping, "remote_ip_prefix": "10.0.0.0/8"})
    groups = {each["name"]: each["rules"] for each in imported().landing_zone["securityGroups"]}
    born = [{"direction": "egress"}, {"direction": "egress", "ethertype": "IPv6"}]
    assert groups == {
        "数据库": [*born, {"protocol": "tcp", "fromGroup": "网站", "ports": 5432}],
        "网站": [*born, {"protocol": "icmp", "from": "10.0.0.0/8", "icmpType": 8, "icmpCode": 0}],
    }


def test_administration_ports_that_are_open_to_the_world(old: Any, imported: Callable[..., Any]) -> None:
    """Get a reason that says when they were found so, and a warning."""
    ssh = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
    old.rule("老系统", old.group("网站"), ssh)
    done = imported()
    rules = done.landing_zone["securityGroups"][0]["rules"]
    assert rules[-1]["exception"] == "Found so at import on 2027-06-01; not reviewed yet"
    warnings = [each.message for each in done.problems if each.severity is Severity.WARNING]
    assert any("opens administration ports to the world: SSH" in each for each in warnings)


def test_the_default_group(old: Any, imported: Callable[..., Any]) -> None:
    """Is said only where somebody gave it more than Neutron does, and then no more than that."""
    old.project()
    assert imported().landing_zone == {}
    (default,) = old.cloud.resources.named(SECURITY_GROUPS, old.project(), "default")
    web = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
    old.rule("老系统", default["id"], web)
    assert imported().landing_zone["securityGroups"] == [
        {"name": "default", "rules": [{"protocol": "tcp", "ports": 80}]}
    ]


def test_floating_ips_are_known_by_their_addresses(old: Any, imported: Callable[..., Any]) -> None:
    """Those that bear our mark by the name that it gives."""
    old.floating_ip(description="备用")
    old.floating_ip(description="tenantry:portal")
    listed = imported().landing_zone["floatingIPs"]
    (plain,) = (each for each in listed if each["name"] != "portal")
    assert plain["name"] == plain["address"]
    assert len(listed) == 2


def test_key_pairs_of_the_project(old: Any, imported: Callable[..., Any]) -> None:
    """Those of Tenantry's own user whose names begin with the project's."""
    old.project("scjg")
    for name in ("scjg-ops", "admin"):
        old.cloud.resources.create(KEY_PAIRS, old.project("scjg"), {"name": name, "public_key": _KEY})
    assert imported().landing_zone["keyPairs"] == [{"name": "ops", "publicKey": _KEY}]


def test_a_key_pair_of_a_longer_named_project(old: Any, imported: Callable[..., Any]) -> None:
    """Is that project's alone."""
    for name in ("scjg", "scjg-test"):
        old.project(name)
    body = {"name": "scjg-test-ops", "public_key": _KEY}
    old.cloud.resources.create(KEY_PAIRS, old.project("scjg"), body)
    projects = imported().adoption.document["spec"]["projects"]
    assert {
        each["projectName"]: [pair["name"] for pair in each["landingZone"]["keyPairs"]]
        for each in projects
        if "landingZone" in each
    } == {"scjg-test": ["ops"]}


def test_a_network_that_is_open_to_all(old: Any, imported: Callable[..., Any]) -> None:
    """Is granted where a server is in it, so that the server may name it."""
    shared = old.make(NETWORKS, "信息中心", name="共享网", shared=True)
    old.port(shared, old.server())
    done = imported()
    projects = {each["projectName"]: each for each in done.adoption.document["spec"]["projects"]}
    assert projects["老系统"]["landingZone"]["grants"] == {"networks": [{"name": "共享网"}]}
    (application,) = done.applications.values()
    assert application["servers"][0]["networks"] == [{"network": "共享网"}]
    assert not [*done.plan.actions, *done.plan.refusals]


def test_a_network_that_was_granted(old: Any, imported: Callable[..., Any]) -> None:
    """Is a grant, whether or not a server is in it."""
    lent = old.make(NETWORKS, "信息中心", name="数据网")
    policy = {"object_type": "network", "object_id": lent, "action": "access_as_shared"}
    old.make(RBAC_POLICIES, "信息中心", target_tenant=old.project(), **policy)
    projects = {each["projectName"]: each for each in imported().adoption.document["spec"]["projects"]}
    assert projects["老系统"]["landingZone"]["grants"] == {"networks": [{"name": "数据网"}]}


def test_what_could_not_be_listed(old: Any, build: Any, take: Callable[..., Any]) -> None:
    """Is no reason to write half of a project: its limits and members alone are taken."""
    old.network()
    seen = old.observed(build)
    view = seen.projects["老系统"]
    broken = replace(view, unlisted={ROUTERS.name: "HTTP 503"})
    done = take(replace(seen, projects={"老系统": broken}))
    assert done.landing_zone == {}
    assert done.left_out == {"老系统: its landing zone and applications": "its routers could not be listed: HTTP 503"}


@pytest.mark.parametrize("limit", [0, 1])
def test_a_limit_below_what_there_is(old: Any, imported: Callable[..., Any], limit: int) -> None:
    """Is left out: a manifest that asks for more than its own limit is none."""
    old.network("应用网")
    old.network("数据网", "10.30.0.0/24")
    old.cloud.quotas(Service.NETWORK).set_limits(old.project(), {"network": Limit(limit)}, force=True)
    done = imported()
    assert "network" not in done.adoption.document["spec"]["projects"][0]["quota"]["network"]
    assert f"is {limit}, but the landing zone asks for 2" in done.left_out["老系统: quota network network"]
