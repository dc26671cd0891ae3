"""Keystone: few requests, whole lists, and only the assignments that Tenantry may touch."""

from typing import Any

import pytest

from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId, Receipt, RoleId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudMisconfigured
from tenants.names import DomainName
from tenants.spec import PrincipalKind

_OURS = DomainName("Default")
_GOVERNMENT = DomainName("government")
_PROJECT = {"id": "1", "name": "a", "description": None, "enabled": True}


def test_the_domain_of_our_own_token_is_not_looked_up(stage: Any, cloud: OpenStackCloud) -> None:
    """The token has its id."""
    stage.answer("GET", "/projects", {"projects": [_PROJECT]})
    cloud.identity.projects(_OURS)
    assert stage.paths() == ["GET /identity/v3/projects"]
    assert stage.seen[-1].query == {"domain_id": ["default"], "limit": ["1000"]}


def test_another_domain_is_looked_up_once(stage: Any, cloud: OpenStackCloud) -> None:
    """Ids do not change."""
    stage.answer("GET", "/domains", {"domains": [{"id": "g", "name": "government"}]})
    stage.answer("GET", "/projects", {"projects": []})
    cloud.identity.projects(_GOVERNMENT)
    cloud.identity.projects(_GOVERNMENT)
    assert stage.paths() == [f"GET /identity/v3/{each}" for each in ("domains", "projects", "projects")]


def test_a_missing_description_is_an_empty_one(stage: Any, cloud: OpenStackCloud) -> None:
    """Keystone tells both."""
    stage.answer("GET", "/projects", {"projects": [_PROJECT]})
    assert cloud.identity.projects(_OURS)[0].description == ""


def test_a_name_is_matched_exactly(stage: Any, cloud: OpenStackCloud) -> None:
    """Some databases under Keystone compare without regard to case."""
    stage.answer("GET", "/projects", {"projects": [{**_PROJECT, "name": "A"}]})
    assert cloud.identity.project(_OURS, "a") is None


def test_long_lists_are_followed_to_their_end(stage: Any, cloud: OpenStackCloud) -> None:
    """Only the link's query counts: its host may be one that we cannot reach."""
    link = "https://internal.test/v3/projects?domain_id=default&limit=1&marker=1"
    stage.answer("GET", "/projects", {"projects": [_PROJECT], "links": {"next": link}, "truncated": True})
    stage.answer("GET", "/projects", {"projects": [{**_PROJECT, "id": "2"}], "links": {"next": None}})
    assert [each.id for each in cloud.identity.projects(_OURS)] == ["1", "2"]
    assert stage.seen[-1].query == {"domain_id": ["default"], "limit": ["1"], "marker": ["1"]}


def test_a_list_that_keystone_cuts_short_is_not_taken_for_whole(stage: Any, cloud: OpenStackCloud) -> None:
    """Older Keystones have no next page; a project that is not seen would be made again."""
    stage.answer("GET", "/projects", {"projects": [_PROJECT], "links": {"next": None}, "truncated": True})
    with pytest.raises(CloudMisconfigured, match="list_limit"):
        cloud.identity.projects(_OURS)


def test_only_direct_assignments_on_projects_count(stage: Any, cloud: OpenStackCloud) -> None:
    """Those on domains, on the system, and those that sub-projects inherit are not ours to compare."""
    project = {"project": {"id": "1"}}
    stage.answer(
        "GET",
        "/role_assignments",
        {
            "role_assignments": [
                {"scope": project, "group": {"id": "g"}, "role": {"id": "r"}},
                {"scope": project, "user": {"id": "u"}, "role": {"id": "r"}},
                {"scope": {**project, "OS-INHERIT:inherited_to": "projects"}, "user": {"id": "u"}, "role": {"id": "r"}},
                {"scope": {"domain": {"id": "d"}}, "user": {"id": "u"}, "role": {"id": "r"}},
                {"scope": {"system": {"all": True}}, "user": {"id": "u"}, "role": {"id": "r"}},
            ]
        },
    )
    found = [(each.project_id, each.kind, each.principal_id) for each in cloud.identity.assignments()]
    assert found == [("1", PrincipalKind.GROUP, "g"), ("1", PrincipalKind.USER, "u")]


def test_one_projects_assignments_are_asked_for_alone(stage: Any, cloud: OpenStackCloud) -> None:
    """Not the whole cloud's."""
    stage.answer("GET", "/role_assignments", {"role_assignments": []})
    cloud.identity.assignments(ProjectId("1"))
    assert stage.seen[-1].query == {"scope.project.id": ["1"]}


def test_changing_nothing_sends_nothing(stage: Any, cloud: OpenStackCloud) -> None:
    """No request, no evidence."""
    assert cloud.identity.update_project(ProjectId("1")) == Receipt()
    assert stage.seen == []


def test_ids_stay_within_their_place_in_the_path(stage: Any, cloud: OpenStackCloud) -> None:
    """Those of users that come from a directory server may hold anything."""
    stage.answer("PUT", "/projects", status=204)
    cloud.identity.grant(
        Assignment(
            project_id=ProjectId("1"),
            kind=PrincipalKind.USER,
            principal_id=PrincipalId("a/../b"),
            role_id=RoleId("r"),
        )
    )
    assert stage.paths() == ["PUT /identity/v3/projects/1/users/a%2F..%2Fb/roles/r"]
