"""Errors as problem details (RFC 9457): each with a `type` that stays as it is, so that programs can tell them apart.

The only module that knows which of Tenantry's errors is which HTTP status.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from api.http.model import Model, Prose, Value
from api.logs import REQUEST
from api.render import problems as problems_view
from provisioner import errors
from provisioner.errors import TenantryError
from tenants.problems import Problem as ManifestFault

MEDIA_TYPE: Final = "application/problem+json"
#: Tag URIs (RFC 4151): nothing has to be served there, and no host's name is part of them.
_NAMESPACE: Final = "tag:tenantry,2026:"
#: Seconds after which something that may pass by itself is worth another try.
_RETRY: Final = "5"
_log = logging.getLogger("tenantry.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem."""

    name: str
    status: int
    title: str
    #: What to do about it, for the reference.
    remedy: str

    @property
    def type(self) -> str:
        """The URI that tells it from others."""
        return f"{_NAMESPACE}{self.name}"


def _kind(name: str, status: int, title: str, remedy: str) -> Kind:  # a table reads best by position
    return Kind(name=name, status=status, title=title, remedy=remedy)


MALFORMED = _kind(
    "malformed-request", 400, "The request is not one", "Mend the request; the detail says what is wrong."
)
UNAUTHENTICATED = _kind(
    "unauthenticated", 401, "Nobody is logged in", "Send `Authorization: Bearer TOKEN` with a token that counts."
)
FORBIDDEN = _kind("forbidden", 403, "Your role does not permit this", "Ask somebody whose role does.")
NOT_FOUND = _kind(
    "not-found", 404, "There is no such thing, or it is not yours to see", "Check the path; list what there is."
)
METHOD = _kind("method-not-allowed", 405, "This cannot be done here", "Use one of the methods in `Allow`.")
CONFLICT = _kind("conflict", 409, "Something else stands against it", "The detail says what; look, and decide anew.")
IN_PROGRESS = _kind(
    "in-progress", 409, "The same request is being worked on", "Ask again after `Retry-After`; the answer is kept."
)
PLAN_EXPIRED = _kind(
    "plan-expired", 410, "The plan is too old to be applied", "Make a new one: POST /v1/plans with the same manifests."
)
CHANGED = _kind(
    "fingerprint-mismatch", 412, "The plan is another than the one that was decided on", "Read the plan again."
)
TOO_LARGE = _kind("too-large", 413, "The body is too large", "Send fewer manifests at a time.")
UNSUPPORTED = _kind(
    "unsupported-media-type", 415, "The body's type is not understood", "Send `application/yaml` or `application/json`."
)
INVALID = _kind("invalid-parameters", 422, "Parameters are not right", "`parameters` names each and what it may be.")
MANIFESTS = _kind(
    "invalid-manifests", 422, "The manifests cannot be planned", "`problems` has each with its place and a remedy."
)
UNCONFIRMED = _kind(
    "unconfirmed-deletions", 422, "The plan deletes what was not confirmed", "Name each of `deletions` in `confirm`."
)
KEY_REUSED = _kind(
    "idempotency-key-reused", 422, "The key was used for another request", "Choose a new `Idempotency-Key`."
)
NOT_ENOUGH = _kind(
    "not-enough-left",
    422,
    "There is not enough left",
    "`shortfalls` has each resource with the most that would fit: ask for less, or for a larger envelope.",
)
DECLINED = _kind("declined", 422, "The request is declined", "The detail says why; nothing was reserved.")
REFUSED = _kind("refused", 422, "What was given cannot be used", "The detail says what would be right.")
REQUIRED = _kind(
    "precondition-required", 428, "A decision names the plan it is for", "Send `If-Match` with the plan's `ETag`."
)
UNEXPECTED = _kind(
    "unexpected", 500, "Something went wrong in the service", "Report the request's id; the log has the rest."
)
CLOUD_FAILED = _kind("cloud-failed", 502, "A cloud did not do what was asked", "The detail has the cloud's answer.")
CLOUD_UNAVAILABLE = _kind("cloud-unavailable", 503, "A cloud does not answer", "Try again after `Retry-After`.")
UNAVAILABLE = _kind("unavailable", 503, "The database cannot be reached", "Try again after `Retry-After`.")

KINDS: Final = (
    *(
        MALFORMED,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD,
        CONFLICT,
        IN_PROGRESS,
        PLAN_EXPIRED,
        CHANGED,
        TOO_LARGE,
    ),
    *(UNSUPPORTED, INVALID, MANIFESTS, UNCONFIRMED, KEY_REUSED, NOT_ENOUGH, DECLINED, REFUSED, REQUIRED),
    *(UNEXPECTED, CLOUD_FAILED, CLOUD_UNAVAILABLE, UNAVAILABLE),
)
#: The first that fits.
_OF_ERRORS: Final[Sequence[tuple[type[TenantryError], Kind]]] = (
    (errors.StoreUnavailable, UNAVAILABLE),
    (errors.PlanExpired, PLAN_EXPIRED),
    (errors.InputError, REFUSED),
    (errors.CloudUnavailable, CLOUD_UNAVAILABLE),
    (errors.CloudConflict, CONFLICT),
    (errors.PlanChanged, CONFLICT),
    (errors.CloudError, CLOUD_FAILED),
)
_OF_STATUS: Final = {400: MALFORMED, 404: NOT_FOUND, 405: METHOD, 413: TOO_LARGE, 415: UNSUPPORTED}


class Fault(Model):
    """One thing wrong in one place of a manifest."""

    file: str
    line: int = Field(description="From 1.")
    column: int = Field(description="From 1.")
    severity: str = Field(description="`error` or `warning`.")
    path: str = Field(description="Where in the document; empty where the file itself is wrong.")
    message: Prose
    remedy: Prose = Field(description="What would be right; empty where the message says it all.")


class Parameter(Model):
    """A parameter that is not right."""

    place: str = Field(alias="in", description="`path`, `query`, `header` or `body`.")
    name: str
    message: Prose


class Confirmation(Model):
    """An object that a plan deletes."""

    name: str
    what: str
    where: str


class Shortfall(Model):
    """A resource that there is not enough of, where there is least room for it."""

    cloud: str
    tenant: str | None = Field(
        default=None,
        description="Whose envelope it is; none for the cloud as a whole, and where that is not yours to see.",
    )
    resource: str
    unit: str = Field(description="Of the numbers beside it.")
    asked: int = Field(description="How much more is asked for.")
    largest: int = Field(description="How much more would fit.")
    total: int | None = Field(
        default=None, description="The bound; as those that follow, only where it is yours to see."
    )
    held: int | None = None
    reserved: int | None = Field(default=None, description="For other requests.")


class Problem(Model):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": NOT_FOUND.type,
                    "title": NOT_FOUND.title,
                    "status": 404,
                    "detail": "there is no tenant market-regulations",
                    "requestId": "8b0ce1f2d1c44f0e",
                }
            ]
        }
    )

    type: str = Field(description="Which kind of problem: stays as it is for ever. The reference lists all.")
    title: Prose
    status: int
    detail: Prose | None = None
    request_id: str | None = Field(
        default=None,
        description="As in `X-Request-Id`, and in the service's log; of an answer that is repeated, the first one's.",
    )
    problems: tuple[Fault, ...] | None = Field(default=None, description="Of `invalid-manifests`: everything wrong.")
    parameters: tuple[Parameter, ...] | None = Field(default=None, description="Of `invalid-parameters`: each of them.")
    shortfalls: tuple[Shortfall, ...] | None = Field(
        default=None, description="Of `not-enough-left`: each resource, with the most that would fit."
    )
    deletions: tuple[Confirmation, ...] | None = Field(
        default=None, description="Of `unconfirmed-deletions`: what has to be named."
    )
    openstack_request_id: str | None = Field(default=None, description="Of a cloud's answer: for its own log.")


class HttpProblem(Exception):
    """Raised to answer with a problem; `more` are further members of it."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail
        self.more = more or {}
        self.headers = headers or {}


def response(problem: HttpProblem) -> Response:
    """The answer that says what is wrong."""
    kind = problem.kind
    body = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        request_id=REQUEST.get(),
        **problem.more,
    )
    text = body.model_dump_json(by_alias=True, exclude_none=True)
    headers = dict(problem.headers)
    if kind.status == UNAVAILABLE.status:
        headers.setdefault("retry-after", _RETRY)
    return Response(text, status_code=kind.status, headers=headers, media_type=MEDIA_TYPE)


def of_error(error: TenantryError) -> HttpProblem:
    """The problem that an error of ours is to whoever asked."""
    kind = next((kind for each, kind in _OF_ERRORS if isinstance(error, each)), UNEXPECTED)
    if kind is UNEXPECTED:
        _log.error("the record refused: %s", error, exc_info=error)
        return HttpProblem(kind)
    if kind is UNAVAILABLE:
        # The message names the server and its user, which are nobody's business outside.
        _log.warning("%s", error)
        return HttpProblem(kind)
    openstack = error.request_id if isinstance(error, errors.CloudError) else None
    return HttpProblem(kind, str(error), {"openstack_request_id": openstack})


def of_manifests(faults: Iterable[ManifestFault], detail: str | None = None) -> HttpProblem:
    """Everything that is wrong with manifests."""
    document: Any = problems_view.as_document(faults)
    number = document["errors"]
    said = detail or f"{number} {'error' if number == 1 else 'errors'}"
    return HttpProblem(MANIFESTS, said, {"problems": tuple(Fault(**each) for each in document["problems"])})


def of_parameter(place: str, name: str, message: str) -> HttpProblem:
    """One parameter that is not right."""
    return HttpProblem(INVALID, f"{name}: {message}", {"parameters": (_parameter(place, name, message),)})


def not_found(what: str, name: Value) -> HttpProblem:
    """There is nothing of that name, or it is not to be seen: nobody can tell which."""
    return HttpProblem(NOT_FOUND, f"there is no {what} {name}")


def _parameter(place: str, name: str, message: str) -> Parameter:
    return Parameter.model_validate({"in": place, "name": name, "message": message})


def install(app: FastAPI) -> None:
    """Have the app answer with problems, whatever is raised; what nobody expects is `api.http.context`'s."""
    app.add_exception_handler(HttpProblem, _answer_problem)
    app.add_exception_handler(TenantryError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_parameters)
    app.add_exception_handler(HTTPException, _answer_http)


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)  # noqa: S101  # it is installed for these
    return response(error)


async def _answer_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, TenantryError)  # noqa: S101  # as above
    return response(of_error(error))


async def _answer_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
    wrong = tuple(
        _parameter(str(each["loc"][0]), ".".join(map(str, each["loc"][1:])) or "body", str(each["msg"]))
        for each in error.errors()
    )
    detail = "; ".join(f"{each.name}: {each.message}" for each in wrong)
    return response(HttpProblem(INVALID, detail, {"parameters": wrong}))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    kind = _OF_STATUS.get(error.status_code, UNEXPECTED if error.status_code >= UNEXPECTED.status else MALFORMED)
    headers = _allowed(request) if kind is METHOD else error.headers or {}
    return response(HttpProblem(kind, headers=headers))


def _allowed(request: Request) -> Mapping[str, str]:
    """All methods of a path. Each method is a route of its own, and the one that refused knows only its own."""
    matching = (
        each.route.methods or ()
        for each in iter_route_contexts(request.app.routes)
        if isinstance(each.route, APIRoute) and each.route.path_regex.match(request.url.path)
    )
    return {"allow": ", ".join(sorted({method for methods in matching for method in methods}))}
