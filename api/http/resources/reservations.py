"""Reservations: what requests hold while they wait, line by line."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import RequestReader
from api.http.service import Here
from api.render.names import Names
from api.render.quantity import unit_of
from provisioner.requests.request import RequestId
from provisioner.requests.states import State
from provisioner.store import request_pages as store
from provisioner.store.request_pages import ReservationFilter, key_of
from tenants.names import CloudName, TenantName

router = APIRouter(prefix="/v1", tags=["reservations"])

_LINE = {
    "cloud": "city",
    "tenant": "market-regulation",
    "displayName": "市市场监督管理局",
    "resource": "compute/cores",
    "unit": "count",
}

CloudQuery = Annotated[Text | None, Query(description="Only in this cloud.")]
TenantQuery = Annotated[Text | None, Query(description="Only of this tenant's envelope.")]
RequestQuery = Annotated[Text | None, Query(description="Only this request's.")]


class Reservation(Model):
    """What one request reserves of one line: a resource of a tenant's envelope, or of a cloud as a whole."""

    model_config = example(
        **_LINE,
        amount=40,
        request="01jd7z9k3m5p7r9t1x",
        requester="zhang.wei",
        state="technical-review",
        madeAt="2026-11-20T02:00:00Z",
        expiresAt="2026-12-11T16:00:00Z",
    )

    cloud: str
    tenant: str | None = Field(description="Null for the cloud as a whole.")
    display_name: str | None
    resource: str
    unit: str = Field(description="Of the number beside it.")
    amount: int
    request: str
    requester: str
    state: State = Field(description="Of the request.")
    made_at: datetime
    expires_at: datetime | None = Field(description="Null while the request is carried out.")


class ReservationTotal(Model):
    """What all requests together reserve of one line."""

    model_config = example(**_LINE, amount=64, requests=2)

    cloud: str
    tenant: str | None = Field(description="Null for the cloud as a whole.")
    display_name: str | None
    resource: str
    unit: str = Field(description="Of the number beside it.")
    amount: int
    requests: int = Field(description="How many requests reserve of it.")


@router.get("/reservations", response_model=Page[Reservation], summary="List reservations")
def list_reservations(
    service: Here,
    principal: RequestReader,
    *,
    cloud: CloudQuery = None,
    tenant: TenantQuery = None,
    request: RequestQuery = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """What is reserved now, oldest first; for a member of a department the lines of its own part of the tree.

    One request reserves at its own tenant, at every tenant above it, and of the cloud: the same units, on several lines.
    """
    place = Place(of="reservations", cursor=cursor, limit=limit)
    key = place.key(int)
    picture = service.pictures.newest()
    wanted = _wanted(picture.visible(principal), cloud, tenant, request)
    with service.database.autocommit() as connection:
        found = store.reservations(connection, wanted, after=key[0] if key else 0, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.number,))
    items = tuple(
        Reservation(
            cloud=each.line.cloud,
            tenant=each.line.tenant,
            display_name=_display(picture.names, each.line.tenant),
            resource=str(each.line.resource),
            unit=unit_of(each.line.resource).value,
            amount=each.amount,
            request=each.request,
            requester=each.requester,
            state=each.state,
            made_at=each.made_at,
            expires_at=each.expires_at,
        )
        for each in shown
    )
    return answer(Page[Reservation](items=items, next=following))


@router.get("/reservations/totals", response_model=Page[ReservationTotal], summary="Add up reservations")
def total_reservations(
    service: Here,
    principal: RequestReader,
    *,
    cloud: CloudQuery = None,
    tenant: TenantQuery = None,
    request: RequestQuery = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """What is reserved of each line altogether, by cloud, tenant and resource; whole clouds before their tenants."""
    place = Place(of="reservation-totals", cursor=cursor, limit=limit)
    key = place.key(str, str, str)
    picture = service.pictures.newest()
    wanted = _wanted(picture.visible(principal), cloud, tenant, request)
    with service.database.autocommit() as connection:
        found = store.totals(connection, wanted, after=key, limit=limit + 1)
    shown, following = place.cut(found, lambda each: key_of(each.line))
    items = tuple(
        ReservationTotal(
            cloud=each.line.cloud,
            tenant=each.line.tenant,
            display_name=_display(picture.names, each.line.tenant),
            resource=str(each.line.resource),
            unit=unit_of(each.line.resource).value,
            amount=each.amount,
            requests=each.requests,
        )
        for each in shown
    )
    return answer(Page[ReservationTotal](items=items, next=following))


def _wanted(
    visible: frozenset[TenantName] | None, cloud: str | None, tenant: str | None, request: str | None
) -> ReservationFilter:
    return ReservationFilter(
        visible=visible,
        cloud=None if cloud is None else CloudName(cloud),
        tenant=None if tenant is None else TenantName(tenant),
        request=None if request is None else RequestId(request),
    )


def _display(names: Names, tenant: TenantName | None) -> str | None:
    return None if tenant is None else names.display(tenant)
