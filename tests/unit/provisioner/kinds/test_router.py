"""Kind `router`: what a manifest asks of it, what a change means, and what comes of one that is interrupted."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.offers import OfferedNetwork
from provisioner.diff import Verb
from provisioner.errors import CloudRefused, CloudUnavailable, DependencyMissing, EffectMissing
from provisioner.kinds import ranks
from provisioner.kinds.router import RouterKind
from tenants.landing_zone import Cidr, LandingZoneSpec, NetworkSpec, RouterSpec, SubnetSpec
from tenants.names import NetworkName, RouterName, SubnetName
from tenants.presence import Presence

_KIND = RouterKind()
_SUBNETS = ("应用-v4", "数据-v4")
_ADD = "resources.act.routers"


def _zone(*subnets: str, absent: tuple[str, ...] = (), routers: Any = None, **router: Any) -> LandingZoneSpec:
    """Two subnets and a router that serves those that are named."""
    specs = tuple(
        SubnetSpec(
            name=SubnetName(name),
            cidr=Cidr(f"10.{20 + place}.0.0/24"),
            presence=Presence.ABSENT if name in absent else Presence.PRESENT,
        )
        for place, name in enumerate(_SUBNETS)
    )
    one = RouterSpec(name=RouterName("edge"), subnets=tuple(map(SubnetName, subnets)), **router)
    networks = (NetworkSpec(name=NetworkName("应用网"), subnets=specs),)
    return LandingZoneSpec(networks=networks, routers=(one,) if routers is None else routers)


@pytest.fixture
def subnets(ground: Any) -> Any:
    """The ground with both subnets and no router."""
    ground.settle(_zone(routers=()))
    return ground


def _after(ground: Any, zone: LandingZoneSpec) -> list[dict[str, Any]]:
    return [dict(each.after) for each in ground.changes(_KIND, ground.asked(zone))]


def test_a_router_leads_to_the_external_network_of_its_projects_zone(subnets: Any) -> None:
    """And to every subnet that it serves; one that is not to, nowhere."""
    wanted = {"external": "extranet-external", "subnet 应用-v4": True, "subnet 数据-v4": True}
    assert _after(subnets, _zone(*_SUBNETS)) == [wanted]
    assert _after(subnets, _zone(external=False)) == [{"external": "none"}]


def test_a_router_as_asked_is_left_alone(subnets: Any) -> None:
    """In what the manifest does not name as well."""
    subnets.settle(_zone(*_SUBNETS))
    assert _after(subnets, _zone(_SUBNETS[0])) == []


def test_a_router_leaves_a_subnet_that_is_to_be_absent(subnets: Any) -> None:
    """Late, after servers, but before the subnet."""
    subnets.settle(_zone(*_SUBNETS))
    asked = subnets.asked(_zone(_SUBNETS[0], absent=_SUBNETS[1:]))
    (change,) = subnets.changes(_KIND, asked)
    assert dict(change.after) == {"subnet 数据-v4": False}
    assert ranks.DELETE_SERVERS < _KIND.rank(change) < ranks.DELETE_SUBNETS
    assert _KIND.assess(change, asked).destructive


def test_what_is_added_comes_early(subnets: Any) -> None:
    """Before servers, also where something is cut off in the same change."""
    subnets.settle(_zone(*_SUBNETS))
    (change,) = subnets.changes(_KIND, subnets.asked(_zone(absent=_SUBNETS[1:], external=False)))
    assert _KIND.rank(change) == ranks.DELETE_ROUTERS
    mixed = replace(change, after={**change.after, "external": "other"})
    assert _KIND.rank(mixed) == ranks.ROUTERS


def test_a_new_router_that_leads_nowhere_is_made_early(subnets: Any) -> None:
    """Nothing is cut off by it."""
    (change,) = subnets.changes(_KIND, subnets.asked(_zone(external=False)))
    assert _KIND.rank(change) == ranks.ROUTERS


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ((), "the cloud has no external network extranet-external"),
        (("extranet-external", "extranet-external"), "2 external networks of the cloud have the name"),
    ],
)
def test_an_external_network_that_is_gone_or_ambiguous_is_refused(
    subnets: Any, networks: tuple[str, ...], message: str
) -> None:
    """With those that there are."""
    asked = subnets.asked(_zone())
    there = (*networks, "internet-external")
    found = tuple(OfferedNetwork(id=str(i), name=name, owner="", external=True) for i, name in enumerate(there))
    (refusal,) = subnets.assessed(_KIND, replace(asked, offers=replace(asked.offers, networks=found))).refusals
    assert message in refusal.message
    assert networks or "there is internet-external" in refusal.remedy


def test_a_gateway_that_another_router_is_at_is_refused(subnets: Any) -> None:
    """By the other's name: only one can be there."""
    other = RouterSpec(name=RouterName("old"), subnets=(SubnetName(_SUBNETS[0]),))
    subnets.settle(_zone(routers=(other,)))
    (refusal,) = subnets.assessed(_KIND, subnets.asked(_zone(*_SUBNETS))).refusals
    assert refusal.message == "the router old has the gateway's address of subnet 应用-v4, 10.20.0.1"


def test_a_router_takes_a_port_for_each_interface(subnets: Any) -> None:
    """Of the quota; one that is there takes what is added to it."""
    asked = subnets.asked(_zone(*_SUBNETS))
    (change,) = subnets.changes(_KIND, asked)
    update = replace(change, verb=Verb.UPDATE, after={"subnet 数据-v4": True})
    demands = [
        {each.name: more for each, more in _KIND.demand(one, asked).items()}
        for one in (change, update, replace(change, verb=Verb.DELETE, after={}))
    ]
    assert demands == [{"router": 1, "port": 2}, {"port": 1}, {}]


def test_a_new_router_takes_one_request_and_one_for_each_interface(subnets: Any) -> None:
    """Nobody looks for what cannot be there."""
    asked = subnets.asked(_zone(*_SUBNETS))
    before = subnets.cloud.weather.requests
    subnets.perform(_KIND, asked)
    assert subnets.cloud.weather.requests - before == 3


@pytest.mark.parametrize("call", ["resources.create.routers", _ADD])
def test_a_lost_answer_is_made_up_by_looking(subnets: Any, call: str) -> None:
    """No second router, no second interface; all that was asked for is there."""
    subnets.cloud.weather.fail(call, CloudUnavailable("no answer"), after_acting=True)
    subnets.perform(_KIND, subnets.asked(_zone(*_SUBNETS)))
    assert _after(subnets, _zone(*_SUBNETS)) == []


def test_an_interrupted_making_is_gone_on_with(subnets: Any) -> None:
    """From wherever it stopped: the router was made, one interface was not."""
    asked = subnets.asked(_zone(*_SUBNETS))
    subnets.cloud.weather.fail(_ADD, CloudRefused("Cidr overlaps"))
    with pytest.raises(CloudRefused, match="interface in subnet 应用-v4 could not be added: Cidr overlaps"):
        subnets.perform(_KIND, asked)
    assert _after(subnets, _zone(*_SUBNETS)) == [{"subnet 应用-v4": True}]
    subnets.perform(_KIND, asked, resumed=True)
    assert _after(subnets, _zone(*_SUBNETS)) == []


def test_a_subnet_that_was_not_made_keeps_no_other_from_being_served(subnets: Any) -> None:
    """The failure says what the router waits for."""
    asked = subnets.asked(_zone("新-v4", _SUBNETS[0]))
    with pytest.raises(DependencyMissing, match="waits for the subnet 新-v4"):
        subnets.perform(_KIND, asked)
    assert _after(subnets, _zone(*_SUBNETS)) == [{"subnet 数据-v4": True}]


def test_a_network_that_went_since_the_plan_is_told_by_name(subnets: Any) -> None:
    """In place of its id, with what it means."""
    asked = subnets.asked(_zone())
    gone = OfferedNetwork(id="0b1c2d3e-0000-4000-8000-000000000001", name="extranet-external", owner="", external=True)
    with pytest.raises(CloudRefused, match=r"the network is not there any more.*extranet-external"):
        subnets.perform(_KIND, replace(asked, offers=replace(asked.offers, networks=(gone,))))


@pytest.mark.parametrize("call", ["resources.update.routers", _ADD])
def test_a_write_that_does_not_show_is_an_error(subnets: Any, call: str) -> None:
    """Though the cloud agreed."""
    subnets.settle(_zone(external=False))
    subnets.cloud.weather.ignore(call)
    with pytest.raises(EffectMissing):
        subnets.perform(_KIND, subnets.asked(_zone(*_SUBNETS)))


def test_a_router_is_deleted_with_its_interfaces(subnets: Any) -> None:
    """Twice is as once."""
    subnets.settle(_zone(*_SUBNETS))
    asked = subnets.asked(_zone(presence=Presence.ABSENT))
    for resumed in (False, True):
        (evidence,) = subnets.perform(_KIND, asked, resumed=resumed)
        assert "deleted" in evidence.values
    assert _after(subnets, _zone(presence=Presence.ABSENT)) == []


def test_nothing_is_listed_where_no_manifest_speaks_of_routers(ground: Any) -> None:
    """An import lists all."""
    asked = ground.asked(_zone(routers=()))
    assert list(_KIND.reads(asked.project, asked.offers)) == []
    assert [each.collection.name for each in _KIND.reads(None, asked.offers)] == ["routers", "ports", "subnets"]
