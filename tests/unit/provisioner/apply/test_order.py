"""Operations that go well: what is written, in what order, with what proof, and never twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.operation import OperationState
from tenants.resources import Service
from tenants.spec import ProjectState


def _project(build: Any, name: str = "registration", **fields: Any) -> Any:
    return build.project(name, **{"limits": {"compute/cores": 4}, "members": ("group/ops/member",), **fields})


def test_a_new_project_is_made_limited_and_opened(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
    """Each write once, and nothing left to do."""
    rehearsal = rehearse(cloud, _project(build))
    assert rehearsal.run() is OperationState.DONE
    assert rehearsal.writes == ["identity.create_project", "compute.set_limits", "identity.grant"]
    assert rehearsal.left == []


def test_a_service_gets_its_limits_in_one_request(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
    """However many they are, volume types included."""
    limits = {"block-storage/gigabytes": 9, "block-storage/gigabytes/ssd": 4, "block-storage/volumes/ssd": -1}
    rehearsal = rehearse(cloud, _project(build, limits=limits, members=()))
    rehearsal.run()
    assert rehearsal.writes == ["identity.create_project", "block-storage.set_limits"]


def test_intent_is_noted_before_and_evidence_after(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """So that whoever comes after a crash knows what may have happened."""
    rehearsal = rehearse(cloud, _project(build, members=()))
    rehearsal.run()
    assert rehearsal.events == [
        ("state", "running"),
        ("begin", 0),
        ("identity.create_project",),
        ("finish", 0),
        ("begin", 1),
        ("compute.set_limits",),
        ("compute.limits",),
        ("finish", 1),
        ("state", "done"),
    ]


def test_evidence_holds_request_ids_and_the_values_read_back(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """Of every step."""
    rehearsal = rehearse(cloud, _project(build))
    rehearsal.run()
    _, limits, members = (rehearsal.evidence[position] for position in range(3))
    assert (limits.values, members.values) == ({"cores": 4}, {"group:ops:member": True})
    assert all(each.request_ids for each in rehearsal.evidence.values())


def test_a_created_project_is_proven_by_its_id(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
    """The one that Keystone gave it."""
    rehearsal = rehearse(cloud, _project(build))
    rehearsal.run()
    (seen,) = cloud.identity.projects(rehearsal.spec.domain)
    assert rehearsal.evidence[0].values["id"] == seen.id


def test_what_exists_is_looked_at_before_it_is_changed(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Every read of the look comes before the first write."""
    settle(cloud, _project(build))
    rehearsal = rehearse(cloud, _project(build, limits={"compute/cores": 8}))
    rehearsal.run()
    calls = [each[0] for each in rehearsal.events if len(each) == 1]
    assert calls == [
        "identity.project",
        "identity.assignments",
        "compute.readings",
        "compute.set_limits",
        "compute.limits",
    ]


def test_an_operation_run_again_writes_nothing(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
    """All its checkpoints are kept."""
    rehearsal = rehearse(cloud, _project(build))
    rehearsal.run()
    written = list(rehearsal.writes)
    assert rehearsal.run() is OperationState.DONE
    assert rehearsal.writes == written


def test_a_world_that_is_as_asked_has_no_steps(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """A second plan for the same manifests is empty."""
    settle(cloud, _project(build, "a"), _project(build, "b", description="x"))
    assert rehearse(cloud, _project(build, "a"), _project(build, "b", description="x")).section.actions == ()


def test_two_projects_of_a_tenant_get_their_own_limits(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """And their own members; neither is taken for the other."""
    rehearsal = rehearse(
        cloud,
        _project(build, "a", limits={"compute/cores": 1}),
        _project(build, "b", limits={"compute/cores": 2}, members=("user/li/reader",)),
    )
    rehearsal.run()
    views = rehearsal.look().projects
    enforced = {name: view.readings["compute"][build.resource("compute/cores")].limit for name, view in views.items()}
    assert enforced == {"market-a": 1, "market-b": 2}
    assert views["market-b"].memberships == {build.membership("user/li/reader")}


def test_a_project_of_the_same_name_in_another_cloud_is_not_meant(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Its Keystone name, its limits and what it allows are its own."""
    here = _project(build, limits={}, description="新")
    there = _project(build, cloud="district", keystone_name="elsewhere", limits={"compute/cores": 1})
    settle(cloud, _project(build))
    rehearsal = rehearse(cloud, there, here)
    assert rehearsal.run() is OperationState.DONE
    assert rehearsal.writes == ["identity.update_project"]


def test_members_named_absent_are_taken_away(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Others stay, named or not."""
    settle(cloud, _project(build, members=("group/ops/member", "user/li/member", "user/wang/reader")))
    rehearsal = rehearse(cloud, _project(build, members=("group/ops/member",), absent=("user/li/member",)))
    assert rehearsal.run() is OperationState.DONE
    left = {build.membership("group/ops/member"), build.membership("user/wang/reader")}
    assert rehearsal.look().projects["market-registration"].memberships == left


def test_roles_are_given_before_others_are_taken(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Whoever changes roles is never without one, in whatever order the manifest has them."""
    settle(cloud, _project(build))
    exchanged = _project(build, members=("group/ops/reader",), absent=("group/ops/member",))
    rehearsal = rehearse(cloud, replace(exchanged, members=exchanged.members[::-1]))
    rehearsal.run()
    assert rehearsal.writes == ["identity.grant", "identity.revoke"]


def test_a_retired_project_is_emptied_of_limits_then_disabled(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Nothing is left to do afterwards."""
    settle(cloud, _project(build))
    rehearsal = rehearse(cloud, _project(build, state=ProjectState.RETIRED))
    assert rehearsal.run() is OperationState.DONE
    assert rehearsal.writes == [
        "block-storage.set_limits",
        "compute.set_limits",
        "network.set_limits",
        "identity.update_project",
    ]
    assert rehearsal.left == []


def test_a_retired_project_is_disabled_once_it_is_empty(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """While it holds a volume it stays enabled at just what it holds; afterwards it goes the rest of the way."""
    settle(cloud, _project(build))
    (seen,) = cloud.identity.projects(build.cloud().domain)
    volumes = build.resource("block-storage/volumes")
    retired = _project(build, state=ProjectState.RETIRED)
    cloud.set_usage(seen.id, volumes, 2)
    settle(cloud, retired)
    assert cloud.identity.projects(build.cloud().domain)[0].enabled
    assert cloud.quotas("block-storage").limits(seen.id)[volumes] == 2
    cloud.set_usage(seen.id, volumes, 0)
    settle(cloud, retired)
    assert not cloud.identity.projects(build.cloud().domain)[0].enabled


def test_limits_go_below_use_where_the_manifest_allows_it(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """In every service; Cinder can do it only with all of the project's limits at once."""
    limits = {"compute/cores": 9, "network/port": 9, "block-storage/volumes": 9, "block-storage/gigabytes": 90}
    settle(cloud, _project(build, limits=limits))
    (seen,) = cloud.identity.projects(build.cloud().domain)
    for name in limits:
        cloud.set_usage(seen.id, build.resource(name), 8)
    lowered = {**limits, "compute/cores": 1, "network/port": 1, "block-storage/volumes": 1}
    rehearsal = rehearse(cloud, _project(build, limits=lowered, allow_below_usage=True))
    assert rehearsal.run() is OperationState.DONE
    assert rehearsal.left == []


@pytest.fixture
def written(cloud: MemoryCloud, build: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What was sent to each keeper of limits, request by request."""
    sent: list[dict[str, int]] = []
    for service in Service:
        keeper = cloud.quotas(service)

        def noting(project: Any, limits: Any, *, force: bool, send: Any = keeper.set_limits) -> Any:
            sent.append(dict(limits))
            return send(project, limits, force=force)

        monkeypatch.setattr(keeper, "set_limits", noting)
    return sent


@pytest.fixture
def lowering(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> Callable[..., Any]:
    """A plan that lowers the first of two limits that a project has in a service."""

    def plan(first: str, second: str, **fields: Any) -> Any:
        settle(cloud, build.project(limits={first: 9, second: 9}))
        return rehearse(cloud, build.project(limits={first: 7, second: 9}, **fields))

    return plan


def test_only_what_differs_is_written(lowering: Callable[..., Any], written: list[dict[str, int]]) -> None:
    """A limit that is as it should be is nobody's business."""
    rehearsal = lowering("block-storage/volumes", "block-storage/snapshots")
    written.clear()
    rehearsal.run()
    assert written == [{"volumes": 7}]


def test_all_of_cinders_limits_are_written_where_they_may_go_below_use(
    lowering: Callable[..., Any], written: list[dict[str, int]]
) -> None:
    """Cinder does it in no other way."""
    rehearsal = lowering("block-storage/volumes", "block-storage/snapshots", allow_below_usage=True)
    written.clear()
    rehearsal.run()
    assert written == [{"volumes": 7, "snapshots": 9}]


def test_others_write_what_differs_also_where_they_may_go_below_use(
    lowering: Callable[..., Any], written: list[dict[str, int]]
) -> None:
    """Nova and Neutron can be told."""
    rehearsal = lowering("network/port", "network/router", allow_below_usage=True)
    written.clear()
    rehearsal.run()
    assert written == [{"port": 7}]


def test_a_retired_project_gets_nothing_back(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Whatever its manifest allowed and named: what is at zero stays there while the rest goes down."""
    limits = {"block-storage/volumes": 5, "block-storage/gigabytes": 9}
    settle(cloud, build.project(limits={**limits, "block-storage/volumes": 0}))
    retired = build.project(limits=limits, state=ProjectState.RETIRED, allow_below_usage=True)
    rehearsal = rehearse(cloud, retired)
    rehearsal.run()
    assert rehearsal.left == []
