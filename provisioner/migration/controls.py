"""What people may do to a migration that is under way, and why not where they may not. Pure.

Each question answers with a `Refusal` in words, or None where it may be done. Doing it is `provisioner.moving.controlling`'s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provisioner.migration.migration import Migration, Run, RunState, Step, StepState
from provisioner.migration.ordering import has_begun
from provisioner.migration.progress import BEGUN, stages
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.operation import Actor
from tenants.wave import Mode

#: How people are known who logged in by single sign-on; manifests name them without.
_SINGLE_SIGN_ON: Final = "oidc:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something is not done, and what would be right."""

    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


def pause(migration: Migration) -> Refusal | None:
    """Whether it may be told to begin no further step."""
    if (ended := _ended(migration)) is not None:
        return ended
    if migration.state is State.COMPENSATING or migration.asked is Asked.ABORT:
        return Refusal(message=f"{migration.name} is on its way back to its source, which nothing holds up")
    if migration.asked is Asked.PAUSE:
        return Refusal(message=f"{migration.name} is paused already")
    return None


def resume(run: Run, migration: Migration) -> Refusal | None:
    """Whether it may be told to go on after a pause."""
    if (ended := _ended(migration)) is not None:
        return ended
    if run.state is RunState.PAUSED:
        return Refusal(
            message=f"{migration.name} rests because all of wave {run.wave.name} is paused", remedy="resume the wave"
        )
    if migration.asked is not Asked.PAUSE:
        return Refusal(message=f"{migration.name} is not paused")
    return None


def abort(migration: Migration, *, losing: bool) -> Refusal | None:
    """Whether it may be taken back; `losing` is the word of whoever asks that they know what `lost_by_abort` says."""
    if (ended := _ended(migration)) is not None:
        return ended
    if migration.state is State.COMPENSATING or migration.asked is Asked.ABORT:
        return Refusal(message=f"{migration.name} is on its way back to its source already")
    if any(each.state in BEGUN for each in migration.of_kind(StepKind.RETIRE)):
        return Refusal(
            message=f"the source of {migration.name} is being deleted; there is nothing to go back to",
            remedy="have it go on to its end",
        )
    lost = lost_by_abort(migration)
    if lost and not losing:
        return Refusal(message=lost, remedy="say that this is wanted, or leave it where it is")
    return None


def lost_by_abort(migration: Migration) -> str:
    """What is lost for good where it is taken back now, in words; empty where nothing is."""
    if migration.state.serves or any(each.state is StepState.DONE for each in migration.of_kind(StepKind.ACCEPT)):
        return (
            f"{migration.name} serves at its target: taken back, it is again as it was when it was copied, and what was "
            "written at the target since is lost"
        )
    return ""


def retry(migration: Migration) -> Refusal | None:
    """Whether what failed may be tried once more."""
    match migration.state:
        case State.MANUAL:
            return None
        case State.ROLLED_BACK:
            return Refusal(message=f"{migration.name} is back at its source", remedy="start the wave again")
        case State.CLOSED:
            return Refusal(message=f"{migration.name} has ended well; nothing is left to be tried again")
        case _ if not has_begun(migration):
            return Refusal(
                message=f"{migration.name} has not begun, so that nothing of it has failed",
                remedy="see what it waits for with tenantry migrate show",
            )
        case _:
            return Refusal(message=f"{migration.name} waits for nobody: it is {migration.state}, and goes on by itself")


def force(run: Run, migration: Migration) -> Refusal | None:
    """Whether a live migration that does not end by itself may be ended at the guest's cost."""
    if run.mode is not Mode.LIVE:
        return Refusal(
            message=f"wave {run.wave.name} moves {run.mode}: there is nothing to be forced but live migrations"
        )
    if not any(each.state is StepState.STARTED for each in migration.of_kind(StepKind.MOVE_LIVE)):
        return Refusal(message=f"no server of {migration.name} is being moved now")
    if not run.wave.may_pause:
        return Refusal(
            message=f"wave {run.wave.name} does not allow a guest to be paused (mayPause)", remedy="abort it, or wait"
        )
    if migration.asked is not Asked.NOTHING:
        return Refusal(message=f"{migration.asked} was asked of {migration.name} before, and comes first")
    return None


def sign_off(run: Run, migration: Migration, actor: Actor) -> Refusal | None:
    """Whether somebody may say that the application works where it is now.

    Where the wave names people, it is one of them, under whichever way they log in. Where it names nobody, anybody may whose right
    to was looked at before, whoever started the wave included: small cities have one operator at night.
    """
    if migration.signed_off is not None:
        return Refusal(message=f"{migration.signed_off.actor} has signed off {migration.name} already")
    if migration.state is not State.ACCEPTED:
        return Refusal(
            message=f"{migration.name} is not accepted, it is {migration.state}",
            remedy="sign it off once it serves at its target, where it is compared and asked before",
        )
    if migration.asked is Asked.ABORT:
        return Refusal(message=f"{migration.name} is about to be taken back")
    return signer(run, actor)


def signer(run: Run, actor: Actor) -> Refusal | None:
    """Whether somebody is among those who sign a wave off, whatever is there to be signed off."""
    named = run.wave.sign_off
    if named and actor.removeprefix(_SINGLE_SIGN_ON) not in named:
        return Refusal(message=f"wave {run.wave.name} is signed off by {', '.join(named)}, and not by {actor}")
    return None


def reached(migration: Migration) -> State:
    """What the steps that are done have reached: the state to go on from."""
    found = State.PLANNED
    for steps in stages(migration.steps):
        if any(each.state is not StepState.DONE for each in steps):
            break
        found = steps[0].spec.reaches or found
    return found


def failed(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that ended with a failure; how they are is unknown, and they stay so until they are looked at again."""
    return tuple(each for each in steps if each.state is StepState.FAILED)


def _ended(migration: Migration) -> Refusal | None:
    match migration.state:
        case State.CLOSED:
            return Refusal(
                message=f"{migration.name} is closed: it is at its target for good",
                remedy="a wave the other way round brings it back",
            )
        case State.ROLLED_BACK:
            return Refusal(message=f"{migration.name} is back at its source already", remedy="start the wave again")
    return None
