"""Requests as people move them: submitted, reviewed, withdrawn, confirmed; and reminders of what waits for people.

Each is a step as `provisioner.steps` has it. One that was taken already is not taken again: doing the same twice changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from provisioner.asking import Declined, Moved, Prepared, hold
from provisioner.audit import Detail
from provisioner.audit import Event as AuditEvent
from provisioner.carrying import Carrying
from provisioner.errors import StoreUnavailable
from provisioner.requests.deeds import Review, Submission
from provisioner.requests.delegation import givers
from provisioner.requests.increase import Room
from provisioner.requests.progress import Doing, Notice, advance, agrees, notice_of, repeated
from provisioner.requests.request import Party, Request, RequestId
from provisioner.requests.route import Route, ruled
from provisioner.requests.states import REVIEWING, Act, Forbidden, Role, State
from provisioner.steps import TRIES, Steps, planned
from provisioner.store import audit, delegations, requests, reservations
from provisioner.store.database import Connection
from provisioner.store.ids import new_id
from provisioner.store.requests import Filter
from tenants.days import day_of
from tenants.envelopes import upwards
from tenants.policy import STANDARD, PersonName, PolicySpec

if TYPE_CHECKING:
    pass  # takes a while to import, for the engine comes with it

#: Where a request is that need not be asked again.
_ASKED: Final = frozenset({State.ADMINISTRATIVE_REVIEW, State.TECHNICAL_REVIEW, State.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding(Steps):
    """Moves requests on as people say."""

    @property
    def carrying(self) -> Carrying:
        """What carries approved requests out."""
        return Carrying(
            database=self.database, preparing=self.preparing, system=self.system, now=self.now, terms=self.terms
        )

    def draft(self, asked: Submission) -> Request:
        """Keep a request that is not submitted yet; nothing is checked, planned or reserved."""
        request = self._new(asked)
        with self.database.transaction() as connection:
            requests.create(connection, request)
            self.audit(connection, request, action="request.draft", by=asked.by)
        return request

    def submit(self, asked: Submission) -> Request | Declined:
        """Check a request, reserve what it adds, and hand it to the reviewers; or nothing of it.

        Raises StoreUnavailable where what is in force changes faster than it can be checked, and StoreError for a request
        to amend that is not there.
        """
        self.expire_due()
        for _ in range(TRIES):
            request = self._asked(asked)
            if request.state in _ASKED and request.papers == asked.papers:
                return request
            if (same := self._same(asked)) is not None:
                return same
            prepared = self.preparing.prepare(request.tenant, asked.papers)
            if isinstance(prepared, Declined):
                return self._declined(request, prepared, asked.by)
            try:
                entered = self._enter(request, prepared, asked)
            except Moved:
                continue
            return self._declined(request, entered, asked.by) if isinstance(entered, Declined) else entered
        raise StoreUnavailable("what is in force keeps changing while the request is checked: submit it again")

    def review(self, review: Review) -> Request | Declined:
        """Approve, reject or ask for changes, in one of the two reviews."""
        if review.act not in REVIEWING:
            raise ValueError(f"{review.act} is no review")
        if review.act is not Act.APPROVE and not review.comment.strip():
            return Declined(message=f"to {review.act.value.replace('-', ' ')} needs a reason")
        doing = self.doing(review.act, review.role, review.by, review.comment)
        instead = self._instead(review.request, doing)
        left = self._left(review.request) if review.act is Act.REJECT else None
        return self._step(review.request, (doing, *instead), fingerprint=review.fingerprint, left=left)

    def may(self, request: Request, act: Act, role: Role, by: Party) -> bool:
        """Whether somebody may take that step now, for themselves or in the place of others."""
        doing = self.doing(act, role, by)
        instead = self._instead(request.id, doing) if act in REVIEWING else ()
        return any(isinstance(advance(request, each, self.terms), Request) for each in (doing, *instead))

    def route_now(self, request: Request) -> Route | None:
        """What the reviews of a request would take by the policy in force now; None where nothing is in force."""
        city = self.preparing.city_in_force()
        return ruled(city.policy, request.way.facts, city) if city else None

    def withdraw(self, request: RequestId, by: Party, comment: str = "") -> Request | Declined:
        """Take a request back, and give back what it reserved."""
        return self._step(request, [self.doing(Act.WITHDRAW, Role.REQUESTER, by, comment)])

    def confirm(self, request: RequestId, by: Party, comment: str = "") -> Request | Declined:
        """The unit's word that it has what it asked for."""
        return self._step(request, [self.doing(Act.CONFIRM, Role.REQUESTER, by, comment)])

    def remind(self) -> tuple[tuple[RequestId, Notice], ...]:
        """Note, once for each review, that it is due and that it is overdue; returns what was noted here.

        Whoever is to be told, reads the audit log's `request.due` and `request.overdue`; `to` in them has the names, where the
        policy has any: of the reviewers while it is due, and of those whom it escalates to once it is overdue.
        """
        soon = self.terms.calendar.after(day_of(self.now()), 1).day
        with self.database.transaction() as connection:
            late = requests.in_review(connection, soon)
        city = self.preparing.city_in_force() if late else None
        noted = ((each, self._remind(each, city.policy if city else STANDARD)) for each in late)
        return tuple((request, notice) for request, notice in noted if notice)

    # Submission

    def _new(self, asked: Submission) -> Request:
        at = self.now()
        return Request(
            id=RequestId(new_id(at)),
            tenant=asked.tenant,
            requester=asked.by.actor,
            state=State.DRAFT,
            created_at=at,
            papers=asked.papers,
        )

    def _asked(self, asked: Submission) -> Request:
        return self._new(asked) if asked.amends is None else self.load(asked.amends)

    def _same(self, asked: Submission) -> Request | None:
        with self.database.transaction() as connection:
            return _same_asked(connection, asked)

    def _enter(self, request: Request, prepared: Prepared, asked: Submission) -> Request | Declined:
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id) if asked.amends else request
            evidence = prepared.reserve(connection, current.id)
            if (same := _same_asked(connection, asked)) is not None:
                return same
            if isinstance(evidence, Declined):
                return evidence
            at = self.now()
            route = prepared.route(current.requester, evidence)
            amended = replace(planned(current, prepared), papers=asked.papers, evidence=evidence, route=route)
            submitted = advance(amended, self.doing(Act.SUBMIT, Role.REQUESTER, asked.by, asked.comment), self.terms)
            if isinstance(submitted, Forbidden):
                return Declined(message=submitted.message)
            taken_up = self.passed(self.must(submitted, self.doing(Act.TAKE_UP, Role.SYSTEM, self.itself)))
            reservations.release(connection, current.id, at=at)
            if asked.amends:
                requests.move(connection, taken_up, known=len(current.history))
            else:
                requests.create(connection, taken_up)
            hold(connection, taken_up, at=at)
            self.audit(connection, taken_up, action="request.submit", by=asked.by, comment=asked.comment)
            self.audit_passes(connection, submitted, taken_up)
        return taken_up

    def _declined(self, request: Request, why: Declined, by: Party) -> Declined:
        """The refusal, after it is on record."""
        with self.database.transaction() as connection:
            self.audit(connection, request, action="request.declined", by=by, comment=why.message)
        return why

    # Steps of people

    def _step(
        self,
        request: RequestId,
        doings: Sequence[Doing],
        *,
        fingerprint: str | None = None,
        left: tuple[Room, ...] | None = None,
    ) -> Request | Declined:
        """Take the first of these steps that can be taken; where none can, say why the first cannot."""
        self.expire(request)
        with self.database.transaction() as connection:
            current = requests.take(connection, request)
            stale = None if fingerprint is None else agrees(current, fingerprint)
            if stale is not None:
                return Declined(message=stale.message)
            if repeated(current, doings[0]):
                return current
            tried = [(each, advance(current, each, self.terms)) for each in doings]
            doing, after = next((each for each in tried if isinstance(each[1], Request)), tried[0])
            if isinstance(after, Forbidden):
                self.audit(connection, current, action="request.refused", by=doing.by, comment=after.message)
                return Declined(message=after.message)
            if left is not None:
                after = replace(after, evidence=replace(after.evidence, rejected=left))
            ended = self.passed(after)
            self.write(connection, current, ended, doing)
            self.audit_passes(connection, after, ended)
        return ended

    def _instead(self, request: RequestId, doing: Doing) -> tuple[Doing, ...]:
        """The same step in the place of others, where delegations allow that."""
        day, taker = day_of(doing.at), doing.by.actor
        with self.database.transaction() as connection:
            found = delegations.to(connection, taker, day)
            tenant = requests.load(connection, request).tenant if found else None
        city = self.preparing.city_in_force() if tenant else None
        if tenant is None or city is None:
            return ()
        allowed = givers(found, taker, day, upwards(city, tenant))
        return tuple(replace(doing, by=replace(doing.by, stands_for=each)) for each in allowed)

    def _left(self, request: RequestId) -> tuple[Room, ...]:
        return self.preparing.rooms_now(self.load(request))

    def _remind(self, request: RequestId, policy: PolicySpec) -> Notice | None:
        with self.database.transaction() as connection:
            current = requests.take(connection, request)
            notice = notice_of(current, self.now(), self.terms)
            if notice is None:
                return None
            detail: dict[str, Detail] = {"review": current.state.value, "due": str(current.review_due)}
            if audit.has(connection, subject=request, action=notice, detail=detail):
                return None
            told = policy.escalate_to if notice is Notice.OVERDUE else _reviewers(current)
            whole = {**detail, **({"to": ", ".join(told)} if told else {})}
            event = AuditEvent(at=self.now(), actor=self.system, action=notice, subject=request, detail=whole)
            audit.append(connection, event)
        return notice


def _same_asked(connection: Connection, asked: Submission) -> Request | None:
    """The request by which the same person asks for the same already: asked twice, it is one request."""
    if asked.amends is not None:
        return None
    wanted = Filter(states=_ASKED, tenants=[asked.tenant])
    alike = (each for each in requests.listed(connection, wanted) if each.papers == asked.papers)
    return next((each for each in alike if each.requester == asked.by.actor), None)


def _reviewers(request: Request) -> tuple[PersonName, ...]:
    """Those whom the review that a request is in names."""
    need = request.way.need(request.state)
    return need.among if need else ()
