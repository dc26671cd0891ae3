"""What was used in any period, and what clouds have left."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.accounting.capacity import capacities
from api.accounting.usage import month_stated, period_between, used
from api.http.model import Model, answer, example
from api.http.paging import Instant, Text
from api.http.permissions import CapacityReader, UsageReader
from api.http.problems import not_found, of_parameter
from api.http.seeing import Sight
from api.http.service import Here
from api.render import usage as view
from provisioner.access import Principal, subtree
from provisioner.errors import InputError
from provisioner.statements.months import Month
from tenants.names import CloudName, TenantName
from tenants.spec import City

router = APIRouter(prefix="/v1", tags=["usage"])

_GAP = {"start": "2026-10-05T00:00:00+08:00", "end": "2026-10-05T02:00:00+08:00"}


class Gap(Model):
    """A time of which nothing is known."""

    start: datetime
    end: datetime


class Coverage(Model):
    """How much of a time is known. No data is not zero use."""

    covered_seconds: int
    asked_seconds: int
    gaps: tuple[Gap, ...]


class UsageLine(Model):
    """So much of something, in resource-seconds: what it was multiplied by the seconds that it lasted."""

    tenant: str | None = Field(
        description="Null for what nobody is known to hold; only who sees all tenants is shown it."
    )
    cloud: str
    project: str = Field(description="Keystone's id.")
    project_name: str
    system: str | None = Field(description="The business system's code; null for what is of none.")
    resource: str = Field(description="`server`, `volume`, `quota` and so on.")
    variant: str = Field(description="The flavor, the volume type; of quota, the resource.")
    state: str
    measure: str = Field(description="`count`, `vcpus`, and bytes of memory or size.")
    resource_seconds: int
    least: int = Field(description="What it was at least, by what is known of the times.")
    most: int
    coverage: Coverage


class Usage(Model):
    """What was used in a period."""

    model_config = example(
        start="2026-09-26T00:00:00+08:00",
        end="2026-10-26T00:00:00+08:00",
        lines=[
            {
                "tenant": "market-regulation",
                "cloud": "city",
                "project": "7f8d3c0e5b6a4f1e9c2d",
                "projectName": "market-regulation-registration",
                "system": "SSDJ",
                "resource": "server",
                "variant": "c4.large",
                "state": "active",
                "measure": "vcpus",
                "resourceSeconds": 10368000,
                "least": 10367940,
                "most": 10368000,
                "coverage": {"coveredSeconds": 2584800, "askedSeconds": 2592000, "gaps": [_GAP]},
            }
        ],
    )

    start: datetime
    end: datetime
    lines: tuple[UsageLine, ...]


class CapacityRow(Model):
    """One resource of one cloud; null for what is not known."""

    cloud: str
    resource: str
    unit: str = Field(description="Of the numbers beside it.")
    seen_at: datetime
    complete: bool = Field(description="Whether all of the cloud was seen then.")
    raw: int | None = Field(description="The physical total.")
    allocatable: int | None = Field(description="What may be given out: times overcommit, less reserve.")
    in_use: int | None = Field(description="What servers and volumes take up.")
    granted: int = Field(description="The sum of all finite quotas.")
    unlimited_projects: int = Field(description="How many projects hold it without limit.")
    reserved: int = Field(description="What open requests have reserved beside.")
    left: int | None = Field(description="Allocatable less granted and reserved; negative where too much was promised.")
    largest_host: int | None = Field(description="What may be given out on the largest host.")
    left_after_losing_a_host: int | None = Field(
        alias="leftAfterLosingAHost",
        description="Allocatable less the largest host and what is in use; negative: not everything would run again.",
    )


class Capacity(Model):
    """What clouds have and have left."""

    model_config = example(
        capacity=[
            {
                "cloud": "city",
                "resource": "compute/cores",
                "unit": "count",
                "seenAt": "2026-11-21T08:30:00Z",
                "complete": True,
                "raw": 256,
                "allocatable": 1000,
                "inUse": 610,
                "granted": 800,
                "unlimitedProjects": 0,
                "reserved": 40,
                "left": 160,
                "largestHost": 250,
                "leftAfterLosingAHost": 140,
            }
        ]
    )

    capacity: tuple[CapacityRow, ...]


@router.get("/usage", response_model=Usage, summary="Show what was used")
def show_usage(
    request: Request,
    service: Here,
    principal: UsageReader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant's and those below it.")] = None,
    month: Annotated[Text | None, Query(description="A statement's month, `2026-10`.")] = None,
    since: Annotated[Instant | None, Query(alias="from", description="From this time on.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Up to this time.")] = None,
) -> Response:
    """Line by line, beside how much of the time is known; this month till now unless a period is asked for."""
    city, now = service.statements.in_force(), service.now()
    cut_off, wanted = city.policy.statements.cut_off_day, None if month is None else _month(month)
    stated = month_stated(service.database, wanted, now=now, cut_off_day=cut_off)
    start, end = (stated.start, stated.end) if wanted else (since or stated.start, until)
    try:
        period = period_between(start, end, now=now)
    except InputError as error:
        raise of_parameter("query", "month" if wanted else "to", str(error)) from error
    found = used(service.database, city, period, _tenants(request, service, principal, city, tenant))
    return answer(Usage.model_validate(view.usage_document(found, period)))


@router.get("/capacity", response_model=Capacity, summary="Show what clouds have left")
def show_capacity(
    service: Here,
    principal: CapacityReader,
    cloud: Annotated[Text | None, Query(description="Only this cloud.")] = None,
) -> Response:
    """From what was last collected, or last looked at. Only for those who see the whole city: others do not concern a department."""
    del principal
    city = service.statements.in_force()
    if cloud is not None and CloudName(cloud) not in city.clouds:
        raise not_found("cloud", cloud)
    found = capacities(service.database, city, None if cloud is None else CloudName(cloud))
    return answer(Capacity.model_validate(view.capacity_document(found)))


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except InputError as error:
        raise of_parameter("query", "month", str(error)) from error


def _tenants(
    request: Request, service: Here, principal: Principal, city: City, tenant: str | None
) -> frozenset[TenantName] | None:
    """Whose use is shown; None: everybody's. Raises HttpProblem where the tenant is not to be seen."""
    picture = service.pictures.newest()
    if tenant is not None:
        return subtree(city.tenants, Sight(request, picture, principal).tenant(tenant).name)
    return picture.visible(principal)
