"""Requests from submission to confirmation: submitted, reviewed, withdrawn, expired, carried out, confirmed.

Every step is one transaction: the request's state and history, what it reserves, what comes into force, and the audit
entry. The request's row is locked first, then the ledger, then the audit log's head, always in that order. A step that was
taken already is not taken again: doing the same twice changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from provisioner import standing
from provisioner.asking import Declined, Moved, Prepared, Preparing, hold
from provisioner.audit import Detail
from provisioner.audit import Event as AuditEvent
from provisioner.errors import StoreUnavailable
from provisioner.operation import Actor, Operation, OperationState, StepState
from provisioner.requests.calendar import day_of
from provisioner.requests.deeds import Begun, Review, Submission
from provisioner.requests.delegation import givers
from provisioner.requests.difference import difference
from provisioner.requests.increase import Room
from provisioner.requests.progress import Doing, Notice, Terms, advance, agrees, notice_of, passed, repeated
from provisioner.requests.request import Party, Request, RequestId
from provisioner.requests.route import Route, ruled
from provisioner.requests.states import REVIEWING, Act, Forbidden, Role, State
from provisioner.store import audit, delegations, operations, plans, requests, reservations
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.requests import Filter
from tenants.envelopes import upwards
from tenants.policy import STANDARD, PersonName, PolicySpec

if TYPE_CHECKING:
    from provisioner.approval import Approver  # takes a while to import, for the engine comes with it

#: How often a request is checked anew when what is in force changes meanwhile.
_TRIES: Final = 8
#: Where a request is that need not be asked again.
_ASKED: Final = frozenset({State.ADMINISTRATIVE_REVIEW, State.TECHNICAL_REVIEW, State.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Moves requests on; holds what all steps need."""

    database: Database
    preparing: Preparing
    #: Who Tenantry itself is, for the steps that nobody takes.
    system: Actor
    now: Callable[[], datetime]
    terms: Terms = field(default_factory=Terms)

    def draft(self, asked: Submission) -> Request:
        """Keep a request that is not submitted yet; nothing is checked, planned or reserved."""
        request = self._new(asked)
        with self.database.transaction() as connection:
            requests.create(connection, request)
            self._audit(connection, request, action="request.draft", by=asked.by)
        return request

    def submit(self, asked: Submission) -> Request | Declined:
        """Check a request, reserve what it adds, and hand it to the reviewers; or nothing of it.

        Raises StoreUnavailable where what is in force changes faster than it can be checked, and StoreError for a request
        to amend that is not there.
        """
        self.expire_due()
        for _ in range(_TRIES):
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
        doing = self._doing(review.act, review.role, review.by, review.comment)
        instead = self._instead(review.request, doing)
        left = self._left(review.request) if review.act is Act.REJECT else None
        return self._step(review.request, (doing, *instead), fingerprint=review.fingerprint, left=left)

    def may(self, request: Request, act: Act, role: Role, by: Party) -> bool:
        """Whether somebody may take that step now, for themselves or in the place of others."""
        doing = self._doing(act, role, by)
        instead = self._instead(request.id, doing) if act in REVIEWING else ()
        return any(isinstance(advance(request, each, self.terms), Request) for each in (doing, *instead))

    def route_now(self, request: Request) -> Route | None:
        """What the reviews of a request would take by the policy in force now; None where nothing is in force."""
        city = self.preparing.city_in_force()
        return ruled(city.policy, request.way.facts, city) if city else None

    def withdraw(self, request: RequestId, by: Party, comment: str = "") -> Request | Declined:
        """Take a request back, and give back what it reserved."""
        return self._step(request, [self._doing(Act.WITHDRAW, Role.REQUESTER, by, comment)])

    def confirm(self, request: RequestId, by: Party, comment: str = "") -> Request | Declined:
        """The unit's word that it has what it asked for."""
        return self._step(request, [self._doing(Act.CONFIRM, Role.REQUESTER, by, comment)])

    def expire_due(self) -> tuple[RequestId, ...]:
        """End the requests that waited too long, and give back what they reserved; returns those ended here."""
        with self.database.transaction() as connection:
            waiting = requests.due(connection, self.now())
        return tuple(each for each in waiting if self._expire(each))

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

    def execute(self, request: RequestId, approver: "Approver") -> Begun | Declined:
        """Have an approved request carried out, if it still means what was approved.

        The clouds are looked at again. Where the plan would now differ, the request returns to its first review with the
        difference in words. A request that is under execution already is returned with its operations.
        """
        self.expire_due()
        for _ in range(_TRIES):
            current = self._load(request)
            if current.state is not State.APPROVED:
                return self._begun(current)
            prepared = self.preparing.prepare(current.tenant, current.papers)
            if isinstance(prepared, Declined):
                return prepared
            try:
                if prepared.plan.plan.fingerprint != current.fingerprint:
                    return self._review_again(current, prepared)
                return self._execute(current, prepared, approver)
            except Moved:
                continue
        raise StoreUnavailable("what is in force keeps changing while the request is planned: execute it again")

    def execute_all(self, approver: "Approver") -> tuple[Begun | Declined, ...]:
        """Have all approved requests carried out. Any number of workers may: each request is begun by one of them."""
        with self.database.transaction() as connection:
            waiting = requests.in_state(connection, State.APPROVED)
        return tuple(self.execute(each, approver) for each in waiting)

    def conclude(self, request: RequestId) -> Request:
        """Note how the execution of a request ended; as long as it goes on, or once that is noted, nothing happens."""
        for _ in range(_TRIES):
            with self.database.transaction() as connection:
                current = requests.take(connection, request)
                made = operations.of_plan(connection, current.plan) if current.plan else ()
                if current.state is not State.EXECUTING or not all(each.state.final for each in made):
                    return current
                if not _differs(made):
                    return self._end(connection, current, made)
            prepared = self.preparing.prepare(current.tenant, current.papers)
            try:
                ended = self._planned_anew(current, prepared, made)
            except Moved:
                continue
            return ended
        raise StoreUnavailable("what is in force keeps changing while the request is planned: try again")

    def conclude_all(self) -> tuple[Request, ...]:
        """Note the ends of all executions that have ended, whoever began them."""
        with self.database.transaction() as connection:
            under_way = requests.in_state(connection, State.EXECUTING)
        return tuple(self.conclude(each) for each in under_way)

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
        return self._new(asked) if asked.amends is None else self._load(asked.amends)

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
            amended = replace(_planned(current, prepared), papers=asked.papers, evidence=evidence, route=route)
            submitted = advance(amended, self._doing(Act.SUBMIT, Role.REQUESTER, asked.by, asked.comment), self.terms)
            if isinstance(submitted, Forbidden):
                return Declined(message=submitted.message)
            taken_up = self._passed(self._must(submitted, self._doing(Act.TAKE_UP, Role.SYSTEM, self._self)))
            reservations.release(connection, current.id, at=at)
            if asked.amends:
                requests.move(connection, taken_up, known=len(current.history))
            else:
                requests.create(connection, taken_up)
            hold(connection, taken_up, at=at)
            self._audit(connection, taken_up, action="request.submit", by=asked.by, comment=asked.comment)
            self._audit_passes(connection, submitted, taken_up)
        return taken_up

    def _declined(self, request: Request, why: Declined, by: Party) -> Declined:
        """The refusal, after it is on record."""
        with self.database.transaction() as connection:
            self._audit(connection, request, action="request.declined", by=by, comment=why.message)
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
        self._expire(request)
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
                self._audit(connection, current, action="request.refused", by=doing.by, comment=after.message)
                return Declined(message=after.message)
            if left is not None:
                after = replace(after, evidence=replace(after.evidence, rejected=left))
            ended = self._passed(after)
            self._write(connection, current, ended, doing)
            self._audit_passes(connection, after, ended)
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
        return self.preparing.rooms_now(self._load(request))

    def _expire(self, request: RequestId) -> bool:
        with self.database.transaction() as connection:
            current = requests.take(connection, request)
            doing = self._doing(Act.EXPIRE, Role.SYSTEM, self._self)
            if current.expires_at is None or current.expires_at > doing.at:
                return False
            after = advance(current, doing, self.terms)
            if isinstance(after, Forbidden):
                return False
            self._write(connection, current, after, doing)
        return True

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

    def _write(self, connection: Connection, before: Request, after: Request, doing: Doing) -> None:
        """Write a step that does nothing to the clouds; what the request no longer needs is given back."""
        if before.state.holds and not after.state.holds:
            reservations.release(connection, after.id, at=doing.at)
        requests.move(connection, after, known=len(before.history))
        self._audit(connection, after, action=f"request.{doing.act}", by=doing.by, comment=doing.comment)

    def _passed(self, request: Request) -> Request:
        return passed(request, self._self, self.now(), self.terms)

    def _audit_passes(self, connection: Connection, before: Request, after: Request) -> None:
        """An entry for each review that was passed by rule, which names it."""
        for each in after.history[len(before.history) :]:
            if each.act is Act.PASS:
                self._audit(connection, after, action="request.pass", by=each.by, comment=each.comment)

    # Execution

    def _execute(self, request: Request, prepared: Prepared, approver: "Approver") -> Begun | Declined:
        approver.open_queues(prepared.plan)
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            plans.take(connection, prepared.plan.id)
            if current.state is not State.APPROVED or current.fingerprint != prepared.plan.plan.fingerprint:
                raise Moved
            doing = self._doing(Act.EXECUTE, Role.SYSTEM, self._self)
            after = self._must(_planned(current, prepared), doing)
            made_any = any(section.applicable for section in prepared.plan.plan.sections)
            if not made_any:
                after = self._must(after, self._doing(Act.FINISH, Role.SYSTEM, self._self))
                self._settle(connection, after, at=doing.at)
            requests.move(connection, after, known=len(current.history))
            made = approver.approve_within(connection, prepared.plan, prepared.city, self.system)
            self._audit(connection, after, action="request.execute", by=self._self)
        return Begun(request=after, operations=made)

    def _begun(self, request: Request) -> Begun | Declined:
        if request.state is not State.EXECUTING or request.plan is None:
            message = f"the request is in {request.state.value.replace('-', ' ')}; an approved one is carried out"
            return Declined(message=message)
        with self.database.transaction() as connection:
            return Begun(request=request, operations=operations.of_plan(connection, request.plan))

    def _review_again(self, request: Request, prepared: Prepared) -> Begun | Declined:
        """Back to the reviewers with another plan, with what it adds reserved in place of what the former one did."""
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            if current.history != request.history or current.plan is None:
                raise Moved
            evidence = prepared.reserve(connection, current.id)
            if isinstance(evidence, Declined):
                return evidence
            before = plans.load(connection, current.plan).plan
            told = "; ".join(difference(before, prepared.plan.plan)) or "the order of what would be done"
            doing = self._doing(Act.REVIEW_AGAIN, Role.SYSTEM, self._self, f"the plan changed: {told}")
            route = prepared.route(current.requester, evidence)
            again = self._must(replace(_planned(current, prepared), evidence=evidence, route=route), doing)
            after = self._passed(again)
            reservations.release(connection, current.id, at=doing.at)
            requests.move(connection, after, known=len(current.history))
            hold(connection, after, at=doing.at)
            self._audit(connection, after, action="request.review-again", by=self._self, comment=doing.comment)
            self._audit_passes(connection, again, after)
        return Begun(request=after)

    def _planned_anew(self, request: Request, prepared: Prepared | Declined, made: Sequence[Operation]) -> Request:
        """What becomes of a request whose clouds were no longer as its plan had seen them."""
        again = prepared if isinstance(prepared, Declined) else self._review_again(request, prepared)
        if isinstance(again, Begun):
            return again.request
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            if current.state is not State.EXECUTING:
                return current
            # How much others hold stays out of what the department reads.
            why = "there is not enough left" if again.shortfalls else again.message
            return self._end(connection, current, made, why=why)

    def _end(self, connection: Connection, request: Request, made: Sequence[Operation], why: str = "") -> Request:
        """Finished, or failed. What was done, if only in part, is in force and counts as held; the rest is given back."""
        failures = [f"{each.tenant} in {each.cloud}: {_reason(each)}" for each in made if not _is_done(each)]
        act = Act.FAIL if failures or why else Act.FINISH
        doing = self._doing(act, Role.SYSTEM, self._self, "; ".join((*((why,) if why else ()), *failures)))
        after = self._must(request, doing)
        if act is Act.FINISH or any(step.state is StepState.DONE for each in made for step in each.steps):
            self._settle(connection, after, at=doing.at)
        else:
            reservations.release(connection, after.id, at=doing.at)
        requests.move(connection, after, known=len(request.history))
        self._audit(connection, after, action=f"request.{act}", by=self._self, comment=doing.comment)
        return after

    def _settle(self, connection: Connection, request: Request, *, at: datetime) -> None:
        reservations.settle(connection, request.id, at=at)
        standing.apply_request(connection, request, at=at)

    # What all steps share

    @property
    def _self(self) -> Party:
        return Party(actor=self.system)

    def _doing(self, act: Act, role: Role, by: Party, comment: str = "") -> Doing:
        return Doing(act=act, role=role, by=by, at=self.now(), comment=comment)

    def _must(self, request: Request, doing: Doing) -> Request:
        after = advance(request, doing, self.terms)
        if isinstance(after, Forbidden):
            raise AssertionError(after.message)  # noqa: TRY004 - not a wrong type, but a step that must be possible
        return after

    def _load(self, request: RequestId) -> Request:
        with self.database.transaction() as connection:
            return requests.load(connection, request)

    def _audit(self, connection: Connection, request: Request, *, action: str, by: Party, comment: str = "") -> None:
        detail: dict[str, Detail] = {
            "tenant": request.tenant,
            "state": request.state,
            "plan": request.plan,
            "fingerprint": request.fingerprint,
        }
        if by.entered_by:
            detail["on behalf of"] = by.actor
        if by.stands_for:
            detail["in place of"] = by.stands_for
        if by.authority:
            detail["authority"] = by.authority
        if comment:
            detail["comment"] = comment
        event = AuditEvent(at=self.now(), actor=by.hand, action=action, subject=request.id, detail=detail)
        audit.append(connection, event)


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


def _planned(request: Request, prepared: Prepared) -> Request:
    return replace(request, plan=prepared.plan.id, fingerprint=prepared.plan.plan.fingerprint)


def _differs(made: Sequence[Operation]) -> bool:
    """Whether what went wrong is only that the clouds were no longer as the plan had seen them."""
    ends = {each.state for each in made}
    return OperationState.PLAN_CHANGED in ends and ends <= {OperationState.PLAN_CHANGED, OperationState.DONE}


def _is_done(operation: Operation) -> bool:
    return operation.state is OperationState.DONE


def _reason(operation: Operation) -> str:
    return operation.failure.message if operation.failure else operation.state.value
