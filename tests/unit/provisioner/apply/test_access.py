"""Routers, security groups and floating IPs through operations that die: nothing is doubled, nothing is left out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.operation import OperationState
from tenants.landing_zone import (
    Cidr,
    FloatingIPSpec,
    LandingZoneSpec,
    NetworkSpec,
    PortRange,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from tenants.names import FloatingIPName, NetworkName, RouterName, SecurityGroupName, SubnetName

#: Every instant there is, each with two runs.
pytestmark = pytest.mark.timeout(60)

_SUBNETS = tuple(
    SubnetSpec(name=SubnetName(name), cidr=Cidr(cidr))
    for name, cidr in (("app-v4", "10.20.0.0/24"), ("数据-v4", "10.21.0.0/24"))
)


def _group(name: str, other: str) -> SecurityGroupSpec:
    rule = RuleSpec(protocol="tcp", ports=PortRange(first=80, last=80), remote_group=SecurityGroupName(other))
    return SecurityGroupSpec(name=SecurityGroupName(name), rules=(rule,), exclusive=True)


_ZONE = LandingZoneSpec(
    networks=(NetworkSpec(name=NetworkName("app"), subnets=_SUBNETS),),
    routers=(RouterSpec(name=RouterName("edge"), subnets=tuple(each.name for each in _SUBNETS)),),
    security_groups=(_group("网站", "db"), _group("db", "网站")),
    floating_ips=(FloatingIPSpec(name=FloatingIPName("门户")),),
)


@pytest.fixture
def furnishing(build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]) -> Callable[[MemoryCloud], Any]:
    """A project that is there is given a landing zone."""
    site = replace(next(iter(build.cloud().zones.values())), external_network="extranet-external")

    def begin(cloud: MemoryCloud) -> Any:
        settle(cloud, build.project())
        return rehearse(cloud, build.project(landing_zone=_ZONE, site=site))

    return begin


def _counts(rehearsal: Any) -> Counter[str]:
    """How many of each kind there are, and their rules."""
    (view,) = rehearsal.look().projects.values()
    found = Counter({each.name: len(view.items[each.name]) for each in (ROUTERS, SECURITY_GROUPS, FLOATING_IPS)})
    found["rules"] = sum(len(each["security_group_rules"]) for each in view.items[SECURITY_GROUPS.name])
    return found


def test_wherever_it_dies_nothing_is_doubled_or_left_out(
    new_cloud: Callable[[], MemoryCloud], furnishing: Callable[[MemoryCloud], Any]
) -> None:
    """Before and after each request, each line of the journal and each checkpoint."""
    whole = furnishing(new_cloud())
    assert whole.run() is OperationState.DONE
    assert not whole.left
    for instant in range(1, whole.instants + 1):
        rehearsal = furnishing(new_cloud())
        rehearsal.run(dies_at=instant)
        assert rehearsal.run() is OperationState.DONE
        assert (rehearsal.left, _counts(rehearsal)) == ([], _counts(whole)), instant
