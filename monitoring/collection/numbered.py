"""Collectors of what is only counted, project by project, and not metered: ports and routers."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.listed import list_whole
from provisioner.clouds.collections import Collection, CollectionName
from provisioner.errors import CloudError
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort

_OWNER: Final = "project_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A collector of how many each project has."""

    name: CollectorName
    collection: Collection

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Nothing of it is metered."""
        return ()

    def collect(self, asked: Asked) -> Harvest:
        """One request a page; none where the cloud has no such service."""
        try:
            if not asked.cloud.has(self.collection.service):
                return Harvest(content={"numbers": {}})
        except CloudError as error:
            return Harvest(failed={self.collection.service: error}, anything=False)
        whole = list_whole(asked.cloud, self.collection)
        if whole.failed and (asked.previous is not None or not whole.pages):
            return Harvest(failed=whole.failed, anything=bool(whole.pages))
        owners = Counter({str(item.get("id")): item.get(_OWNER) or "" for item in whole.items}.values())
        return Harvest(content={"numbers": dict(sorted(owners.items()))}, failed=whole.failed)


def _of_network(items: str, item: str) -> Numbered:
    collection = Collection(
        name=CollectionName(f"collected-{items}"),
        service="network",
        path=f"/{items}",
        item=item,
        items=items,
        # Naming one makes Neutron leave out all others.
        fields=(_OWNER,),
        owner=_OWNER,
        neutron=True,
    )
    return Numbered(name=CollectorName(items), collection=collection)


PORTS: Final = _of_network("ports", "port")
ROUTERS: Final = _of_network("routers", "router")
