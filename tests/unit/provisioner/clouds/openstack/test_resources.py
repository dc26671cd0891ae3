"""Collections: what goes out for each call, the fewest requests for any number of projects, and whose token it carries."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Act, Answered, Collection, CollectionName, ItemId, Read, Scope
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused, CloudUnavailable
from provisioner.kinds.server_properties import SERVERS

_OURS = ProjectId("a" * 32)
_NETWORKS = Collection(
    name=CollectionName("networks"),
    service="network",
    path="/networks",
    item="network",
    items="networks",
    fields=("name", "mtu"),
    neutron=True,
)
_VOLUMES = Collection(
    name=CollectionName("volumes"),
    service="block-storage",
    path="/volumes",
    item="volume",
    items="volumes",
    listing="/volumes/detail",
    fields=("name", "size"),
    owner="os-vol-tenant-attr:tenant_id",
    microversion="3.42",
    everywhere={"all_tenants": 1},
    scope=Scope.PROJECT,
)
_GROUPS = Collection(
    name=CollectionName("server-groups"),
    service="compute",
    path="/os-server-groups",
    item="server_group",
    items="server_groups",
    fields=("name",),
    everywhere={"all_projects": 1},
    project_filter=None,
    by_offset=True,
)
_MEMBERS = Collection(
    name=CollectionName("flavor-access"),
    service="compute",
    path="/flavors/{parent}/os-flavor-access",
    item="",
    items="flavor_access",
    owner="tenant_id",
    project_filter=None,
)
_KEYS = Collection(
    name=CollectionName("key-pairs"),
    service="compute",
    path="/os-keypairs",
    item="keypair",
    items="keypairs",
    fields=("name",),
    owner=None,
    project_filter=None,
    parent_filter="user_id",
)


@pytest.fixture
def projects(project_id: Callable[[int], str]) -> Callable[[int], list[ProjectId]]:
    """So many projects, ours first."""
    return lambda count: [_OURS, *(ProjectId(project_id(number)) for number in range(1, count))]


@pytest.fixture
def sent(stage: Any) -> Callable[[], list[Any]]:
    """The requests to services, as the cloud got them; those to find its versions left out."""
    return lambda: [
        each for each in stage.seen if not each.path.endswith(("/auth/tokens", "/network", "/network/", "/volume/v3/"))
    ]


# Listing


def test_neutron_is_asked_for_projects_and_fields(
    stage: Any, cloud: OpenStackCloud, projects: Any, sent: Callable[[], list[Any]]
) -> None:
    """One request for up to forty projects, which gives no more than is kept."""
    stage.answer("GET", "/networks$", {"networks": [{"id": "n", "project_id": _OURS, "name": "app", "mtu": 1450}]})
    found = cloud.resources.list(Read(collection=_NETWORKS), projects(3))
    assert found[_OURS] == ({"id": "n", "project_id": _OURS, "name": "app", "mtu": 1450},)
    assert [found[each] for each in projects(3)[1:]] == [(), ()]
    (request,) = sent()
    assert request.query == {
        "project_id": projects(3),
        "fields": ["id", "project_id", "name", "mtu"],
        "limit": ["1000"],
    }


@pytest.mark.parametrize(("count", "requests"), [(40, 1), (41, 2), (320, 8), (321, 1)])
def test_many_projects_are_asked_for_in_few_requests(
    stage: Any, cloud: OpenStackCloud, projects: Any, *, count: int, requests: int
) -> None:
    """Forty in one; beyond eight requests, one for all of the cloud."""
    stage.answer("GET", "/networks$", {"networks": []})
    assert len(cloud.resources.list(Read(collection=_NETWORKS), projects(count))) == count
    assert len([each for each in stage.paths() if each.endswith("/networks")]) == requests
    assert ("project_id" in stage.seen[-1].query) is (count <= 320)


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (8, 8), (9, 1)])
def test_cinder_is_asked_for_one_project_or_for_all(
    stage: Any, cloud: OpenStackCloud, projects: Any, *, count: int, requests: int
) -> None:
    """As an administrator, who has to say that other projects' are meant."""
    volume = {"id": "v", "name": "data", "size": 1, "status": "available", "os-vol-tenant-attr:tenant_id": _OURS}
    stage.answer("GET", "/volumes/detail$", {"volumes": [volume]})
    found = cloud.resources.list(Read(collection=_VOLUMES), projects(count))
    kept = {"id": "v", "name": "data", "size": 1, "os-vol-tenant-attr:tenant_id": _OURS}
    listings = [each for each in stage.seen if each.path.endswith("/volumes/detail")]
    assert (found[_OURS], len(listings)) == ((kept,), requests)
    assert all(each.query["all_tenants"] == ["1"] for each in listings)
    assert ("project_id" in listings[0].query) is (count <= 8)


def test_strangers_items_are_left_out(stage: Any, cloud: OpenStackCloud, projects: Any) -> None:
    """A listing of the whole cloud tells of projects that nobody asked for."""
    stage.answer("GET", "/volumes/detail$", {"volumes": [{"id": "v", "os-vol-tenant-attr:tenant_id": "b" * 32}]})
    found = cloud.resources.list(Read(collection=_VOLUMES), projects(9))
    assert set(found.values()) == {()}


def test_pages_are_asked_for_by_offset_where_there_are_no_links(
    stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]
) -> None:
    """Until one is surely the last: Nova's operators may have a page be shorter than was asked for."""
    for count in (500, 3):
        stage.answer(
            "GET", "/os-server-groups$", {"server_groups": [{"id": str(n), "project_id": _OURS} for n in range(count)]}
        )
    found = cloud.resources.list(Read(collection=_GROUPS), [_OURS])
    assert len(found[_OURS]) == 503  # type: ignore[arg-type]
    assert [(each.query["offset"], each.query["all_projects"]) for each in sent()] == [
        (["0"], ["1"]),
        (["500"], ["1"]),
    ]


def test_a_listing_that_fails_is_each_projects(stage: Any, cloud: OpenStackCloud, projects: Any) -> None:
    """As a value."""
    stage.answer("GET", "/networks$", status=403, headers={"x-openstack-request-id": "req-1"})
    found = cloud.resources.list(Read(collection=_NETWORKS), projects(2))
    assert [(type(each), each.request_id) for each in found.values() if isinstance(each, CloudError)] == [
        (CloudRefused, "req-1")
    ] * 2


def test_one_project_that_fails_is_its_own(stage: Any, cloud: OpenStackCloud, projects: Any) -> None:
    """Where each is asked for by itself."""
    stage.answer("GET", "/volumes/detail$", status=403)
    stage.answer("GET", "/volumes/detail$", {"volumes": []})
    found = cloud.resources.list(Read(collection=_VOLUMES), projects(3))
    assert sorted(type(each).__name__ for each in found.values()) == ["CloudRefused", "tuple", "tuple"]


def test_a_service_that_is_not_there_is_told_so(stage: Any, cloud: OpenStackCloud) -> None:
    """For each project."""
    del stage.endpoints["network"]
    found = cloud.resources.list(Read(collection=_NETWORKS), [_OURS])
    assert isinstance(found[_OURS], CloudMisconfigured)


def test_items_below_parents_carry_their_parents_id(
    stage: Any, cloud: OpenStackCloud, projects: Any, sent: Callable[[], list[Any]]
) -> None:
    """One request for each parent; one that is gone has nothing."""
    stage.answer("GET", "/flavors/f1/os-flavor-access$", {"flavor_access": [{"flavor_id": "f1", "tenant_id": _OURS}]})
    stage.answer("GET", "/flavors/f2/os-flavor-access$", status=404)
    found = cloud.resources.list(Read(collection=_MEMBERS, parents=frozenset({"f1", "f2"})), projects(2))
    assert list(found.values()) == [({"tenant_id": _OURS, "parent": "f1"},), ()]
    assert len(sent()) == 2


def test_without_parents_there_is_nothing_below_them(
    cloud: OpenStackCloud, projects: Any, sent: Callable[[], list[Any]]
) -> None:
    """Nothing is sent."""
    assert cloud.resources.list(Read(collection=_MEMBERS), projects(2)) == dict.fromkeys(projects(2), ())
    assert sent() == []


def test_key_pairs_are_unwrapped(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Nova wraps each of a list; they are asked for by user, and every project's."""
    stage.answer("GET", "/os-keypairs$", {"keypairs": [{"keypair": {"name": "k", "type": "ssh"}}]})
    found = cloud.resources.list(Read(collection=_KEYS, parents=frozenset({"u1"})), [_OURS])
    assert (found[_OURS], sent()[0].query) == (({"name": "k", "parent": "u1"},), {"user_id": ["u1"]})


# One item


def test_a_name_is_compared_exactly(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Nova and Cinder match more than was asked for; all keys are given."""
    mine = {"id": "1", "name": "web-1", "status": "available", "os-vol-tenant-attr:tenant_id": _OURS}
    others = [{**mine, "id": "2", "name": "web-10"}, {**mine, "id": "3", "os-vol-tenant-attr:tenant_id": "b" * 32}]
    stage.answer("GET", "/volumes/detail$", {"volumes": [mine, *others]})
    assert cloud.resources.named(_VOLUMES, _OURS, "web-1") == (mine,)
    assert sent()[0].query["name"] == ["web-1"]
    assert sent()[0].query["project_id"] == [_OURS]


@pytest.mark.parametrize("name", ["web-1", "门户(一)", "a+b|c", "[x]\\.*", "^$", "甲 🙂"])
def test_a_name_is_no_pattern(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]], name: str) -> None:
    """Where Nova takes it for one, nothing in it is special, and what bears it is found."""
    mine = {"id": "1", "name": name, "tenant_id": _OURS}
    stage.answer("GET", "/servers/detail$", {"servers": [mine, {**mine, "id": "2", "name": "another"}]})
    assert cloud.resources.named(SERVERS, _OURS, name) == (mine,)
    (pattern,) = sent()[0].query["name"]
    assert re.search(pattern, name)
    assert not re.search(pattern, f"{name}1")
    assert not re.search(r"[\\|?*+()\[\]{}]", pattern)


def test_a_name_may_stand_under_another_key(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Neutron narrows by any; no fields are left out."""
    stage.answer("GET", "/networks$", {"networks": [{"id": "1", "description": "应用", "project_id": _OURS}]})
    (found,) = cloud.resources.named(_NETWORKS, _OURS, "应用", key="description")
    assert (found["id"], sent()[0].query["description"], "fields" in sent()[0].query) == ("1", ["应用"], False)


def test_an_item_is_unwrapped(stage: Any, cloud: OpenStackCloud) -> None:
    """All keys; None where there is none."""
    stage.answer("GET", "/networks/n1$", {"network": {"id": "n1", "tags": []}})
    stage.answer("GET", "/networks/n2$", status=404)
    assert cloud.resources.fetch(_NETWORKS, _OURS, ItemId("n1")) == {"id": "n1", "tags": []}
    assert cloud.resources.fetch(_NETWORKS, _OURS, ItemId("n2")) is None


def test_names_that_stand_for_ids_are_quoted(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Key pairs have free names, and a user."""
    stage.answer("GET", "/os-keypairs/", {"keypair": {"name": "a/b"}})
    cloud.resources.fetch(_KEYS, _OURS, ItemId("a/b"), parent="u1")
    assert (sent()[0].path.rpartition("/")[2], sent()[0].query) == ("a%2Fb", {"user_id": ["u1"]})


# Writing


def test_an_item_is_made_in_its_wrapping(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """The answer is the item, with the request's id as evidence."""
    headers = {"x-openstack-request-id": "req-1"}
    stage.answer("POST", "/networks$", {"network": {"id": "n", "name": "app"}}, status=201, headers=headers)
    answered = cloud.resources.create(_NETWORKS, _OURS, {"name": "app", "project_id": _OURS})
    assert (answered.item["id"], answered.receipt.request_ids) == ("n", ("req-1",))
    assert sent()[-1].body == {"network": {"name": "app", "project_id": _OURS}}


def test_some_keys_stand_beside_the_item(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Nova's scheduler hints do."""
    beside = replace(_NETWORKS, beside=("hints",))
    stage.answer("POST", "/networks$", {"network": {"id": "n"}}, status=201)
    cloud.resources.create(beside, _OURS, {"name": "app", "hints": {"group": "g"}})
    assert sent()[-1].body == {"network": {"name": "app"}, "hints": {"group": "g"}}


def test_several_items_are_made_in_one_request(
    stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]
) -> None:
    """Under the list's name; fewer than were asked for is no answer."""
    stage.answer("POST", "/networks$", {"networks": [{"id": "1"}, {"id": "2"}]}, status=201)
    made = cloud.resources.create_all(_NETWORKS, _OURS, [{"name": "a"}, {"name": "b"}])
    assert [each.item["id"] for each in made] == ["1", "2"]
    assert sent()[-1].body == {"networks": [{"name": "a"}, {"name": "b"}]}
    with pytest.raises(CloudUnavailable, match="made 2 of 3"):
        cloud.resources.create_all(_NETWORKS, _OURS, [{"name": "a"}] * 3)


def test_a_conflict_is_told_with_its_request(stage: Any, cloud: OpenStackCloud) -> None:
    """And with what the service said."""
    error = {
        "NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['network'].", "detail": ""}
    }
    stage.answer("POST", "/networks$", error, status=409, headers={"x-openstack-request-id": "req-1"})
    with pytest.raises(CloudConflict, match="Quota exceeded") as conflict:
        cloud.resources.create(_NETWORKS, _OURS, {"name": "app"})
    assert conflict.value.request_id == "req-1"


def test_a_change_is_a_put(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """Of the keys that are given."""
    stage.answer("PUT", "/networks/n$", {"network": {"id": "n", "mtu": 1400}})
    assert cloud.resources.update(_NETWORKS, _OURS, ItemId("n"), {"mtu": 1400}).item == {"id": "n", "mtu": 1400}
    assert sent()[-1].body == {"network": {"mtu": 1400}}


@pytest.mark.parametrize("status", [204, 404])
def test_deleting_what_is_gone_is_deleting(stage: Any, cloud: OpenStackCloud, status: int) -> None:
    """With evidence."""
    stage.answer("DELETE", "/networks/n$", status=status, headers={"x-openstack-request-id": "req-1"})
    assert cloud.resources.delete(_NETWORKS, _OURS, ItemId("n")).request_ids == ("req-1",)


def test_an_action_goes_below_the_item(stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]) -> None:
    """With its own method; its answer is given as it is."""
    stage.answer("PUT", "/networks/n/join$", {"subnet_id": "s"})
    answered = cloud.resources.act(_NETWORKS, _OURS, ItemId("n"), Act(below="/join", body={"a": 1}, method="PUT"))
    assert answered == Answered(item={"subnet_id": "s"})
    assert sent()[-1].body == {"a": 1}


# Whose token


def _scopes(stage: Any) -> list[Any]:
    """The projects that tokens were asked for, ours by name and others by id."""
    asked = [each.body["auth"]["scope"]["project"] for each in stage.seen if each.path.endswith("/auth/tokens")]
    return [each.get("id", each.get("name")) for each in asked]


def test_a_projects_token_is_asked_for_once(stage: Any, cloud: OpenStackCloud) -> None:
    """However much is made there; ours serves for listings."""
    stage.answer("POST", "/volumes$", {"volume": {"id": "v"}}, status=202)
    stage.answer("GET", "/volumes/detail$", {"volumes": []})
    for name in ("a", "b"):
        cloud.resources.create(_VOLUMES, _OURS, {"name": name, "size": 1})
    cloud.resources.list(Read(collection=_VOLUMES), [_OURS])
    assert _scopes(stage) == ["admin", _OURS]


def test_our_own_project_needs_no_other_token(stage: Any, cloud: OpenStackCloud) -> None:
    """It is the one that we are in."""
    stage.answer("POST", "/volumes$", {"volume": {"id": "v"}}, status=202)
    cloud.resources.create(_VOLUMES, ProjectId("p"), {"name": "a", "size": 1})
    assert _scopes(stage) == ["admin"]


def test_an_endpoint_with_our_projects_id_gets_the_others(
    stage: Any, cloud: OpenStackCloud, sent: Callable[[], list[Any]]
) -> None:
    """Cinder refuses a token of another project than its address names. Only a whole part of the address is an id."""
    stage.endpoints["block-storage"] = "http://cloud.test/volume/v3/p"
    stage.answer("POST", "/volumes$", {"volume": {"id": "v"}}, status=202)
    cloud.resources.create(_VOLUMES, _OURS, {"name": "a", "size": 1})
    assert sent()[-1].path == f"/volume/v3/{_OURS}/volumes"


def test_without_a_role_in_the_project_the_remedy_is_told(stage: Any, cloud: OpenStackCloud) -> None:
    """Keystone refuses the token: our user has no role there."""
    stage.answer("POST", "/auth/tokens$", stage._token(), status=201, headers={"X-Subject-Token": "token"})
    stage.answer("POST", "/auth/tokens$", {"error": {"message": "no role"}}, status=401)
    with pytest.raises(CloudMisconfigured, match=rf"no role in project {_OURS}.*openstack role add"):
        cloud.resources.create(_VOLUMES, _OURS, {"name": "a", "size": 1})
