"""Kind `volume`: a volume of an application (block storage API reference v3, `volumes`)."""

from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Scope
from provisioner.objects import KindName

NAME: Final = KindName("volume")
VOLUMES: Final = Collection(
    name=CollectionName("volumes"),
    service="block-storage",
    path="/volumes",
    item="volume",
    items="volumes",
    listing="/volumes/detail",
    fields=(
        "name",
        "size",
        "status",
        "volume_type",
        "bootable",
        "attachments",
        "metadata",
        "availability_zone",
    ),
    owner="os-vol-tenant-attr:tenant_id",
    microversion="3.42",
    # Lists of whole clouds are narrowed by `project_id` only together with this.
    everywhere={"all_tenants": 1},
    scope=Scope.PROJECT,
)
