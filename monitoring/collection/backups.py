"""Volume backups of a whole cloud (block storage API reference v3, `backups/detail`)."""

from typing import Final

from monitoring.collection.volume_copies import VolumeCopies
from provisioner.clouds.collections import Collection, CollectionName
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort

_OWNER: Final = "os-backup-project-attr:project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-backups"),
    service="block-storage",
    path="/backups",
    item="backup",
    items="backups",
    listing="/backups/detail",
    fields=("volume_id", "status", "size", "created_at", "updated_at"),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
    # The lowest that says whose a backup is (Ocata, 2017).
    microversion="3.18",
)
BACKUPS: Final = VolumeCopies(name=CollectorName("backups"), sort=Sort.BACKUP, collection=COLLECTION, owner=_OWNER)
