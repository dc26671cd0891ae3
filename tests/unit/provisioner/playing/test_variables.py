"""What one phase takes over from another."""

from provisioner.playing.variables import phase_variables
from tenants.wave import PlaybookPhase, PlaybookUse

QUIESCE = PlaybookUse(phase=PlaybookPhase.QUIESCE, variables={"services": ("web",), "commands_before": ("true",)})


def test_what_is_to_be_stopped_is_said_once() -> None:
    """Preflight looks for it and rollback starts it again; nothing else of quiesce is theirs."""
    uses = {PlaybookPhase.QUIESCE: QUIESCE}
    for phase in (PlaybookPhase.PREFLIGHT, PlaybookPhase.ROLLBACK):
        assert phase_variables(phase, uses) == {"services": ("web",)}
    assert phase_variables(PlaybookPhase.RETIRE, uses) == {}
    assert phase_variables(PlaybookPhase.QUIESCE, uses) == QUIESCE.variables


def test_what_a_phase_says_itself_counts_for_more() -> None:
    """Such as other services to start."""
    own = PlaybookUse(phase=PlaybookPhase.ROLLBACK, variables={"services": ("other",)})
    uses = {PlaybookPhase.QUIESCE: QUIESCE, PlaybookPhase.ROLLBACK: own}
    assert phase_variables(PlaybookPhase.ROLLBACK, uses) == {"services": ("other",)}


def test_playbooks_of_the_operators_have_variables_of_their_own() -> None:
    """Nobody knows what they take."""
    own = PlaybookUse(phase=PlaybookPhase.ROLLBACK, playbook="start-oracle")
    assert phase_variables(PlaybookPhase.ROLLBACK, {PlaybookPhase.QUIESCE: QUIESCE, PlaybookPhase.ROLLBACK: own}) == {}
    stop = PlaybookUse(phase=PlaybookPhase.QUIESCE, playbook="stop-oracle", variables={"services": ("x",)})
    assert phase_variables(PlaybookPhase.ROLLBACK, {PlaybookPhase.QUIESCE: stop}) == {}
