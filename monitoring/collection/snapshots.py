"""Volume snapshots of a whole cloud (block storage API reference v3, `snapshots/detail`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import GIBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sighting, Sizes, Sort, state_of

_OWNER: Final = "os-extended-snapshot-attributes:project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-snapshots"),
    service="block-storage",
    path="/snapshots",
    item="snapshot",
    items="snapshots",
    listing="/snapshots/detail",
    fields=("status", "size", "created_at", "updated_at"),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
)


def sighting(item: Item) -> Sighting | None:
    """A snapshot as it is listed. Cinder does not say of which type its volume is."""
    name = id_of(item)
    if name is None:
        return None
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        state=state_of(Sort.SNAPSHOT, text(item, "status")),
        sizes=Sizes(size_bytes=number(item, "size") * GIBIBYTE),
        created_at=time(item, "created_at"),
        updated_at=time(item, "updated_at"),
    )


SNAPSHOTS: Final = Listed(name=CollectorName("snapshots"), sort=Sort.SNAPSHOT, collection=COLLECTION, read=sighting)
