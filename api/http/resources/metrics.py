"""Metrics as Prometheus scrapes them: the city's, single servers', and a department's own."""

import gzip
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from api.http.permissions import Allowed, note
from api.http.problems import FORBIDDEN, HttpProblem, not_found
from api.http.refusals import NOBODY
from api.http.seeing import Sight
from api.http.service import Here, Service, service_of
from monitoring.exposition.catalogue import named
from monitoring.exposition.family import Endpoint
from monitoring.exposition.negotiation import format_for, takes_gzip
from monitoring.exposition.samples import Labels, Value
from monitoring.exposition.text import END, Format, header, lines
from provisioner.access import Permission, Principal, Role, subtree

router = APIRouter(tags=["metrics"])

_FAMILY: Final = named("quota_used")
_VALUES: Final[dict[Labels, Value]] = {("market-regulation", "registration", "city", "compute", "cores"): 6.0}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The page in the format that `Accept` likes best, gzip where `Accept-Encoding` takes it.",
        "content": {
            each.partition(";")[0]: {
                "schema": {"type": "string"},
                "example": (header(_FAMILY, each) + lines(_FAMILY, _VALUES) + END[each]).decode(),
            }
            for each in Format
        },
    }
}
#: A department's page is small: to send it fast counts for more than to send it smaller.
_LEVEL: Final = 4
#: Bytes of a plain page that are sent at a time.
BLOCK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Scraping(Allowed):
    """As `Allowed`, for everybody where the settings leave metrics open; and for the whole city alone."""

    def __call__(self, request: Request) -> Principal:
        """The principal. Raises HttpProblem as `Allowed` does, and where the token is for a part of the tree."""
        if service_of(request).metrics_open:
            return Principal(actor=NOBODY, role=Role.METRICS)
        principal = Allowed.__call__(self, request)
        if principal.tenant is not None:
            own = f"/v1/tenants/{principal.tenant}/metrics"
            reason = f"the token is for {principal.tenant} and below, whose metrics are at {own}"
            note(request, "access.refused", reason, principal)
            raise HttpProblem(FORBIDDEN, reason)
        return principal


Scraper = Annotated[Principal, Depends(Scraping(Permission.METRICS_READ))]
DepartmentScraper = Annotated[Principal, Depends(Allowed(Permission.METRICS_READ))]


@router.get("/metrics", response_class=Response, responses=_ANSWERS, summary="Scrape the city's metrics")
def metrics(request: Request, service: Here, _: Scraper) -> Response:
    """Everything but single servers, from the record as it was a few seconds ago; 503 where that could not be read for a minute."""
    return _page(request, service, Endpoint.CITY)


@router.get("/metrics/servers", response_class=Response, responses=_ANSWERS, summary="Scrape single servers' metrics")
def server_metrics(request: Request, service: Here, _: Scraper) -> Response:
    """A series or four for each server; only where `TENANTRY_METRICS_SERVERS` switches it on, 404 otherwise."""
    if not service.board.exposing.servers:
        raise not_found("page", request.url.path)
    return _page(request, service, Endpoint.SERVERS)


@router.get(
    "/v1/tenants/{tenant}/metrics",
    response_class=Response,
    responses=_ANSWERS,
    summary="Scrape a department's metrics",
)
def tenant_metrics(tenant: str, request: Request, service: Here, principal: DepartmentScraper) -> Response:
    """The series of the tenant and all below it, of the families that are for departments."""
    picture = service.pictures.newest()
    spec = Sight(request, picture, principal).tenant(tenant)
    mine = subtree(picture.city.tenants, spec.name)
    format_, zipped = _wanted(request)
    body = service.board.newest(Endpoint.CITY).body_of(mine, format_)
    return _answer(gzip.compress(body, _LEVEL) if zipped else body, format_, zipped=zipped)


def _page(request: Request, service: Service, endpoint: Endpoint) -> Response:
    format_, zipped = _wanted(request)
    page = service.board.newest(endpoint)
    if zipped:
        return _answer(page.body(format_, zipped=True), format_, zipped=True)
    parts = page.parts(format_)
    length = str(sum(map(len, parts)))
    return StreamingResponse(blocks(parts), headers={**_headers(format_), "content-length": length})


async def blocks(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    """The parts in blocks of a size, one after another as fast as they are taken; none of them is copied as a whole."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        if size + len(part) < BLOCK:
            waiting.append(part)
            size += len(part)
            continue
        yield b"".join(waiting)
        waiting, size = [], 0
        for start in range(0, len(part), BLOCK):
            yield part[start : start + BLOCK]
    yield b"".join(waiting)


def _wanted(request: Request) -> tuple[Format, bool]:
    accept = ", ".join(request.headers.getlist("accept"))
    return format_for(accept), takes_gzip(", ".join(request.headers.getlist("accept-encoding")))


def _answer(body: bytes, format_: Format, *, zipped: bool) -> Response:
    headers = _headers(format_)
    if zipped:
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers)


def _headers(format_: Format) -> dict[str, str]:
    return {"content-type": format_.value, "vary": "Accept, Accept-Encoding, Authorization"}
