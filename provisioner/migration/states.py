"""The states of a migration, and which may follow which. Pure.

    planned -> prechecked -> ready -> (window) -> quiesced -> final-copy -> built -> verifying -> accepted
            -> (sign-off) -> retained -> (end of retention) -> closed
    any before closed -> compensating -> rolled-back | manual

Not every mode knows every state: a live migration copies nothing. A state says what has been reached; which step is under way
is in the journal.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What a migration has reached."""

    PLANNED = "planned"
    #: Everything was looked at, there is room for it, and the room is kept.
    PRECHECKED = "prechecked"
    #: Nothing keeps it from standing still but the window and those before it.
    READY = "ready"
    #: The source stands still.
    QUIESCED = "quiesced"
    #: What travels has arrived, and is proven to be the same.
    FINAL_COPY = "final-copy"
    #: The target is built and runs.
    BUILT = "built"
    #: The target is compared and asked.
    VERIFYING = "verifying"
    #: The target serves; the source is kept.
    ACCEPTED = "accepted"
    #: Somebody signed off; the source is kept until its time is over.
    RETAINED = "retained"
    CLOSED = "closed"
    #: What was done is being taken back.
    COMPENSATING = "compensating"
    ROLLED_BACK = "rolled-back"
    #: A person has to do something first; the migration says what.
    MANUAL = "manual"

    @property
    def final(self) -> bool:
        """Whether nothing more becomes of it by itself or by anybody."""
        return self in _FINAL

    @property
    def serves(self) -> bool:
        """Whether the application has moved, as far as those that depend on it care."""
        return self in _SERVING


_FINAL: Final = frozenset({State.CLOSED, State.ROLLED_BACK})
_SERVING: Final = frozenset({State.ACCEPTED, State.RETAINED, State.CLOSED})
_FORWARD: Final = (
    State.PLANNED,
    State.PRECHECKED,
    State.READY,
    State.QUIESCED,
    State.FINAL_COPY,
    State.BUILT,
    State.VERIFYING,
    State.ACCEPTED,
    State.RETAINED,
    State.CLOSED,
)


def _followers() -> Mapping[State, frozenset[State]]:
    table: dict[State, frozenset[State]] = {}
    for place, state in enumerate(_FORWARD):
        after = frozenset() if state.final else frozenset({*_FORWARD[place + 1 :], State.COMPENSATING, State.MANUAL})
        table[state] = after
    table[State.COMPENSATING] = frozenset({State.ROLLED_BACK, State.MANUAL})
    table[State.ROLLED_BACK] = frozenset()
    table[State.MANUAL] = frozenset({*_FORWARD, State.COMPENSATING})
    return table


#: Every change of state there is.
FOLLOWERS: Final = _followers()


class Asked(StrEnum):
    """What an operator wants of a migration; it is looked at between steps, and in the midst of long ones."""

    NOTHING = "nothing"
    #: Begin no further step.
    PAUSE = "pause"
    #: Take back what was done.
    ABORT = "abort"
    #: End what does not end by itself, at the guest's cost (a live migration that copies for ever).
    FORCE = "force"
