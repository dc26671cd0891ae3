"""Delegations: who reviews in whose place, for what, on which days."""

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from api.http.bodies import RawBody
from api.http.idempotency import OnlyOnce
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place
from api.http.permissions import RequestReader, Reviewer, note
from api.http.problems import FORBIDDEN, HttpProblem, not_found
from api.http.service import Here, Service
from provisioner.access import Principal, Role
from provisioner.delegation import delegate, revoke
from provisioner.operation import Actor
from provisioner.requests.delegation import Delegation as Stored
from provisioner.requests.delegation import DelegationId, Handing, Standing
from provisioner.store import delegations as store
from tenants.days import day_of
from tenants.names import IDENTIFIER, TenantName

router = APIRouter(prefix="/v1/delegations", tags=["delegations"])

_NAME: Final = r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$"
_LONGEST: Final = 200
_HANDED: Final = {
    "giver": "chen.jing",
    "taker": "liu.yang",
    "tenant": "market-regulation",
    "firstDay": "2026-10-01",
    "lastDay": "2026-10-08",
}


def _written(given: object) -> object:
    """Pydantic alone would take a number for seconds since 1970."""
    if isinstance(given, str | date):
        return given
    raise ValueError("a day is meant: 2026-10-08")


#: A day as RFC 3339 has it (full-date).
Day = Annotated[date, BeforeValidator(_written)]


class Handed(Model):
    """What somebody wants: a place to be taken by another."""

    model_config = example(**_HANDED)

    giver: str | None = Field(
        default=None,
        max_length=_LONGEST,
        pattern=_NAME,
        description="Who is away; you unless given. Only operators hand over the place of another.",
    )
    taker: str = Field(max_length=_LONGEST, pattern=_NAME, description="Who reviews in their place.")
    tenant: str | None = Field(
        default=None,
        max_length=63,
        pattern=f"^(?:{IDENTIFIER.pattern})$",
        description="Only for requests of this tenant and those below it; for all unless given.",
    )
    first_day: Day | None = Field(default=None, description="Today unless given.")
    last_day: Day = Field(description="It counts too.")


class Delegation(Model):
    """One person's place, taken by another."""

    model_config = example(
        id="01jd7z9k3m5p7r9t1v",
        **_HANDED,
        state="current",
        createdAt="2026-09-30T08:30:00Z",
        createdBy="chen.jing",
        revokedAt=None,
        revokedBy=None,
    )

    id: str
    giver: str
    taker: str
    tenant: str | None
    first_day: date
    last_day: date
    state: Standing
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    revoked_by: str | None


@router.get("", response_model=Page[Delegation], summary="List delegations")
def list_delegations(principal: RequestReader, service: Here, cursor: Cursor = None, limit: Limit = USUAL) -> Response:
    """The newest first. Whoever does not see the whole city sees those that they gave or were given."""
    place = Place(of="delegations", cursor=cursor, limit=limit)
    key = place.key(str)
    with service.database.autocommit() as connection:
        found = store.listed(
            connection,
            of=None if _sees_all(principal) else principal.actor,
            before=DelegationId(key[0]) if key else None,
            limit=limit + 1,
        )
    shown, after = place.cut(found, lambda each: (each.id,))
    today = day_of(service.now())
    return answer(Page[Delegation](items=tuple(_model(each, today) for each in shown), next=after))


@router.post("", response_model=Delegation, status_code=201, summary="Hand over a place")
def make_delegation(
    handed: Handed, request: Request, principal: Reviewer, service: Here, once: OnlyOnce, body: RawBody
) -> Response:
    """Lets somebody review where the policy names another, from a day to a day.

    Whoever stands in may do no more than both of them might: neither reviews what either of them asked for, nor makes the
    other review of what either of them approved.
    """
    giver = Actor(handed.giver or principal.actor)
    _must_be_theirs(request, principal, giver)

    def make() -> Response:
        at = service.now()
        handing = Handing(
            giver=giver,
            taker=Actor(handed.taker),
            tenant=None if handed.tenant is None else TenantName(handed.tenant),
            first_day=handed.first_day or day_of(at),
            last_day=handed.last_day,
        )
        made = delegate(service.database, handing, by=principal.actor, at=at)
        return answer(_model(made, day_of(at)), status=201)

    return once.answer(principal, body, make)


@router.post("/{delegation_id}/revoke", response_model=Delegation, summary="Revoke a delegation")
def revoke_delegation(
    delegation_id: str, request: Request, principal: Reviewer, service: Here, once: OnlyOnce
) -> Response:
    """Lets it count no more, from now on; what was approved stays approved. One that was revoked stays as it is."""
    found = _find(service, principal, delegation_id)
    _must_be_theirs(request, principal, found.giver)

    def end() -> Response:
        at = service.now()
        revoke(service.database, found.id, by=principal.actor, at=at)
        return answer(_model(_find(service, principal, found.id), day_of(at)))

    return once.answer(principal, b"", end)


def _find(service: Service, principal: Principal, name: str) -> Stored:
    """Raises HttpProblem where it is not there for them."""
    with service.database.autocommit() as connection:
        found = store.find(connection, DelegationId(name)) if "\0" not in name else None
    if found is None or not (_sees_all(principal) or principal.actor in {found.giver, found.taker}):
        raise not_found("delegation", name)
    return found


def _sees_all(principal: Principal) -> bool:
    return principal.tenant is None and principal.role in {Role.OPERATOR, Role.REVIEWER, Role.AUDITOR}


def _must_be_theirs(request: Request, principal: Principal, giver: Actor) -> None:
    """Raises HttpProblem where somebody would dispose of another's place."""
    anybody = principal.role is Role.OPERATOR and principal.tenant is None
    if giver != principal.actor and not anybody:
        reason = f"the place of {giver} is theirs to hand over, or an operator's"
        note(request, "access.refused", reason, principal)
        raise HttpProblem(FORBIDDEN, reason)


def _model(each: Stored, today: date) -> Delegation:
    whole: dict[str, Any] = {
        "id": each.id,
        "giver": each.giver,
        "taker": each.taker,
        "tenant": each.tenant,
        "first_day": each.first_day,
        "last_day": each.last_day,
        "state": each.standing(today),
        "created_at": each.created_at,
        "created_by": each.created_by,
        "revoked_at": each.revoked_at,
        "revoked_by": each.revoked_by,
    }
    return Delegation(**whole)
