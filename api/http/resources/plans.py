"""Plans: what would change in the clouds, made from manifests, and applied once they are consented to."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request, Response

from api.http import bodies
from api.http.bodies import RawBody
from api.http.conditional import etag_of, names_state, tagged
from api.http.idempotency import OnlyOnce
from api.http.model import answer
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Applier, Planner, WorkReader
from api.http.problems import (
    CHANGED,
    REQUIRED,
    UNCONFIRMED,
    Confirmation,
    Fault,
    HttpProblem,
    not_found,
    of_manifests,
    of_parameter,
)
from api.http.resources import plans_models as models
from api.http.resources.operations import line
from api.http.seeing import Sight
from api.http.service import Here, Service
from api.render import plan as view
from api.render import problems as problems_view
from api.render.deletions import to_confirm, unconfirmed
from api.render.names import Names
from provisioner.access import Principal
from provisioner.operation import PlanId
from provisioner.store import pages, plans
from provisioner.store.pages import OperationFilter, PlanLine
from provisioner.store.plans import StoredPlan
from tenants.language.report import choose
from tenants.names import TenantName
from tenants.problems import Problem as ManifestFault
from tenants.spec import City

router = APIRouter(prefix="/v1", tags=["plans"])


@router.get("/plans", response_model=Page[models.PlanSummary], summary="List plans")
def list_plans(service: Here, principal: WorkReader, cursor: Cursor = None, limit: Limit = USUAL) -> Response:
    """Plans, newest first; for a member of a department those that speak of its own part of the tree alone."""
    place = Place(of="plans", cursor=cursor, limit=limit)
    key = place.key(str)
    visible = service.pictures.newest().visible(principal)
    with service.database.autocommit() as connection:
        found = pages.plans(connection, visible=visible, before=key[0] if key else None, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.id,))
    return answer(Page[models.PlanSummary](items=tuple(map(_line, shown)), next=following))


@router.get("/plans/{plan}", response_model=models.Plan, summary="Show a plan")
def show_plan(plan: str, request: Request, service: Here, principal: WorkReader) -> Response:
    """One plan, with every action, refusal and notice."""
    stored = _found(plan, request, service, principal)
    return tagged(
        request,
        models.Plan.model_validate(_document(stored, service.cities.of(stored), principal, service)),
        stored.plan.fingerprint,
    )


@router.post(
    "/plans",
    response_model=models.MadePlan,
    status_code=201,
    openapi_extra=bodies.described(),
    summary="Make a plan",
)
def make_plan(
    request: Request,
    service: Here,
    principal: Planner,
    once: OnlyOnce,
    *,
    body: RawBody,
    tenant: Annotated[list[Text] | None, Query(description="Only these tenants; checks are made over all.")] = None,
    recorded: Annotated[bool, Query(description="From the last looks on record; asks no cloud anything.")] = False,
) -> Response:
    """Validates the manifests, looks at the clouds, plans, and keeps the plan; changes nothing in any cloud.

    Where the manifests are not in order, or ask for what the clouds cannot give, every problem is told with its line and column.
    """
    content_type = request.headers.get("content-type", "")

    def make() -> Response:
        validation, manifests = bodies.check(bodies.files_of(body, content_type))
        if manifests is None:
            raise of_manifests(validation.problems)
        only = _chosen(manifests.city, tenant)
        proposal = service.proposer(principal.actor, recorded).propose(manifests, only)
        if proposal.stored is None:
            raise of_manifests(proposal.problems)
        service.cities.keep(proposal.stored.revision, manifests.city)
        document = _document(proposal.stored, manifests.city, principal, service)
        made = models.MadePlan.model_validate(
            {**document, "warnings": _faults((*validation.problems, *proposal.problems))}
        )
        headers = {"location": f"/v1/plans/{made.id}", "etag": etag_of(made.fingerprint)}
        return answer(made, status=201, headers=headers)

    return once.answer(principal, body, make)


@router.post(
    "/plans/{plan}/apply",
    response_model=models.Applied,
    status_code=202,
    responses={200: {"model": models.Applied, "description": "It was applied before: its operations."}},
    summary="Apply a plan",
)
def apply_plan(
    plan: str,
    request: Request,
    service: Here,
    principal: Applier,
    once: OnlyOnce,
    *,
    body: RawBody,
    consent: Annotated[models.Consent | None, Body()] = None,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The plan's `ETag`: what is consented to. Required.")
    ] = None,
) -> Response:
    """Consents to the plan as it stands and queues its operations; workers carry them out. A plan is applied once.

    What it deletes has to be confirmed by name. Where a cloud has changed since, its operation ends as `plan-changed` and nothing of
    it is done.
    """

    def apply() -> Response:
        stored = _found(plan, request, service, principal)
        if if_match is None:
            raise HttpProblem(REQUIRED, "send If-Match with the plan's ETag")
        if not names_state(if_match, stored.plan.fingerprint):
            raise HttpProblem(CHANGED, f"plan {plan} has the fingerprint {stored.plan.fingerprint}")
        city = service.cities.of(stored)
        _must_be_confirmed(stored, city, consent.confirm if consent else ())
        approved = service.approver.approve(
            stored, city, principal.actor, authority=consent.authority if consent else ""
        )
        with service.database.autocommit() as connection:
            lines = pages.operations(connection, OperationFilter(plan=stored.id), limit=models.LISTED)
        names = Names.of(city)
        begun = models.Applied(
            plan=stored.id,
            begun=approved.now,
            operations=tuple(line(each, names.display(each.tenant)) for each in lines),
        )
        headers = {"location": f"/v1/operations?plan={stored.id}"}
        return answer(begun, status=202 if approved.now else 200, headers=headers)

    return once.answer(principal, body, apply)


def _found(plan: str, request: Request, service: Service, principal: Principal) -> StoredPlan:
    """A plan that somebody may see. Raises HttpProblem where there is none."""
    with service.database.autocommit() as connection:
        stored = plans.find(connection, PlanId(plan)) if "\0" not in plan else None
    if stored is None:
        raise not_found("plan", plan)
    tenants = {section.tenant for section in stored.plan.sections}
    Sight(request, service.pictures.newest(), principal).must_include(tenants, what="plan", name=plan)
    return stored


def _chosen(city: City, names: list[str] | None) -> frozenset[TenantName]:
    chosen = frozenset(TenantName(name) for name in names or ())
    unknown = sorted(chosen - city.tenants.keys())
    if unknown:
        near = choose(unknown[0], city.tenants)
        raise of_parameter("query", "tenant", f"no manifest names the tenant {', '.join(unknown)}; {near}")
    return chosen


def _must_be_confirmed(stored: StoredPlan, city: City, said: tuple[str, ...]) -> None:
    missing = unconfirmed(to_confirm(stored.plan, Names.of(city)), said)
    if missing:
        deletions = tuple(Confirmation(name=each.name, what=each.what, where=each.where) for each in missing)
        raise HttpProblem(UNCONFIRMED, f"{len(missing)} not confirmed", {"deletions": deletions})


def _document(stored: StoredPlan, city: City, principal: Principal, service: Service) -> dict[str, Any]:
    document: dict[str, Any] = dict(view.as_document(stored.plan, Names.of(city)))
    if principal.tenant is not None:
        document |= {"unmanaged": [], "orphaned": []}
    return {
        **document,
        "id": stored.id,
        "revision": stored.revision,
        "createdAt": stored.created_at,
        "expiresAt": service.approver.expiry(stored),
        "actor": stored.actor,
    }


def _faults(problems: tuple[ManifestFault, ...]) -> tuple[Fault, ...]:
    document: Any = problems_view.as_document(problems)
    return tuple(Fault(**each) for each in document["problems"])


def _line(each: PlanLine) -> models.PlanSummary:
    return models.PlanSummary(
        id=each.id,
        revision=each.revision,
        created_at=each.created_at,
        actor=each.actor,
        fingerprint=each.fingerprint,
        actions=each.actions,
        refusals=each.refusals,
        applied=each.applied,
    )
