"""Requests: what departments ask for, and everything that a decision about it needs. Read here, made in `submissions`."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.conditional import tagged
from api.http.model import answer
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import RequestReader
from api.http.problems import not_found
from api.http.resources import requests_models as models
from api.http.resources.requests_difference import difference_of
from api.http.resources.requests_views import Reader
from api.http.seeing import Sight
from api.http.service import Here, Service
from provisioner.access import Principal
from provisioner.operation import Actor
from provisioner.requests.request import Request as StoredRequest
from provisioner.requests.request import RequestId
from provisioner.requests.states import State
from provisioner.store import request_pages
from provisioner.store import requests as store
from provisioner.store.request_pages import RequestFilter
from tenants.days import day_of
from tenants.names import TenantName

router = APIRouter(prefix="/v1", tags=["requests"])


@router.get("/requests", response_model=Page[models.RequestLine], summary="List requests")
def list_requests(
    service: Here,
    principal: RequestReader,
    *,
    state: Annotated[
        list[State] | None, Query(description="Only those that are so; may be given more than once.")
    ] = None,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    requester: Annotated[Text | None, Query(description="Only what this person asked for.")] = None,
    overdue: Annotated[bool, Query(description="Only those whose review takes longer than it may.")] = False,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Requests, newest first; for a member of a department those of its own part of the tree."""
    reader, place = reader_of(service, principal), Place(of="requests", cursor=cursor, limit=limit)
    key = place.key(str)
    wanted = RequestFilter(
        visible=reader.visible,
        states=state or None,
        tenant=None if tenant is None else TenantName(tenant),
        requester=None if requester is None else Actor(requester),
        due_before=day_of(reader.now) if overdue else None,
    )
    with service.database.autocommit() as connection:
        found = request_pages.requests(connection, wanted, before=key[0] if key else None, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.id,))
    return answer(Page[models.RequestLine](items=tuple(map(reader.line, shown)), next=following))


@router.get("/requests/{request_id}", response_model=models.Request, summary="Show a request")
def show_request(request_id: str, request: Request, service: Here, principal: RequestReader) -> Response:
    """One request: state, form, cost, what it leaves over, present use, history, and what you may do now."""
    found = find(request_id, request, service, principal)
    return tagged(request, reader_of(service, principal).whole(found))


@router.get("/requests/{request_id}/manifests", response_model=models.Manifests, summary="Show a request's manifests")
def show_request_manifests(request_id: str, request: Request, service: Here, principal: RequestReader) -> Response:
    """The files that the request brings."""
    papers = find(request_id, request, service, principal).papers
    return tagged(request, models.Manifests(files=papers.files, attached=papers.attached))


@router.get("/requests/{request_id}/diff", response_model=models.Difference, summary="Show what a request changes")
def show_request_diff(request_id: str, request: Request, service: Here, principal: RequestReader) -> Response:
    """Its manifests beside those in force now, its plan in words, and how that differs from the plan looked at before."""
    found = find(request_id, request, service, principal)
    return tagged(request, difference_of(found, service, reader_of(service, principal)))


def reader_of(service: Service, principal: Principal, *, now: datetime | None = None) -> Reader:
    """What shows requests to somebody."""
    return Reader(
        picture=service.pictures.newest(),
        principal=principal,
        deciding=service.deciding,
        now=now or service.now(),
    )


def find(request_id: str, request: Request, service: Service, principal: Principal) -> StoredRequest:
    """A request that somebody may see. Raises HttpProblem where there is none."""
    with service.database.autocommit() as connection:
        found = store.find(connection, RequestId(request_id)) if "\0" not in request_id else None
    if found is None:
        raise not_found("request", request_id)
    reader = reader_of(service, principal)
    if not reader.sees(found.tenant):
        Sight(request, reader.picture, principal).must_include([found.tenant], what="request", name=request_id)
    return found
