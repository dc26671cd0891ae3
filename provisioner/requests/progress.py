"""A request moved on by one step, or why it is not: the rules of `states` with the deadlines of `calendar`."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from provisioner.requests.calendar import RESERVATION_DAYS, REVIEW_DAYS, Calendar, china
from provisioner.requests.request import Event, Party, Request
from provisioner.requests.states import (
    REVIEWING,
    Act,
    Forbidden,
    Moved,
    Role,
    State,
    separation,
    spoken,
    step_of,
    this_round,
)
from tenants.days import day_of, end_of

_REVIEWS: Final = frozenset({State.ADMINISTRATIVE_REVIEW, State.TECHNICAL_REVIEW})
#: Characters of a fingerprint that tell the plans of one request apart: 48 bits.
ENOUGH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long things may take."""

    calendar: Calendar = field(default_factory=china)
    #: Working days for each review.
    review_days: int = REVIEW_DAYS
    #: Working days that a request, and its reservation, may wait for people.
    reservation_days: int = RESERVATION_DAYS

    def review_due(self, at: datetime) -> date:
        """The last day of a review that begins then."""
        return self.calendar.after(day_of(at), self.review_days).day

    def expiry(self, at: datetime) -> datetime:
        """When a request that is submitted then has waited too long."""
        return end_of(self.calendar.after(day_of(at), self.reservation_days).day)


class Notice(StrEnum):
    """What is said of a review that takes long; each is the name of an audit event."""

    #: To the reviewers.
    DUE = "request.due"
    #: To whoever supervises them.
    OVERDUE = "request.overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What somebody does to a request."""

    act: Act
    role: Role
    by: Party
    at: datetime
    comment: str = ""

    @property
    def moved(self) -> Moved:
        """As the rules look at it."""
        return Moved(act=self.act, role=self.role, actor=self.by.actor, stands_for=self.by.stands_for)


def advance(request: Request, doing: Doing, terms: Terms) -> Request | Forbidden:
    """The request after the step, with the step in its history; or why nothing happens."""
    step = step_of(request.state, doing.act, doing.role)
    if isinstance(step, Forbidden):
        return step
    barred = separation(request.moves, doing.moved) or _unentitled(request, doing)
    if barred is not None:
        return barred
    to = step.to if doing.act is not Act.APPROVE or _is_enough(request) else request.state
    event = Event(
        at=doing.at,
        act=doing.act,
        role=doing.role,
        by=doing.by,
        before=request.state,
        after=to,
        comment=doing.comment,
        fingerprint=request.fingerprint,
    )
    begins = doing.act in {Act.SUBMIT, Act.REVIEW_AGAIN}
    expires = terms.expiry(doing.at) if begins else request.expires_at
    return replace(
        request,
        state=to,
        history=(*request.history, event),
        review_due=_due(request, to, doing.at, terms),
        expires_at=expires if to.waits else None,
    )


def passed(request: Request, by: Party, at: datetime, terms: Terms) -> Request:
    """The request after the reviews that the policy does without, each as a step of its own."""
    while (need := request.way.need(request.state)) is not None and not need.approvals:
        why = f'the rule "{request.way.rule}" of the policy "{request.way.policy}"'
        after = advance(request, Doing(act=Act.PASS, role=Role.SYSTEM, by=by, at=at, comment=why), terms)
        if isinstance(after, Forbidden):
            return request
        request = after
    return request


def _due(request: Request, to: State, at: datetime, terms: Terms) -> date | None:
    """The last day of the review that follows; more approvals of the same one have no more time."""
    if to not in _REVIEWS:
        return None
    return request.review_due if to is request.state else terms.review_due(at)


def _is_enough(request: Request) -> bool:
    """Whether one more approval is the last that the review takes."""
    need = request.way.need(request.state)
    return need is None or len(request.approvals) + 1 >= need.approvals


def _unentitled(request: Request, doing: Doing) -> Forbidden | None:
    """Why the policy lets somebody not review, or lets a review not be passed over."""
    need = request.way.need(request.state)
    if need is None:
        return None
    if doing.act is Act.PASS and need.approvals:
        return Forbidden(message=f"the {spoken(request.state)} takes approvals by {need.approvals}")
    if doing.act in REVIEWING and need.among and not doing.moved.people & set[str](need.among):
        names = ", ".join(need.among)
        return Forbidden(
            message=f'{doing.by.actor} is not among those whom the rule "{request.way.rule}" names for the '
            f"{spoken(request.state)}: {names}"
        )
    return None


def repeated(request: Request, doing: Doing) -> bool:
    """Whether the same person has just done the same: asked twice, it happens once."""
    looked_at = this_round(request.moves) if doing.act is Act.APPROVE else request.moves[-1:]
    return any((each.act, each.role, each.actor) == (doing.act, doing.role, doing.by.actor) for each in looked_at)


def is_overdue(request: Request, at: datetime) -> bool:
    """Whether a review has taken longer than it may."""
    return request.review_due is not None and day_of(at) > request.review_due


def notice_of(request: Request, at: datetime, terms: Terms) -> Notice | None:
    """What is to be said of a review at that time: that it is due, on the last two working days, or that it is overdue."""
    if request.review_due is None:
        return None
    if is_overdue(request, at):
        return Notice.OVERDUE
    return Notice.DUE if terms.calendar.between(day_of(at), request.review_due) <= 1 else None


def agrees(request: Request, fingerprint: str) -> Forbidden | None:
    """Why a decision about that plan is none about this request as it stands now. The plan's first characters will do."""
    current = request.fingerprint or ""
    if len(fingerprint) >= ENOUGH and current.startswith(fingerprint):
        return None
    return Forbidden(
        message=f"the request's plan is {current[:ENOUGH] or 'not made yet'}, not {fingerprint[:ENOUGH]}: look at it again"
    )
