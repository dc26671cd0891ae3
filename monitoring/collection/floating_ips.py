"""Floating IPs of a whole cloud (network API reference v2.0, `floatingips`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import id_of, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sighting, Sizes, Sort, state_of

_OWNER: Final = "project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-floating-ips"),
    service="network",
    path="/floatingips",
    item="floatingip",
    items="floatingips",
    fields=("port_id", "created_at", "updated_at"),
    owner=_OWNER,
    neutron=True,
)


def sighting(item: Item) -> Sighting | None:
    """A floating IP as it is listed. It is held whether it leads anywhere or not."""
    name = id_of(item)
    if name is None:
        return None
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        state=state_of(Sort.FLOATING_IP, "associated" if text(item, "port_id") else "unassociated"),
        sizes=Sizes(),
        created_at=time(item, "created_at"),
        updated_at=time(item, "updated_at"),
    )


FLOATING_IPS: Final = Listed(
    name=CollectorName("floating-ips"), sort=Sort.FLOATING_IP, collection=COLLECTION, read=sighting
)
