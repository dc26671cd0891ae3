"""Before anything is written the cloud is looked at again: consent covers what was seen, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provisioner.clouds.interface import Assignment
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudUnavailable
from provisioner.operation import OperationState
from tenants.names import PrincipalName, RoleName
from tenants.resources import Limit, Service
from tenants.spec import PrincipalKind, ProjectState


@pytest.fixture
def project(build: Any) -> Any:
    """What the manifest asked for at first."""
    return build.project(limits={"compute/cores": 4, "compute/ram": 512}, members=("group/ops/member",))


@pytest.fixture
def settled(cloud: MemoryCloud, project: Any, settle: Callable[..., None]) -> MemoryCloud:
    """The cloud as it was asked for at first."""
    settle(cloud, project)
    return cloud


@pytest.fixture
def planned(settled: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Any:
    """A plan that raises the cores from 4 to 8."""
    limits = {"compute/cores": 8, "compute/ram": 512}
    return rehearse(settled, build.project(limits=limits, members=("group/ops/member",)))


@pytest.fixture
def lowering(settled: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Callable[..., Any]:
    """A plan that lowers the cores from 4 to 2, of which 3 are in use as soon as it is made."""

    def plan(**fields: Any) -> Any:
        rehearsal = rehearse(settled, build.project(limits={"compute/cores": 2}, **fields))
        (seen,) = settled.identity.projects(build.cloud().domain)
        settled.set_usage(seen.id, build.resource("compute/cores"), 3)
        return rehearsal

    return plan


@pytest.fixture
def id_of(cloud: MemoryCloud, build: Any) -> Callable[[], Any]:
    """The Keystone id of the one project there is."""
    return lambda: cloud.identity.projects(build.cloud().domain)[0].id


def _set(cloud: MemoryCloud, project: Any, **limits: int) -> None:
    """What an administrator does by hand."""
    keys = {key: Limit(limit) for key, limit in limits.items()}
    cloud.quotas(Service.COMPUTE).set_limits(project, keys, force=True)


def test_a_limit_changed_by_hand_stops_it(cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any]) -> None:
    """The plan said from 4; nobody agreed to go from 6."""
    _set(cloud, id_of(), cores=6)
    assert planned.run() is OperationState.PLAN_CHANGED
    assert planned.writes == []
    assert planned.failure.message == (
        "since the plan was made: city/market/registration/quota/compute has changed: cores was 4 and is 6"
    )


def test_of_several_differences_the_first_is_told(
    cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any], build: Any
) -> None:
    """In the order of their addresses: members, project, quota."""
    cloud.identity.update_project(id_of(), enabled=False)
    _set(cloud, id_of(), cores=6)
    (held,) = cloud.identity.assignments(id_of())
    cloud.identity.revoke(held)
    planned.run()
    assert planned.failure.message.endswith("registration/members has come to differ from the manifest")


def test_another_managed_limit_changed_by_hand_stops_it(
    cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any]
) -> None:
    """It would have to be set back, which nobody agreed to."""
    _set(cloud, id_of(), ram=1024)
    assert (planned.run(), planned.writes) == (OperationState.PLAN_CHANGED, [])
    assert planned.failure.message.endswith("quota/compute has changed: ram was as the manifest asks and is 1GiB")


def test_work_already_done_by_hand_stops_it(cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any]) -> None:
    """Nothing is left to do, and it says so."""
    _set(cloud, id_of(), cores=8)
    assert planned.run() is OperationState.PLAN_CHANGED
    assert planned.failure.message.endswith("quota/compute is already as the manifest asks")


def test_a_project_disabled_by_hand_stops_it(cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any]) -> None:
    """To enable it again is more than was agreed to."""
    cloud.identity.update_project(id_of(), enabled=False)
    assert planned.run() is OperationState.PLAN_CHANGED
    assert planned.failure.message.endswith("registration/project has come to differ from the manifest")


def test_a_project_deleted_by_hand_stops_it(cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any]) -> None:
    """To make it anew is more than was agreed to."""
    cloud.forget_project(id_of())
    assert (planned.run(), planned.writes) == (OperationState.PLAN_CHANGED, [])


def test_a_member_taken_away_by_hand_stops_it(
    cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any], build: Any
) -> None:
    """Whoever took the role away may have had a reason."""
    (held,) = cloud.identity.assignments(id_of())
    cloud.identity.revoke(held)
    assert (planned.run(), planned.writes) == (OperationState.PLAN_CHANGED, [])


def test_use_that_grew_beyond_the_new_limit_stops_it(lowering: Callable[..., Any]) -> None:
    """What would now be refused is refused, with the figures."""
    rehearsal = lowering()
    assert (rehearsal.run(), rehearsal.writes) == (OperationState.PLAN_CHANGED, [])
    assert "cores cannot go from 4 to 2: 3 in use" in rehearsal.failure.message


def test_a_change_that_became_destructive_stops_it(lowering: Callable[..., Any]) -> None:
    """Consent was given to something harmless."""
    rehearsal = lowering(allow_below_usage=True)
    assert (rehearsal.run(), rehearsal.writes) == (OperationState.PLAN_CHANGED, [])
    assert rehearsal.failure.message.endswith("registration/quota/compute has become destructive")


def test_a_retired_project_that_came_to_hold_more_stops_it(
    settled: MemoryCloud, build: Any, rehearse: Callable[..., Any], id_of: Callable[[], Any]
) -> None:
    """Its limits would go down to something else than was agreed to."""
    rehearsal = rehearse(settled, build.project(state=ProjectState.RETIRED))
    settled.set_usage(id_of(), build.resource("network/port"), 7)
    assert rehearsal.run() is OperationState.PLAN_CHANGED
    assert rehearsal.failure.message.endswith("registration/quota/network would change otherwise: port to 7, not 0")


def test_another_fingerprint_stops_it_whatever_the_reason(planned: Any) -> None:
    """Consent is to the fingerprint; where the actions are the same, their order is what is left."""
    planned.operation = replace(planned.operation, fingerprint="another")
    assert (planned.run(), planned.writes) == (OperationState.PLAN_CHANGED, [])
    assert planned.failure.message.endswith("the order of its actions is another")


def test_what_changed_by_hand_is_told_as_manifests_write_it(
    settled: MemoryCloud, build: Any, rehearse: Callable[..., Any], id_of: Callable[[], Any]
) -> None:
    """Sizes in their units, one property after the other."""
    rehearsal = rehearse(settled, build.project(limits={"compute/cores": 8, "compute/ram": 2048}))
    _set(settled, id_of(), cores=6, ram=-1)
    rehearsal.run()
    assert rehearsal.failure.message.endswith(
        "quota/compute has changed: cores was 4 and is 6, ram was 512MiB and is unlimited"
    )


def test_what_nobody_manages_may_change(cloud: MemoryCloud, planned: Any, id_of: Callable[[], Any], build: Any) -> None:
    """Other limits, other members, other projects and the use are not what was agreed on."""
    _set(cloud, id_of(), key_pairs=1)
    people = cloud.identity.directory(build.cloud().domain, users=True)
    member, role = people.users[PrincipalName("li")], people.roles[RoleName("reader")]
    cloud.identity.grant(Assignment(project_id=id_of(), kind=PrincipalKind.USER, principal_id=member, role_id=role))
    cloud.identity.create_project(build.cloud().domain, name="by-hand", description="")
    cloud.set_usage(id_of(), build.resource("compute/cores"), 4)
    assert planned.run() is OperationState.DONE


def test_a_cloud_that_does_not_answer_the_look_fails_it(cloud: MemoryCloud, planned: Any) -> None:
    """Nothing is known to have changed, so the plan still stands; the cause and its request id are passed on."""
    cloud.weather.fail("identity.project", CloudUnavailable("HTTP 503", request_id="req-1"))
    assert (planned.run(), planned.writes) == (OperationState.FAILED, [])
    assert (planned.failure.message, planned.failure.request_id, planned.failure.retryable) == (
        "HTTP 503",
        "req-1",
        True,
    )


def test_a_service_that_does_not_answer_the_look_fails_it(cloud: MemoryCloud, planned: Any) -> None:
    """A reading that is missing is no change of plan: the same plan can be applied when the service answers."""
    cloud.weather.fail("compute.readings", CloudUnavailable("HTTP 503"))
    assert (planned.run(), planned.writes) == (OperationState.FAILED, [])
    assert planned.failure.retryable is True
    assert "HTTP 503" in planned.failure.message


def test_a_look_that_held_is_not_repeated(planned: Any) -> None:
    """After a crash the steps that were taken would make the plan seem changed."""
    planned.when = lambda event: planned.die_next() if event == ("compute.set_limits",) else None
    planned.run()
    planned.when = lambda _: None
    before = len(planned.events)
    assert planned.run() is OperationState.DONE
    assert ("identity.project",) not in planned.events[before:]


@pytest.fixture
def interrupted(planned: Any, build: Any) -> Callable[..., Any]:
    """An operation that was killed when it had looked and not yet written, and is taken up so much later."""

    def make(later: timedelta) -> Any:
        planned.when = lambda event: planned.die_next() if event == ("begin", 0) else None
        assert planned.run() is None
        planned.when = lambda _: None
        planned.now = lambda: build.now() + later
        return planned

    return make


def test_an_old_look_is_not_trusted(interrupted: Callable[..., Any]) -> None:
    """Whatever may have happened meanwhile: nothing is written, nor looked at, and the plan is to be made anew."""
    rehearsal = interrupted(timedelta(minutes=15, seconds=1))
    before = len(rehearsal.events)
    assert rehearsal.run() is OperationState.PLAN_CHANGED
    assert rehearsal.events[before:] == [("state", "running"), ("state", "plan-changed")]
    assert rehearsal.failure.message == (
        "it was interrupted, and the cloud was last looked at 15 minutes ago: plan again"
    )


def test_a_look_of_a_quarter_of_an_hour_still_holds(interrupted: Callable[..., Any]) -> None:
    """A restart, or a deployment, does not cost an operation."""
    rehearsal = interrupted(timedelta(minutes=15))
    assert (rehearsal.run(), rehearsal.left) == (OperationState.DONE, [])


def test_an_operation_that_is_not_interrupted_takes_its_time(planned: Any, build: Any) -> None:
    """The look is at its beginning, however long the steps take after it."""
    planned.now = lambda: build.now() + timedelta(hours=len(planned.events))
    assert planned.run() is OperationState.DONE


def test_projects_that_do_not_exist_are_not_looked_for(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """Making them tells whether they have come to exist, and saves the request."""
    rehearsal = rehearse(cloud, build.project())
    rehearsal.run()
    assert [each[0] for each in rehearsal.events if len(each) == 1] == ["identity.create_project"]


def test_a_project_made_by_somebody_else_meanwhile_stops_it(
    cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]
) -> None:
    """It may be anybody's: nothing more is done, to it or after it."""
    rehearsal = rehearse(cloud, build.project("a", description="a", limits={"compute/cores": 4}), build.project("b"))
    cloud.identity.create_project(build.cloud().domain, name="market-a", description="a")
    assert rehearsal.run() is OperationState.PLAN_CHANGED
    assert rehearsal.writes == ["identity.create_project"]
    assert rehearsal.failure.message == "a project named market-a appeared in Keystone after the plan was made"
