"""The states of a request, and the only steps between them, as data: who may take which, from where, to where.

Draft, submitted, administrative review, technical review, approved, executing, testing, open. Whatever else may
become of a request leaves this way and does not come back, except that a request with changes asked for, or with a plan that
changed, passes both reviews again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from provisioner.operation import Actor


class State(StrEnum):
    """Where a request is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADMINISTRATIVE_REVIEW = "administrative-review"
    TECHNICAL_REVIEW = "technical-review"
    CHANGES_ASKED = "changes-asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXECUTING = "executing"
    #: The clouds are as approved; the unit has not confirmed it yet.
    TESTING = "testing"
    OPEN = "open"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing more happens to the request."""
        return self in _FINAL

    @property
    def holds(self) -> bool:
        """Whether its increase is reserved."""
        return self in _HOLDING

    @property
    def waits(self) -> bool:
        """Whether it waits for people, and so may expire."""
        return self in _WAITING


_FINAL: Final = frozenset({State.REJECTED, State.OPEN, State.FAILED, State.WITHDRAWN, State.EXPIRED})
_WAITING: Final = frozenset(
    {State.ADMINISTRATIVE_REVIEW, State.TECHNICAL_REVIEW, State.CHANGES_ASKED, State.APPROVED, State.SUBMITTED}
)
_HOLDING: Final = _WAITING | {State.EXECUTING}


class Role(StrEnum):
    """In what capacity somebody acts on a request."""

    REQUESTER = "requester"
    ADMINISTRATIVE_REVIEWER = "administrative-reviewer"
    TECHNICAL_REVIEWER = "technical-reviewer"
    #: Tenantry itself, whoever started it.
    SYSTEM = "system"


class Act(StrEnum):
    """What may be done to a request."""

    SUBMIT = "submit"
    #: Its plan is made and its increase reserved: reviewers may look at it.
    TAKE_UP = "take-up"
    APPROVE = "approve"
    #: A review that the policy does without.
    PASS = "pass"  # noqa: S105  # an act, not a password
    REJECT = "reject"
    ASK_CHANGES = "ask-changes"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    EXECUTE = "execute"
    #: The plan is no longer the one that was approved.
    REVIEW_AGAIN = "review-again"
    FINISH = "finish"
    FAIL = "fail"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way from a state to another."""

    role: Role
    to: State


_ADMINISTRATIVE: Final = Role.ADMINISTRATIVE_REVIEWER
_TECHNICAL: Final = Role.TECHNICAL_REVIEWER

#: Every step there is.
STEPS: Final[Mapping[tuple[State, Act], Step]] = {
    (State.DRAFT, Act.SUBMIT): Step(role=Role.REQUESTER, to=State.SUBMITTED),
    (State.CHANGES_ASKED, Act.SUBMIT): Step(role=Role.REQUESTER, to=State.SUBMITTED),
    (State.SUBMITTED, Act.TAKE_UP): Step(role=Role.SYSTEM, to=State.ADMINISTRATIVE_REVIEW),
    (State.ADMINISTRATIVE_REVIEW, Act.APPROVE): Step(role=_ADMINISTRATIVE, to=State.TECHNICAL_REVIEW),
    (State.TECHNICAL_REVIEW, Act.APPROVE): Step(role=_TECHNICAL, to=State.APPROVED),
    (State.ADMINISTRATIVE_REVIEW, Act.PASS): Step(role=Role.SYSTEM, to=State.TECHNICAL_REVIEW),
    (State.TECHNICAL_REVIEW, Act.PASS): Step(role=Role.SYSTEM, to=State.APPROVED),
    (State.ADMINISTRATIVE_REVIEW, Act.REJECT): Step(role=_ADMINISTRATIVE, to=State.REJECTED),
    (State.TECHNICAL_REVIEW, Act.REJECT): Step(role=_TECHNICAL, to=State.REJECTED),
    (State.ADMINISTRATIVE_REVIEW, Act.ASK_CHANGES): Step(role=_ADMINISTRATIVE, to=State.CHANGES_ASKED),
    (State.TECHNICAL_REVIEW, Act.ASK_CHANGES): Step(role=_TECHNICAL, to=State.CHANGES_ASKED),
    (State.APPROVED, Act.EXECUTE): Step(role=Role.SYSTEM, to=State.EXECUTING),
    (State.APPROVED, Act.REVIEW_AGAIN): Step(role=Role.SYSTEM, to=State.ADMINISTRATIVE_REVIEW),
    (State.EXECUTING, Act.REVIEW_AGAIN): Step(role=Role.SYSTEM, to=State.ADMINISTRATIVE_REVIEW),
    (State.EXECUTING, Act.FINISH): Step(role=Role.SYSTEM, to=State.TESTING),
    (State.EXECUTING, Act.FAIL): Step(role=Role.SYSTEM, to=State.FAILED),
    (State.TESTING, Act.CONFIRM): Step(role=Role.REQUESTER, to=State.OPEN),
    (State.DRAFT, Act.WITHDRAW): Step(role=Role.REQUESTER, to=State.WITHDRAWN),
    **{(each, Act.WITHDRAW): Step(role=Role.REQUESTER, to=State.WITHDRAWN) for each in _WAITING},
    **{(each, Act.EXPIRE): Step(role=Role.SYSTEM, to=State.EXPIRED) for each in _WAITING},
}

#: What a reviewer does; nobody does it to a request of their own.
REVIEWING: Final = frozenset({Act.APPROVE, Act.REJECT, Act.ASK_CHANGES})
#: What begins the reviews anew: what was approved before no longer counts.
_AFRESH: Final = frozenset({Act.SUBMIT, Act.REVIEW_AGAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A step that was taken, as far as the rules look at it."""

    act: Act
    role: Role
    actor: Actor
    #: Whose place they took.
    stands_for: Actor | None = None

    @property
    def people(self) -> frozenset[Actor]:
        """Everybody whose step it was: who took it, and in whose place."""
        return frozenset({self.actor, self.stands_for} - {None})  # type: ignore[arg-type]  # None is taken out


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """Why a step is not taken."""

    message: str


def step_of(state: State, act: Act, role: Role) -> Step | Forbidden:
    """The step that leads on, if there is one for that role."""
    step = STEPS.get((state, act))
    if step is None:
        return Forbidden(message=f"{spoken(act)} is not possible for a request in {spoken(state)}" + _possible(state))
    if step.role is not role:
        return Forbidden(message=f"in {spoken(state)} only the {spoken(step.role)} may {spoken(act)}")
    return step


def separation(history: Iterable[Moved], moved: Moved) -> Forbidden | None:
    """Why this person may not review: it is their own request, or they approved it in this round already.

    Who stands for somebody may do no more than both of them might.
    """
    if moved.act not in REVIEWING:
        return None
    before = tuple(history)
    askers = {person for each in before if each.role is Role.REQUESTER for person in each.people}
    if own := sorted(moved.people & askers):
        return Forbidden(message=f"{own[0]} asked for this, and nobody reviews a request of their own")
    for each in this_round(before):
        if each.act is Act.APPROVE and (same := sorted(moved.people & each.people)):
            if each.role is moved.role:
                return Forbidden(message=f"{same[0]} has approved this already, and every approval is another person's")
            return Forbidden(message=f"{same[0]} made the other review, and two different people make them")
    return None


def this_round(history: Iterable[Moved]) -> tuple[Moved, ...]:
    """What was done since the reviews last began."""
    found: list[Moved] = []
    for each in history:
        if each.act in _AFRESH:
            found.clear()
        found.append(each)
    return tuple(found)


def spoken(word: StrEnum) -> str:
    """`administrative review` for `administrative-review`."""
    return word.value.replace("-", " ")


def _possible(state: State) -> str:
    acts = [spoken(act) for (begin, act), step in STEPS.items() if begin is state and step.role is not Role.SYSTEM]
    return f"; what can be done: {', '.join(acts)}" if acts else ""
