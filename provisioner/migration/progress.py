"""What is next for a migration: the one decision that its driver, its pages and its reports all ask for. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.script import NO_EASY_RETURN, StepKind
from provisioner.migration.states import Asked, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """These steps, side by side."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A stage is done, and with it a state is reached that is not yet noted."""

    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """For a window, a sign-off, the end of a time: nothing that the driver could do."""

    gate: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """These steps are taken back, side by side."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing is left to do."""

    state: State


Next = Forward | Reached | Waiting | Back | Ended

#: Steps of which something may be there. One that failed is among them: it is tried again, or taken back, from where it is.
BEGUN: Final = frozenset({StepState.STARTED, StepState.DONE, StepState.FAILED, StepState.UNDOING})


def next_of(migration: Migration) -> Next:
    """What is to be done now; pauses and a person's other wishes are for whoever asks to heed."""
    if migration.state.final or migration.state is State.MANUAL:
        return Ended(state=migration.state)
    if migration.state is State.COMPENSATING:
        return _backwards(migration)
    for stage in stages(migration.steps):
        left = tuple(each for each in stage if each.state is not StepState.DONE)
        if left:
            return Waiting(gate=left[0]) if left[0].spec.kind.gate else Forward(steps=left)
        reaches = stage[0].spec.reaches
        if reaches is not None and _is_before(migration.state, reaches):
            return Reached(state=reaches)
    return Ended(state=migration.state)


def _backwards(migration: Migration) -> Next:
    for stage in reversed(stages(migration.steps)):
        left = tuple(each for each in stage if each.state in BEGUN and not each.spec.kind.gate)
        if left:
            return Back(steps=left)
    return Ended(state=State.ROLLED_BACK)


def must_ask(migration: Migration) -> bool:
    """Whether a failure is left to a person, for there is no easy way back any more; see `NO_EASY_RETURN`."""
    return any(each.spec.kind in NO_EASY_RETURN and each.state in BEGUN for each in migration.steps)


def under_way(migration: Migration) -> tuple[Step, ...]:
    """The steps that were begun and have not ended."""
    return tuple(each for each in migration.steps if each.state in {StepState.STARTED, StepState.UNDOING})


def may_be_handed_out(migration: Migration, *, now: datetime, opens: Callable[[], bool]) -> bool:
    """Whether there is something for the engine to do; `opens` tells whether a window's gate would open."""
    if migration.queued or migration.state.final:
        return False
    if migration.asked is Asked.ABORT:
        return True
    if migration.state is State.COMPENSATING:
        # A pause is for the way there: whoever is half gone is to be whole again.
        return True
    if migration.asked is Asked.PAUSE or migration.state is State.MANUAL:
        return False
    following = next_of(migration)
    if not isinstance(following, Waiting):
        return True
    return gate_opens(migration, following.gate, now=now, opens=opens)


def gate_opens(migration: Migration, gate: Step, *, now: datetime, opens: Callable[[], bool]) -> bool:
    """Whether what a gate waits for is there."""
    match gate.spec.kind:
        case StepKind.GATE_SIGN_OFF:
            return migration.signed_off is not None
        case StepKind.GATE_RETENTION:
            return migration.kept_until is not None and now >= migration.kept_until
        case _:
            return opens()


def stages(steps: Iterable[Step]) -> list[tuple[Step, ...]]:
    """The steps by stage, in order."""
    return [tuple(group) for _, group in groupby(steps, lambda each: each.spec.stage)]


_ORDER = tuple(State)


def _is_before(state: State, other: State) -> bool:
    return _ORDER.index(state) < _ORDER.index(other)
