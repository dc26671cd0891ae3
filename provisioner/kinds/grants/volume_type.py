"""Private volume types (block storage API reference v3, `os-volume-type-access` and the actions of `types`)."""

from typing import ClassVar, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, CollectionName, ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.offers import Offers, VolumeType
from provisioner.kinds.grants.grantable import Grantable, Thing
from tenants.landing_zone import Grant, GrantsSpec

VOLUME_TYPES: Final = Collection(
    name=CollectionName("volume-types"),
    service="block-storage",
    path="/types",
    item="volume_type",
    items="volume_types",
    owner=None,
    project_filter=None,
)
VOLUME_TYPE_ACCESS: Final = Collection(
    name=CollectionName("volume-type-access"),
    service="block-storage",
    path="/types/{parent}/os-volume-type-access",
    item="",
    items="volume_type_access",
    project_filter=None,
)


class VolumeTypeGrants(Grantable[VolumeType]):
    """Access to private volume types."""

    word: ClassVar[str] = "volume-type"
    collection: ClassVar[Collection] = VOLUME_TYPE_ACCESS
    taken: ClassVar[str] = "volumes of that type stay, and no more can be made"

    def asked(self, grants: GrantsSpec) -> tuple[Grant, ...]:
        """Volume types."""
        return grants.volume_types

    def offered(self, offers: Offers) -> tuple[VolumeType, ...]:
        """Volume types."""
        return offers.volume_types

    def thing(self, offered: VolumeType) -> Thing:
        """Volume types belong to the cloud."""
        return Thing(id=offered.id, name=offered.name, public=offered.public)

    def give(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        return _act(cloud, project, thing, "addProjectAccess")

    def take(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        return _act(cloud, project, thing, "removeProjectAccess")


def _act(cloud: Cloud, project: ProjectId, thing: Thing, action: str) -> Receipt:
    act = Act(below="/action", body={action: {"project": project}})
    return cloud.resources.act(VOLUME_TYPES, project, ItemId(thing.id), act).receipt
