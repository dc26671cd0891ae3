"""What every cloud's Keystone does alike."""

from typing import Any

import pytest

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId, RoleId
from provisioner.errors import CloudConflict, CloudMisconfigured, CloudRefused
from tenants.names import DomainName, PrincipalName, RoleName
from tenants.spec import PrincipalKind

_NOBODY = "0" * 32


@pytest.fixture
def assignment(bench: Any, project: ProjectId) -> Assignment:
    """The auditors as readers of the project: not assigned yet."""
    directory = bench.cloud.identity.directory(bench.domain, users=False)
    return Assignment(
        project_id=project,
        kind=PrincipalKind.GROUP,
        principal_id=directory.groups[PrincipalName("cloud-auditors")],
        role_id=directory.roles[RoleName("reader")],
    )


def test_a_new_project_is_enabled_and_as_described(bench: Any, project: ProjectId, name: str) -> None:
    """Under the name and the description that were given, in any script."""
    found = bench.cloud.identity.project(bench.domain, name)
    assert (found.id, found.name, found.description, found.enabled) == (project, name, "商事登记", True)


def test_the_listing_shows_what_the_search_shows(bench: Any, project: ProjectId, name: str) -> None:
    """One record, two ways to it."""
    listed = {each.id: each for each in bench.cloud.identity.projects(bench.domain)}
    assert listed[project] == bench.cloud.identity.project(bench.domain, name)


def test_a_project_that_is_not_there_is_none(bench: Any, name: str) -> None:
    """Not an error."""
    assert bench.cloud.identity.project(bench.domain, name) is None


def test_making_a_project_gives_evidence(bench: Any, name: str) -> None:
    """The request's id, for the journal."""
    _, receipt = bench.cloud.identity.create_project(bench.domain, name=name, description="")
    assert len(receipt.request_ids) == 1
    assert receipt.request_ids[0].startswith("req-")


def test_a_name_that_is_taken_is_a_conflict(bench: Any, project: ProjectId, name: str) -> None:
    """And no second project comes of it."""
    with pytest.raises(CloudConflict):
        bench.cloud.identity.create_project(bench.domain, name=name, description="")
    assert [each.id for each in bench.cloud.identity.projects(bench.domain) if each.name == name] == [project]


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_that_keystone_cannot_take_is_refused(bench: Any, name: str) -> None:
    """1 to 64 characters."""
    with pytest.raises(CloudRefused):
        bench.cloud.identity.create_project(bench.domain, name=name, description="")


def test_a_domain_that_is_not_there(cloud: Cloud) -> None:
    """Is a matter of configuration: the manifest names it."""
    with pytest.raises(CloudMisconfigured, match="no domain named 火星"):
        cloud.identity.projects(DomainName("火星"))


def test_disabling_leaves_the_description_alone(bench: Any, project: ProjectId, name: str) -> None:
    """Only what is given changes."""
    bench.cloud.identity.update_project(project, enabled=False)
    found = bench.cloud.identity.project(bench.domain, name)
    assert (found.enabled, found.description) == (False, "商事登记")


def test_describing_leaves_the_rest_alone(bench: Any, project: ProjectId, name: str) -> None:
    """Emptying a description is a change, too."""
    bench.cloud.identity.update_project(project, description="")
    found = bench.cloud.identity.project(bench.domain, name)
    assert (found.enabled, found.description) == (True, "")


def test_a_project_that_is_gone_cannot_be_changed(cloud: Cloud) -> None:
    """It is refused, not made."""
    with pytest.raises(CloudRefused):
        cloud.identity.update_project(ProjectId(_NOBODY), enabled=False)


def test_the_directory_has_users_only_when_asked(bench: Any) -> None:
    """They can be many."""
    without = bench.cloud.identity.directory(bench.domain, users=False)
    with_users = bench.cloud.identity.directory(bench.domain, users=True)
    assert without.users == {}
    assert "li-wei" in with_users.users
    assert (without.roles, without.groups) == (with_users.roles, with_users.groups)


def test_a_granted_role_is_listed(cloud: Cloud, assignment: Assignment) -> None:
    """For the project, and among all."""
    cloud.identity.grant(assignment)
    assert list(cloud.identity.assignments(assignment.project_id)) == [assignment]
    assert assignment in cloud.identity.assignments()


def test_granting_twice_is_granting_once(cloud: Cloud, assignment: Assignment) -> None:
    """Writers are safe to repeat."""
    cloud.identity.grant(assignment)
    cloud.identity.grant(assignment)
    assert list(cloud.identity.assignments(assignment.project_id)) == [assignment]


def test_a_user_can_be_granted_a_role(bench: Any, project: ProjectId) -> None:
    """As a user, not as a group."""
    directory = bench.cloud.identity.directory(bench.domain, users=True)
    assignment = Assignment(
        project_id=project,
        kind=PrincipalKind.USER,
        principal_id=directory.users[PrincipalName("li-wei")],
        role_id=directory.roles[RoleName("member")],
    )
    bench.cloud.identity.grant(assignment)
    assert list(bench.cloud.identity.assignments(project)) == [assignment]


def test_a_revoked_role_is_gone(cloud: Cloud, assignment: Assignment) -> None:
    """And revoking it once more changes nothing."""
    cloud.identity.grant(assignment)
    cloud.identity.revoke(assignment)
    cloud.identity.revoke(assignment)
    assert list(cloud.identity.assignments(assignment.project_id)) == []


@pytest.mark.parametrize("missing", ["project_id", "principal_id", "role_id"])
def test_granting_needs_all_three_to_exist(cloud: Cloud, assignment: Assignment, missing: str) -> None:
    """Project, principal and role."""
    ids = {
        "project_id": assignment.project_id,
        "principal_id": assignment.principal_id,
        "role_id": assignment.role_id,
        missing: _NOBODY,
    }
    unknown = Assignment(
        project_id=ProjectId(ids["project_id"]),
        kind=PrincipalKind.GROUP,
        principal_id=PrincipalId(ids["principal_id"]),
        role_id=RoleId(ids["role_id"]),
    )
    with pytest.raises(CloudRefused):
        cloud.identity.grant(unknown)
