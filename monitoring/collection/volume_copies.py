"""Snapshots and backups: each is a copy of a volume, listed by Cinder with its size, state, times and the volume's id.

Which type the volume is of is in no such listing. Metering knows it of volumes that it met; where it does not know one, the
volumes are listed once more, and what is not there then (a backup outlives its volume) is of no type that anybody can tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from monitoring.collection import volumes
from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import Content
from monitoring.collection.listed import Listed, counts_of, list_whole
from monitoring.collection.values import GIBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, Item
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Look, ResourceId, Sighting, Sizes, Sort, Variant, state_of
from provisioner.usage.systems import Clue

#: In a snapshot: the volumes that were looked for and are not there.
_UNKNOWN: Final = "volumes_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCopies:
    """A collector of one sort of copies."""

    name: CollectorName
    sort: Sort
    collection: Collection
    #: The key of the project.
    owner: str

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Its own."""
        return (self.sort,)

    def collect(self, asked: Asked) -> Harvest:
        """One request a page; one more a page of volumes where copies are of volumes that nobody has met."""
        listed = Listed(
            name=self.name, sort=self.sort, collection=self.collection, read=self.sighting, clue=self.clue
        ).collect(asked)
        sources = {each.id: volume for each in listed.clues for _, volume in each.beside}
        if not sources or not listed.looks:
            return listed
        types, unknown = _types(asked, sources)
        looks = tuple(_typed(look, types) for look in listed.looks)
        if listed.content is None:
            return replace(listed, looks=looks)
        content: Content = {**counts_of(looks[0].sightings), _UNKNOWN: unknown}
        return replace(listed, looks=looks, content=content)

    def sighting(self, item: Item) -> Sighting | None:
        """A copy as it is listed. A backup's size is that of the volume, as Cinder counts it against the quota."""
        name = id_of(item)
        if name is None:
            return None
        return Sighting(
            id=name,
            project=project_of(item, self.owner),
            state=state_of(self.sort, text(item, "status")),
            sizes=Sizes(size_bytes=number(item, "size") * GIBIBYTE),
            created_at=time(item, "created_at"),
            updated_at=time(item, "updated_at"),
        )

    def clue(self, item: Item) -> Clue | None:
        """The volume that it was made from."""
        name, volume = id_of(item), text(item, "volume_id")
        if name is None:
            return None
        beside = ((Sort.VOLUME, ResourceId(volume)),) if volume else ()
        return Clue(sort=self.sort, id=name, project=project_of(item, self.owner), beside=beside)


def _types(
    asked: Asked, sources: Mapping[ResourceId, ResourceId]
) -> tuple[Mapping[ResourceId, Variant], list[ResourceId]]:
    """The type of each copy as far as it can be told, and the volumes of which none can."""
    known = dict(asked.volume_types(frozenset(sources.values())))
    looked = frozenset(asked.previous.content.get(_UNKNOWN, ()) if asked.previous is not None else ())
    if {*sources.values()} - known.keys() - looked:
        there = list_whole(asked.cloud, volumes.COLLECTION)
        known |= {each.id: each.variant for each in map(volumes.sighting, there.items) if each is not None}
        looked |= frozenset() if there.failed else frozenset(sources.values())
    unknown = sorted({*sources.values()} & looked - known.keys())
    return {copy: known[volume] for copy, volume in sources.items() if volume in known}, unknown


def _typed(look: Look, types: Mapping[ResourceId, Variant]) -> Look:
    return replace(
        look, sightings=tuple(replace(each, variant=types.get(each.id, each.variant)) for each in look.sightings)
    )
