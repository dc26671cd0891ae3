"""Operations: plans under execution, step by step."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.http import events
from api.http.conditional import tagged
from api.http.model import Model, Prose, Value, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import WorkReader
from api.http.problems import not_found, of_parameter
from api.http.seeing import Sight
from api.http.service import Here, Service
from api.render import operations as view
from provisioner.access import Principal
from provisioner.diff import Verb
from provisioner.operation import Operation as StoredOperation
from provisioner.operation import OperationId, OperationState, PlanId, StepState
from provisioner.store import operations as store
from provisioner.store import pages
from provisioner.store.pages import OperationFilter
from provisioner.store.pages import OperationLine as StoredLine
from tenants.names import CloudName, TenantName

router = APIRouter(prefix="/v1", tags=["operations"])

_FAILURE = {"message": "Nova refused: quota below usage", "requestId": "req-5f3c", "retryable": False}
_LINE = {
    "id": "01jd7z9k3m5p7r9t1v",
    "plan": "01jd7z9k3m5p7r9t1q",
    "tenant": "market-regulation",
    "displayName": "市市场监督管理局",
    "cloud": "city",
    "fingerprint": "9f86d081884c7d65",
    "state": "running",
    "createdAt": "2026-11-21T08:30:00Z",
    "finishedAt": None,
    "failure": None,
}


class Failed(Model):
    """Why something failed."""

    model_config = example(**_FAILURE)

    message: Prose
    request_id: str | None = Field(description="OpenStack's, for its operators' logs.")
    retryable: bool = Field(description="Whether it may pass by itself.")


class OperationLine(Model):
    """An operation in a list."""

    model_config = example(**_LINE, steps=5, stepsDone=3)

    id: str
    plan: str
    tenant: str
    display_name: str
    cloud: str
    fingerprint: str
    state: OperationState
    created_at: datetime
    finished_at: datetime | None
    failure: Failed | None
    steps: int
    steps_done: int


class Evidence(Model):
    """What proves a step's effect."""

    request_ids: tuple[str, ...]
    values: Mapping[str, Value] = Field(description="Read back after writing.")


class Step(Model):
    """One change, with its fate."""

    position: int
    address: str
    project: str
    kind: str
    key: str
    verb: Verb
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    reason: Prose
    destructive: bool
    state: StepState
    attempts: int = Field(description="More than 1 after a crash or a resumption.")
    evidence: Evidence | None
    failure: Failed | None


class Operation(Model):
    """One section of a plan under execution."""

    model_config = example(
        **_LINE,
        steps=[
            {
                "position": 0,
                "address": "city/market-regulation/registration/quota/compute",
                "project": "registration",
                "kind": "quota",
                "key": "compute",
                "verb": "update",
                "before": {"cores": 120},
                "after": {"cores": 160},
                "reason": "the manifest asks for it",
                "destructive": False,
                "state": "done",
                "attempts": 1,
                "evidence": {"requestIds": ["req-5f3c"], "values": {"cores": 160}},
                "failure": None,
            }
        ],
    )

    id: str
    plan: str
    tenant: str
    display_name: str
    cloud: str
    fingerprint: str
    state: OperationState
    created_at: datetime
    finished_at: datetime | None
    failure: Failed | None
    steps: tuple[Step, ...]


@router.get("/operations", response_model=Page[OperationLine], summary="List operations")
def operations(
    service: Here,
    principal: WorkReader,
    *,
    plan: Annotated[Text | None, Query(description="Only this plan's.")] = None,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    cloud: Annotated[Text | None, Query(description="Only in this cloud.")] = None,
    state: Annotated[OperationState | None, Query(description="Only those that are so.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Operations, newest first, with their steps only counted."""
    picture = service.pictures.newest()
    place = Place(of="operations", cursor=cursor, limit=limit)
    key = place.key(str)
    wanted = OperationFilter(
        visible=picture.visible(principal),
        plan=None if plan is None else PlanId(plan),
        tenant=None if tenant is None else TenantName(tenant),
        cloud=None if cloud is None else CloudName(cloud),
        state=state,
    )
    with service.database.autocommit() as connection:
        found = pages.operations(connection, wanted, before=key[0] if key else None, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.id,))
    items = tuple(line(each, picture.names.display(each.tenant)) for each in shown)
    return answer(Page[OperationLine](items=items, next=following))


@router.get("/operations/{operation}", response_model=Operation, summary="Show an operation")
def operation(operation: str, request: Request, service: Here, principal: WorkReader) -> Response:
    """One operation with all its steps, their evidence and failures."""
    found = _found(operation, request, service, principal)
    names = service.pictures.newest().names
    return tagged(request, Operation.model_validate(view.operation_document(found, names)))


#: No type: those who check streams hold each event to it, and others the whole text.
_EVENT: Final = {"description": "`step` and `operation`, with an `id`, and `data` that is JSON."}


@router.get(
    "/operations/{operation}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A stream of server-sent events; the reference tells of them.",
            "content": {"text/event-stream": {"schema": _EVENT, "example": events.EXAMPLE}},
        },
        204: {"description": "All was told before: do not come back."},
    },
    summary="Follow an operation",
)
async def operation_events(
    operation: str,
    request: Request,
    service: Here,
    principal: WorkReader,
    last: Annotated[
        str | None,
        Header(alias="Last-Event-ID", max_length=8000, description="The last event's id: what came since is told."),
    ] = None,
) -> Response:
    """What happens to an operation, as it happens, until it ends.

    A client that lost its connection comes back with the id of the last event that it got, to whichever server, and is told exactly
    what it has missed.
    """
    found = await asyncio.to_thread(_found, operation, request, service, principal)
    if last is None:
        told = events.nothing(len(found.steps))
    elif (read := events.Told.parse(last, len(found.steps))) is not None:
        told = read
    else:
        raise of_parameter("header", "Last-Event-ID", "not the id of an event of this operation")
    if told.final:
        return Response(status_code=204)
    stream = events.stream(service, found.id, told, until=request.state.until)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def line(each: StoredLine, display_name: str) -> OperationLine:
    """An operation in a list."""
    failure = each.failure
    return OperationLine(
        id=each.id,
        plan=each.plan_id,
        tenant=each.tenant,
        display_name=display_name,
        cloud=each.cloud,
        fingerprint=each.fingerprint,
        state=each.state,
        created_at=each.created_at,
        finished_at=each.finished_at,
        failure=None
        if failure is None
        else Failed(message=failure.message, request_id=failure.request_id, retryable=failure.retryable),
        steps=each.steps,
        steps_done=each.steps_done,
    )


def _found(operation: str, request: Request, service: Service, principal: Principal) -> StoredOperation:
    """An operation that somebody may see. Raises HttpProblem where there is none."""
    with service.database.autocommit() as connection:
        found = store.find(connection, OperationId(operation)) if "\0" not in operation else None
    if found is None:
        raise not_found("operation", operation)
    Sight(request, service.pictures.newest(), principal).must_include([found.tenant], what="operation", name=operation)
    return found
