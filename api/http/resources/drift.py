"""Drift: what is no longer as it was applied, and since when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.http.model import Model, Value, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Reader
from api.http.service import Here
from provisioner.store import drift as store
from provisioner.store import pages
from provisioner.store.pages import DriftFilter
from tenants.names import CloudName, TenantName

router = APIRouter(prefix="/v1", tags=["drift"])


class Drift(Model):
    """One property of one object that is not as it was applied."""

    model_config = example(
        id=7,
        tenant="market-regulation",
        displayName="市市场监督管理局",
        cloud="city",
        address="city/market-regulation/registration/quota/compute",
        property="cores",
        expected=160,
        actual=200,
        firstSeen="2026-11-20T02:00:00Z",
        lastSeen="2026-11-21T08:30:00Z",
        lastMatchingSeen="2026-11-20T01:00:00Z",
        resolvedAt=None,
    )

    id: int
    tenant: str
    display_name: str
    cloud: str
    address: str
    name: str = Field(
        alias="property", description="Empty where the object itself is there or not against its manifest."
    )
    expected: Value
    actual: Value
    first_seen: datetime
    last_seen: datetime
    last_matching_seen: datetime | None = Field(description="The last look before that found it as applied.")
    resolved_at: datetime | None


@router.get("/drift", response_model=Page[Drift], summary="List drift")
def drift(
    service: Here,
    principal: Reader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    cloud: Annotated[Text | None, Query(description="Only in this cloud.")] = None,
    resolved: Annotated[bool, Query(description="Those that are gone again, too.")] = False,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The differences that looks have found, in the order in which they were first seen."""
    picture = service.pictures.newest()
    place = Place(of="drift", cursor=cursor, limit=limit)
    key = place.key(int)
    wanted = DriftFilter(
        visible=picture.visible(principal),
        tenant=None if tenant is None else TenantName(tenant),
        cloud=None if cloud is None else CloudName(cloud),
        resolved=resolved,
    )
    with service.database.autocommit() as connection:
        found = pages.drift(connection, wanted, after=key[0] if key else 0, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each[0],))
    items = tuple(_drift(number, each, picture.names.display(each.difference.address.tenant)) for number, each in shown)
    return answer(Page[Drift](items=items, next=following))


def _drift(number: int, each: store.Drift, display_name: str) -> Drift:
    difference = each.difference
    return Drift.model_validate(
        {
            "id": number,
            "tenant": difference.address.tenant,
            "displayName": display_name,
            "cloud": difference.address.cloud,
            "address": str(difference.address),
            "property": difference.property,
            "expected": difference.expected,
            "actual": difference.actual,
            "firstSeen": each.first_seen,
            "lastSeen": each.last_seen,
            "lastMatchingSeen": each.last_matching_seen,
            "resolvedAt": each.resolved_at,
        }
    )
