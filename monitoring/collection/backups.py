"""Volume backups of a whole cloud (block storage API reference v3, `backups/detail`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import GIBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sighting, Sizes, Sort, state_of

_OWNER: Final = "os-backup-project-attr:project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-backups"),
    service="block-storage",
    path="/backups",
    item="backup",
    items="backups",
    listing="/backups/detail",
    fields=("status", "size", "created_at", "updated_at"),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
    # The lowest that says whose a backup is (Ocata, 2017).
    microversion="3.18",
)


def sighting(item: Item) -> Sighting | None:
    """A backup as it is listed: its size is that of the volume, as Cinder counts it against the quota."""
    name = id_of(item)
    if name is None:
        return None
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        state=state_of(Sort.BACKUP, text(item, "status")),
        sizes=Sizes(size_bytes=number(item, "size") * GIBIBYTE),
        created_at=time(item, "created_at"),
        updated_at=time(item, "updated_at"),
    )


BACKUPS: Final = Listed(name=CollectorName("backups"), sort=Sort.BACKUP, collection=COLLECTION, read=sighting)
