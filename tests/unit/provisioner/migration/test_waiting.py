"""What a migration waits for, in words, and whether its wave goes on without anybody."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.migration.migration import Migration, Run, RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.slots import Slot, arriving, leaving, place_of
from provisioner.migration.states import Asked, State
from provisioner.migration.waiting import goes_on, waiting
from provisioner.migration.window import Shut
from provisioner.operation import Actor
from tenants.policy import PersonName
from tenants.wave import Mode
from tests import cases


def _run(**wave: Any) -> Run:
    made = cases.wave(Mode.CROSS_CLOUD, **wave)
    me = Actor("wang.fang")
    return Run(
        id=cases.case().migration.run, wave=made, state=RunState.RUNNING, started_by=me, started_at=cases.NOW, order={}
    )


def _before(gate: StepKind, state: State) -> Migration:
    """One whose steps are done up to a gate."""
    made = cases.case(Mode.CROSS_CLOUD).migration
    place = next(made.of_kind(gate)).spec.position
    steps = tuple(replace(each, state=StepState.DONE) if each.spec.position < place else each for each in made.steps)
    return replace(made, steps=steps, state=state, legs=1)


def _words(run: Run, migration: Migration, shut: Shut | None = None) -> str:
    return waiting(run, migration, {migration.name: migration}, gate=lambda _: shut)


def test_a_window_says_why_it_is_shut() -> None:
    """In the words of whoever decides it; nothing where it is open."""
    ready = _before(StepKind.GATE_WINDOW, State.PRECHECKED)
    assert _words(_run(), ready, Shut(message="its window opens at 22:00")) == "its window opens at 22:00"
    assert _words(_run(), ready) == ""


def test_a_sign_off_is_waited_for_from_those_who_are_named() -> None:
    """Or from anybody."""
    serving = _before(StepKind.GATE_SIGN_OFF, State.ACCEPTED)
    named = _run(sign_off=(PersonName("zheng.wentao"), PersonName("li.na")))
    assert _words(named, serving) == "waits to be signed off by zheng.wentao or li.na"
    assert _words(_run(), serving) == "waits to be signed off"


@pytest.mark.parametrize(("queued", "text"), [(True, "pauses at its next step"), (False, "is paused")])
def test_a_pause_is_told_apart_from_one_to_come(*, queued: bool, text: str) -> None:
    """As long as a step is under way."""
    moving = replace(_before(StepKind.COPY, State.QUIESCED), asked=Asked.PAUSE, queued=queued)
    assert _words(_run(), moving) == text


def test_a_step_without_a_place_says_for_which_it_waits() -> None:
    """Its application stands still, and nothing of it is being done: others travel first."""
    quiet = replace(_before(StepKind.COPY, State.QUIESCED), queued=True)
    assert _words(_run(), quiet) == "waits for a place on the link from city to district: 4 at a time"
    begun = tuple(
        replace(each, state=StepState.STARTED) if each.spec.kind is StepKind.COPY else each for each in quiet.steps
    )
    assert _words(_run(), replace(quiet, steps=begun)) == ""
    assert _words(_run(), replace(quiet, queued=False)) == "", "it is about to be handed out"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (leaving(cases.CITY, "compute-1"), "on the host compute-1 of city"),
        (arriving(cases.CITY, "compute-1"), "on the host compute-1 of city"),
        (arriving(cases.CITY, None), "on any host of city that servers arrive on"),
    ],
)
def test_places_have_words(name: str, words: str) -> None:
    """With the host, where it is known."""
    assert place_of(Slot(name=name, limit=1)) == words


def test_a_wave_goes_on_while_anything_may_be_done_without_people() -> None:
    """A window that opens later counts, one that does not and a sign-off do not, and neither does what has ended."""
    ready, serving = _before(StepKind.GATE_WINDOW, State.PRECHECKED), _before(StepKind.GATE_SIGN_OFF, State.ACCEPTED)

    def going(migration: Migration, *, opens: bool = True, run: Run | None = None) -> bool:
        return goes_on(run or _run(), [migration], now=cases.NOW, opens=lambda _: opens)

    assert going(ready)
    assert not going(ready, opens=False)
    assert not going(serving)
    assert going(replace(serving, queued=True))
    assert not going(ready, run=replace(_run(), state=RunState.ENDED))
