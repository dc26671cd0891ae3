"""Looking at what projects hold: only where manifests speak of it, and each collection once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudError, CloudUnavailable
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import SUBNETS
from provisioner.observation import Observation
from provisioner.observe import Wanted, look_again, observe, wanted_for
from tenants.landing_zone import KeyPairSpec, LandingZoneSpec, NetworkSpec
from tenants.names import DomainName, KeyPairName, NetworkName, PrincipalName
from tenants.resources import Service
from tenants.spec import ProjectSpec

_DOMAIN = DomainName("government")
_ZONE = LandingZoneSpec(networks=(NetworkSpec(name=NetworkName("app")),))


@pytest.fixture
def furnished(build: Any) -> Callable[[str], ProjectSpec]:
    """A project whose manifest has a landing zone."""
    return lambda name: replace(build.project(name), landing_zone=_ZONE)


@pytest.fixture
def put(cloud: MemoryCloud) -> Callable[[str], ProjectId]:
    """Make a project of the tenant that holds one network."""

    def make(name: str) -> ProjectId:
        project = cloud.identity.create_project(_DOMAIN, name=f"market-{name}", description="")[0].id
        cloud.resources.create(NETWORKS, project, {"name": f"net-{name}", "project_id": project})
        return project

    return make


@pytest.fixture
def look(cloud: MemoryCloud, build: Any) -> Callable[..., Observation]:
    """Observe the cloud for these projects."""

    def see(*projects: ProjectSpec) -> Observation:
        return observe(cloud, wanted_for(build.cloud(), projects), now=build.now)

    return see


def _listings(cloud: MemoryCloud) -> dict[str, int]:
    return {call: count for call, count in cloud.weather.calls.items() if call.startswith("resources.list")}


def test_only_furnished_projects_are_listed(
    build: Any, furnished: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """Of others nothing is known, which is not the same as nothing there."""
    put("a")
    put("b")
    views = look(furnished("a"), build.project("b")).projects
    assert [each["name"] for each in views["market-a"].items[NETWORKS.name]] == ["net-a"]
    assert (views["market-b"].items, views["market-b"].unlisted) == ({}, {})


def test_each_collection_is_listed_once(
    cloud: MemoryCloud, furnished: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """However many projects are furnished."""
    names = [f"p{number}" for number in range(12)]
    for name in names:
        put(name)
    look(*map(furnished, names))
    assert _listings(cloud)
    assert set(_listings(cloud).values()) == {1}


def test_where_nothing_is_furnished_nothing_is_listed(
    cloud: MemoryCloud, build: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """Nor are the offers read."""
    put("a")
    seen = look(build.project("a"))
    assert (_listings(cloud), "offers" in cloud.weather.calls) == ({}, False)
    assert (seen.offers.networks, seen.own_user) == ((), "")


def test_where_something_is_furnished_the_offers_are_read(
    cloud: MemoryCloud, furnished: Any, look: Callable[..., Observation]
) -> None:
    """Once, with the user that Tenantry is; for a project that is still to be made as well."""
    seen = look(furnished("a"))
    assert (seen.offers, seen.own_user) == (cloud.offers(), cloud.own_user())


def test_what_cannot_be_listed_is_said_to_be_so(
    cloud: MemoryCloud, furnished: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """With the reason; the rest is seen all the same."""
    put("a")
    cloud.weather.fail("resources.list.subnets", CloudUnavailable("busy"))
    view = look(furnished("a")).projects["market-a"]
    assert view.unlisted == {SUBNETS.name: "busy"}
    assert len(view.items[NETWORKS.name]) == 1


def test_offers_that_cannot_be_read_are_the_whole_looks(
    cloud: MemoryCloud, furnished: Any, look: Callable[..., Observation]
) -> None:
    """No plan could be made without them."""
    cloud.weather.fail("offers", CloudUnavailable("busy"))
    with pytest.raises(CloudError, match="busy"):
        look(furnished("a"))


def test_an_import_lists_every_project(cloud: MemoryCloud, build: Any, put: Callable[[str], ProjectId]) -> None:
    """Whatever the manifests say."""
    put("by-hand")
    seen = observe(cloud, Wanted(domain=_DOMAIN, services={}, inventory=True), now=build.now)
    assert [each["name"] for each in seen.projects["market-by-hand"].items[NETWORKS.name]] == ["net-by-hand"]


def test_key_pairs_are_listed_for_their_users(
    cloud: MemoryCloud, build: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """Each user once; one that the cloud does not have has none."""
    put("a")
    pairs = tuple(
        KeyPairSpec(name=KeyPairName(user), public_key="ssh-ed25519 AAAA", user=PrincipalName(user))
        for user in ("li", "nobody")
    )
    before = cloud.requests_sent()
    look(replace(build.project("a"), landing_zone=LandingZoneSpec(key_pairs=pairs)))
    assert cloud.requests_sent() > before
    assert _listings(cloud)["resources.list.key-pairs"] == 1


def test_a_second_look_sees_what_is_held_anew(
    cloud: MemoryCloud, build: Any, furnished: Any, put: Callable[[str], ProjectId]
) -> None:
    """With the offers of the first."""
    project, wanted = put("a"), wanted_for(build.cloud(), [furnished("a")])
    first = observe(cloud, wanted, now=build.now)
    cloud.resources.create(NETWORKS, project, {"name": "new", "project_id": project})
    again = look_again(cloud, wanted, first, now=build.now)
    assert [each["name"] for each in again.projects["market-a"].items[NETWORKS.name]] == ["net-a", "new"]
    assert (again.offers, again.own_user, cloud.weather.calls["offers"]) == (first.offers, first.own_user, 1)


def test_limits_are_read_where_something_is_built_in_them(
    furnished: Any, put: Callable[[str], ProjectId], look: Callable[..., Observation]
) -> None:
    """A landing zone counts in Neutron, though the manifest limits nothing."""
    put("a")
    assert Service.NETWORK in look(furnished("a")).projects["market-a"].readings
