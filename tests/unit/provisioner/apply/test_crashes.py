"""Operations that die: at any instant, several times over. Run again, the cloud ends as planned and nothing is doubled."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudUnavailable
from provisioner.operation import OperationState, StepState
from tenants.spec import ProjectState

#: Some try every instant there is.
pytestmark = pytest.mark.timeout(30)

#: More runs than any operation here can need.
_PATIENCE = 200
_Story = Callable[[MemoryCloud], Any]


@pytest.fixture(scope="session")
def founding(build: Any, rehearse: Callable[..., Any]) -> _Story:
    """Two projects are made, with limits of all three services and members."""
    limits = {"compute/cores": 4, "block-storage/gigabytes": 9, "block-storage/gigabytes/ssd": 3, "network/port": 5}

    def begin(cloud: MemoryCloud) -> Any:
        return rehearse(
            cloud,
            build.project("a", limits=limits, members=("group/ops/member", "user/li/reader")),
            build.project("b", limits={"compute/cores": 2}, members=("group/ops/member",)),
        )

    return begin


@pytest.fixture(scope="session")
def changing(build: Any, rehearse: Callable[..., Any], settle: Callable[..., None]) -> _Story:
    """One project is described, limited and staffed anew, below what it uses; another is retired."""
    members = ("group/ops/member", "user/li/reader")

    def begin(cloud: MemoryCloud) -> Any:
        limits = {"compute/cores": 4, "block-storage/volumes": 5, "block-storage/gigabytes": 9}
        settle(cloud, build.project("a", limits=limits, members=members), build.project("b", limits=limits))
        for seen in cloud.identity.projects(build.cloud().domain):
            if seen.name == "market-a":
                cloud.set_usage(seen.id, build.resource("block-storage/volumes"), 4)
        return rehearse(
            cloud,
            build.project(
                "a",
                description="新",
                limits={"compute/cores": 8, "block-storage/volumes": 3, "block-storage/gigabytes": 9},
                members=("group/auditors/reader",),
                absent=("user/li/reader",),
                allow_below_usage=True,
            ),
            build.project("b", state=ProjectState.RETIRED),
        )

    return begin


@pytest.fixture(scope="session", params=["founding", "changing"])
def story(request: pytest.FixtureRequest) -> _Story:
    """What the operation is about."""
    found: _Story = request.getfixturevalue(request.param)
    return found


def _shown(rehearsal: Any) -> Any:
    """The cloud by names: ids and request ids are made anew in every rehearsal."""
    views = rehearsal.look().projects
    return {
        name: (view.project.enabled, view.project.description, view.memberships, view.readings)
        for name, view in views.items()
    }


def _finish(rehearsal: Any, deaths: list[int]) -> OperationState:
    """Run until it ends, dying at these instants on the way; once they are used up it lives."""
    for death in [*deaths, *[None] * _PATIENCE]:
        state = rehearsal.run(dies_at=death)
        if state is not None:
            return state
    raise AssertionError("it never ended")


def test_wherever_it_dies_it_ends_as_planned(new_cloud: Callable[[], MemoryCloud], story: _Story) -> None:
    """At every instant: before and after each call, each line of the journal and each checkpoint."""
    whole = story(new_cloud())
    assert whole.run() is OperationState.DONE
    for instant in range(1, whole.instants + 1):
        rehearsal = story(new_cloud())
        assert rehearsal.run(dies_at=instant) is None
        assert rehearsal.run() is OperationState.DONE
        assert (_shown(rehearsal), rehearsal.left) == (_shown(whole), [])


def test_wherever_it_dies_its_journal_ends_complete(new_cloud: Callable[[], MemoryCloud], story: _Story) -> None:
    """Every step is done, with the values that were read back."""
    whole = story(new_cloud())
    whole.run()
    for instant in range(1, whole.instants + 1):
        rehearsal = story(new_cloud())
        rehearsal.run(dies_at=instant)
        rehearsal.run()
        assert {step.state for step in rehearsal.operation.steps} == {StepState.DONE}
        for step, expected in zip(rehearsal.operation.steps, whole.operation.steps, strict=True):
            assert {**step.evidence.values, "id": None} == {**expected.evidence.values, "id": None}


def test_wherever_it_dies_no_project_is_asked_for_twice(new_cloud: Callable[[], MemoryCloud], founding: _Story) -> None:
    """A project that was made is found; only one that was not made is asked for again."""
    whole = founding(new_cloud())
    whole.run()
    for instant in range(1, whole.instants + 1):
        rehearsal = founding(new_cloud())
        rehearsal.run(dies_at=instant)
        made = len(rehearsal.cloud.identity.projects(rehearsal.spec.domain))
        before = len(rehearsal.writes)
        rehearsal.run()
        assert Counter(rehearsal.writes[before:])["identity.create_project"] == 2 - made


def test_wherever_it_dies_no_finished_step_is_taken_again(new_cloud: Callable[[], MemoryCloud], story: _Story) -> None:
    """What the journal has as done is not begun once more, whether or not its checkpoint was kept."""
    whole = story(new_cloud())
    whole.run()
    for instant in range(1, whole.instants + 1):
        rehearsal = story(new_cloud())
        rehearsal.run(dies_at=instant)
        done = {step.position for step in rehearsal.operation.steps if step.state is StepState.DONE}
        before = len(rehearsal.events)
        rehearsal.run()
        assert not done & {event[1] for event in rehearsal.events[before:] if event[0] == "begin"}


@given(deaths=st.lists(st.integers(1, 60), max_size=8))
def test_however_often_it_dies_it_ends_as_planned(
    new_cloud: Callable[[], MemoryCloud], founding: _Story, deaths: list[int]
) -> None:
    """Also while it recovers."""
    rehearsal = founding(new_cloud())
    assert _finish(rehearsal, deaths) is OperationState.DONE
    assert rehearsal.left == []
    assert len(rehearsal.cloud.identity.projects(rehearsal.spec.domain)) == 2


@given(
    deaths=st.lists(st.integers(1, 60), max_size=4),
    troubles=st.lists(
        st.tuples(
            st.sampled_from(["identity.create_project", "identity.project", "compute.set_limits", "identity.grant"]),
            st.booleans(),
        ),
        max_size=2,
    ),
)
def test_lost_answers_and_deaths_together_double_nothing(
    new_cloud: Callable[[], MemoryCloud], founding: _Story, deaths: list[int], troubles: list[tuple[str, bool]]
) -> None:
    """Answers are lost before or after their requests took effect, and the process dies as well."""
    rehearsal = founding(new_cloud())
    for call, after_acting in troubles:
        rehearsal.cloud.weather.fail(call, CloudUnavailable("timed out"), after_acting=after_acting)
    assert _finish(rehearsal, deaths) is OperationState.DONE
    assert rehearsal.left == []


def test_an_operation_that_has_ended_is_left_alone(new_cloud: Callable[[], MemoryCloud], founding: _Story) -> None:
    """The engine may call once more where it died before it noted the end; the journal already has it."""
    rehearsal = founding(new_cloud())
    rehearsal.run()
    before = len(rehearsal.events)
    assert rehearsal.run() is OperationState.DONE
    assert len(rehearsal.events) == before
