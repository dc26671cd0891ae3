"""Events of operations: an id says all that was told, and what is told leads from one state to the other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.events import Told, changes, nothing
from provisioner.diff import Change, Verb
from provisioner.objects import Address
from provisioner.operation import Failure, Operation, OperationState, Step, StepState
from provisioner.plan import Action

FATES = st.tuples(st.sampled_from(StepState), st.integers(0, 12))
STEPS = st.lists(FATES, max_size=30).map(tuple)
STATES = st.sampled_from(OperationState)
ADDRESS = Address(cloud="city", tenant="market", project="p", kind="quota", key="compute")
ACTION = Action(change=Change(address=ADDRESS, verb=Verb.UPDATE, before={}, after={"a": 1}), reason="r")


def operation(state: OperationState, fates: tuple[tuple[StepState, int], ...]) -> Operation:
    """An operation that is so."""
    steps = tuple(
        Step(position=number, action=ACTION, state=each, attempts=attempts)
        for number, (each, attempts) in enumerate(fates)
    )
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Operation(
        id="o", plan_id="p", tenant="market", cloud="city", fingerprint="f", state=state, created_at=at, steps=steps
    )


@given(st.none() | STATES, STEPS)
def test_an_id_comes_back_as_it_was(state: OperationState | None, steps: tuple[tuple[StepState, int], ...]) -> None:
    """For an operation of as many steps, and for no other."""
    told = Told(state=state, steps=steps)
    assert Told.parse(str(told), len(steps)) == told
    assert Told.parse(str(told), len(steps) + 1) is None


@given(st.text(max_size=40), st.integers(0, 5))
def test_no_text_is_too_strange_for_an_id(text: str, steps: int) -> None:
    """It is one or it is not."""
    found = Told.parse(text, steps)
    assert found is None or len(found.steps) == steps


@given(STATES, STEPS, st.data())
def test_what_is_told_leads_to_what_is(
    state: OperationState, fates: tuple[tuple[StepState, int], ...], data: st.DataObject
) -> None:
    """From whatever was told before, with every id on the way as good a place to go on from."""
    there = operation(state, fates)
    before = Told(state=data.draw(st.none() | STATES), steps=tuple(data.draw(FATES) for _ in fates))
    told = list(changes(before, there))
    end = told[-1][0] if told else before
    assert end == Told(state=state, steps=fates)
    assert list(changes(end, there)) == []
    if told:
        half = told[len(told) // 2][0]
        assert list(changes(half, there)) == told[len(told) // 2 + 1 :]


def test_nothing_follows_an_end() -> None:
    """The last event is the operation's."""
    there = operation(OperationState.DONE, ((StepState.DONE, 1),) * 3)
    names = [name for _, name, _ in changes(nothing(3), there)]
    assert names == ["step", "step", "step", "operation"]


def test_ids_of_many_steps_alike_are_short() -> None:
    """They travel in a header."""
    assert str(
        Told(state=OperationState.RUNNING, steps=((StepState.DONE, 1),) * 900 + ((StepState.PENDING, 0),) * 99)
    ) == ("running:d.900p.99")


@pytest.mark.parametrize("failure", [None, Failure(message="配额不足", request_id="req-1", retryable=True)])
def test_a_failure_is_told(failure: Failure | None) -> None:
    """With OpenStack's request id."""
    step = Step(position=0, action=ACTION, state=StepState.FAILED, attempts=1, failure=failure)
    there = operation(OperationState.FAILED, ())
    (_, _, data), *_ = changes(nothing(1), Operation(**{**_fields(there), "steps": (step,)}))
    assert data["failure"] == (
        None if failure is None else {"message": "配额不足", "requestId": "req-1", "retryable": True}
    )


def _fields(each: Operation) -> dict[str, object]:
    return {name: getattr(each, name) for name in each.__slots__}
