"""What keeps an application of a wave from ever beginning: found wherever it stands, with what would be right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from api.language.spoken import Language, say, speaking
from provisioner.migration.blocking import blockers, held_up
from provisioner.migration.migration import Migration, Run, RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.migration.waiting import goes_on, waiting
from provisioner.migration.window import Shut
from provisioner.operation import Actor
from tenants.wave import Mode
from tests import cases


def _run(order: Mapping[str, tuple[str, ...]]) -> Run:
    wave, me = cases.wave(Mode.CROSS_CLOUD), Actor("wang.fang")
    return Run(
        id=cases.case().migration.run,
        wave=wave,
        state=RunState.RUNNING,
        started_by=me,
        started_at=cases.NOW,
        order=order,
    )


def _named(name: str, **changes: Any) -> Migration:
    """One that has not begun, unless changed."""
    return replace(cases.case(Mode.CROSS_CLOUD).migration, name=name, state=State.PLANNED, **changes)


def _at_its_window(name: str) -> Migration:
    made = _named(name, legs=1)
    place = next(made.of_kind(StepKind.GATE_WINDOW)).spec.position
    steps = tuple(replace(each, state=StepState.DONE) if each.spec.position < place else each for each in made.steps)
    return replace(made, steps=steps, state=State.PRECHECKED)


def _becomes(migration: Migration, state: State) -> Migration:
    return replace(migration, state=state, legs=1)


#: The portal needs the registration, and that needs the base.
RUN = _run({"portal": ("registration",), "registration": ("base",)})
PORTAL, REGISTRATION, BASE = _named("portal"), _named("registration"), _named("base")


def _words(migration: Migration, *others: Migration, shut: Shut | None = None) -> str:
    by_name = {each.name: each for each in (migration, *others)}
    return waiting(RUN, migration, by_name, gate=lambda _: shut)


AS_WELL = "abort registration as well, and move both with another wave, or with this one once it has ended"


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (_becomes(BASE, State.ROLLED_BACK), f"base was taken back: {AS_WELL}"),
        (_becomes(BASE, State.COMPENSATING), f"base is being taken back: {AS_WELL}"),
        (replace(BASE, asked=Asked.ABORT), f"base is being taken back: {AS_WELL}"),
        (_becomes(BASE, State.MANUAL), "base needs a person: retry it, or abort it"),
        (replace(BASE, asked=Asked.PAUSE), "base is paused: resume it"),
    ],
)
def test_one_that_waits_for_what_will_not_come_says_so(base: Migration, said: str) -> None:
    """With the reason, and what would be right."""
    assert _words(REGISTRATION, base) == f"waits for base, and that does not come by itself: {said}"
    assert blockers(RUN, REGISTRATION, {"base": base})[0].name == "base"


def test_one_that_waits_for_what_is_on_its_way_only_waits() -> None:
    """Nothing needs to be done, begun or not."""
    for base in (BASE, _becomes(BASE, State.QUIESCED)):
        assert _words(REGISTRATION, base) == "waits for base"
        assert blockers(RUN, REGISTRATION, {"base": base}) == ()


def test_the_reason_is_found_behind_others_that_wait_themselves() -> None:
    """The portal waits for the registration, and learns what keeps that."""
    gone = _becomes(BASE, State.MANUAL)
    assert _words(PORTAL, REGISTRATION, gone) == (
        "waits for registration, and that does not come by itself: base needs a person: retry it, or abort it"
    )
    assert [each.name for each in held_up(RUN, (PORTAL, REGISTRATION, gone))] == ["portal", "registration"]


def test_one_that_has_begun_is_held_up_by_nobody() -> None:
    """It goes on whatever the others do; and one that serves keeps nobody."""
    gone = _becomes(BASE, State.ROLLED_BACK)
    assert held_up(RUN, (_becomes(PORTAL, State.QUIESCED), _becomes(REGISTRATION, State.READY), gone)) == ()
    assert held_up(RUN, (PORTAL, REGISTRATION, _becomes(BASE, State.ACCEPTED))) == ()


def test_a_window_that_is_over_holds_up_and_one_to_come_does_not() -> None:
    """For it opens by itself."""
    base = _at_its_window("base")
    assert _words(REGISTRATION, base, shut=Shut(message="its window closed at 4")) == (
        "waits for base, and that does not come by itself: base does not begin its cutover: its window closed at 4"
    )
    assert _words(REGISTRATION, base, shut=Shut(message="its window opens at 22", until=cases.NOW)) == "waits for base"


def test_a_wave_of_which_all_wait_for_a_person_does_not_go_on() -> None:
    """Whoever watches is let go."""
    listed = (PORTAL, REGISTRATION, _becomes(BASE, State.MANUAL))
    assert not goes_on(RUN, listed, now=cases.NOW, opens=lambda _: True)


def test_it_is_said_in_chinese() -> None:
    """All of it but the names."""
    base = _becomes(BASE, State.ROLLED_BACK)
    with speaking(Language.CHINESE):
        assert say(_words(REGISTRATION, base)) == (
            "等待 base，而这不会自行到来：base 已退回：请把 registration 也退回，再用另一个批次迁移两者，或在本批次结束后用本批次迁移"
        )
