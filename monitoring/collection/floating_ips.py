"""Floating IPs of a whole cloud (network API reference v2.0, `floatingips`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import id_of, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import ResourceId, Sighting, Sizes, Sort, state_of
from provisioner.usage.systems import Clue

_OWNER: Final = "project_id"
COLLECTION: Final = Collection(
    name=CollectionName("collected-floating-ips"),
    service="network",
    path="/floatingips",
    item="floatingip",
    items="floatingips",
    fields=("port_id", "port_details", "created_at", "updated_at"),
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


def clue(item: Item) -> Clue | None:
    """The server that it leads to (extension `fip-port-details`; where a cloud has none, nothing is told)."""
    name, port = id_of(item), item.get("port_details")
    if name is None:
        return None
    server = text(port, "device_id") if isinstance(port, dict) else ""
    beside = ((Sort.SERVER, ResourceId(server)),) if server else ()
    return Clue(sort=Sort.FLOATING_IP, id=name, project=project_of(item, _OWNER), beside=beside)


FLOATING_IPS: Final = Listed(
    name=CollectorName("floating-ips"), sort=Sort.FLOATING_IP, collection=COLLECTION, read=sighting, clue=clue
)
