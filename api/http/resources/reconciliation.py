"""Reconciliation: how each tenant stands in each cloud, and a look at it now."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.idempotency import OnlyOnce
from api.http.model import Model, Prose, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Looker, Reader
from api.http.picture import Picture
from api.http.seeing import Sight
from api.http.service import Here
from provisioner.reconciliation.conditions import Condition, condition_of
from provisioner.store import reconciliation as store
from provisioner.store.reconciliation import Known

router = APIRouter(prefix="/v1", tags=["reconciliation"])


class TenantCondition(Model):
    """How a tenant stands in a cloud."""

    model_config = example(
        tenant="market-regulation",
        displayName="市市场监督管理局",
        cloud="city",
        condition="drifted",
        drift=1,
        driftSince="2026-11-20T02:00:00Z",
        obstacle=None,
        lookedAt="2026-11-21T08:30:00Z",
        dueAt="2026-11-21T08:40:00Z",
    )

    tenant: str
    display_name: str
    cloud: str
    condition: Condition = Field(
        description="`pending`: something is being done for it, or is still to be planned again; `failed`: its last operation did; "
        "`blocked`: `obstacle` says what is in the way; `drifted`; `unknown`: nobody has looked yet; `in-sync`."
    )
    drift: int = Field(description="How many properties are not as they were applied; `GET /v1/drift` has them.")
    drift_since: datetime | None = Field(description="When the oldest of them was first seen.")
    obstacle: Prose | None = Field(
        description="Why the last look could not read everything, or why what drifted is not corrected."
    )
    looked_at: datetime | None = Field(description="The last look that could read everything.")
    due_at: datetime | None = Field(description="When it is looked at again; null where no worker ever was.")


class Asked(Model):
    """A look that was asked for."""

    model_config = example(tenant="market-regulation", clouds=["city"])

    tenant: str
    clouds: tuple[str, ...] = Field(description="Where it is looked at; empty where nothing was applied for it.")


@router.get("/reconciliation", response_model=Page[TenantCondition], summary="List how tenants stand")
def standings(
    service: Here,
    principal: Reader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant.")] = None,
    cloud: Annotated[Text | None, Query(description="Only in this cloud.")] = None,
    condition: Annotated[Condition | None, Query(description="Only those that stand so.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Every tenant in each cloud that something was applied in for it, by tenant and cloud."""
    picture = service.pictures.newest()
    with service.database.autocommit() as connection:
        known = store.known(connection, visible=picture.visible(principal))
    found = [
        each
        for each in known
        if tenant in {None, each.tenant} and cloud in {None, each.cloud} and condition in {None, condition_of(each)}
    ]
    shown, following = Place(of="reconciliation", cursor=cursor, limit=limit).among(found, _key)
    return answer(Page[TenantCondition](items=tuple(_standing(each, picture) for each in shown), next=following))


@router.post("/tenants/{tenant}/look", response_model=Asked, status_code=202, summary="Have a tenant looked at")
def look_at_tenant(
    tenant: str, request: Request, service: Here, principal: Looker, once: OnlyOnce, *, body: RawBody
) -> Response:
    """Has a worker look at the tenant in all its clouds at once; `GET /v1/reconciliation` shows when it did, and what came of it."""

    def ask() -> Response:
        spec = Sight(request, service.pictures.newest(), principal).tenant(tenant)
        with service.database.transaction() as connection:
            listed = sorted(each for each in store.pairs(connection) if each[0] == spec.name)
            store.ask(connection, listed)
        headers = {"location": f"/v1/reconciliation?tenant={spec.name}"}
        return answer(Asked(tenant=spec.name, clouds=tuple(cloud for _, cloud in listed)), status=202, headers=headers)

    return once.answer(principal, body, ask)


def _standing(each: Known, picture: Picture) -> TenantCondition:
    return TenantCondition(
        tenant=each.tenant,
        display_name=picture.names.display(each.tenant),
        cloud=each.cloud,
        condition=condition_of(each),
        drift=each.drifted,
        drift_since=each.drifted_since,
        obstacle=each.obstacle,
        looked_at=each.looked_at,
        due_at=each.due_at,
    )


def _key(each: Known) -> tuple[str, str]:
    return each.tenant, each.cloud
