"""Any manifest on any cloud: afterwards the cloud is as asked, a second plan is empty, and the rest is untouched."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import Assignment
from provisioner.clouds.memory import MemoryCloud
from provisioner.operation import OperationState
from tenants.names import PrincipalName, RoleName
from tenants.resources import Limit, Service
from tenants.spec import PrincipalKind, ProjectState

_RESOURCES = (
    "compute/cores",
    "compute/key_pairs",
    "block-storage/volumes",
    "block-storage/volumes/ssd",
    "block-storage/gigabytes",
    "network/port",
)
#: Those that a project uses up; key pairs are a user's.
_COUNTED = tuple(each for each in _RESOURCES if each != "compute/key_pairs")
_MEMBERS = ("group/ops/member", "group/auditors/reader", "user/li/member", "user/li/reader")
_limits = st.dictionaries(st.sampled_from(_RESOURCES), st.integers(-1, 9))
_uses = st.dictionaries(st.sampled_from(_COUNTED), st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=3)
_members = st.lists(st.sampled_from(_MEMBERS), unique=True, max_size=4)

#: What somebody did by hand, project by project: enabled, limits, use, members.
_by_hand = st.dictionaries(
    st.sampled_from(["market-a", "market-b", "by-hand"]), st.tuples(st.booleans(), _limits, _uses, _members)
)


@st.composite
def _wishes(draw: st.DrawFn) -> dict[str, Any]:
    """One project's manifest."""
    members = draw(_members)
    present = [each for each in members if draw(st.booleans())]
    return {
        "limits": draw(_limits),
        "members": present,
        "absent": [each for each in members if each not in present],
        "description": draw(st.sampled_from([None, "", "商事登记"])),
        "state": draw(st.sampled_from(ProjectState)),
        "allow_below_usage": draw(st.booleans()),
    }


_manifests = st.dictionaries(st.sampled_from(["a", "b"]), _wishes(), min_size=1)


@pytest.fixture(scope="session")
def settled_by_hand(new_cloud: Callable[[], MemoryCloud], build: Any) -> Callable[..., MemoryCloud]:
    """A cloud in which somebody has been at work."""

    def make(projects: Mapping[str, Any]) -> MemoryCloud:
        cloud, domain = new_cloud(), build.cloud().domain
        people = cloud.identity.directory(domain, users=True)
        for name, (enabled, limits, uses, members) in projects.items():
            project = cloud.identity.create_project(domain, name=name, description="by hand")[0].id
            cloud.identity.update_project(project, enabled=enabled)
            for text, limit in limits.items():
                resource = build.resource(text)
                cloud.quotas(resource.service).set_limits(project, {resource.key: Limit(limit)}, force=True)
            for text, (used, reserved) in uses.items():
                cloud.set_usage(project, build.resource(text), used, reserved=reserved)
            for member in members:
                kind, principal, role = member.split("/")
                known = people.groups if kind == "group" else people.users
                cloud.identity.grant(
                    Assignment(
                        project_id=project,
                        kind=PrincipalKind(kind),
                        principal_id=known[PrincipalName(principal)],
                        role_id=people.roles[RoleName(role)],
                    )
                )
        return cloud

    return make


@pytest.fixture(scope="session")
def carried_out(
    settled_by_hand: Callable[..., MemoryCloud], build: Any, rehearse: Callable[..., Any]
) -> Callable[..., Any]:
    """These manifests' plan, made for such a cloud and carried out where nothing in it is refused; and what was before."""

    def run(by_hand: Mapping[str, Any], manifests: Mapping[str, Any]) -> tuple[Any, Any]:
        cloud = settled_by_hand(by_hand)
        before = _values(build, cloud)
        rehearsal = rehearse(cloud, *(build.project(name, **wishes) for name, wishes in manifests.items()))
        if not rehearsal.section.refusals:
            assert rehearsal.run() is OperationState.DONE
        return rehearsal, before

    return run


def _values(build: Any, cloud: MemoryCloud) -> dict[tuple[str, str], Any]:
    """Every single value that the cloud holds, by project and name."""
    domain = build.cloud().domain
    people = cloud.identity.directory(domain, users=True)
    found: dict[tuple[str, str], Any] = {}
    for project in cloud.identity.projects(domain):
        found[project.name, "id"] = project.id
        found[project.name, "enabled"] = project.enabled
        found[project.name, "description"] = project.description
        for service in Service:
            limits = cloud.quotas(service).limits(project.id)
            found.update({(project.name, str(resource)): limit for resource, limit in limits.items()})
        held = set(cloud.identity.assignments(project.id))
        for member in _MEMBERS:
            kind, principal, role = member.split("/")
            known = people.groups if kind == "group" else people.users
            found[project.name, member] = (
                Assignment(
                    project_id=project.id,
                    kind=PrincipalKind(kind),
                    principal_id=known[PrincipalName(principal)],
                    role_id=people.roles[RoleName(role)],
                )
                in held
            )
    return found


@given(_by_hand, _manifests)
def test_a_second_plan_is_empty(
    carried_out: Callable[..., Any], by_hand: Mapping[str, Any], manifests: Mapping[str, Any]
) -> None:
    """Whatever was there and whatever is asked for; what was refused is refused again."""
    rehearsal, _ = carried_out(by_hand, manifests)
    assert rehearsal.section.refusals or rehearsal.left == []


@given(_by_hand, _manifests)
def test_nothing_that_was_not_asked_for_changes(
    carried_out: Callable[..., Any], build: Any, by_hand: Mapping[str, Any], manifests: Mapping[str, Any]
) -> None:
    """Other projects, other limits, other members: value by value as before."""
    rehearsal, before = carried_out(by_hand, manifests)
    planned = {
        (f"market-{action.change.address.project}", _spoken(action.change.address, name))
        for action in rehearsal.section.actions
        for name in action.change.after
    }
    after = _values(build, rehearsal.cloud)
    changed = {place for place in before if after.get(place) != before[place]}
    assert changed <= planned
    assert {name for name, _ in after} - {name for name, _ in before} <= {name for name, _ in planned}


@given(_by_hand, _manifests)
def test_an_owner_is_never_locked_out_of_data(
    carried_out: Callable[..., Any], build: Any, by_hand: Mapping[str, Any], manifests: Mapping[str, Any]
) -> None:
    """A project is disabled by us only where it holds no volume, not even one just being made."""
    rehearsal, before = carried_out(by_hand, manifests)
    after = _values(build, rehearsal.cloud)
    for name, (_, _, uses, _) in by_hand.items():
        if sum(uses.get("block-storage/volumes", (0, 0))) and before[name, "enabled"]:
            assert after[name, "enabled"]


@given(_by_hand, _manifests)
def test_a_retired_project_never_gains(
    carried_out: Callable[..., Any], build: Any, by_hand: Mapping[str, Any], manifests: Mapping[str, Any]
) -> None:
    """No limit of it goes up."""
    rehearsal, before = carried_out(by_hand, manifests)
    after = _values(build, rehearsal.cloud)
    retired = {f"market-{name}" for name, wishes in manifests.items() if wishes["state"] is ProjectState.RETIRED}
    limits = [place for place in before if place[0] in retired and place[1].split("/")[0] in set(Service)]
    assert all(after[place] == before[place] or 0 <= after[place] < before[place] % 2**64 for place in limits)


def _spoken(address: Any, name: str) -> str:
    """A property as `_values` calls it."""
    if address.kind == "quota":
        return f"{address.key}/{name}"
    return name.replace(":", "/") if address.kind == "members" else name
