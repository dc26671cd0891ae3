"""An operation that is watched: lines for logs, as many steps as there is room for on a terminal."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.render.watching import OperationWatch, chosen_steps
from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName
from provisioner.operation import Failure, Operation, OperationId, OperationState, PlanId, Step, StepState
from provisioner.plan import Action, Fingerprint
from tenants.names import CloudName, ProjectName, TenantName

_AT = datetime(2026, 11, 22, tzinfo=UTC)


def _step(position: int, state: StepState = StepState.PENDING) -> Step:
    address = Address(
        cloud=CloudName("city"),
        tenant=TenantName("market"),
        project=ProjectName("registration"),
        kind=KindName("volume"),
        key=f"data-{position}",
    )
    change = Change(address=address, verb=Verb.CREATE, before={}, after={"size": 1})
    return Step(position=position, action=Action(change=change, reason="asked"), state=state)


@pytest.fixture
def running() -> Operation:
    """Two volumes to be made."""
    return Operation(
        id=OperationId("01jd"),
        plan_id=PlanId("p"),
        tenant=TenantName("market"),
        cloud=CloudName("city"),
        fingerprint=Fingerprint("f"),
        state=OperationState.RUNNING,
        created_at=_AT,
        steps=(_step(0), _step(1)),
    )


def _with(operation: Operation, position: int, **more: Any) -> Operation:
    steps = tuple(replace(each, **more) if each.position == position else each for each in operation.steps)
    return replace(operation, steps=steps)


def test_a_pipe_gets_a_line_for_each_change(build: Any, names: Any, running: Operation) -> None:
    """Where it was at first, every step, every loss, and the end; nothing twice."""
    console = build.piped()
    with OperationWatch(console, names, clock=lambda: 0.0) as watch:
        for each in (running, started := _with(running, 0, state=StepState.STARTED, attempts=1), started):
            watch.show(each)
        watch.lose("refused")
        again = _with(started, 0, state=StepState.FAILED, attempts=2, failure=Failure(message="no room"))
        watch.show(again)
        watch.show(replace(again, state=OperationState.FAILED))
    assert build.written(console).splitlines() == [
        "市市场监督管理局 (market) on city: running, 0 of 2 steps done",
        "  + registration: data-0 volume  started",
        "The connection is lost, the operation goes on: refused. Trying again …",
        "The connection is back.",
        "  + registration: data-0 volume  failed  begun 2 times: no room",
        "市市场监督管理局 (market) on city: failed, 0 of 2 steps done, watched for 0 seconds",
    ]


_STATES = st.lists(st.sampled_from(StepState), max_size=30)


@given(states=_STATES, room=st.integers(1, 12))
def test_what_is_shown_fits_and_stays_in_order(states: list[StepState], room: int) -> None:
    """As many steps as there is room for, and no pending one in place of one that is under way."""
    steps = [_step(position, state) for position, state in enumerate(states)]
    shown = chosen_steps(steps, room)
    assert len(shown) == min(len(steps), room)
    assert [each.position for each in shown] == sorted(each.position for each in shown)
    if any(each.state is StepState.PENDING for each in shown):
        assert {each.position for each in steps if each.state is StepState.STARTED} <= {each.position for each in shown}


def test_the_last_done_and_the_next_to_come_are_shown() -> None:
    """Around those under way."""
    order = [StepState.DONE] * 9 + [StepState.STARTED] + [StepState.PENDING] * 9
    steps = [_step(position, state) for position, state in enumerate(order)]
    assert [each.position for each in chosen_steps(steps, 4)] == [6, 7, 8, 9]
    assert [each.position for each in chosen_steps(steps[8:], 4)] == [8, 9, 10, 11]
