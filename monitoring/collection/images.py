"""Images of a whole cloud, by their owners (image API reference v2, `images`)."""

from typing import Final

from monitoring.collection.listed import Listed
from monitoring.collection.values import id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sighting, Sizes, Sort, state_of

_OWNER: Final = "owner"
COLLECTION: Final = Collection(
    name=CollectionName("collected-images"),
    service="image",
    path="/images",
    item="",
    items="images",
    fields=("status", "size", "created_at", "updated_at"),
    owner=_OWNER,
    # Without it, an administrator is not shown others' community images.
    everywhere={"visibility": "all"},
)


def sighting(item: Item) -> Sighting | None:
    """An image as it is listed; it has no size before its data is there."""
    name = id_of(item)
    if name is None:
        return None
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        state=state_of(Sort.IMAGE, text(item, "status")),
        sizes=Sizes(size_bytes=number(item, "size")),
        created_at=time(item, "created_at"),
        updated_at=time(item, "updated_at"),
    )


#: Hidden images are in no listing but their own: superseded, and still stored.
IMAGES: Final = Listed(
    name=CollectorName("images"),
    sort=Sort.IMAGE,
    collection=COLLECTION,
    read=sighting,
    queries=({}, {"os_hidden": "true"}),
)
