"""Server groups on a real Nova."""

from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_WEB = {"name": "网站", "policy": "anti-affinity"}


def _city(site: Any, *groups: dict[str, Any], **more: Any) -> Any:
    project = {key: more.pop(key) for key in ("quota",) if key in more}
    return site.manifest(applications=({"name": "registration", "serverGroups": list(groups), **more},), **project)


def _groups(site: Any, sdk: openstack.connection.Connection) -> dict[str, Any]:
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id).id
    listed = sdk.compute.get("/os-server-groups?all_projects=1", microversion="2.57").json()["server_groups"]
    return {each["name"]: each for each in listed if each["project_id"] == project}


@pytest.fixture(autouse=True)
def cleared(site: Any, sdk: openstack.connection.Connection) -> Any:
    """Nova keeps the groups of projects that are gone."""
    yield
    for each in _groups(site, sdk).values():
        sdk.compute.delete(f"/os-server-groups/{each['id']}")


def test_a_group_of_a_name_alone_is_made(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, minimal: placing apart is a wish unless the manifest makes it a must."""
    city = _city(site, {"name": "网站"})
    assert site.apply(city) is OperationState.DONE, site.failures
    assert _groups(site, sdk)["网站"]["policies"] == ["soft-anti-affinity"]
    assert not site.plan(city).actions


def test_groups_are_made_with_their_policies(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, full: in one tier, and a second look has nothing to do."""
    city = _city(site, _WEB, {"name": "db", "policy": "affinity"})
    assert site.apply(city) is OperationState.DONE, site.failures
    assert {name: each["policies"] for name, each in _groups(site, sdk).items()} == {
        "网站": ["anti-affinity"],
        "db": ["affinity"],
    }
    assert not site.plan(city).actions


def test_a_group_that_is_there_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: one of that name is not made a second time."""
    site.apply(site.manifest())
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id).id
    with sdk.connect_as(project_id=project) as own:
        body = {"server_group": {"name": "网站", "policies": ["anti-affinity"]}}
        own.compute.post("/os-server-groups", json=body, microversion="2.57")
    assert not site.plan(_city(site, _WEB)).actions


def test_a_group_keeps_its_policy(site: Any) -> None:
    """Update: Nova has no way to change it, so it is refused with what can be done."""
    site.apply(_city(site, _WEB))
    refusals = site.plan(_city(site, {**_WEB, "policy": "affinity"})).refusals
    assert [each.message for each in refusals] == [
        "policy cannot go from anti-affinity to affinity: Nova has no way to change it"
    ]


def test_a_group_goes_with_its_application(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: shown as destructive, and a second look has nothing to do."""
    site.apply(_city(site, _WEB))
    absent = _city(site, _WEB, state="absent")
    assert [(each.change.verb, each.destructive) for each in site.plan(absent).actions] == [("delete", True)]
    assert site.apply(absent) is OperationState.DONE, site.failures
    assert not _groups(site, sdk)
    assert not site.plan(absent).actions


def test_groups_beyond_the_quota_are_refused_with_the_numbers(site: Any) -> None:
    """Failure: what does not fit is known before anything is made."""
    site.apply(_city(site, _WEB, quota={"compute": {"server_groups": 1}}))
    refusals = site.plan(_city(site, _WEB, {"name": "db"})).refusals
    assert ["of 1 there are 1 in use" in each.message for each in refusals] == [True]


def test_a_quota_used_up_since_the_plan_fails_with_novas_words(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: somebody else was quicker; once there is room, the next apply makes it."""
    site.apply(site.manifest(quota={"compute": {"server_groups": 1}}))
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id).id
    with sdk.connect_as(project_id=project) as own:
        body = {"server_group": {"name": "other", "policies": ["affinity"]}}
        site.before_writing(lambda: own.compute.post("/os-server-groups", json=body, microversion="2.57"))
        assert site.apply(_city(site, _WEB)) is OperationState.FAILED
        assert "Quota exceeded" in site.failures["server-group/网站"].message
        own.compute.delete(f"/os-server-groups/{_groups(site, sdk)['other']['id']}")
    assert site.apply(_city(site, _WEB)) is OperationState.DONE, site.failures
