"""Submitting requests: a department's manifests on their way to the reviewers, or why they are not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Query, Request, Response

from api.http import bodies
from api.http.bodies import RawBody
from api.http.idempotency import OnlyOnce
from api.http.model import TEXT, answer
from api.http.paging import Text
from api.http.permissions import Requester
from api.http.problems import (
    CONFLICT,
    DECLINED,
    MALFORMED,
    NOT_ENOUGH,
    REFUSED,
    HttpProblem,
    of_manifests,
    of_parameter,
)
from api.http.resources import requests_models as models
from api.http.resources.requests import find, reader_of
from api.http.resources.requests_views import Reader
from api.http.seeing import Sight
from api.http.service import Here, Service
from provisioner.access import Principal
from provisioner.asking import Declined
from provisioner.requests.deeds import Submission
from provisioner.requests.request import Papers, Party
from provisioner.requests.request import Request as StoredRequest
from provisioner.requests.states import Act, Forbidden, Role, step_of
from provisioner.store import requests as store
from tenants.names import TenantName

router = APIRouter(prefix="/v1", tags=["requests"])

_LONGEST: Final = 4000
_Comment = Annotated[str | None, Query(max_length=_LONGEST, pattern=TEXT, description="A word to the reviewers.")]
_TEXT: Final = {"type": "string"}
#: What may stand beside `files` in JSON.
_AGAIN: Final[Mapping[str, Any]] = {"comment": _TEXT}
_SUBMITTED: Final[Mapping[str, Any]] = {**_AGAIN, "tenant": _TEXT, "draft": {"type": "boolean"}}


@router.post(
    "/requests",
    response_model=models.Request,
    status_code=201,
    responses={
        200: {"model": models.Request, "description": "You asked for the same before: that request, as it is now."}
    },
    openapi_extra=bodies.described(**_SUBMITTED),
    summary="Submit a request",
)
def submit_request(
    request: Request,
    service: Here,
    principal: Requester,
    once: OnlyOnce,
    *,
    body: RawBody,
    tenant: Annotated[
        Text | None,
        Query(
            description="Whose request it is: all of it is theirs or below. Yours, where your token is for one tenant."
        ),
    ] = None,
    comment: _Comment = None,
    draft: Annotated[bool | None, Query(description="Only keep it; nothing is checked, planned or reserved.")] = None,
) -> Response:
    """Validates the manifests beside all in force, looks at the clouds, plans, and reserves what they add; or does nothing of it.

    What is wrong is told with line and column; where there is not enough left, with the most that would fit. In JSON with `files`,
    the parameters may stand beside them.
    """
    content_type = request.headers.get("content-type", "")

    def submit() -> Response:
        said = _Said.of(body, content_type)
        owner = _tenant(tenant or said.tenant, request, service, principal)
        asked = Submission(
            tenant=owner,
            papers=_papers(bodies.files_of(body, content_type, beside=_SUBMITTED)),
            by=Party(actor=principal.actor),
            comment=said.comment if comment is None else comment,
        )
        only_keep = said.draft if draft is None else draft
        since = service.now()
        made = service.deciding.draft(asked) if only_keep else service.deciding.submit(asked)
        return _told(made, reader_of(service, principal), status=201, since=since)

    return once.answer(principal, body, submit)


@router.post(
    "/requests/{request_id}/submit",
    response_model=models.Request,
    openapi_extra=bodies.described(required=False, **_AGAIN),
    summary="Submit a request again",
)
def submit_request_again(
    request_id: str,
    request: Request,
    service: Here,
    principal: Requester,
    once: OnlyOnce,
    *,
    body: RawBody,
    comment: _Comment = None,
) -> Response:
    """Submits a draft, or a request that changes were asked for; without a body, with the manifests that it has."""
    content_type = request.headers.get("content-type", "")

    def submit() -> Response:
        found = find(request_id, request, service, principal)
        said = _Said.of(body, content_type)
        asked = Submission(
            tenant=found.tenant,
            papers=_papers(bodies.files_of(body, content_type, beside=_AGAIN)) if body.strip() else found.papers,
            by=Party(actor=principal.actor),
            amends=found.id,
            comment=said.comment if comment is None else comment,
        )
        made = service.deciding.submit(asked)
        if isinstance(made, Declined):
            _must_be_open(service, found)
        return _told(made, reader_of(service, principal), status=200)

    return once.answer(principal, body, submit)


def refusal(declined: Declined, reader: Reader) -> HttpProblem | None:
    """What is wrong with manifests, or what there is not enough of; None where it is something else."""
    if declined.problems:
        # Manifests in force are read from files whose names have a #, and are of others: see `_papers`.
        own = [each for each in declined.problems if reader.visible is None or "#" not in each.location.file]
        hidden = len(declined.problems) - len(own)
        more = f"; {hidden} more where they meet manifests that are in force" if hidden else ""
        return of_manifests(own, declined.message + more)
    if declined.shortfalls:
        lacking = tuple(map(reader.shortfall, declined.shortfalls))
        told = (
            f"{each.resource}: {each.asked} more asked for, and at most {each.largest} would fit" for each in lacking
        )
        said = declined.message if reader.visible is None else "; ".join(told)
        return HttpProblem(NOT_ENOUGH, said, {"shortfalls": lacking})
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What may stand beside `files` in a JSON body."""

    tenant: str | None = None
    comment: str = ""
    draft: bool = False

    @classmethod
    def of(cls, body: bytes, content_type: str) -> Self:
        """As the body has it. Raises HttpProblem for what is not understood."""
        if content_type.partition(";")[0].strip().lower() != bodies.JSON_TYPE or not body.strip():
            return cls()
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return cls()  # `files_of` says what is wrong
        if not isinstance(document, dict) or bodies.FILES not in document or "kind" in document:
            return cls()
        return cls(
            tenant=_member(document, "tenant", str, None),
            comment=_member(document, "comment", str, ""),
            draft=_member(document, "draft", bool, default=False),
        )


def _member(document: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    value = document.get(name, default)
    if value is default:
        return default
    if not isinstance(value, kind) or (isinstance(value, str) and not _is_plain(value)):
        raise of_parameter("body", name, f"{'true or false' if kind is bool else 'a text'} is meant")
    return value


def _is_plain(text: str) -> bool:
    """Whether the database can keep it, and people can read it."""
    return len(text) <= _LONGEST and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _tenant(name: str | None, request: Request, service: Service, principal: Principal) -> TenantName:
    """Whose request it is. Raises HttpProblem where nobody says, or it is not theirs."""
    chosen = name or principal.tenant
    if chosen is None:
        raise of_parameter("query", "tenant", "say whose request it is")
    owner = TenantName(chosen)
    Sight(request, service.pictures.newest(), principal).must_include([owner], what="tenant", name=owner)
    return owner


def _papers(files: Mapping[str, str]) -> Papers:
    """The files as a request brings them. Raises HttpProblem where one could be taken for a manifest in force."""
    for name, text in files.items():
        if "#" in name:
            raise HttpProblem(MALFORMED, f"{name}: a file's name has no #")
        if "\0" in name or "\0" in text:
            raise HttpProblem(MALFORMED, f"{name!r}: holds a zero byte")
    manifests, others = bodies.divided(files)
    if not any(text.strip() for text in manifests.values()):
        raise HttpProblem(REFUSED, "there is no manifest in the body")
    return Papers(files=manifests, attached=others)


def _must_be_open(service: Service, request: StoredRequest) -> None:
    """Raises HttpProblem where the request is no longer one that can be submitted."""
    with service.database.autocommit() as connection:
        state = store.load(connection, request.id).state
    forbidden = step_of(state, Act.SUBMIT, Role.REQUESTER)
    if isinstance(forbidden, Forbidden):
        raise HttpProblem(CONFLICT, forbidden.message)


def _told(made: StoredRequest | Declined, reader: Reader, *, status: int, since: datetime | None = None) -> Response:
    """The request as it is now. Raises HttpProblem where it was declined."""
    if isinstance(made, Declined):
        raise refusal(made, reader) or HttpProblem(DECLINED, made.message)
    was_there = since is not None and made.created_at < since
    headers = {"location": f"/v1/requests/{made.id}"} if since else {}
    return answer(reader.whole(made), status=200 if was_there else status, headers=headers)
