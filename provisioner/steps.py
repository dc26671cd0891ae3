"""What every step of a request needs, whoever takes it: the clock, the rules, the audit entry; and that requests expire.

A step is one transaction: the request's state and history, what it reserves, what comes into force, and the audit
entry. The request's row is locked first, then the ledger, then the audit log's head, always in that order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from provisioner.asking import Prepared, Preparing
from provisioner.audit import Detail
from provisioner.audit import Event as AuditEvent
from provisioner.operation import Actor
from provisioner.requests.progress import Doing, Terms, advance, passed
from provisioner.requests.request import Party, Request, RequestId
from provisioner.requests.states import Act, Forbidden, Role
from provisioner.store import audit, requests, reservations
from provisioner.store.database import Connection, Database

#: How often a request is checked anew when what is in force changes meanwhile.
TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Holds what all steps need."""

    database: Database
    preparing: Preparing
    #: Who Tenantry itself is, for the steps that nobody takes.
    system: Actor
    now: Callable[[], datetime]
    terms: Terms = field(default_factory=Terms)

    def expire_due(self) -> tuple[RequestId, ...]:
        """End the requests that waited too long, and give back what they reserved; returns those ended here."""
        with self.database.transaction() as connection:
            waiting = requests.due(connection, self.now())
        return tuple(each for each in waiting if self.expire(each))

    def expire(self, request: RequestId) -> bool:
        """End a request that waited too long; returns whether it was ended here."""
        with self.database.transaction() as connection:
            current = requests.take(connection, request)
            doing = self.doing(Act.EXPIRE, Role.SYSTEM, self.itself)
            if current.expires_at is None or current.expires_at > doing.at:
                return False
            after = advance(current, doing, self.terms)
            if isinstance(after, Forbidden):
                return False
            self.write(connection, current, after, doing)
        return True

    def write(self, connection: Connection, before: Request, after: Request, doing: Doing) -> None:
        """Write a step that does nothing to the clouds; what the request no longer needs is given back."""
        if before.state.holds and not after.state.holds:
            reservations.release(connection, after.id, at=doing.at)
        requests.move(connection, after, known=len(before.history))
        self.audit(connection, after, action=f"request.{doing.act}", by=doing.by, comment=doing.comment)

    def passed(self, request: Request) -> Request:
        """The request, past the reviews that its route does without."""
        return passed(request, self.itself, self.now(), self.terms)

    def audit_passes(self, connection: Connection, before: Request, after: Request) -> None:
        """An entry for each review that was passed by rule, which names it."""
        for each in after.history[len(before.history) :]:
            if each.act is Act.PASS:
                self.audit(connection, after, action="request.pass", by=each.by, comment=each.comment)

    @property
    def itself(self) -> Party:
        """Tenantry, as whoever takes a step."""
        return Party(actor=self.system)

    def doing(self, act: Act, role: Role, by: Party, comment: str = "") -> Doing:
        """A step that is taken now."""
        return Doing(act=act, role=role, by=by, at=self.now(), comment=comment)

    def must(self, request: Request, doing: Doing) -> Request:
        """The request after a step that is possible wherever this is called."""
        after = advance(request, doing, self.terms)
        if isinstance(after, Forbidden):
            raise AssertionError(after.message)  # noqa: TRY004 - not a wrong type, but a step that must be possible
        return after

    def load(self, request: RequestId) -> Request:
        """The request as it stands. Raises StoreError where there is none."""
        with self.database.transaction() as connection:
            return requests.load(connection, request)

    def audit(self, connection: Connection, request: Request, *, action: str, by: Party, comment: str = "") -> None:
        """Append what was done to the audit log, within the step's transaction."""
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


def planned(request: Request, prepared: Prepared) -> Request:
    """The request with the plan that was made of it."""
    return replace(request, plan=prepared.plan.id, fingerprint=prepared.plan.plan.fingerprint)
