"""Server groups: which are wanted, and what cannot be changed."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.offers import Offers
from provisioner.diff import diff
from provisioner.kinds.server_group import SERVER_GROUPS, ServerGroupKind
from tenants.application import ApplicationSpec, GroupPolicy, Management, ServerGroupSpec
from tenants.names import ApplicationName, ProjectName, ServerGroupName, TenantName
from tenants.presence import Presence
from tenants.spec import ProjectState

_KIND = ServerGroupKind()
_GROUP = ServerGroupSpec(name=ServerGroupName("网站"), policy=GroupPolicy.AFFINITY)


def _application(*groups: ServerGroupSpec, **fields: Any) -> ApplicationSpec:
    known = {
        "name": ApplicationName("registration"),
        "display_name": "商事登记",
        "owner": TenantName("market"),
        "project": ProjectName("registration"),
        "protection_level": 2,
        **fields,
    }
    return ApplicationSpec(server_groups=groups, **known)


@pytest.fixture
def changes(build: Any) -> Any:
    """What is to be done for an application, beside groups that are there by name and policy."""

    def find(application: ApplicationSpec, listed: dict[str, str] | None = None, **fields: Any) -> Any:
        items = tuple({"id": name, "name": name, "policies": [policy]} for name, policy in (listed or {}).items())
        view = replace(build.view(), items={SERVER_GROUPS.name: items})
        asked = build.asked(build.project(applications=(application,), **fields), view)
        found = diff(_KIND.desired(asked), dict(_KIND.observed(asked)))
        return [(each.verb, each.address.key, _KIND.assess(each, asked)) for each in found]

    return find


def _said(found: Any) -> list[tuple[str, str]]:
    return [(verb, key) for verb, key, _ in found]


def test_a_group_that_is_not_there_is_made(changes: Any) -> None:
    """By its name."""
    assert _said(changes(_application(_GROUP))) == [("create", "网站")]


def test_a_group_that_is_as_asked_stays(changes: Any) -> None:
    """One of that name is taken over."""
    assert changes(_application(_GROUP), {"网站": "affinity"}) == []


def test_a_group_has_a_name_that_nova_takes(changes: Any) -> None:
    """The plan tells what it does not."""
    ((_, _, assessed),) = changes(_application(replace(_GROUP, name=ServerGroupName("网站🙂"))))
    assert [each.message for each in assessed.refusals] == ["Nova takes no 🙂 (U+1F642) in names"]


@pytest.mark.parametrize(
    "application",
    [_application(replace(_GROUP, presence=Presence.ABSENT)), _application(_GROUP, presence=Presence.ABSENT)],
    ids=["itself", "its application"],
)
def test_a_group_goes_where_it_or_its_application_is_absent(changes: Any, application: ApplicationSpec) -> None:
    """Shown as destructive."""
    found = changes(application, {"网站": "affinity"})
    assert [(verb, key, assessed.destructive) for verb, key, assessed in found] == [("delete", "网站", True)]


def test_groups_that_are_only_described_are_left_alone(changes: Any) -> None:
    """Nothing is made for them, and nothing taken away."""
    assert changes(_application(_GROUP, management=Management.OBSERVE)) == []


def test_groups_of_a_retired_project_are_left_alone(changes: Any) -> None:
    """Nothing is built in it any more."""
    assert changes(_application(_GROUP), state=ProjectState.RETIRED) == []


def test_a_policy_that_would_change_is_refused(changes: Any) -> None:
    """With what can be done instead."""
    refusals = changes(_application(_GROUP), {"网站": "anti-affinity"})[0][2].refusals
    assert ["from anti-affinity to affinity" in each.message for each in refusals] == [True]


def test_groups_are_listed_only_where_an_application_has_some(build: Any) -> None:
    """For Nova lists those of the whole cloud."""
    without, having = (build.project(applications=(_application(*each),)) for each in ((), (_GROUP,)))
    assert [len(list(_KIND.reads(each, Offers()))) for each in (without, having)] == [0, 1]
