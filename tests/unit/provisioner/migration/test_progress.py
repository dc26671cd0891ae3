"""What is next for a migration, from whatever the journal says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, SignOff, Step, StepState
from provisioner.migration.progress import (
    Back,
    Ended,
    Forward,
    Reached,
    Waiting,
    gate_opens,
    may_be_handed_out,
    must_ask,
    next_of,
)
from provisioner.migration.script import NO_EASY_RETURN, StepKind, StepSpec
from provisioner.migration.states import Asked, State
from provisioner.operation import Actor
from tenants.names import TenantName
from tests.migrations import NOW

_STAGES = (
    (StepKind.CHECK, None),
    (StepKind.HOLD, State.PRECHECKED),
    (StepKind.GATE_WINDOW, State.READY),
    (StepKind.STOP, None),
    (StepKind.LOCK, State.QUIESCED),
    (StepKind.SERVER, State.BUILT),
    (StepKind.ACCEPT, State.ACCEPTED),
    (StepKind.GATE_SIGN_OFF, None),
    (StepKind.RETIRE, State.CLOSED),
)


def _migration(*states: StepState, state: State = State.PLANNED, **changes: Any) -> Migration:
    """One step a stage, the first ones in these states."""
    steps = tuple(
        Step(
            spec=StepSpec(position=place, stage=place, kind=kind, reaches=reaches),
            state=states[place] if place < len(states) else StepState.PENDING,
        )
        for place, (kind, reaches) in enumerate(_STAGES)
    )
    nothing: Any = None
    said: dict[str, Any] = {
        "id": MigrationId("m"),
        "run": RunId("r"),
        "name": "registration",
        "application": None,
        "tenant": TenantName("market"),
        "state": state,
        "asked": Asked.NOTHING,
        "workload": nothing,
        "bindings": nothing,
        "steps": steps,
        "created_at": NOW,
        **changes,
    }
    return Migration(**said)


DONE, STARTED, FAILED = StepState.DONE, StepState.STARTED, StepState.FAILED


def _kind(found: Any) -> Any:
    return found.steps[0].spec.kind if isinstance(found, Forward | Back) else found


def test_the_first_stage_with_something_left_is_next() -> None:
    """One that was begun and not ended as well as one that was not begun."""
    assert _kind(next_of(_migration())) is StepKind.CHECK
    assert _kind(next_of(_migration(DONE, STARTED))) is StepKind.HOLD


def test_a_state_is_reached_with_its_stage() -> None:
    """Noted before anything further is begun."""
    assert next_of(_migration(DONE, DONE)) == Reached(state=State.PRECHECKED)
    assert isinstance(next_of(_migration(DONE, DONE, state=State.PRECHECKED)), Waiting)


def test_a_gate_is_waited_for() -> None:
    """By its step."""
    found = next_of(_migration(DONE, DONE, state=State.PRECHECKED))
    assert isinstance(found, Waiting)
    assert found.gate.spec.kind is StepKind.GATE_WINDOW


def test_everything_that_was_begun_goes_back_from_the_end() -> None:
    """What failed as well, for something may be there; gates and what was never begun do not."""
    migration = _migration(DONE, DONE, DONE, DONE, FAILED, state=State.COMPENSATING)
    assert _kind(next_of(migration)) is StepKind.LOCK
    undone = [replace(each, state=StepState.UNDONE) if each.spec.position > 2 else each for each in migration.steps]
    assert _kind(next_of(replace(migration, steps=tuple(undone)))) is StepKind.HOLD


def test_with_everything_undone_it_is_rolled_back() -> None:
    """A gate that was passed is nothing to take back."""
    steps = (StepState.UNDONE, StepState.UNDONE, DONE)
    assert next_of(_migration(*steps, state=State.COMPENSATING)) == Ended(state=State.ROLLED_BACK)


@pytest.mark.parametrize("state", [State.CLOSED, State.ROLLED_BACK, State.MANUAL])
def test_nothing_follows_an_end(state: State) -> None:
    """Nor what waits for a person."""
    assert next_of(_migration(state=state)) == Ended(state=state)


def test_past_the_last_easy_return_a_person_is_asked() -> None:
    """From the moment that such a step was begun."""
    assert not must_ask(_migration(DONE, DONE, DONE, DONE, DONE, DONE))
    assert must_ask(_migration(DONE, DONE, DONE, DONE, DONE, DONE, STARTED))
    assert StepKind.ACCEPT in NO_EASY_RETURN


def _handed(migration: Migration, *, opens: bool = False) -> bool:
    return may_be_handed_out(migration, now=NOW, opens=lambda: opens)


def test_what_has_something_to_do_is_handed_out() -> None:
    """Unless it is already, is paused, or needs a person."""
    assert _handed(_migration())
    assert not _handed(_migration(queued=True))
    assert not _handed(_migration(asked=Asked.PAUSE))
    assert not _handed(_migration(state=State.MANUAL))
    assert not _handed(_migration(state=State.CLOSED))


def test_an_abort_is_handed_out_whatever_it_waits_for() -> None:
    """Even from where a person is needed."""
    assert _handed(_migration(state=State.MANUAL, asked=Asked.ABORT))
    assert _handed(_migration(DONE, DONE, state=State.PRECHECKED, asked=Asked.ABORT))
    assert not _handed(_migration(state=State.ROLLED_BACK, asked=Asked.ABORT))


def test_gates_open_for_what_they_are_about() -> None:
    """A window, a word, the end of a time."""
    waiting = _migration(DONE, DONE, state=State.PRECHECKED)
    assert not _handed(waiting)
    assert _handed(waiting, opens=True)
    accepted = _migration(*(DONE,) * 7, state=State.ACCEPTED)
    assert not _handed(accepted, opens=True)
    assert _handed(replace(accepted, signed_off=SignOff(actor=Actor("li"), at=NOW)))
    gate = Step(spec=StepSpec(position=0, stage=0, kind=StepKind.GATE_RETENTION))
    assert not gate_opens(accepted, gate, now=NOW, opens=lambda: True)
    assert gate_opens(replace(accepted, kept_until=NOW), gate, now=NOW, opens=lambda: False)


@given(st.lists(st.sampled_from(StepState), min_size=len(_STAGES), max_size=len(_STAGES)), st.sampled_from(State))
def test_nothing_undone_is_taken_back_twice_and_nothing_done_is_done_again(
    states: list[StepState], state: State
) -> None:
    """Whatever the journal holds."""
    found = next_of(_migration(*states, state=state))
    if isinstance(found, Forward):
        assert all(each.state is not StepState.DONE for each in found.steps)
    if isinstance(found, Back):
        assert all(each.state not in {StepState.UNDONE, StepState.PENDING} for each in found.steps)
