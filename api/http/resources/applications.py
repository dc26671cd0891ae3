"""Applications: their servers, volumes and addresses as they were last seen, beside what their manifests ask for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.http.conditional import tagged
from api.http.model import Model, Prose, Value, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Reader
from api.http.problems import not_found
from api.http.seeing import Sight
from api.http.service import Here
from api.render import applications as view
from monitoring.applications import ApplicationStatus, Standing, application_status
from provisioner.probing.readings import Result
from provisioner.store import probes
from tenants.application import ApplicationSpec, Management
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.presence import Presence

router = APIRouter(prefix="/v1", tags=["applications"])


class ApplicationLine(Model):
    """An application in a list."""

    model_config = example(
        application="registration",
        displayName="商事登记",
        tenant="market-regulation",
        project="registration",
        cloud="city",
        protectionLevel=3,
        manage="full",
        state="present",
        dependsOn=["unified-acceptance"],
    )

    application: str
    display_name: str
    tenant: str
    project: str
    cloud: str
    protection_level: int
    manage: Management
    state: Presence = Field(description="What its manifest has it to be.")
    depends_on: tuple[str, ...]


class Need(Model):
    """Another application; without a display name where it is not described, or not to be seen."""

    application: str
    display_name: str | None


class PropertyDifference(Model):
    """A property that is not as asked."""

    name: str = Field(alias="property")
    asked: Value
    seen: Value


class Part(Model):
    """One object of an application."""

    name: str
    standing: Standing
    asked: Mapping[str, Value]
    seen: Mapping[str, Value]
    differences: tuple[PropertyDifference, ...]


class Server(Part):
    """A server with what is attached to it."""

    state: str | None = Field(description="As Nova calls it: `ACTIVE`.")
    task: str | None
    fault: str | None
    flavor: str | None
    image: str | None
    availability_zone: str | None
    fixed_addresses: tuple[str, ...]
    floating_addresses: tuple[str, ...]
    volumes: tuple[str, ...]


class Volume(Part):
    """A volume and where it is attached."""

    state: str | None = Field(description="As Cinder calls it: `in-use`.")
    size: int | None = Field(alias="sizeGiB")
    type: str | None
    servers: tuple[str, ...]


class Probe(Model):
    """What a probe last found."""

    probe: str
    server: str | None
    address: str | None
    result: Result
    reason: Prose
    milliseconds: int | None
    at: datetime


class Application(Model):
    """An application as it was last seen."""

    model_config = example(
        application="registration",
        displayName="商事登记",
        tenant="market-regulation",
        tenantDisplayName="市市场监督管理局",
        project="registration",
        keystoneName="market-regulation-registration",
        cloud="city",
        zone="extranet",
        protectionLevel=3,
        system="SCJG-001",
        manage="full",
        state="present",
        projectThere=True,
        seenAt="2026-11-21T08:30:00Z",
        dependsOn=[{"application": "unified-acceptance", "displayName": "统一受理"}],
        neededBy=[],
        servers=[
            {
                "name": "web-1",
                "standing": "matches",
                "asked": {"flavor": "g1.large"},
                "seen": {"flavor": "g1.large"},
                "differences": [],
                "state": "ACTIVE",
                "task": None,
                "fault": None,
                "flavor": "g1.large",
                "image": "openeuler-24.03",
                "availabilityZone": "extranet",
                "fixedAddresses": ["10.1.0.5"],
                "floatingAddresses": [],
                "volumes": ["data-1"],
            }
        ],
        volumes=[],
        floatingIPs=[],
        serverGroups=[],
        ports=[],
        probes=[],
    )

    application: str
    display_name: str
    tenant: str
    tenant_display_name: str
    project: str
    keystone_name: str
    cloud: str
    zone: str
    protection_level: int
    system: str | None = Field(description="The code of its project's system that it is, or is a part of.")
    manage: Management
    state: Presence
    project_there: bool | None
    seen_at: datetime | None = Field(description="The last look at its cloud; null where there was none.")
    depends_on: tuple[Need, ...]
    needed_by: tuple[Need, ...] = Field(description="Those of them that one may see.")
    servers: tuple[Server, ...]
    volumes: tuple[Volume, ...]
    floating_ips: tuple[Part, ...] = Field(alias="floatingIPs")
    server_groups: tuple[Part, ...]
    ports: tuple[Part, ...]
    probes: tuple[Probe, ...]


@router.get("/applications", response_model=Page[ApplicationLine], summary="List applications")
def applications(
    service: Here,
    principal: Reader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    cloud: Annotated[Text | None, Query(description="Only in this cloud.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The applications of the manifests that were last applied, by name."""
    picture = service.pictures.newest()
    seen = picture.visible(principal)
    found = [
        (each, clouds[each.owner, each.project])
        for clouds in [_clouds(picture.city.tenants)]
        for each in picture.city.applications.values()
        if (seen is None or each.owner in seen)
        and tenant in {None, each.owner}
        and cloud in {None, clouds[each.owner, each.project]}
    ]
    place = Place(of="applications", cursor=cursor, limit=limit)
    shown, following = place.among(found, lambda each: (each[0].name,))
    return answer(Page[ApplicationLine](items=tuple(_line(*each) for each in shown), next=following))


@router.get("/applications/{application}", response_model=Application, summary="Show an application")
def application(application: str, request: Request, service: Here, principal: Reader) -> Response:
    """One application with all its parts, from the last look at its cloud; nothing is asked of the cloud now."""
    picture = service.pictures.newest()
    name = ApplicationName(application)
    spec = picture.city.applications.get(name)
    if spec is None:
        raise not_found("application", application)
    Sight(request, picture, principal).must_include([spec.owner], what="application", name=application)
    status = application_status(picture.city, name, picture.observations)
    with service.database.autocommit() as connection:
        readings = probes.latest(connection, name)
    document: dict[str, Any] = dict(view.as_document(status, readings, picture.names))
    document |= _seen(status, picture.visible(principal))
    return tagged(request, Application.model_validate(document))


def _seen(status: ApplicationStatus, visible: frozenset[TenantName] | None) -> dict[str, Any]:
    """The applications around one, as far as they are to be seen; what its own manifest names it knows by name."""

    def is_seen(spec: ApplicationSpec | None) -> bool:
        return spec is not None and (visible is None or spec.owner in visible)

    return {
        "dependsOn": [
            Need(
                application=each.name, display_name=each.spec.display_name if each.spec and is_seen(each.spec) else None
            )
            for each in status.needs
        ],
        "neededBy": [
            Need(application=each.name, display_name=each.spec.display_name)
            for each in status.needed_by
            if each.spec and is_seen(each.spec)
        ],
    }


def _clouds(tenants: Mapping[TenantName, Any]) -> Mapping[tuple[TenantName, ProjectName], CloudName]:
    return {(name, each.name): each.cloud for name, tenant in tenants.items() for each in tenant.projects}


def _line(spec: ApplicationSpec, cloud: CloudName) -> ApplicationLine:
    return ApplicationLine(
        application=spec.name,
        display_name=spec.display_name,
        tenant=spec.owner,
        project=spec.project,
        cloud=cloud,
        protection_level=spec.protection_level,
        manage=spec.management,
        state=spec.presence,
        depends_on=tuple(spec.depends_on),
    )
