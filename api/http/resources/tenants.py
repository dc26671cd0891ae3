"""Tenants: the tree of departments, with what their envelopes have left."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.http.conditional import tagged
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import Reader
from api.http.picture import Picture
from api.http.seeing import Sight
from api.http.service import Here
from api.render import allocation as view
from provisioner.access import subtree
from tenants.names import TenantName
from tenants.spec import TenantSpec

router = APIRouter(prefix="/v1", tags=["tenants"])


class Contact(Model):
    """A person who answers for a tenant."""

    name: str
    email: str | None
    phone: str | None


class Held(Model):
    """A project that the tenant holds."""

    cloud: str
    name: str


class Envelope(Model):
    """One resource of an envelope: the most that the tenant and all below it may hold."""

    tenant: str
    display_name: str
    cloud: str
    resource: str
    unit: str = Field(description="Of the numbers beside it.")
    allocated: int
    unlimited_projects: int
    envelope: int
    left: int


class Tenant(Model):
    """A department or one of its units."""

    model_config = example(
        name="market-regulation",
        displayName="市市场监督管理局",
        parent="shenzhen",
        protectionLevel=3,
        contacts=[{"name": "张伟", "email": "zhang.wei@example.gov.cn", "phone": None}],
        projects=[{"cloud": "city", "name": "registration"}],
        envelopes=[
            {
                "tenant": "market-regulation",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "resource": "compute/cores",
                "unit": "count",
                "allocated": 160,
                "unlimitedProjects": 0,
                "envelope": 800,
                "left": 640,
            }
        ],
    )

    name: str
    display_name: str
    parent: str | None = Field(description="Null for a root of the tree.")
    protection_level: int
    contacts: tuple[Contact, ...]
    projects: tuple[Held, ...]
    envelopes: tuple[Envelope, ...]


@router.get("/tenants", response_model=Page[Tenant], summary="List tenants")
def tenants(
    service: Here,
    principal: Reader,
    *,
    parent: Annotated[Text | None, Query(description="Only those right below this one.")] = None,
    below: Annotated[
        Text | None, Query(alias="subtree", description="Only this one and all below it, however deep.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The tenants of the manifests that were last applied, by name; for a member of a department its own part of the tree."""
    picture = service.pictures.newest()
    known = picture.city.tenants
    chosen = set(known)
    if below is not None:
        chosen &= subtree(known, TenantName(below))
    seen = picture.visible(principal)
    if seen is not None:
        chosen &= seen
    found = [known[name] for name in chosen if parent is None or known[name].parent == parent]
    shown, following = Place(of="tenants", cursor=cursor, limit=limit).among(found, lambda each: (each.name,))
    return answer(Page[Tenant](items=tuple(_made(each, picture) for each in shown), next=following))


@router.get("/tenants/{tenant}", response_model=Tenant, summary="Show a tenant")
def tenant(tenant: str, request: Request, service: Here, principal: Reader) -> Response:
    """One tenant with its projects and what its envelopes have left."""
    picture = service.pictures.newest()
    spec = Sight(request, picture, principal).tenant(tenant)
    return tagged(request, _made(spec, picture))


def _made(spec: TenantSpec, picture: Picture) -> Tenant:
    """The tenant, made once for each picture."""
    return picture.once(f"tenant/{spec.name}", lambda: _tenant(spec, picture))


def _tenant(spec: TenantSpec, picture: Picture) -> Tenant:
    return Tenant(
        name=spec.name,
        display_name=spec.display_name,
        parent=spec.parent,
        protection_level=spec.protection_level,
        contacts=tuple(Contact(name=each.name, email=each.email, phone=each.phone) for each in spec.contacts),
        projects=tuple(sorted((Held(cloud=each.cloud, name=each.name) for each in spec.projects), key=_of_held)),
        envelopes=tuple(Envelope.model_validate(each) for each in _shares(spec, picture)),
    )


def _of_held(held: Held) -> tuple[str, str]:
    return held.cloud, held.name


def _shares(spec: TenantSpec, picture: Picture) -> Iterable[Mapping[str, Any]]:
    document: Any = view.as_document((), picture.envelopes.get(spec.name, ()), picture.names)
    shares: Iterable[Mapping[str, Any]] = document["envelopes"]
    return shares
