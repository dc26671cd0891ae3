"""What a migration waits for, and whether a wave goes on by itself: for whoever watches. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from provisioner.migration.blocking import Gate, blockers
from provisioner.migration.migration import Migration, Run, RunState, Step, StepState
from provisioner.migration.ordering import due, has_begun, is_busy, waits_for
from provisioner.migration.progress import Forward, Waiting, next_of
from provisioner.migration.script import StepKind
from provisioner.migration.slots import place_of
from provisioner.migration.states import Asked, State


def waiting(run: Run, migration: Migration, by_name: Mapping[str, Migration], *, gate: Gate) -> str:
    """What keeps it from going on, in words; empty where something is being done, or nothing is left to do."""
    if migration.state.final or migration.state is State.COMPENSATING:
        return ""
    if (asked := _people(run, migration)) is not None:
        return asked
    following = next_of(migration)
    if isinstance(following, Waiting):
        return _gate(run, migration, following.gate.spec.kind, gate)
    if has_begun(migration):
        return _place(migration, following.steps) if isinstance(following, Forward) else ""
    return _turn(run, migration, by_name, gate)


def goes_on(run: Run, migrations: Sequence[Migration], *, now: datetime, opens: Callable[[Migration], bool]) -> bool:
    """Whether more comes of the wave without anybody's doing: steps under way, steps that may begin, a window that will open.

    `opens` tells of a migration whether its window's gate opens, now or later.
    """
    if run.state is RunState.ENDED:
        return False
    if all(each.state.final for each in migrations):
        return True  # its end is yet to be noted
    return any(each.queued for each in migrations) or bool(due(run, migrations, now=now, opens=opens))


def _people(run: Run, migration: Migration) -> str | None:
    """What people want of it, or it of them; None where nothing."""
    if migration.state is State.MANUAL:
        return "needs a person: retry, or abort"
    if migration.asked is Asked.ABORT:
        return "is about to be taken back"
    if migration.asked is Asked.PAUSE or run.state is RunState.PAUSED:
        return "pauses at its next step" if migration.queued else "is paused"
    return None


def _gate(run: Run, migration: Migration, kind: StepKind, gate: Gate) -> str:
    match kind:
        case StepKind.GATE_SIGN_OFF:
            if migration.signed_off is not None:
                return ""
            named = " or ".join(run.wave.sign_off)
            return f"waits to be signed off by {named}" if named else "waits to be signed off"
        case StepKind.GATE_RETENTION:
            return "" if migration.kept_until is None else f"keeps its source until {_moment(migration.kept_until)}"
        case _:
            closed = gate(migration)
            return "" if closed is None else closed.message


def _turn(run: Run, migration: Migration, by_name: Mapping[str, Migration], gate: Gate) -> str:
    before = ", ".join(waits_for(run, migration, by_name))
    if before:
        why = "; ".join(map(str, blockers(run, migration, by_name, gate=gate)))
        return f"waits for {before}, and that does not come by itself: {why}" if why else f"waits for {before}"
    busy = sum(1 for each in by_name.values() if is_busy(each))
    if busy >= run.wave.limits.applications:
        return f"waits for its turn: {run.wave.limits.applications} at a time"
    return ""


def _place(migration: Migration, steps: Sequence[Step]) -> str:
    """A worker has it, and nothing of it is being done: others have the places that its next steps need."""
    slots = [slot for each in steps for slot in each.spec.slots]
    if not migration.queued or not slots or any(each.state is StepState.STARTED for each in steps):
        return ""
    return f"waits for a place {place_of(slots[0])}: {slots[0].limit} at a time"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
