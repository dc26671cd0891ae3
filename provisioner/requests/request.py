"""The record of a request: what was asked, by whom, the plan that decisions bind to, and everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from provisioner.operation import Actor, PlanId
from provisioner.plan import Fingerprint
from provisioner.requests.evidence import Evidence
from provisioner.requests.route import REVIEW_OF, STANDARD_ROUTE, Route
from provisioner.requests.states import Act, Moved, Role, State, this_round
from tenants.names import TenantName

RequestId = NewType("RequestId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who acts: the person whose name counts for the rules, and who typed it."""

    actor: Actor
    #: The one who was at the keyboard, where that is somebody else: `actor` is taken at their word.
    entered_by: Actor | None = None
    #: Whose place `actor` takes, by delegation.
    stands_for: Actor | None = None

    #: The number of the official document by whose authority they act, for the audit log; empty where none was given.
    authority: str = ""

    @property
    def hand(self) -> Actor:
        """Who did it, for the audit log."""
        return self.entered_by or self.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The manifests that a request brings."""

    #: File name to text.
    files: Mapping[str, str]
    #: File name to text of what the manifests name.
    attached: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a request's history."""

    at: datetime
    act: Act
    role: Role
    by: Party
    before: State
    after: State
    comment: str = ""
    #: The plan that the step is about; a decision binds to it and to no other.
    fingerprint: Fingerprint | None = None

    @property
    def moved(self) -> Moved:
        """As the rules look at it."""
        return Moved(act=self.act, role=self.role, actor=self.by.actor, stands_for=self.by.stands_for)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as it stands."""

    id: RequestId
    #: Everything that it asks for is this tenant's or below it.
    tenant: TenantName
    #: Who first submitted it.
    requester: Actor
    state: State
    created_at: datetime
    papers: Papers
    plan: PlanId | None = None
    fingerprint: Fingerprint | None = None
    evidence: Evidence = field(default_factory=Evidence)
    #: What its reviews take; None before it is submitted.
    route: Route | None = None
    #: The last working day of the review that is due; None where none is.
    review_due: date | None = None
    #: When it stops waiting for people, and its reservation ends; None where it does not wait.
    expires_at: datetime | None = None
    #: Oldest first.
    history: tuple[Event, ...] = ()
    #: Why it could not be carried out when that was last tried, although it is approved; None where nothing is in the way.
    obstacle: str | None = None

    @property
    def way(self) -> Route:
        """What its reviews take."""
        return self.route or STANDARD_ROUTE

    @property
    def approvals(self) -> tuple[Event, ...]:
        """The approvals of the review that it is in."""
        role = next((role for role, state in REVIEW_OF.items() if state is self.state), None)
        recent = self.history[len(self.history) - len(this_round(self.moves)) :]
        return tuple(each for each in recent if each.act is Act.APPROVE and each.role is role)

    @property
    def moves(self) -> tuple[Moved, ...]:
        """Its history as the rules look at it."""
        return tuple(each.moved for each in self.history)
