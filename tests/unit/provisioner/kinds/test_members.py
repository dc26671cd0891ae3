"""Kind `members`: who is to have which role, beside who has it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.diff import Change, Verb, diff
from provisioner.kinds.interface import Asked, Assessment
from provisioner.kinds.members import MembersKind, membership_of, property_name
from provisioner.observation import Membership
from tenants.names import PrincipalName, RoleName
from tenants.spec import PrincipalKind, ProjectState

_KIND = MembersKind()


def _changes(asked: Asked) -> tuple[Change, ...]:
    return diff(_KIND.desired(asked), dict(_KIND.observed(asked)))


@pytest.fixture(scope="session")
def asked_of(build: Any) -> Callable[..., Asked]:
    """A project whose manifest names `present` and `absent` members, where `seen` are members."""

    def make(present: tuple[str, ...] = (), absent: tuple[str, ...] = (), *, seen: tuple[str, ...] = ()) -> Asked:
        return build.asked(build.project(members=present, absent=absent), build.view(members=seen))

    return make


def test_missing_members_are_added(asked_of: Callable[..., Asked]) -> None:
    """All of a project's memberships are one object, for they are read back in one request."""
    (change,) = _changes(asked_of(("group/ops/member", "user/li/reader"), seen=("group/ops/member",)))
    assert (change.verb, change.before, change.after) == (
        Verb.UPDATE,
        {"user:li:reader": False},
        {"user:li:reader": True},
    )


def test_a_group_and_a_user_of_one_name_are_two(asked_of: Callable[..., Asked]) -> None:
    """A user `ops` is not the group `ops`."""
    (change,) = _changes(asked_of(("group/ops/member",), seen=("user/ops/member",)))
    assert change.after == {"group:ops:member": True}


def test_another_role_of_a_member_is_another_membership(asked_of: Callable[..., Asked]) -> None:
    """A reader is not yet a member, and stays a reader."""
    (change,) = _changes(asked_of(("group/ops/member",), seen=("group/ops/reader",)))
    assert change.after == {"group:ops:member": True}


def test_members_that_nobody_named_stay(asked_of: Callable[..., Asked]) -> None:
    """Leaving a member out asks for nothing."""
    assert _changes(asked_of(("group/ops/member",), seen=("group/ops/member", "user/li/member"))) == ()


def test_absent_members_are_taken_away(asked_of: Callable[..., Asked]) -> None:
    """Asked for by name, and destructive: somebody is cut off."""
    asked = asked_of(absent=("user/li/member",), seen=("user/li/member", "group/ops/member"))
    (change,) = _changes(asked)
    assert change.after == {"user:li:member": False}
    assert _KIND.assess(change, asked) == Assessment(reason="the manifest takes members away", destructive=True)


def test_absent_members_that_are_not_there_need_nothing(asked_of: Callable[..., Asked]) -> None:
    """The second pass is empty."""
    assert _changes(asked_of(absent=("user/li/member",), seen=("group/ops/member",))) == ()


def test_adding_members_is_not_destructive(asked_of: Callable[..., Asked]) -> None:
    """Nobody loses anything by it."""
    asked = asked_of(("group/ops/member",))
    (change,) = _changes(asked)
    assert _KIND.assess(change, asked) == Assessment(reason="the manifest names members that are missing")


def test_a_new_project_gets_its_members(build: Any) -> None:
    """As a creation, with nothing before."""
    (change,) = _changes(build.asked(build.project(members=("group/ops/member",))))
    assert (change.verb, change.after) == (Verb.CREATE, {"group:ops:member": True})


def test_from_a_new_project_nobody_is_taken_away(build: Any) -> None:
    """Nobody is in it; the group may not even exist."""
    (change,) = _changes(build.asked(build.project(members=("group/ops/member",), absent=("group/gone/member",))))
    assert change.after == {"group:ops:member": True}


def test_a_new_project_with_nobody_but_absent_members_needs_nothing(build: Any) -> None:
    """There is no change without content."""
    assert _changes(build.asked(build.project(absent=("group/gone/member",)))) == ()


def test_a_project_without_members_in_its_manifest_needs_nothing(asked_of: Callable[..., Asked]) -> None:
    """Whoever is there stays."""
    assert _changes(asked_of(seen=("group/ops/member",))) == ()


def test_a_retired_project_keeps_its_members(build: Any) -> None:
    """They must reach what is left in it; nobody new comes in either."""
    project = build.project(state=ProjectState.RETIRED, members=("user/li/member",), absent=("group/ops/member",))
    assert _changes(build.asked(project, build.view(members=("group/ops/member",)))) == ()


def test_an_id_is_not_taken_for_a_name(build: Any) -> None:
    """A group of another domain whose id happens to read `ops` is not the group that is meant."""
    stranger = build.membership("group/ops/member", resolved=False)
    asked = build.asked(build.project(members=("group/ops/member",)), build.view(strangers=(stranger,)))
    (change,) = _changes(asked)
    assert change.after == {"group:ops:member": True}


@given(
    st.sampled_from(PrincipalKind),
    st.text(min_size=1),
    st.text(st.characters(exclude_characters=":"), min_size=1),
)
def test_a_membership_survives_being_a_property(kind: PrincipalKind, principal: str, role: str) -> None:
    """Whatever a principal is called, colons included."""
    membership = Membership(kind=kind, principal=PrincipalName(principal), role=RoleName(role))
    assert membership_of(property_name(membership)) == membership
