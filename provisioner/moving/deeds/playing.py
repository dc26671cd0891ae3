"""The steps that run playbooks in guests. What a playbook did is kept as an event, by which it is known to have run.

A playbook that was cut short, by a kill or a pause, runs again from its beginning: those that come with Tenantry look before
they act, and the operators' own have to.
"""

from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudError
from provisioner.migration.script import PHASES, StepKind, uses
from provisioner.moving.deed import ABSENT, Look, Spot, Stopped, done
from provisioner.moving.deeds.guests import guests
from provisioner.moving.telling import tell, told
from provisioner.playing.play import Play, play
from provisioner.playing.played import Played, State
from provisioner.playing.variables import use_of
from tenants.names import ApplicationName
from tenants.wave import PlaybookPhase, PlaybookUse

#: Seconds in which guests may come up that were just built.
_UNTIL_THEY_ANSWER = 300
_WHAT = "playbook"


class PlayBook:
    """The playbook of one phase."""

    patience = 24 * 3600.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """By the event of its end; where no playbook is named for the phase there is nothing to run."""
        phase = PHASES[spot.step.spec.kind]
        use = _use(spot, phase)
        if use is None:
            return done(playbook=None)
        ended = told(spot, _WHAT, {"phase": phase.value, "state": State.OK.value})
        if ended is None:
            return ABSENT
        return done(playbook=str(ended["playbook"]), sha256=str(ended["sha256"]), guests=int(str(ended["guests"])))

    def begin(self, spot: Spot) -> Receipt:
        """Run it to its end. Raises CloudError with what it said where it did not end well, Stopped where it was left off."""
        phase = PHASES[spot.step.spec.kind]
        use = _use(spot, phase)
        if use is not None:
            _run(spot, use)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """What brought guests to rest is taken back by the playbook `rollback`; of the others nothing is taken back."""
        rollback = _use(spot, PlaybookPhase.ROLLBACK)
        if spot.step.spec.kind is StepKind.PLAY_QUIESCE and rollback is not None:
            _run(spot, rollback)


def _use(spot: Spot, phase: PlaybookPhase) -> PlaybookUse | None:
    return use_of(phase, uses(spot.scene.run.wave, spot.scene.workload.application))


def _run(spot: Spot, use: PlaybookUse) -> None:
    scene = spot.scene
    asked = Play(
        use=use,
        application=ApplicationName(scene.migration.name),
        wave=scene.run.wave.name,
        migration=spot.id,
        guests=guests(spot),
        folders=scene.means.playbooks,
        access=scene.means.access,
        patience=min(use.timeout, _UNTIL_THEY_ANSWER),
    )
    played = play(asked, stopped=scene.control.must_stop)
    tell(spot, _WHAT, _detail(use, played))
    if played.state is State.CANCELLED:
        raise Stopped("the playbook was left off on request")
    if played.state is not State.OK:
        raise CloudError(f"playbook {played.playbook}: {played.state}: {_why(played)}")


def _detail(use: PlaybookUse, played: Played) -> dict[str, object]:
    return {
        "phase": use.phase.value,
        "playbook": played.playbook,
        "state": played.state.value,
        "message": played.message,
        "sha256": played.sha256,
        "guests": len(played.guests),
        "results": [
            {"server": each.server, "outcome": each.outcome.value, "task": each.task, "message": each.message}
            for each in played.guests
        ],
        "tasks": [
            {
                "task": each.task,
                "server": each.server,
                "outcome": each.outcome.value,
                "milliseconds": each.milliseconds,
            }
            for each in played.events
        ],
        "left_out": played.left_out,
    }


def _why(played: Played) -> str:
    said = [f"{each.server}: {each.task}: {each.message}" for each in played.guests if each.message]
    return "; ".join(filter(None, [played.message, *said])) or "it says no more"
