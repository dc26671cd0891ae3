"""Servers of a whole cloud (compute API reference, `servers/detail`): all of them now and then, in between what changed.

`changes-since` costs a page where little happens, and is the only listing that has deleted servers, with the time of their
end. What is asked for reaches back to the beginning of the last look that had everything, and a little further, for a
change may be stored later than it is dated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitoring.collection.collector import LONG, Asked, Harvest
from monitoring.collection.contents import Content, ServerRow, servers, servers_content
from monitoring.collection.listed import part_of
from monitoring.collection.values import GIBIBYTE, MEBIBYTE, id_of, number, project_of, text, time
from provisioner.clouds.collections import Collection, CollectionName, Item, Listing
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudError, CloudMisconfigured, CloudUnavailable
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Extent, Look, Scope, Sighting, Sizes, Sort, State, Variant, state_of
from provisioner.usage.systems import Clue

_SERVICE: Final = "compute"
_OWNER: Final = "tenant_id"
_VM_STATE: Final = "OS-EXT-STS:vm_state"
_ZONE: Final = "OS-EXT-AZ:availability_zone"
COLLECTION: Final = Collection(
    name=CollectionName("collected-servers"),
    service=_SERVICE,
    path="/servers",
    item="server",
    items="servers",
    listing="/servers/detail",
    fields=(
        "name",
        "status",
        "flavor",
        "created",
        "updated",
        _VM_STATE,
        _ZONE,
        "OS-SRV-USG:launched_at",
        "OS-SRV-USG:terminated_at",
    ),
    owner=_OWNER,
    everywhere={"all_tenants": 1},
    # The lowest that lists servers of cells that are down, if with next to nothing of them (Stein, 2019).
    microversion="2.69",
)
#: The lowest that has flavors embedded, so that deleted flavors do no harm: for Novas before Stein.
_OLDER: Final = "2.57"
#: How far further back than the last look is asked.
_OVERLAP: Final = timedelta(minutes=1)
#: How often all servers are listed.
FULL_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What the last snapshot says of itself, beside the servers."""

    #: The beginning of the last look that had everything.
    whole_began: datetime
    #: When all servers were last listed.
    full_at: datetime
    clock_ahead: timedelta

    def as_content(self) -> Content:
        return {
            "whole_began": self.whole_began.isoformat(),
            "full_at": self.full_at.isoformat(),
            "clock_ahead": self.clock_ahead.total_seconds(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """All listings of one collection together."""

    items: tuple[Item, ...] = ()
    failed: Mapping[str, CloudError]
    pages: int
    clock_ahead: timedelta | None
    full: bool
    #: The projects of servers that Nova could not tell anything of.
    dark: frozenset[ProjectId] = frozenset()


class Servers:
    """The collector."""

    name = CollectorName("servers")
    sorts = (Sort.SERVER,)

    def collect(self, asked: Asked) -> Harvest:
        """One request a page of what changed; where all are listed, one a page of them and one for those deleted since."""
        try:
            if not asked.cloud.has(_SERVICE):
                return Harvest(content={"servers": {}})
        except CloudError as error:
            return Harvest(failed={_SERVICE: error}, anything=False)
        past, began = _past(asked), asked.now()
        changes = past is not None and began - past.full_at < FULL_EVERY and not _long_ago(asked, began)
        seen = _changed(asked, past) if past is not None and changes else _all(asked, past)
        if not seen.pages:
            return Harvest(failed=seen.failed, anything=False)
        dark = {each: CloudUnavailable("a cell of Nova does not answer") for each in seen.dark}
        sightings = tuple(each for each in map(sighting, seen.items) if each is not None)
        look = Look(
            scope=Scope(cloud=asked.spec.name, sort=Sort.SERVER),
            extent=Extent.ALL if seen.full else Extent.CHANGES,
            began=began,
            ended=asked.now(),
            every=asked.every,
            sightings=sightings,
            failed=tuple(f"{part}: {error}" for part, error in seen.failed.items()),
            failed_projects={each: str(error) for each, error in dark.items()},
            clock_ahead=seen.clock_ahead,
        )
        content = _content(asked, seen, began, past)
        clues = (*map(clue, servers(content)), *map(clue, filter(None, map(row, seen.items))))
        return Harvest(looks=(look,), clues=clues, content=content, failed=seen.failed, failed_projects=dark)


def sighting(item: Item) -> Sighting | None:
    """A server as it is listed; None for one of a cell that is down, of which only its id and owner are told."""
    name, flavor = id_of(item), item.get("flavor")
    if name is None or not isinstance(flavor, dict):
        return None
    gone = text(item, "status") == "DELETED"
    return Sighting(
        id=name,
        project=project_of(item, _OWNER),
        variant=Variant(text(flavor, "original_name")),
        state=State.DELETED if gone else state_of(Sort.SERVER, text(item, _VM_STATE)),
        sizes=Sizes(
            vcpus=number(flavor, "vcpus"),
            memory_bytes=number(flavor, "ram") * MEBIBYTE,
            root_bytes=number(flavor, "disk") * GIBIBYTE,
            ephemeral_bytes=number(flavor, "ephemeral") * GIBIBYTE + number(flavor, "swap") * MEBIBYTE,
        ),
        created_at=time(item, "created"),
        launched_at=time(item, "OS-SRV-USG:launched_at"),
        terminated_at=time(item, "OS-SRV-USG:terminated_at"),
        updated_at=time(item, "updated"),
    )


def row(item: Item) -> ServerRow | None:
    """A server for the snapshot."""
    seen = sighting(item)
    if seen is None:
        return None
    return ServerRow(
        id=seen.id,
        project=seen.project,
        name=text(item, "name"),
        flavor=seen.variant,
        availability_zone=text(item, _ZONE),
        state=seen.state,
        vcpus=seen.sizes.vcpus,
        memory_bytes=seen.sizes.memory_bytes,
        created_at=seen.created_at,
    )


def clue(server: ServerRow) -> Clue:
    """Its name."""
    return Clue(sort=Sort.SERVER, id=server.id, project=server.project, name=server.name)


def merged(before: Iterable[ServerRow], items: Iterable[Item]) -> tuple[ServerRow, ...]:
    """The servers that there are once what was listed took the place of what was known; deleted ones are left out."""
    rows = {each.id: each for each in before}
    for item in items:
        found = row(item)
        if found is not None:
            rows[found.id] = found
    return tuple(each for each in rows.values() if each.state is not State.DELETED)


def _changed(asked: Asked, past: _Past) -> _Seen:
    listing, query = _list(asked, {"changes-since": _since(asked, past)})
    return _Seen(
        items=listing.items,
        failed=_failure(listing, query),
        pages=listing.pages,
        clock_ahead=listing.clock_ahead,
        full=False,
    )


def _all(asked: Asked, past: _Past | None) -> _Seen:
    """Without a limit: with one, Nova says nothing of cells that are down, and their servers would count as gone."""
    there, query = _list(asked, {"limit": None})
    failed, items = dict(_failure(there, query)), there.items
    if past is not None and there.pages:
        deleted, narrowed = _list(asked, {"changes-since": _since(asked, past), "deleted": "true"})
        # Last: what was deleted between the two listings is in both.
        items = (*items, *deleted.items)
        failed |= _failure(deleted, narrowed)
    dark = frozenset(
        project_of(each, _OWNER) for each in there.items if sighting(each) is None and id_of(each) is not None
    )
    if dark and there.pages > 1:
        # On further pages Nova leaves these cells out, so nobody knows whose servers they have.
        failed["servers of cells that are down"] = CloudUnavailable("a cell of Nova does not answer")
    return _Seen(items=items, failed=failed, pages=there.pages, clock_ahead=there.clock_ahead, full=True, dark=dark)


def _list(asked: Asked, query: Mapping[str, Any]) -> tuple[Listing, Mapping[str, Any]]:
    listing = asked.cloud.resources.everything(COLLECTION, query)
    if not listing.pages and isinstance(listing.failure, CloudMisconfigured):
        listing = asked.cloud.resources.everything(replace(COLLECTION, microversion=_OLDER), query)
    return listing, query


def _failure(listing: Listing, query: Mapping[str, Any]) -> Mapping[str, CloudError]:
    return {} if listing.failure is None else {part_of(COLLECTION, listing, query): listing.failure}


def _since(asked: Asked, past: _Past) -> str:
    """By the cloud's clock."""
    standing = asked.standings.get(Sort.SERVER)
    metered = past.whole_began if standing is None or standing.last is None else standing.last.start
    since = min(past.whole_began, metered) + past.clock_ahead - _OVERLAP
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _past(asked: Asked) -> _Past | None:
    """What can be built upon; None before the first whole look."""
    content = asked.previous.content if asked.previous is not None else {}
    if not content.get("whole_began"):
        return None
    return _Past(
        whole_began=datetime.fromisoformat(content["whole_began"]),
        full_at=datetime.fromisoformat(content["full_at"]),
        clock_ahead=timedelta(seconds=content["clock_ahead"]),
    )


def _long_ago(asked: Asked, now: datetime) -> bool:
    return asked.previous is None or now - asked.previous.at > asked.every * LONG


def _content(asked: Asked, seen: _Seen, began: datetime, past: _Past | None) -> Content:
    """The servers as they are now known, and how far that is whole."""
    kept = not seen.full or bool(seen.failed) or bool(seen.dark)
    before = servers(asked.previous.content) if kept and asked.previous is not None else ()
    content = {"servers": servers_content(merged(before, seen.items))}
    if not seen.failed:
        full_at = began if seen.full or past is None else past.full_at
        if seen.dark:
            # Only a full listing tells of such cells: until one has none, changes would count their projects as read.
            full_at -= FULL_EVERY
        ahead = seen.clock_ahead or timedelta()
        return {**content, **_Past(whole_began=began, full_at=full_at, clock_ahead=ahead).as_content()}
    return {**content, **(past.as_content() if past is not None else {})}
