"""Plans of landing zones: in order, within the quota, and not at all where something could not be seen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.offers import Offers
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.plan import Section
from provisioner.planning import plan_section
from tenants.landing_zone import Cidr, LandingZoneSpec, NetworkSpec, SubnetSpec
from tenants.names import NetworkName, SubnetName

_READ = {"network/network": (5, 0), "network/subnet": (5, 0), "network/security_group": (9, 1)}


def _network(name: str, number: int) -> NetworkSpec:
    subnet = SubnetSpec(name=SubnetName(f"{name}-v4"), cidr=Cidr(f"10.20.{number}.0/24"))
    return NetworkSpec(name=NetworkName(name), subnets=(subnet,))


@pytest.fixture
def plan(build: Any) -> Callable[..., Section]:
    """The plan for a landing zone of these networks, in a project that holds and shows this."""

    def make(*names: str, readings: Any = _READ, **view: Any) -> Section:
        zone = LandingZoneSpec(networks=tuple(_network(name, place) for place, name in enumerate(names)))
        project = replace(build.project(), landing_zone=zone)
        listed = dict.fromkeys((NETWORKS.name, SUBNETS.name, SECURITY_GROUPS.name), ())
        seen = replace(build.view(readings=readings), **{"items": listed, **view})
        return plan_section(build.tenant(project), build.observation(seen))

    return make


def _steps(section: Section) -> list[str]:
    return [f"{each.change.address.kind} {each.change.address.key}" for each in section.actions]


def test_what_is_needed_comes_before_what_needs_it(plan: Callable[..., Section]) -> None:
    """All networks, then all subnets."""
    assert _steps(plan("b", "a")) == ["network a", "network b", "subnet a-v4", "subnet b-v4"]


def test_what_could_not_be_listed_refuses_the_project(plan: Callable[..., Section]) -> None:
    """It is not taken for absent: nothing is planned."""
    section = plan("app", items={NETWORKS.name: ()}, unlisted={SUBNETS.name: "HTTP 503"})
    (refusal,) = section.refusals
    assert (section.actions, refusal.address.kind) == ((), "project")
    assert (refusal.message, "answers" in refusal.remedy) == ("its subnets could not be listed: HTTP 503", True)


def test_another_project_is_planned_all_the_same(build: Any) -> None:
    """What one could not show is no matter of the other's."""
    zone = LandingZoneSpec(networks=(_network("app", 0),))
    projects = [replace(build.project(name), landing_zone=zone) for name in ("a", "b")]
    views = [
        replace(build.view("market-a", readings=_READ), unlisted={NETWORKS.name: "HTTP 503"}),
        build.view("market-b", readings=_READ),
    ]
    section = plan_section(build.tenant(*projects), build.observation(*views))
    assert [each.address.project for each in section.refusals] == ["a"]
    assert {each.change.address.project for each in section.actions} == {"b"}


def test_what_is_offered_and_could_not_be_read_refuses_who_may_need_it(build: Any) -> None:
    """A project without a landing zone needs none of it."""
    furnished = replace(build.project("a"), landing_zone=LandingZoneSpec(networks=(_network("app", 0),)))
    plain = build.project("b", limits={"compute/cores": 5})
    views = [build.view(f"market-{name}", readings={**_READ, "compute/cores": (9, 0)}) for name in "ab"]
    seen = replace(build.observation(*views), offers=Offers(unread={"image": "HTTP 503"}))
    section = plan_section(build.tenant(furnished, plain), seen)
    assert [(each.address.project, each.message) for each in section.refusals] == [
        ("a", "what the cloud's image service offers could not be read: HTTP 503")
    ]
    assert {each.change.address.project for each in section.actions} == {"b"}


def test_changes_of_all_kinds_count_together(plan: Callable[..., Section]) -> None:
    """Three networks where two fit."""
    (refusal,) = plan("a", "b", "c", readings={**_READ, "network/network": (5, 3)}).refusals
    assert "3 more of network/network is asked for" in refusal.message


def test_what_is_there_counts_no_more(plan: Callable[..., Section]) -> None:
    """It is in use already."""
    there = {NETWORKS.name: ({"id": "n", "name": "app", "mtu": 1450},), SUBNETS.name: ()}
    section = plan("app", items=there, readings={**_READ, "network/network": (1, 1)})
    assert (section.refusals, _steps(section)) == ((), ["subnet app-v4"])


def test_two_of_one_name_refuse_the_project(plan: Callable[..., Section]) -> None:
    """Which is meant nobody can tell."""
    twins = tuple({"id": identity, "name": "app", "mtu": 1450} for identity in ("n1", "n2"))
    section = plan("app", items={NETWORKS.name: twins, SUBNETS.name: ()})
    assert (section.actions, [each.address.key for each in section.refusals]) == ((), ["app"])
