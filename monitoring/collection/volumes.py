"""Volumes of a whole cloud (block storage API reference v3, `volumes/detail`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import GIBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import ResourceId, Sighting, Sizes, Sort, Variant, state_of
from provisioner.usage.systems import Clue

_OWNER: Final = "os-vol-tenant-attr:tenant_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-volumes"),
    service="block-storage",
    path="/volumes",
    item="volume",
    items="volumes",
    listing="/volumes/detail",
    fields=("name", "attachments", "status", "size", "volume_type", "created_at", "updated_at"),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
)


def sighting(item: Item) -> Sighting | None:
    """A volume as it is listed. One that was made before there were types has none."""
    name = id_of(item)
    if name is None:
        return None
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        variant=Variant(text(item, "volume_type")),
        state=state_of(Sort.VOLUME, text(item, "status")),
        sizes=Sizes(size_bytes=number(item, "size") * GIBIBYTE),
        created_at=time(item, "created_at"),
        updated_at=time(item, "updated_at"),
    )


def clue(item: Item) -> Clue | None:
    """Its name, and the servers that it is attached to."""
    name, attached = id_of(item), item.get("attachments")
    if name is None:
        return None
    servers = [each.get("server_id") for each in attached] if isinstance(attached, list) else []
    beside = tuple((Sort.SERVER, ResourceId(each)) for each in servers if isinstance(each, str))
    return Clue(sort=Sort.VOLUME, id=name, project=project_of(item, _OWNER), name=text(item, "name"), beside=beside)


VOLUMES: Final = Listed(
    name=CollectorName("volumes"), sort=Sort.VOLUME, collection=COLLECTION, read=sighting, clue=clue
)
