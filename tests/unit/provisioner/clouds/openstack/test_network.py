"""Neutron: the fewest requests for any number of projects, and its manners of refusing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId, Reading
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudError, CloudUnavailable
from tenants.resources import CATALOGUE, Limit, Resource, Service

_OWN = ProjectId("a" * 32)
_DEFAULTS = {"network": 100, "port": 500, "router_route": 30}
_MANY = 12


def _resource(name: str) -> Resource:
    return Resource(service=Service.NETWORK, name=name)


@pytest.fixture
def projects(project_id: Callable[[int], str]) -> list[ProjectId]:
    """Enough projects for lists to be fewer requests than one each."""
    return [_OWN, *(ProjectId(project_id(number)) for number in range(1, _MANY))]


@pytest.fixture
def neutron(stage: Any) -> Any:
    """A Neutron with three kinds of limits, of which one project has its own."""
    stage.answer("GET", "/v2.0/quotas$", {"quotas": [{"project_id": _OWN, **_DEFAULTS, "network": 3}]})
    stage.answer("GET", "/default$", {"quota": _DEFAULTS})
    networks = [{"id": each, "name": f"n{each}", "project_id": _OWN} for each in ("1", "2")]
    stage.answer("GET", "/networks$", {"networks": networks})
    stage.answer("GET", "/ports$", {"ports": [{"id": "1", "project_id": ""}]})
    details = {name: {"limit": limit, "used": 1, "reserved": 0} for name, limit in _DEFAULTS.items()}
    stage.answer("GET", "/details$", {"quota": {**details, "unicorn": {"limit": 1, "used": 0, "reserved": 0}}})
    return stage


def _of(readings: Mapping[ProjectId, Reading | CloudError], project: ProjectId, name: str) -> tuple[int, int | None]:
    reading = readings[project]
    assert not isinstance(reading, CloudError)
    return reading[_resource(name)].limit, reading[_resource(name)].used


def test_few_projects_are_read_one_by_one(neutron: Any, cloud: OpenStackCloud, projects: list[ProjectId]) -> None:
    """One request each gives limits and use."""
    readings = cloud.quotas(Service.NETWORK).readings(projects[:2])
    assert _of(readings, _OWN, "network") == (100, 1)
    assert len(neutron.paths()) == 2


def test_many_projects_are_counted_from_lists(neutron: Any, cloud: OpenStackCloud, projects: list[ProjectId]) -> None:
    """One for the limits, one for the defaults, one for each kind of thing that can be listed."""
    readings = cloud.quotas(Service.NETWORK).readings(projects)
    assert _of(readings, _OWN, "network") == (3, 2)
    assert _of(readings, projects[1], "network") == (100, 0)
    assert _of(readings, _OWN, "router_route") == (30, None)
    assert sorted(each.rpartition("/")[2] for each in neutron.paths()) == ["default", "networks", "ports", "quotas"]


def test_lists_ask_for_no_more_than_is_counted(neutron: Any, cloud: OpenStackCloud, projects: list[ProjectId]) -> None:
    """Two fields, a thousand at a time."""
    cloud.quotas(Service.NETWORK).readings(projects)
    listed = next(each for each in neutron.seen if each.path.endswith("/networks"))
    assert listed.query == {"fields": ["id", "project_id"], "limit": ["1000"]}


def test_defaults_are_asked_for_only_where_they_hold(
    stage: Any, cloud: OpenStackCloud, projects: list[ProjectId]
) -> None:
    """Not where every project has limits of its own."""
    stage.answer("GET", "/v2.0/quotas$", {"quotas": [{"project_id": each, "network": 3} for each in projects]})
    stage.answer("GET", "/networks$", {"networks": []})
    cloud.quotas(Service.NETWORK).readings(projects)
    assert sorted(each.rpartition("/")[2] for each in stage.paths()) == ["networks", "quotas"]


def test_what_cannot_be_listed_has_an_unknown_use(stage: Any, cloud: OpenStackCloud, projects: list[ProjectId]) -> None:
    """Unknown is not zero; the limit is known all the same."""
    stage.answer("GET", "/v2.0/quotas$", {"quotas": [{"project_id": each, "vpnservice": 3} for each in projects]})
    stage.answer("GET", "/vpn/vpnservices$", status=404)
    assert _of(cloud.quotas(Service.NETWORK).readings(projects), _OWN, "vpnservice") == (3, None)


def test_a_list_that_fails_fails_every_project(stage: Any, cloud: OpenStackCloud, projects: list[ProjectId]) -> None:
    """As an error for each, not as an exception."""
    stage.answer("GET", "/v2.0/quotas$", status=503)
    readings = cloud.quotas(Service.NETWORK).readings(projects)
    assert {type(each) for each in readings.values()} == {CloudUnavailable}


def test_a_cloud_that_enforces_more_is_read_by_lists_later(
    neutron: Any, cloud: OpenStackCloud, projects: list[ProjectId]
) -> None:
    """Once the capabilities have told how many lists there are: here two, so three projects are fewer."""
    for service in ("compute", "block-storage"):
        del neutron.endpoints[service]
    neutron.answer("GET", "/extensions$", {"extensions": []})
    cloud.capabilities()
    before = len(neutron.seen)
    cloud.quotas(Service.NETWORK).readings(projects[:4])
    assert not [each for each in neutron.seen[before:] if each.path.endswith("/details")]


def test_capabilities_take_three_requests(neutron: Any, cloud: OpenStackCloud) -> None:
    """Extensions, external networks, defaults."""
    for service in ("compute", "block-storage"):
        del neutron.endpoints[service]
    neutron.answer("GET", "/extensions$", {"extensions": [{"alias": "router"}, {"alias": "trunk"}]})
    has = cloud.capabilities()
    assert (has.network_extensions, has.external_networks) == ({"router", "trunk"}, {"n1", "n2"})
    assert has.defaults == {_resource(name): limit for name, limit in _DEFAULTS.items()}
    assert len(neutron.paths()) == 3


@pytest.mark.parametrize(
    ("extensions", "manners"),
    [
        (("quota-check-limit", "quota-check-limit-default"), ({}, {"force": True})),
        (("quota-check-limit",), ({"check_limit": True}, {})),
        ((), ({}, {})),
    ],
)
def test_each_release_is_forced_in_its_own_manner(
    stage: Any, cloud: OpenStackCloud, extensions: tuple[str, ...], manners: tuple[Mapping[str, bool], ...]
) -> None:
    """A key that a release does not know would be refused."""
    stage.answer("GET", "/extensions$", {"extensions": [{"alias": each} for each in extensions]})
    stage.answer("PUT", "/quotas", {"quota": {}})
    for force in (False, True):
        cloud.quotas(Service.NETWORK).set_limits(_OWN, {"network": Limit(1)}, force=force)
    bodies = [each.body["quota"] for each in stage.seen if each.method == "PUT"]
    assert bodies == [{"network": 1, **manner} for manner in manners]


def test_extensions_are_asked_for_once(stage: Any, cloud: OpenStackCloud) -> None:
    """The second write is one request."""
    stage.answer("GET", "/extensions$", {"extensions": []})
    stage.answer("PUT", "/quotas", {"quota": {}})
    for _ in range(2):
        cloud.quotas(Service.NETWORK).set_limits(_OWN, {"network": Limit(1)}, force=False)
    assert [each.partition(" ")[0] for each in stage.paths()] == ["GET", "PUT", "PUT"]


def test_security_groups_of_a_project_are_found_among_all(stage: Any, cloud: OpenStackCloud) -> None:
    """To list those of one project would make Neutron give it a default group: reading must not write."""
    groups = [{"id": "1", "name": "web", "project_id": _OWN}, {"id": "2", "name": "theirs", "project_id": "b"}]
    stage.answer("GET", "/security-groups$", {"security_groups": groups})
    holders = cloud.quotas(Service.NETWORK).holders(_OWN, _resource("security_group"))
    assert [each.name for each in holders] == ["web"]
    assert "project_id" not in stage.seen[-1].query


@pytest.mark.parametrize("name", sorted(CATALOGUE[Service.NETWORK]))
def test_whatever_is_limited_can_be_listed(stage: Any, cloud: OpenStackCloud, name: str) -> None:
    """Every resource of the catalogue has its place in Neutron's API."""
    collection = "routers" if name == "router_route" else None
    plural = collection or (f"{name[:-1]}ies" if name.endswith("y") else f"{name}s")
    stage.answer("GET", "/v2.0/", {plural: [{"id": "1", "name": "one", "project_id": _OWN}]})
    assert [each.name for each in cloud.quotas(Service.NETWORK).holders(_OWN, _resource(name))] == ["one"]


def test_addresses_are_named_by_themselves(stage: Any, cloud: OpenStackCloud) -> None:
    """They have no name."""
    stage.answer(
        "GET",
        "/floatingips$",
        {"floatingips": [{"id": "1", "floating_ip_address": "203.0.113.7", "project_id": _OWN}]},
    )
    holders = cloud.quotas(Service.NETWORK).holders(_OWN, _resource("floatingip"))
    assert [(each.name, each.amount) for each in holders] == [("203.0.113.7", 1)]


def test_routes_are_held_by_routers(stage: Any, cloud: OpenStackCloud) -> None:
    """The limit is on each router's routes."""
    routers = [{"id": "1", "name": "r", "project_id": _OWN, "routes": [{"nexthop": "10.0.0.1"}] * 3}]
    stage.answer("GET", "/routers$", {"routers": routers})
    holders = cloud.quotas(Service.NETWORK).holders(_OWN, _resource("router_route"))
    assert [(each.name, each.amount) for each in holders] == [("r", 3)]
