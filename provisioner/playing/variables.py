"""What one phase's playbook takes over from another's, so that a wave says it once. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from tenants.wave import PlaybookPhase, PlaybookUse, Variable

#: The variable that says as whom to log in. It is Tenantry's own business, whatever a playbook takes.
LOGIN: Final = "login"

_SHARED: Final[Mapping[PlaybookPhase, frozenset[str]]] = {
    PlaybookPhase.PREFLIGHT: frozenset({"services", "freeze", "as_root", LOGIN}),
    PlaybookPhase.ROLLBACK: frozenset({"services", "freeze", "as_root", LOGIN}),
}


def use_of(phase: PlaybookPhase, uses: Iterable[PlaybookUse]) -> PlaybookUse | None:
    """The playbook of a phase among those of an application, with the variables that it takes over; None for none.

    What is to be stopped and frozen is said once, of `quiesce`: the standard `preflight` looks for it, and the standard
    `rollback` undoes it, which is there wherever `quiesce` is. What a phase says itself counts for more.
    """
    by_phase = {each.phase: each for each in uses}
    own, quiesce = by_phase.get(phase), by_phase.get(PlaybookPhase.QUIESCE)
    if own is None and phase is PlaybookPhase.ROLLBACK and quiesce is not None:
        own = PlaybookUse(phase=phase, timeout=quiesce.timeout)
    if own is None or own.playbook is not None or quiesce is None or quiesce.playbook is not None:
        return own
    shared = _SHARED.get(phase, frozenset())
    taken = {name: each for name, each in quiesce.variables.items() if name in shared}
    return replace(own, variables={**taken, **own.variables})


def login(variables: Mapping[str, Variable]) -> str | None:
    """As whom to log in; None where these do not say so."""
    said = variables.get(LOGIN)
    return said if isinstance(said, str) and said else None
