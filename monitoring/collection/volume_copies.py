"""What snapshots and backups have alike: each is a copy of a volume, listed by Cinder with its size, state and times."""

from collections.abc import Callable

from monitoring.collection.values import GIBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Item
from provisioner.usage.sightings import Sighting, Sizes, Sort, state_of


def volume_copies(sort: Sort, *, owner: str) -> Callable[[Item], Sighting | None]:
    """What reads a copy as it is listed; `owner` is the key of its project. Cinder does not say of which type the volume is.

    A backup's size is that of the volume, as Cinder counts it against the quota.
    """

    def sighting(item: Item) -> Sighting | None:
        name = id_of(item)
        if name is None:
            return None
        return Sighting(
            id=name,
            project=project_of(item, owner),
            state=state_of(sort, text(item, "status")),
            sizes=Sizes(size_bytes=number(item, "size") * GIBIBYTE),
            created_at=time(item, "created_at"),
            updated_at=time(item, "updated_at"),
        )

    return sighting
