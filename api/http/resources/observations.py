"""Looks at clouds: when they were made, and how many requests they took."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Reader
from api.http.service import Here
from provisioner.store import pages
from provisioner.store.observations import Pass
from tenants.names import CloudName

router = APIRouter(prefix="/v1", tags=["observations"])


class Observation(Model):
    """One look at one cloud."""

    model_config = example(id=118, cloud="city", at="2026-11-21T08:30:00Z", requests=47)

    id: int
    cloud: str
    at: datetime
    requests: int = Field(description="HTTP requests that it took.")


@router.get("/observations", response_model=Page[Observation], summary="List looks at clouds")
def observations(
    service: Here,
    _: Reader,
    *,
    cloud: Annotated[Text | None, Query(description="Only at this cloud.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The looks on record, newest first: the last twenty at each cloud."""
    place = Place(of="observations", cursor=cursor, limit=limit)
    key = place.key(int)
    with service.database.autocommit() as connection:
        found = pages.observations(
            connection,
            cloud=None if cloud is None else CloudName(cloud),
            before=key[0] if key else None,
            limit=limit + 1,
        )
    shown, following = place.cut(found, lambda each: (each.id,))
    return answer(Page[Observation](items=tuple(map(_observation, shown)), next=following))


def _observation(each: Pass) -> Observation:
    return Observation(id=each.id, cloud=each.cloud, at=each.at, requests=each.requests)
