"""A quota has room for the landing zone of its project."""

from collections.abc import Callable
from typing import Any

import pytest

ZONE = (
    "{networks: [{name: a, subnets: [{name: a, cidr: 10.1.0.0/24}, {name: b, cidr: 10.2.0.0/24}]}, {name: c, state: absent}], "
    "routers: [{name: r, subnets: [a, b]}], floatingIPs: [{name: x}, {name: y}, {name: z, state: absent}], "
    "securityGroups: [{name: default, rules: [{protocol: icmp}]}, {name: web, rules: [{protocol: tcp, ports: 80}, "
    "{protocol: tcp, ports: 443}, {protocol: tcp, ports: 22, state: absent}, {direction: egress}]}, {name: db}]}"
)


def with_quota(changed: Any, name: str, limit: object) -> Any:
    """The first project's quota with a limit of this network resource."""
    return changed.edit("tenant.yaml", "network: {port: 200}", f"network: {{{name}: {limit}}}")


@pytest.mark.parametrize(
    ("name", "asked", "counted"),
    [
        ("network", 1, ""),
        ("subnet", 2, ""),
        ("router", 1, ""),
        ("port", 2, ", one for each subnet of its routers"),
        ("floatingip", 2, ""),
        ("security_group", 3, ", with the default one"),
        ("security_group_rule", 4, ""),
    ],
)
def test_quota_that_is_too_small_is_refused_with_the_numbers(
    landing: Callable[..., Any], name: str, asked: int, counted: str
) -> None:
    """At the limit, which is what can be raised."""
    problem = with_quota(landing(ZONE), name, asked - 1).problem()
    assert problem.path == f"spec.projects[0].quota.network.{name}"
    assert problem.message == f"is {asked - 1}, but the landing zone asks for {asked}{counted}"
    assert problem.remedy == f"write {asked} or more, or ask for less"
    assert with_quota(landing(ZONE), name, 20).problems() == []
    assert with_quota(landing(ZONE), name, "unlimited").problems() == []


@pytest.mark.parametrize(("limit", "enough"), [(4, False), (10, False), (11, True)])
def test_rules_that_neutron_adds_are_doubtful(landing: Callable[..., Any], limit: int, enough: bool) -> None:  # noqa: FBT001
    """Four in the default group, two in each new one, less those that the manifest names itself."""
    changed = with_quota(landing(ZONE), "security_group_rule", limit)
    if enough:
        assert changed.problems() == []
        return
    problem = changed.problem()
    assert problem.severity.value == "warning"
    assert (
        problem.message == f"is {limit}, enough for the 4 of the landing zone, not for 7 more that Neutron usually adds"
    )
    assert problem.remedy == "write 11 or more; a quota that is reached keeps rules from being made"


def test_landing_zone_without_groups_needs_none(landing: Callable[..., Any]) -> None:
    """The default group is there before any manifest."""
    assert with_quota(landing("{networks: [{name: a}]}"), "security_group_rule", 0).problems() == []


def test_retired_project_keeps_its_landing_zone_as_it_is(landing: Callable[..., Any]) -> None:
    """A warning, and no other word about what is in it."""
    changed = landing("{routers: [{name: r, subnets: [nowhere]}]}")
    changed = changed.edit("tenant.yaml", "      purpose: 商事登记", "      state: retired\n      purpose: 商事登记")
    (said,) = [each for each in changed.problems() if "landing" in each]
    assert said.endswith(
        "warning: spec.projects[0].landingZone: the landing zone of a retired project is not applied: "
        "what is there stays as it is (leave the landing zone out)"
    )
