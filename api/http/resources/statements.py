"""Statements: what departments used and what it costs, shown, closed, and listed."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.conditional import tagged, tagged_text
from api.http.idempotency import OnlyOnce
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Closer, UsageReader
from api.http.problems import MALFORMED, UNSUPPORTED, HttpProblem, not_found
from api.http.resources.usage import Coverage
from api.http.seeing import Sight
from api.http.service import Here
from api.language.spoken import current
from api.render.statements import focus, table
from api.render.statements import page as people
from api.render.statements.document import as_document
from provisioner.errors import InputError
from provisioner.statements.months import Month
from provisioner.statements.statement import UNASSIGNED
from tenants.names import TenantName

router = APIRouter(prefix="/v1/statements", tags=["statements"])

_HTML: Final = "text/html"
_CSV: Final = "text/csv"
_JSON: Final = "application/json"
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "As `Accept` likes best: JSON, CSV with FOCUS's columns, or a page for people.",
        "content": {
            _CSV: {"schema": {"type": "string"}, "example": "BillingAccountId,BillingAccountName\r\n"},
            _HTML: {"schema": {"type": "string"}, "example": "<!DOCTYPE html>"},
        },
    }
}

_ENTERED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": False,
        "description": "Lines for what nobody meters, as `tenantry statement close --manual` takes them.",
        "content": {
            _CSV: {
                "schema": {"type": "string"},
                "example": "tenant,system,item,quantity,unit,price\r\nmarket-regulation,,驻场运维服务,12,人日,1200.00\r\n",
            }
        },
    }
}


class ClosedMonth(Model):
    """A month that is closed for good."""

    model_config = example(
        month="2026-10",
        start="2026-09-26T00:00:00+08:00",
        end="2026-10-26T00:00:00+08:00",
        closedAt="2026-10-27T02:00:00Z",
        closedBy="li.na",
        statements=80,
        priceLists=["cloud-2026 2026.1"],
        digest="5e0c9a5d0f6b2e0c7f4e1d6b9a8c7e6f5d4c3b2a190817263544536271809fae",
    )

    month: str
    start: datetime
    end: datetime
    closed_at: datetime
    closed_by: str
    statements: int
    price_lists: tuple[str, ...] = Field(description="The price lists that it was closed by, with their versions.")
    digest: str = Field(description="The last statement's, which holds all before it: noted elsewhere, it proves them.")


class HeldQuota(Model):
    """A quota beside what was used of it."""

    cloud: str
    project: str
    project_name: str
    system: str | None
    resource: str
    unlimited: bool
    held_average: str
    held_peak: int
    used_average: str | None
    used_peak: int | None
    coverage: Coverage


class UnknownTime(Model):
    """A time of which nothing is known of one sort of resource in a project."""

    cloud: str
    project: str
    project_name: str
    system: str | None
    resource: str
    coverage: Coverage


class SystemSum(Model):
    """What one business system cost."""

    system: str | None = Field(description="Its code; null for what is of no system.")
    name: str | None
    cost: str
    total: str = Field(description="With corrections to earlier months.")


class OwnStatement(Model):
    """What one tenant itself used."""

    tenant: str
    display_name: str
    parent: str | None
    cost: str
    total: str
    previous_cost: str | None
    change: str | None
    charges: tuple[dict[str, str | None], ...] = Field(
        description="Rows with FOCUS's column names, corrections among them."
    )
    quotas: tuple[HeldQuota, ...]
    unknown: tuple[UnknownTime, ...]


class Statement(Model):
    """A tenant's statement with those below it. Money is text, with all its digits."""

    model_config = example(
        month="2026-10",
        start="2026-09-26T00:00:00+08:00",
        end="2026-10-26T00:00:00+08:00",
        timeZone="Asia/Shanghai",
        tenant="market-regulation",
        displayName="市市场监督管理局",
        state="closed",
        closedAt="2026-10-27T02:00:00Z",
        currency="CNY",
        cost="100.00",
        total="112.50",
        previousCost="75.00",
        manifests="9c1e5f0b7d3a2c4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6",
        systems=[{"system": "SSDJ", "name": "商事登记系统", "cost": "100.00", "total": "112.50"}],
        statements=[
            {
                "tenant": "market-regulation",
                "displayName": "市市场监督管理局",
                "parent": None,
                "cost": "100.00",
                "total": "112.50",
                "previousCost": "75.00",
                "change": "25.00",
                "charges": [
                    {
                        "SkuId": "vcpu",
                        "ConsumedQuantity": "4.000000",
                        "ConsumedUnit": "vCPU-month",
                        "BilledCost": "100.00",
                    }
                ],
                "quotas": [],
                "unknown": [],
            }
        ],
    )

    month: str
    start: datetime
    end: datetime
    time_zone: str
    tenant: str
    display_name: str
    state: str = Field(description="`closed`, or `provisional`: figures may still change.")
    closed_at: datetime | None
    currency: str | None
    cost: str = Field(description="This month's charges.")
    total: str = Field(description="The same with corrections to earlier months.")
    previous_cost: str | None
    manifests: str | None = Field(
        description="SHA-256 of the manifests that said whose everything is and what it costs; null where nobody noted it."
    )
    systems: tuple[SystemSum, ...] = Field(description="What each business system cost; last what is of none.")
    statements: tuple[OwnStatement, ...] = Field(description="The tenant's own first, then those below it.")


@router.get("", response_model=Page[ClosedMonth], summary="List closed months")
def list_statements(service: Here, principal: UsageReader, cursor: Cursor = None, limit: Limit = USUAL) -> Response:
    """The months whose statements are closed, the earliest first."""
    del principal
    place = Place(of="statements", cursor=cursor, limit=limit)
    shown, after = place.among(service.statements.months(), lambda each: (str(each.month),))
    items = tuple(ClosedMonth.model_validate(table.month_document(each)) for each in shown)
    return answer(Page[ClosedMonth](items=items, next=after))


@router.get("/{month}/{tenant}", response_model=Statement, responses=_ANSWERS, summary="Show a statement")
def show_statement(
    month: str,
    tenant: str,
    request: Request,
    service: Here,
    principal: UsageReader,
    *,
    system: Annotated[
        Text | None, Query(description="Only this business system's part; `_none`: what is of none.")
    ] = None,
    accept: Annotated[str, Header(description="`application/json`, `text/csv` or `text/html`.")] = _JSON,
) -> Response:
    """A tenant's statement with those below it: as it was closed, or as it would be now."""
    picture = service.pictures.newest()
    visible = picture.visible(principal)
    if tenant != UNASSIGNED or visible is not None:
        Sight(request, picture, principal).tenant(tenant)
    account = service.statements.account(_month(month), TenantName(tenant), visible, system=system)
    if account is None:
        raise not_found("statement", f"{month} {tenant}")
    match _liked(accept):
        case "text/csv":
            body = "\ufeff" + focus.csv_text(account)
            name = f'attachment; filename="statement-{account.root.month}-{account.root.tenant}.csv"'
            headers = {"vary": "Accept, Authorization", "content-disposition": name}
            return tagged_text(request, body, media_type=_CSV, headers=headers)
        case "text/html":
            history = service.statements.history(account)
            body = people.Page(account=account, language=current(), history=history).html()
            return tagged_text(
                request, body, media_type=_HTML, headers={"vary": "Accept, Accept-Language, Authorization"}
            )
        case _:
            shown = tagged(request, Statement.model_validate(as_document(account)))
            shown.headers["vary"] = "Accept, Authorization"
            return shown


@router.post("/{month}/close", response_model=ClosedMonth, openapi_extra=_ENTERED, summary="Close a month")
def close_month(
    month: str,
    service: Here,
    principal: Closer,
    once: OnlyOnce,
    *,
    body: RawBody,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Keeps all statements of the month as they are now, for good; what turns out later is a correction in the next one.

    A month that is closed stays as it is, and then there must be no body.
    """

    def close() -> Response:
        closed = service.statements.close(_month(month), principal.actor, _entered(body, content_type))
        return answer(ClosedMonth.model_validate(table.month_document(closed)))

    return once.answer(principal, body, close)


def _entered(body: bytes, content_type: str) -> str | None:
    """The lines that are entered by hand. Raises HttpProblem for another type, or what is no text."""
    if not body:
        return None
    media = content_type.partition(";")[0].strip().lower()
    if media != _CSV:
        raise HttpProblem(UNSUPPORTED, f"{media or 'no type'}: send {_CSV}")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HttpProblem(MALFORMED, "the body is not UTF-8") from error


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except InputError as error:
        raise not_found("month", text) from error


def _liked(accept: str) -> str:
    """Which of the three an `Accept` likes best (RFC 9110, 12.5.1); JSON where it does not say, or likes none of them."""
    likings: dict[str, float] = {}
    for each in accept.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        likings[name] = float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0
    ordered = sorted((_JSON, _CSV, _HTML), key=lambda name: -likings.get(name, 0.0))
    return ordered[0] if likings.get(ordered[0], 0.0) > 0 else _JSON
