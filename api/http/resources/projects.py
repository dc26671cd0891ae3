"""Projects: what was asked for each, what its cloud enforces, and what is used, as of the last look."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.http.conditional import tagged
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Reader
from api.http.picture import Picture
from api.http.problems import not_found
from api.http.seeing import Sight
from api.http.service import Here
from api.render.quantity import unit_of
from monitoring.allocation import AllocationState
from provisioner.reconciliation.ending import ends_in
from tenants.days import day_of
from tenants.spec import Environment, ProjectSpec, ProjectState, TenantSpec

router = APIRouter(prefix="/v1", tags=["projects"])


class ProjectLimit(Model):
    """One resource of a project; numbers are in the unit."""

    resource: str = Field(description="`compute/cores`, as the service's API calls it.")
    unit: str
    asked: int | None = Field(description="-1 is unlimited; null where no manifest names it.")
    enforced: int | None = Field(description="-1 is unlimited; null where it was not read.")
    used: int | None
    reserved: int
    state: AllocationState


class System(Model):
    """A business system that the project serves."""

    code: str
    name: str


class Project(Model):
    """A Keystone project."""

    model_config = example(
        tenant="market-regulation",
        tenantDisplayName="市市场监督管理局",
        name="registration",
        cloud="city",
        keystoneName="market-regulation-registration",
        zone="extranet",
        purpose="商事登记",
        environment="production",
        protectionLevel=3,
        state="active",
        validFrom=None,
        validUntil="2027-12-31",
        endsInDays=405,
        systems=[{"code": "SJ-001", "name": "商事登记"}],
        seenAt="2026-11-21T08:30:00Z",
        there=True,
        disabled=False,
        limits=[
            {
                "resource": "compute/cores",
                "unit": "count",
                "asked": 160,
                "enforced": 160,
                "used": 42,
                "reserved": 0,
                "state": "matches",
            }
        ],
    )

    tenant: str
    tenant_display_name: str
    name: str
    cloud: str
    keystone_name: str
    zone: str
    purpose: str
    environment: Environment
    protection_level: int
    state: ProjectState = Field(description="What the manifest has it to be.")
    valid_from: date | None
    valid_until: date | None = Field(description="The last day of use; null is permanent.")
    ends_in_days: int | None = Field(
        description="Days from today, in China, to the last day of use; below 0 once it is over, null where there is no end."
    )
    systems: tuple[System, ...]
    seen_at: datetime | None = Field(description="The last look at its cloud; null where there was none.")
    there: bool | None = Field(description="Whether Keystone has it; null where that is not known.")
    disabled: bool = Field(description="Whether it stands still though its manifest has it active.")
    limits: tuple[ProjectLimit, ...]


@router.get("/projects", response_model=Page[Project], summary="List projects")
def projects(
    service: Here,
    principal: Reader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    cloud: Annotated[Text | None, Query(description="Only in this cloud.")] = None,
    state: Annotated[
        AllocationState | None, Query(description="Only those with a limit that stands so to its manifest.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The projects of the manifests that were last applied, by tenant, cloud and name, as their clouds were last seen."""
    picture, today = service.pictures.newest(), day_of(service.now())
    seen = picture.visible(principal)
    found = [
        each
        for each in _all(picture)
        if (seen is None or each[0].name in seen)
        and tenant in {None, each[0].name}
        and cloud in {None, each[1].cloud}
        and (state is None or any(row.state is state for row in picture.allocations.get(_key(each), ())))
    ]
    shown, following = Place(of="projects", cursor=cursor, limit=limit).among(found, _key)
    return answer(Page[Project](items=tuple(_project(*each, picture, today) for each in shown), next=following))


@router.get("/tenants/{tenant}/projects/{project}", response_model=Project, summary="Show a project")
def project(tenant: str, project: str, request: Request, service: Here, principal: Reader) -> Response:
    """One project with all its limits."""
    picture = service.pictures.newest()
    owner = Sight(request, picture, principal).tenant(tenant)
    found = next((each for each in owner.projects if each.name == project), None)
    if found is None:
        raise not_found("project", project)
    return tagged(request, _project(owner, found, picture, day_of(service.now())))


def _all(picture: Picture) -> Iterator[tuple[TenantSpec, ProjectSpec]]:
    return ((tenant, each) for tenant in picture.city.tenants.values() for each in tenant.projects)


def _key(each: tuple[TenantSpec, ProjectSpec]) -> Any:
    return each[0].name, each[1].cloud, each[1].name


def _project(tenant: TenantSpec, spec: ProjectSpec, picture: Picture, today: date) -> Project:
    seen = picture.observations.get(spec.cloud)
    rows = picture.allocations.get((tenant.name, spec.cloud, spec.name), ())
    return Project(
        tenant=tenant.name,
        tenant_display_name=tenant.display_name,
        name=spec.name,
        cloud=spec.cloud,
        keystone_name=spec.keystone_name,
        zone=spec.zone,
        purpose=spec.purpose,
        environment=spec.environment,
        protection_level=spec.protection_level,
        state=spec.state,
        valid_from=spec.valid_from,
        valid_until=spec.valid_until,
        ends_in_days=ends_in(spec, today),
        systems=tuple(System(code=each.code, name=each.name) for each in spec.systems),
        seen_at=seen.at if seen else None,
        there=None if seen is None else spec.keystone_name in seen.projects,
        disabled=any(row.disabled for row in rows),
        limits=tuple(
            ProjectLimit(
                resource=str(row.resource),
                unit=unit_of(row.resource).value,
                asked=row.asked,
                enforced=row.enforced,
                used=row.used,
                reserved=row.reserved,
                state=row.state,
            )
            for row in rows
        ),
    )
