"""What one phase takes over from another."""

from provisioner.playing.variables import login, use_of
from tenants.wave import PlaybookPhase, PlaybookUse, Variable

QUIESCE = PlaybookUse(
    phase=PlaybookPhase.QUIESCE, variables={"services": ("web",), "commands_before": ("true",)}, timeout=77
)


def use(phase: PlaybookPhase, playbook: str | None = None, **variables: Variable) -> PlaybookUse:
    """What a wave says of a phase."""
    return PlaybookUse(phase=phase, playbook=playbook, variables=variables)


def test_what_is_to_be_stopped_is_said_once() -> None:
    """Preflight looks for it; nothing else of quiesce is its own, and nothing at all of other phases."""
    for phase, taken in ((PlaybookPhase.PREFLIGHT, {"services": ("web",)}), (PlaybookPhase.RETIRE, {})):
        found = use_of(phase, (QUIESCE, use(phase)))
        assert found is not None
        assert found.variables == taken


def test_a_phase_that_nobody_names_runs_nothing() -> None:
    """But for the way back from quiesce."""
    assert use_of(PlaybookPhase.PREFLIGHT, (QUIESCE,)) is None
    assert use_of(PlaybookPhase.ROLLBACK, ()) is None
    rollback = use_of(PlaybookPhase.ROLLBACK, (QUIESCE,))
    assert rollback is not None
    assert (rollback.variables, rollback.timeout) == ({"services": ("web",)}, 77)


def test_what_a_phase_says_itself_counts_for_more() -> None:
    """Such as other services to start."""
    own = use(PlaybookPhase.ROLLBACK, services=("other",))
    assert use_of(PlaybookPhase.ROLLBACK, (QUIESCE, own)) == own


def test_playbooks_of_the_operators_have_variables_of_their_own() -> None:
    """Nobody knows what they take."""
    own = use(PlaybookPhase.ROLLBACK, "start-oracle")
    assert use_of(PlaybookPhase.ROLLBACK, (QUIESCE, own)) == own
    stop = use(PlaybookPhase.QUIESCE, "stop-oracle", services=("x",))
    rollback = use_of(PlaybookPhase.ROLLBACK, (stop,))
    assert rollback is not None
    assert rollback.variables == {}


def test_who_logs_in_is_a_variable_too() -> None:
    """Empty is nobody."""
    assert [login({"login": each}) for each in ("debian", "")] == ["debian", None]
    assert login({}) is None
