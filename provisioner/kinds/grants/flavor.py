"""Private flavors (compute API reference, `os-flavor-access` and the actions of `flavors`)."""

from typing import ClassVar, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, CollectionName, ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.offers import Flavor, Offers
from provisioner.kinds.grants.grantable import Grantable, Thing
from tenants.landing_zone import Grant, GrantsSpec

_MICROVERSION: Final = "2.57"
FLAVORS: Final = Collection(
    name=CollectionName("flavors"),
    service="compute",
    path="/flavors",
    item="flavor",
    items="flavors",
    owner=None,
    project_filter=None,
    microversion=_MICROVERSION,
)
FLAVOR_ACCESS: Final = Collection(
    name=CollectionName("flavor-access"),
    service="compute",
    path="/flavors/{parent}/os-flavor-access",
    item="",
    items="flavor_access",
    owner="tenant_id",
    project_filter=None,
    microversion=_MICROVERSION,
)


class FlavorGrants(Grantable[Flavor]):
    """Access to private flavors."""

    word: ClassVar[str] = "flavor"
    collection: ClassVar[Collection] = FLAVOR_ACCESS
    taken: ClassVar[str] = "servers of that size stay, and no more can be made"

    def asked(self, grants: GrantsSpec) -> tuple[Grant, ...]:
        """Flavors."""
        return grants.flavors

    def offered(self, offers: Offers) -> tuple[Flavor, ...]:
        """Flavors."""
        return offers.flavors

    def thing(self, offered: Flavor) -> Thing:
        """Flavors belong to the cloud."""
        return Thing(id=offered.id, name=offered.name, public=offered.public)

    def give(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        return _act(cloud, project, thing, "addTenantAccess")

    def take(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        return _act(cloud, project, thing, "removeTenantAccess")


def _act(cloud: Cloud, project: ProjectId, thing: Thing, action: str) -> Receipt:
    act = Act(below="/action", body={action: {"tenant": project}})
    return cloud.resources.act(FLAVORS, project, ItemId(thing.id), act).receipt
