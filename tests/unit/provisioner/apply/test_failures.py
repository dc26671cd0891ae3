"""Operations that meet trouble: what is tried again, what goes on, what waits, and what is said about it."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudConflict, CloudRefused, CloudUnavailable
from provisioner.operation import OperationState
from tenants.spec import ProjectState

_BUSY = CloudUnavailable("HTTP 503", request_id="req-503")
_NO = CloudRefused("HTTP 403: not allowed", request_id="req-403")
_LIMITS = {"compute/cores": 4, "network/port": 9}


@pytest.fixture
def fresh(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Any:
    """A plan that makes a project with limits in two services and a member."""
    return rehearse(cloud, build.project(limits=_LIMITS, members=("group/ops/member",)))


@pytest.fixture
def standing(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]) -> Any:
    """A plan that raises the limits of a project in two services, and adds a member."""
    settle(cloud, build.project(limits=_LIMITS, members=("group/ops/member",)))
    raised = {"compute/cores": 8, "network/port": 20}
    return rehearse(cloud, build.project(limits=raised, members=("group/ops/member", "user/li/reader")))


@pytest.fixture
def pair(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Any:
    """A plan that makes two projects, each with a limit."""
    return rehearse(cloud, *(build.project(name, limits={"compute/cores": 4}) for name in ("a", "b")))


def test_trouble_that_passes_is_waited_for(cloud: MemoryCloud, standing: Any) -> None:
    """Twice unavailable, then well."""
    cloud.weather.fail("compute.set_limits", _BUSY, times=2)
    assert standing.run() is OperationState.DONE
    assert standing.writes.count("compute.set_limits") == 3
    assert (standing.failures, standing.left) == ({}, [])


@pytest.mark.parametrize("dice", [0.5, 1.5])
def test_each_pause_is_longer_than_the_one_before(
    cloud: MemoryCloud, standing: Any, monkeypatch: pytest.MonkeyPatch, dice: float
) -> None:
    """About two seconds, then about four, by half more or less so that many tenants do not come back as one."""
    monkeypatch.setattr("random.uniform", lambda *bounds: {(0.5, 1.5): dice}[bounds])
    cloud.weather.fail("compute.set_limits", _BUSY, times=2)
    standing.run()
    assert standing.pauses == [2 * dice, 4 * dice]


def test_trouble_that_stays_fails_the_step(cloud: MemoryCloud, standing: Any) -> None:
    """After the third try, with the reason and the request id."""
    cloud.weather.fail("compute.set_limits", _BUSY, times=9)
    assert standing.run() is OperationState.FAILED
    assert standing.writes.count("compute.set_limits") == 3
    assert (standing.failure.message, standing.failure.request_id) == ("HTTP 503", "req-503")


def test_after_the_last_try_nobody_waits(cloud: MemoryCloud, standing: Any) -> None:
    """Two pauses between three tries."""
    cloud.weather.fail("compute.set_limits", _BUSY, times=9)
    standing.run()
    assert len(standing.pauses) == 2


def test_a_refusal_is_not_tried_again(cloud: MemoryCloud, standing: Any) -> None:
    """The same request would bring the same answer."""
    cloud.weather.fail("compute.set_limits", _NO)
    assert standing.run() is OperationState.FAILED
    assert (standing.writes.count("compute.set_limits"), standing.pauses) == (1, [])
    assert (standing.failure.request_id, standing.failure.retryable) == ("req-403", False)


def test_every_try_is_begun_in_the_journal(cloud: MemoryCloud, standing: Any) -> None:
    """And ended once."""
    cloud.weather.fail("compute.set_limits", _BUSY, times=9)
    standing.run()
    noted = [each for each in standing.events if each[0] in {"begin", "finish", "fail"} and each[1] == 0]
    assert noted == [("begin", 0), ("begin", 0), ("begin", 0), ("fail", 0)]


def test_a_failed_step_stops_no_other_of_a_standing_project(cloud: MemoryCloud, standing: Any) -> None:
    """Its other limits and members do not depend on it."""
    cloud.weather.fail("compute.set_limits", _NO)
    assert standing.run() is OperationState.FAILED
    assert sorted(standing.evidence) == [1, 2]
    assert [action.change.address.key for action in standing.left] == ["compute"]


def test_the_first_failure_is_the_operations(cloud: MemoryCloud, standing: Any) -> None:
    """Every step keeps its own."""
    cloud.weather.fail("compute.set_limits", CloudRefused("first"))
    cloud.weather.fail("network.set_limits", CloudRefused("second"))
    standing.run()
    assert standing.failure.message == "first"
    assert [each.message for each in standing.failures.values()] == ["first", "second"]


def test_a_project_that_is_not_made_has_no_further_steps(cloud: MemoryCloud, pair: Any) -> None:
    """They are not begun; the tenant's other project is made and limited."""
    cloud.weather.fail("identity.create_project", _NO)
    assert pair.run() is OperationState.FAILED
    assert (sorted(pair.failures), sorted(pair.evidence)) == ([0], [2, 3])
    assert ("begin", 1) not in pair.events


def test_nobody_enters_a_new_project_whose_limits_failed(cloud: MemoryCloud, fresh: Any) -> None:
    """It would be used at the cloud's defaults; its other limits are set all the same."""
    cloud.weather.fail("compute.set_limits", _NO)
    assert fresh.run() is OperationState.FAILED
    assert "network.set_limits" in fresh.writes
    assert "identity.grant" not in fresh.writes


def test_limits_that_failed_keep_nobody_out_of_another_project(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """What waits is in the same project."""
    projects = [build.project(name, limits=_LIMITS, members=("group/ops/member",)) for name in ("a", "b")]
    rehearsal = rehearse(cloud, *projects)
    cloud.weather.fail("compute.set_limits", _NO)
    rehearsal.run()
    assert rehearsal.writes.count("identity.grant") == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("compute.set_limits", "compute accepted the limits but does not enforce them: cores asked 8, enforced 4"),
        ("identity.grant", "Keystone accepted the change but does not show it for: user:li:reader"),
    ],
)
def test_a_value_that_did_not_stick_is_a_failure(cloud: MemoryCloud, standing: Any, call: str, said: str) -> None:
    """A cloud that says yes and does nothing is found out by reading back, and not asked again."""
    cloud.weather.ignore(call)
    assert standing.run() is OperationState.FAILED
    assert (standing.failure.message, standing.writes.count(call)) == (said, 1)
    assert standing.failure.request_id is not None


def test_all_that_did_not_stick_is_told_in_order(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """The same failure reads the same every time."""
    settle(cloud, build.project())
    members = ("user/wang/reader", "user/li/reader")
    rehearsal = rehearse(cloud, build.project(limits={"compute/ram": 512, "compute/cores": 8}, members=members))
    cloud.weather.ignore("compute.set_limits")
    cloud.weather.ignore("identity.grant", times=2)
    rehearsal.run()
    limits, people = rehearsal.failures.values()
    assert limits.message.endswith("cores asked 8, enforced 20, ram asked 512MiB, enforced 50GiB")
    assert people.message.endswith("user:li:reader, user:wang:reader")


@pytest.mark.parametrize("state", ProjectState)
def test_use_that_grows_in_the_last_moment_is_forced_only_where_a_project_is_retired(
    standing: Any, build: Any, rehearse: Callable[..., Any], state: ProjectState
) -> None:
    """Nova itself refuses to go below it; what is given back is given back."""
    rehearsal = rehearse(standing.cloud, build.project(limits={"compute/cores": 1}, state=state))
    (seen,) = standing.cloud.identity.projects(standing.spec.domain)
    cores = build.resource("compute/cores")
    rehearsal.when = lambda event: standing.cloud.set_usage(seen.id, cores, 3) if event[0] == "begin" else None
    retired = state is ProjectState.RETIRED
    assert rehearsal.run() is (OperationState.DONE if retired else OperationState.FAILED)


def test_a_description_that_did_not_stick_is_a_failure(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Keystone is read back as well."""
    settle(cloud, build.project(description="旧"))
    rehearsal = rehearse(cloud, build.project(description="新"))
    cloud.weather.ignore("identity.update_project")
    assert rehearsal.run() is OperationState.FAILED
    assert rehearsal.failure.message == "Keystone accepted the change but still shows description = '旧'"
    assert rehearsal.failure.request_id is not None


def test_a_revocation_that_did_not_stick_is_a_failure(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]
) -> None:
    """Somebody who should be out is still in."""
    settle(cloud, build.project(members=("user/li/member",)))
    rehearsal = rehearse(cloud, build.project(absent=("user/li/member",)))
    cloud.weather.ignore("identity.revoke")
    assert rehearsal.run() is OperationState.FAILED
    assert rehearsal.failure.message.endswith("user:li:member")


def test_a_read_back_that_fails_is_tried_with_the_write(cloud: MemoryCloud, standing: Any) -> None:
    """Writing the same limits twice is writing them once."""
    cloud.weather.fail("compute.limits", _BUSY)
    assert standing.run() is OperationState.DONE
    assert standing.writes.count("compute.set_limits") == 2


def test_a_stop_before_anything_changes_nothing(standing: Any) -> None:
    """Not even the look is taken."""
    standing.stop = True
    assert standing.run() is OperationState.STOPPED
    assert standing.events == [("state", "running"), ("state", "stopped")]


def test_a_stop_lets_the_step_in_flight_finish(cloud: MemoryCloud, fresh: Any) -> None:
    """And begins none after it."""
    fresh.when = lambda event: setattr(fresh, "stop", fresh.stop or event == ("compute.set_limits",))
    assert fresh.run() is OperationState.STOPPED
    assert sorted(fresh.evidence) == [0, 1]
    assert fresh.events[-2:] == [("finish", 1), ("state", "stopped")]


def test_after_a_stop_the_rest_can_be_planned_and_done(
    cloud: MemoryCloud, build: Any, fresh: Any, rehearse: Callable[..., Any]
) -> None:
    """By the same manifests, with nothing done twice."""
    fresh.when = lambda event: setattr(fresh, "stop", fresh.stop or event == ("compute.set_limits",))
    fresh.run()
    rest = rehearse(cloud, *fresh.tenant.projects)
    assert rest.run() is OperationState.DONE
    assert rest.writes == ["network.set_limits", "identity.grant"]


def test_a_stop_ends_the_tries(cloud: MemoryCloud, standing: Any) -> None:
    """Trouble that may pass is not waited for any longer."""
    standing.when = lambda event: setattr(standing, "stop", standing.stop or event == ("compute.set_limits",))
    cloud.weather.fail("compute.set_limits", _BUSY, times=9)
    assert standing.run() is OperationState.STOPPED
    assert (standing.writes.count("compute.set_limits"), standing.pauses) == (1, [])
    assert (standing.failures[0].message, standing.failure.message) == ("HTTP 503", "HTTP 503")


def test_a_stop_after_the_last_step_is_none(cloud: MemoryCloud, fresh: Any) -> None:
    """Everything was done."""
    fresh.when = lambda event: setattr(fresh, "stop", fresh.stop or event == ("identity.grant",))
    assert fresh.run() is OperationState.DONE


def test_a_project_whose_answer_was_lost_is_found_by_its_name(cloud: MemoryCloud, fresh: Any) -> None:
    """It is not made a second time, and its limits go to it."""
    cloud.weather.fail("identity.create_project", CloudUnavailable("timed out"), after_acting=True)
    assert fresh.run() is OperationState.DONE
    assert fresh.writes.count("identity.create_project") == 1
    assert fresh.left == []


def test_a_project_that_was_not_made_is_made_at_the_next_try(cloud: MemoryCloud, fresh: Any) -> None:
    """The cloud was away, and nothing is found by the name."""
    cloud.weather.fail("identity.create_project", CloudUnavailable("HTTP 503"))
    assert fresh.run() is OperationState.DONE
    assert fresh.writes.count("identity.create_project") == 2


def test_a_project_found_only_at_the_next_try_is_ours(cloud: MemoryCloud, fresh: Any) -> None:
    """The answer was lost, and so was the look for it."""
    cloud.weather.fail("identity.create_project", CloudUnavailable("timed out"), after_acting=True)
    cloud.weather.fail("identity.project", CloudUnavailable("timed out"))
    assert fresh.run() is OperationState.DONE
    assert fresh.writes.count("identity.create_project") == 1


def test_a_project_that_came_to_be_while_we_asked_again_is_ours(cloud: MemoryCloud, fresh: Any) -> None:
    """The first request was only slow: the second meets its project, and takes it for what it is."""
    made = cloud.identity.create_project
    cloud.weather.fail("identity.create_project", CloudUnavailable("HTTP 504"))

    def late(event: tuple[Any, ...]) -> None:
        if event == ("identity.create_project",) and fresh.writes.count("identity.create_project") == 2:
            fresh.when = lambda _: None
            change = fresh.operation.steps[0].action.change.after
            made(fresh.spec.domain, name=change["name"], description=change["description"])

    fresh.when = late
    assert fresh.run() is OperationState.DONE
    assert fresh.left == []


def test_another_project_of_that_name_is_not_ours(cloud: MemoryCloud, fresh: Any) -> None:
    """After a lost answer only a project that is as we asked can be the one that we asked for."""
    cloud.identity.create_project(fresh.spec.domain, name="market-registration", description="somebody else's")
    cloud.weather.fail("identity.create_project", CloudUnavailable("timed out"))
    assert fresh.run() is OperationState.PLAN_CHANGED
    assert fresh.writes == ["identity.create_project"]


def test_a_conflict_over_a_name_passes_on_the_request_id(cloud: MemoryCloud, fresh: Any) -> None:
    """For Keystone's operators to look at."""
    cloud.weather.fail("identity.create_project", CloudConflict("HTTP 409", request_id="req-409"))
    assert fresh.run() is OperationState.PLAN_CHANGED
    assert fresh.failure.request_id == "req-409"


def test_a_project_deleted_halfway_fails_its_further_steps(cloud: MemoryCloud, standing: Any) -> None:
    """Nova knows its projects: the limits go to nobody."""
    (seen,) = cloud.identity.projects(standing.spec.domain)
    standing.when = lambda event: cloud.forget_project(seen.id) if event == ("begin", 0) else None
    assert standing.run() is OperationState.FAILED
    assert seen.id in standing.failure.message
