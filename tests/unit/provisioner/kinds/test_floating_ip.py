"""Kind `floating-ip`: what manifests ask of it, which ones are ours, and what comes of one that is interrupted."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudUnavailable, DependencyMissing, EffectMissing
from provisioner.kinds.floating_ip import FLOATING_IPS, FloatingIPKind
from provisioner.kinds.interface import Asked
from provisioner.kinds.port import NAME as PORTS_KIND
from provisioner.kinds.port import PORTS
from tenants.application import ApplicationSpec, FloatingIPUse, Management
from tenants.landing_zone import FloatingIPSpec, IPAddress, LandingZoneSpec
from tenants.names import ApplicationName, FloatingIPName, NetworkName, ProjectName, ServerName, TenantName
from tenants.presence import Presence

_KIND = FloatingIPKind()
_MAKE = "resources.create.floatingips"
_NETWORK = {"network": "extranet-external"}


def _zone(address: str | None = None, name: str = "门户", **fields: Any) -> LandingZoneSpec:
    reserved = FloatingIPSpec(name=FloatingIPName(name), address=address and IPAddress(address), **fields)  # type: ignore[arg-type]
    return LandingZoneSpec(floating_ips=(reserved,))


def _portal(server: str = "web", **fields: Any) -> ApplicationSpec:
    """An application whose address leads to one of its servers."""
    use = FloatingIPUse(name=FloatingIPName("门户"), server=ServerName(server), network=NetworkName("app"))
    return ApplicationSpec(
        name=ApplicationName("portal"),
        display_name="门户网站",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        floating_ips=(use,),
        **fields,
    )


def _changes(ground: Any, zone: LandingZoneSpec | None, *applications: ApplicationSpec) -> list[Change]:
    return list(ground.changes(_KIND, ground.asked(zone, applications=applications)))


def _reserve(ground: Any, **body: Any) -> Any:
    """A floating IP of the project that somebody else reserved."""
    network = next(each.id for each in ground.cloud.offers().networks if each.name == "extranet-external")
    said = {"floating_network_id": network, "project_id": ground.project_id, **body}
    return ground.cloud.resources.create(FLOATING_IPS, ground.project_id, said).item


def _leading_to(asked: Asked, port: str) -> Asked:
    """The project as if its floating IPs led to the port of that name."""
    assert asked.view is not None
    listed = tuple({**each, "port_id": "p1"} for each in asked.items(FLOATING_IPS))
    items = {
        **asked.view.items,
        FLOATING_IPS.name: listed,
        PORTS.name: ({"id": "p1", "name": port, "network_id": "n1"},),
    }
    return replace(asked, view=replace(asked.view, items=items))


def test_an_address_is_reserved_in_the_zones_external_network(ground: Any) -> None:
    """By landing zones and by applications; where it leads only applications say."""
    assert [dict(each.after) for each in _changes(ground, _zone())] == [_NETWORK]
    assert [dict(each.after) for each in _changes(ground, None, _portal())] == [{**_NETWORK, "port": "web-app"}]


def test_what_both_name_is_one(ground: Any) -> None:
    """With the address of the one and the port of the other."""
    (change,) = _changes(ground, _zone("198.18.0.9"), _portal())
    assert dict(change.after) == {**_NETWORK, "address": "198.18.0.9", "port": "web-app"}


@pytest.mark.parametrize("fields", [{"management": Management.OBSERVE}, {"presence": Presence.ABSENT}])
def test_an_application_that_is_not_made_asks_for_none(ground: Any, fields: dict[str, Any]) -> None:
    """One that goes leaves its addresses."""
    assert not _changes(ground, None, _portal(**fields))
    ground.settle(_zone())
    assert not _changes(ground, _zone(), _portal(**fields))


def test_ours_is_known_by_its_description(ground: Any) -> None:
    """Those of others are none of ours."""
    for description in ("门户", "tenantry:其他"):
        _reserve(ground, description=description)
    assert [each.verb for each in _changes(ground, _zone())] == [Verb.CREATE]
    _reserve(ground, description="tenantry:门户")
    assert not _changes(ground, _zone())


def test_each_is_made_by_itself(ground: Any) -> None:
    """Neutron refuses several in one request."""
    assert [_KIND.in_bulk(each) for each in _changes(ground, _zone())] == [False]


def test_one_that_no_manifest_names_any_more_is_told(ground: Any) -> None:
    """It stays; of those of others nothing is said, nor of those that an application or the landing zone names."""
    for description in ("别人的", "tenantry:门户", "tenantry:旧"):
        _reserve(ground, description=description)
    for asked in (ground.asked(_zone()), ground.asked(None, applications=(_portal(presence=Presence.ABSENT),))):
        assert [each.address.key for each in _KIND.notices(asked)] == ["旧"]


def test_one_that_was_there_is_known_by_its_address(ground: Any) -> None:
    """It is taken over as it is, unless one bears our name for it already."""
    there = _reserve(ground, description="旧")
    zone = _zone(there["floating_ip_address"])
    assert not _changes(ground, zone)
    _reserve(ground, description="tenantry:门户")
    (change,) = _changes(ground, zone)
    assert change.verb is Verb.UPDATE
    (refusal,) = _KIND.assess(change, ground.asked(zone)).refusals
    assert "its address cannot go from" in refusal.message


def test_an_address_under_another_name_is_refused(ground: Any) -> None:
    """With the name."""
    there = _reserve(ground, description="tenantry:旧门户")
    (refusal,) = ground.assessed(_KIND, ground.asked(_zone(there["floating_ip_address"]))).refusals
    assert refusal.message.endswith("already, under the name 旧门户")


def test_an_external_network_is_needed(ground: Any) -> None:
    """One of the zone's, that the cloud has."""
    asked = ground.asked(_zone())
    (gone,) = ground.assessed(_KIND, replace(asked, offers=Offers())).refusals
    inner = replace(asked, project=replace(asked.project, site=replace(ground.site, external_network=None)))
    (none,) = ground.assessed(_KIND, inner).refusals
    assert gone.message == "the cloud has no external network extranet-external"
    assert none.message == "the project's zone has no external network to take an address from"


def test_leading_an_address_elsewhere_is_destructive(ground: Any) -> None:
    """Leading one that led nowhere is not."""
    ground.settle(_zone())
    asked = ground.asked(_zone(), applications=(_portal(),))
    assert not ground.assessed(_KIND, asked).destructive
    assert not ground.changes(_KIND, _leading_to(asked, "web-app"))
    moved = ground.assessed(_KIND, _leading_to(asked, "old-app"))
    assert moved.destructive
    assert moved.reason.endswith("it leads to old-app no longer")


def test_an_address_is_given_up_only_when_it_is_to_be_absent(ground: Any) -> None:
    """That it may be somebody else's then is told."""
    ground.settle(_zone())
    assert not _changes(ground, LandingZoneSpec())
    asked = ground.asked(_zone(presence=Presence.ABSENT))
    assessment = ground.assessed(_KIND, asked)
    assert assessment.destructive
    assert "may then be given to somebody else" in assessment.reason
    ground.perform(_KIND, asked)
    assert not _changes(ground, _zone(presence=Presence.ABSENT))


def test_one_counts_against_the_quota(ground: Any) -> None:
    """When it is made."""
    asked = ground.asked(_zone())
    (change,) = ground.changes(_KIND, asked)
    assert {each.name: more for each, more in _KIND.demand(change, asked).items()} == {"floatingip": 1}
    assert not _KIND.demand(replace(change, verb=Verb.UPDATE), asked)


def test_a_lost_answer_is_made_up_by_looking(ground: Any) -> None:
    """No second address is taken."""
    ground.cloud.weather.fail(_MAKE, CloudUnavailable("no answer"), after_acting=True)
    (evidence,) = ground.perform(_KIND, ground.asked(_zone()))
    assert evidence.values["address"]
    assert len(ground.asked(_zone()).items(FLOATING_IPS)) == 1


def test_what_was_interrupted_is_gone_on_with(ground: Any) -> None:
    """By our name for it."""
    asked = ground.asked(_zone())
    first, second = (ground.perform(_KIND, asked, resumed=resumed)[0] for resumed in (False, True))
    assert first.values == second.values


def test_an_address_that_is_taken_is_told(ground: Any) -> None:
    """In plain words."""
    ground.cloud.weather.fail(_MAKE, CloudConflict("IP address 198.18.0.9 already allocated in subnet s1"))
    with pytest.raises(CloudConflict, match="somebody else has that address "):
        ground.perform(_KIND, ground.asked(_zone("198.18.0.9")))


def test_an_address_waits_for_the_port_that_it_leads_to(ground: Any) -> None:
    """Nothing is reserved in vain."""
    with pytest.raises(DependencyMissing, match="waits for the port web-app"):
        ground.perform(_KIND, ground.asked(None, applications=(_portal(),)))
    assert not ground.asked(_zone()).items(FLOATING_IPS)


def test_leading_that_does_not_show_is_an_error(ground: Any) -> None:
    """Though Neutron agreed."""
    ground.settle(_zone())
    asked = ground.asked(_zone(), applications=(_portal(),))
    (change,) = ground.changes(_KIND, asked)
    target = ground.target(asked, made={asked.address(PORTS_KIND, "web-app"): "p1"})
    ground.cloud.weather.ignore("resources.update.floatingips")
    with pytest.raises(EffectMissing, match="does not show that the address leads to web-app"):
        _KIND.perform(change, target)
