"""What a service is asked and answers, as records: those of requests and operations are Tenantry's own, so that whatever shows them needs no other.

Members that this version does not know are passed over, for a service may be newer than its client. What a record needs and an answer
lacks raises ServiceFailed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from api.client.errors import ServiceFailed
from provisioner.operation import Actor, Failure, OperationId, OperationState, PlanId
from provisioner.requests.comparison import Comparison
from provisioner.requests.delegation import Delegation, DelegationId
from provisioner.requests.request import Papers, Request, RequestId
from provisioner.requests.states import Act, State
from tenants.names import CloudName, TenantName

Record = TypeVar("Record")
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the token is."""

    actor: str
    role: str
    #: The root of the part of the tree that is to be seen; None where that is all.
    tenant: TenantName | None
    permissions: frozenset[str]
    #: When the token ends.
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine:
    """An operation whose steps are only counted."""

    id: OperationId
    plan: PlanId
    tenant: TenantName
    display_name: str
    cloud: CloudName
    state: OperationState
    created_at: datetime
    finished_at: datetime | None
    failure: Failure | None
    steps: int
    steps_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An operation that is followed cannot be seen for a while. It goes on, and it is tried again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the application form would say of a project."""

    project: str
    systems: str
    purpose: str
    funding: str | None
    environment: str
    protection_level: int
    #: None where no assessment is spoken of.
    cryptography_required: bool | None
    cryptography_passed_on: date | None
    cryptography_next_due: date | None
    go_live: date | None
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request in a list: without manifests, evidence and history."""

    request: Request
    display_name: str
    #: As the service said it.
    document: Document = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRequest(RequestLine):
    """A request with everything that a decision needs; its manifests are asked for apart."""

    forms: tuple[Form, ...]
    #: What the one who asks may do now: `approve`, `withdraw` and so on.
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a request would change."""

    comparison: Comparison
    #: As the service said it.
    document: Document = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A request that was to be carried out, and the operations that do so."""

    request: RequestLine
    operations: tuple[OperationLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is submitted."""

    #: All that is asked for is this tenant's or below it.
    tenant: TenantName
    papers: Papers
    #: The request that changes were asked for; None makes a new one.
    amends: RequestId | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a reviewer decides, about one plan."""

    request: RequestId
    #: `approve`, `reject` or `ask-changes`.
    act: Act
    #: `administrative` or `technical`.
    review: str
    #: The plan that was looked at, or the first 12 characters of its fingerprint.
    fingerprint: str
    comment: str = ""
    #: The number of an official document, for the audit log.
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests are listed; all of them unless something is given."""

    states: tuple[State, ...] = ()
    tenant: TenantName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedOperations:
    """Which operations are listed; all of them unless something is given."""

    plan: PlanId | None = None
    tenant: TenantName | None = None
    cloud: CloudName | None = None
    state: OperationState | None = None


def read(make: Callable[[Any], Record], document: Any) -> Record:
    """The record of an answer. Raises ServiceFailed where it lacks something, or has it in another form."""
    try:
        return make(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"the service's answer is not understood ({type(error).__name__}: {error}); is its version another?"
        raise ServiceFailed(said) from error


def me(document: Document) -> Me:
    """Of `/v1/me`."""
    return Me(
        actor=document["actor"],
        role=document["role"],
        tenant=document["tenant"],
        permissions=frozenset(document["permissions"]),
        until=moment(document["until"]),
    )


def delegation(document: Document) -> Delegation:
    """One person's place, taken by another."""
    return Delegation(
        id=DelegationId(document["id"]),
        giver=Actor(document["giver"]),
        taker=Actor(document["taker"]),
        tenant=perhaps(TenantName, document["tenant"]),
        first_day=day(document["firstDay"]),
        last_day=day(document["lastDay"]),
        created_at=moment(document["createdAt"]),
        created_by=Actor(document["createdBy"]),
        revoked_at=perhaps(moment, document["revokedAt"]),
        revoked_by=perhaps(Actor, document["revokedBy"]),
    )


def moment(text: str) -> datetime:
    """A time with its zone."""
    return datetime.fromisoformat(text)


def perhaps(make: Callable[[Any], Record], value: Any) -> Record | None:
    """What is made of a value, unless it is null."""
    return None if value is None else make(value)


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)


def failure(document: Document) -> Failure:
    """Why something failed."""
    return Failure(
        message=document["message"], request_id=document.get("requestId"), retryable=bool(document.get("retryable"))
    )
