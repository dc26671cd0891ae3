"""Volume snapshots of a whole cloud (block storage API reference v3, `snapshots/detail`)."""

from typing import Final

from monitoring.collection.volume_copies import VolumeCopies
from provisioner.clouds.collections import Collection, CollectionName
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort

_OWNER: Final = "os-extended-snapshot-attributes:project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-snapshots"),
    service="block-storage",
    path="/snapshots",
    item="snapshot",
    items="snapshots",
    listing="/snapshots/detail",
    fields=("volume_id", "status", "size", "created_at", "updated_at"),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
)
SNAPSHOTS: Final = VolumeCopies(
    name=CollectorName("snapshots"), sort=Sort.SNAPSHOT, collection=COLLECTION, owner=_OWNER
)
