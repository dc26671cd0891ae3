"""What one phase's playbook takes over from another's, so that a wave says it once. Pure."""

from collections.abc import Mapping
from typing import Final

from tenants.wave import PlaybookPhase, PlaybookUse, Variable

_SHARED: Final[Mapping[PlaybookPhase, frozenset[str]]] = {
    PlaybookPhase.PREFLIGHT: frozenset({"services", "freeze", "as_root"}),
    PlaybookPhase.ROLLBACK: frozenset({"services", "freeze", "as_root"}),
}


def phase_variables(phase: PlaybookPhase, uses: Mapping[PlaybookPhase, PlaybookUse]) -> Mapping[str, Variable]:
    """The variables of a phase that runs its standard playbook, with those of `quiesce` that it takes as well.

    What is to be stopped and frozen is said once, of `quiesce`: `preflight` looks for it, `rollback` undoes it. What the
    phase says itself counts for more.
    """
    own, quiesce = uses.get(phase), uses.get(PlaybookPhase.QUIESCE)
    given = own.variables if own is not None else {}
    shared = _SHARED.get(phase, frozenset()) if own is None or own.playbook is None else frozenset()
    if quiesce is None or quiesce.playbook is not None:
        return given
    return {name: each for name, each in quiesce.variables.items() if name in shared} | dict(given)
