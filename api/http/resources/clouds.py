"""Clouds: their zones, and what they can give out as it was last observed."""

from collections.abc import Iterable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.http.conditional import tagged
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place
from api.http.permissions import Reader
from api.http.picture import Picture
from api.http.problems import not_found
from api.http.service import Here
from api.render import clouds as view
from provisioner.access import Principal
from tenants.names import CloudName
from tenants.spec import CloudSpec, Level

router = APIRouter(prefix="/v1", tags=["clouds"])


class Zone(Model):
    """A network zone."""

    name: str
    display_name: str
    availability_zone: str
    external_network: str | None
    protection_levels: tuple[int, ...] = Field(description="The levels of systems allowed here (GB/T 22239).")


class Share(Model):
    """One resource of a cloud."""

    cloud: str
    resource: str = Field(description="`compute/cores`, as the service's API calls it.")
    unit: str = Field(description="Of the numbers beside it.")
    allocated: int = Field(description="The sum of all finite limits.")
    unlimited_projects: int = Field(description="How many projects hold it without limit.")
    allocatable: int | None = Field(description="What may be given out: physical, times overcommit, less reserve.")
    left: int | None = Field(description="Negative where too much was given out.")


class Cloud(Model):
    """One OpenStack cloud."""

    model_config = example(
        name="city",
        displayName="市政务云",
        level="municipal",
        zones=[
            {
                "name": "extranet",
                "displayName": "政务外网",
                "availabilityZone": "extranet",
                "externalNetwork": "extranet-external",
                "protectionLevels": [1, 2, 3],
            }
        ],
        volumeTypes=["ssd", "standard"],
        seenAt="2026-11-21T08:30:00Z",
        capacity=[
            {
                "cloud": "city",
                "resource": "compute/cores",
                "unit": "count",
                "allocated": 800,
                "unlimitedProjects": 0,
                "allocatable": 1000,
                "left": 200,
            }
        ],
    )

    name: str
    display_name: str
    level: Level
    zones: tuple[Zone, ...]
    volume_types: tuple[str, ...]
    seen_at: datetime | None = Field(description="The last look at it; null where there was none.")
    capacity: tuple[Share, ...] | None = Field(
        description="What is given out and what is left; null for a member of a department, whom others do not concern."
    )


@router.get("/clouds", response_model=Page[Cloud], summary="List clouds")
def clouds(service: Here, principal: Reader, cursor: Cursor = None, limit: Limit = USUAL) -> Response:
    """The clouds of the manifests that were last applied, by name."""
    picture = service.pictures.newest()
    place = Place(of="clouds", cursor=cursor, limit=limit)
    shown, following = place.among(tuple(picture.city.clouds.values()), lambda each: (each.name,))
    return answer(Page[Cloud](items=tuple(_cloud(each, picture, principal) for each in shown), next=following))


@router.get("/clouds/{cloud}", response_model=Cloud, summary="Show a cloud")
def cloud(cloud: str, request: Request, service: Here, principal: Reader) -> Response:
    """One cloud with its zones and, for those who see all tenants, its capacity."""
    picture = service.pictures.newest()
    spec = picture.city.clouds.get(CloudName(cloud))
    if spec is None:
        raise not_found("cloud", cloud)
    return tagged(request, _cloud(spec, picture, principal))


def _cloud(spec: CloudSpec, picture: Picture, principal: Principal) -> Cloud:
    seen = picture.observations.get(spec.name)
    return Cloud(
        name=spec.name,
        display_name=spec.display_name,
        level=spec.level,
        zones=tuple(
            Zone(
                name=each.name,
                display_name=each.display_name,
                availability_zone=each.availability_zone,
                external_network=each.external_network,
                protection_levels=tuple(sorted(each.protection_levels)),
            )
            for _, each in sorted(spec.zones.items())
        ),
        volume_types=tuple(sorted(spec.volume_types)),
        seen_at=seen.at if seen else None,
        capacity=None if principal.tenant else tuple(_shares(spec.name, picture)),
    )


def _shares(cloud: CloudName, picture: Picture) -> Iterable[Share]:
    document = view.as_document(picture.totals.get(cloud, ()))
    return map(Share.model_validate, document["clouds"])  # type: ignore[arg-type]  # a list, as its view makes it
