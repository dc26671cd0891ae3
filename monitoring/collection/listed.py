"""Collectors of what is listed in whole each time: one listing, or a few, of a collection; no service tells what was deleted.

Where a page fails, the look says so and the snapshot before stays: half a count looks like a loss.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import Content, Counted, counts_content
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, Item, Listing
from provisioner.errors import CloudError
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Look, Scope, Sighting, Sort
from provisioner.usage.systems import Clue


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Several listings of one collection as one."""

    items: tuple[Item, ...] = ()
    failed: Mapping[str, CloudError]
    pages: int = 0
    clock_ahead: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A collector of one sort."""

    name: CollectorName
    sort: Sort
    collection: Collection
    #: What an item means; None for one that nothing can be said of.
    read: Callable[[Item], Sighting | None]
    #: What an item tells of whose it is; None where no system is told of this sort.
    clue: Callable[[Item], Clue | None] = lambda _: None
    #: What is asked for; more than one query where no single one has everything.
    queries: tuple[Mapping[str, Any], ...] = ({},)

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Its own."""
        return (self.sort,)

    def collect(self, asked: Asked) -> Harvest:
        """One request a page and query; none where the cloud has no such service."""
        try:
            if not asked.cloud.has(self.collection.service):
                # No look: a service that left the catalogue by mistake must not end all that it keeps.
                return Harvest(content=counts_content(()))
        except CloudError as error:
            return Harvest(failed={self.collection.service: error}, anything=False)
        began = asked.now()
        whole = list_whole(asked.cloud, self.collection, self.queries)
        sightings = tuple(each for each in map(self.read, whole.items) if each is not None)
        look = Look(
            scope=Scope(cloud=asked.spec.name, sort=self.sort),
            began=began,
            ended=asked.now(),
            every=asked.every,
            sightings=sightings,
            failed=tuple(f"{part}: {error}" for part, error in whole.failed.items()),
            clock_ahead=whole.clock_ahead,
        )
        kept = whole.failed and asked.previous is not None
        return Harvest(
            looks=(look,) if whole.pages else (),
            clues=tuple(each for each in map(self.clue, whole.items) if each is not None),
            content=None if kept or not whole.pages else counts_of(sightings),
            failed=whole.failed,
            anything=bool(whole.pages),
        )


def list_whole(cloud: Cloud, collection: Collection, queries: Iterable[Mapping[str, Any]] = ({},)) -> Whole:
    """All that can be read of a collection."""
    items: list[Item] = []
    failed: dict[str, CloudError] = {}
    pages, ahead = 0, None
    for query in queries:
        listing: Listing = cloud.resources.everything(collection, query)
        items.extend(listing.items)
        pages += listing.pages
        ahead = listing.clock_ahead if listing.pages else ahead
        if listing.failure is not None:
            failed[part_of(collection, listing, query)] = listing.failure
    return Whole(items=tuple(items), failed=failed, pages=pages, clock_ahead=ahead)


def part_of(collection: Collection, listing: Listing, query: Mapping[str, Any]) -> str:
    """What is missing of a listing that broke off: `volumes, page 3`."""
    narrowed = "".join(f" ({name})" for name, value in query.items() if value)
    return f"{collection.items}{narrowed}, page {listing.pages + 1}"


def counts_of(sightings: Iterable[Sighting]) -> Content:
    """How many are alike; an item that was on two pages is one."""
    found: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for each in {sighting.id: sighting for sighting in sightings}.values():
        if not each.gone:
            found[each.project, each.variant, each.state].append(each.sizes.size_bytes)
    return counts_content(
        Counted(project=project, variant=variant, state=state, number=len(sizes), size_bytes=sum(sizes))
        for (project, variant, state), sizes in found.items()
    )
