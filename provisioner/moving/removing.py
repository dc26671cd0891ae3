"""What a migration takes away goes for good, whatever its service would keep of it: for steps, their way back, and leftovers."""

from typing import Final

from provisioner.clouds.collections import Act, Collection, ItemId, Resources
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.errors import CloudRefused
from provisioner.migration.collections import SERVERS

#: A server that is deleted stays in Nova's bin where a cloud has one (`reclaim_instance_interval`), and its volumes and ports stay with it
#: all the while. This leads past the bin and out of it, and does the same where there is none (compute API reference, "Force-Delete Server").
_FOR_GOOD: Final = Act(below="/action", body={"forceDelete": None})


def remove(resources: Resources, collection: Collection, project: ProjectId, item: ItemId) -> Receipt:
    """One request; what is not there counts as deleted. Raises CloudConflict and CloudRefused where the service declines."""
    if collection.path != SERVERS.path:
        return resources.delete(collection, project, item)
    try:
        return resources.act(collection, project, item, _FOR_GOOD).receipt
    except CloudRefused:
        if resources.fetch(collection, project, item) is None:
            return Receipt()
        raise
