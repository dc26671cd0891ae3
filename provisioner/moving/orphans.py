"""What migrations left on all clouds and in the record: found in one listing for each collection and cloud, and taken away.

What bears a mark is listed first and judged by the record as it is after that, so that what a migration makes meanwhile is known to
be its own (`provisioner.migration.orphans`). Taking away goes rank by rank, for nothing goes before what stands on it, and by few
requests at a time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from time import monotonic, sleep
from typing import Final

from provisioner.audit import Detail, Event
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, Item, ItemId, Scope
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudError, CloudUnavailable
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUME_TRANSFERS, VOLUMES
from provisioner.migration.identifiers import MARK_ROLE, MigrationId
from provisioner.migration.orphans import (
    ORPHANS,
    Marked,
    Orphan,
    OrphanKind,
    marked_images,
    marked_ports,
    marked_servers,
    marked_storage,
    marked_transfers,
    orphans,
)
from provisioner.moving.removing import remove
from provisioner.operation import Actor
from provisioner.store import audit, figures, migration_fates, migration_holds, usage_snapshots
from provisioner.store.database import Database
from provisioner.survey import Connect
from provisioner.usage.collection import Snapshot
from tenants.names import CloudName
from tenants.spec import City

#: Requests to one cloud at a time.
_AT_ONCE: Final = 4
#: Seconds that something may take to go, and between two looks at it.
_GOING: Final = 300.0
_BETWEEN: Final = 1.0


def _everywhere(collection: Collection, *more: str) -> Collection:
    """In Tenantry's own name, for whose project it is may be no longer known; with keys beside those that deeds need."""
    return replace(collection, scope=Scope.CLOUD, fields=(*collection.fields, *more))


_SERVERS: Final = _everywhere(SERVERS, "created")
_PORTS: Final = _everywhere(PORTS, "created_at")
_VOLUMES: Final = _everywhere(VOLUMES, "created_at")
_SNAPSHOTS: Final = _everywhere(SNAPSHOTS, "created_at")
_IMAGES: Final = _everywhere(IMAGES, MARK_ROLE, "created_at")
_TRANSFERS: Final = _everywhere(VOLUME_TRANSFERS)

#: What is listed, and what of it bears marks.
_LOOKS: Final[tuple[tuple[Collection, Callable[[CloudName, Iterable[Item]], Iterator[Marked]]], ...]] = (
    (_SERVERS, marked_servers),
    (_PORTS, marked_ports),
    (_VOLUMES, lambda cloud, items: marked_storage(OrphanKind.VOLUME, cloud, items, owner=VOLUMES.owner or "")),
    (_SNAPSHOTS, lambda cloud, items: marked_storage(OrphanKind.SNAPSHOT, cloud, items, owner=SNAPSHOTS.owner or "")),
    (_IMAGES, marked_images),
    (_TRANSFERS, marked_transfers),
)
_COLLECTIONS: Final[Mapping[OrphanKind, Collection]] = {
    OrphanKind.SERVER: _SERVERS,
    OrphanKind.PORT: _PORTS,
    OrphanKind.VOLUME: _VOLUMES,
    OrphanKind.SNAPSHOT: _SNAPSHOTS,
    OrphanKind.IMAGE: _IMAGES,
    OrphanKind.TRANSFER: _TRANSFERS,
}
_GONE: Final = frozenset({"deleted", "pending_delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is of orphans."""

    at: datetime
    orphans: tuple[Orphan, ...]
    #: What could not be read of which cloud, and why.
    unread: tuple[tuple[CloudName, str, str], ...] = ()
    #: Keystone's names of the projects that manifests know.
    projects: Mapping[tuple[CloudName, ProjectId], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What came of taking one away."""

    orphan: Orphan
    #: None where it is gone.
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphanage:
    """Looks for orphans, and takes away those that it is told to."""

    database: Database
    connect: Connect
    now: Callable[[], datetime]
    sleep: Callable[[float], None] = sleep

    def find(self, city: City) -> Found:
        """Look at all clouds, side by side. Raises StoreError."""
        clouds = sorted(city.clouds)
        with ThreadPoolExecutor(max_workers=max(1, len(clouds)), thread_name_prefix="orphans") as pool:
            seen = list(pool.map(lambda name: self._look(city, name), clouds))
        marks = [each for found, _ in seen for each in found]
        with self.database.transaction() as connection:
            kept = migration_fates.holds_of_ended(connection)
            fates = migration_fates.fates(connection, (each.migration for each in (*marks, *kept)))
            projects = {(cloud, project): name for cloud, project, name in figures.tenancies_now(connection)}
        found = Found(
            at=self.now(),
            orphans=orphans((*marks, *kept), fates),
            unread=tuple((name, *each) for name, (_, failures) in zip(clouds, seen, strict=True) for each in failures),
            projects=projects,
        )
        self._remember(found, clouds)
        return found

    def remove(self, city: City, chosen: Iterable[Orphan], actor: Actor) -> tuple[Removed, ...]:
        """Take these away, the clouds side by side, and write in the audit log what went and what did not."""
        by_cloud = {
            name: tuple(each)
            for name, each in groupby(sorted(chosen, key=_cloud_and_rank), lambda each: each.what.cloud)
        }
        with ThreadPoolExecutor(max_workers=max(1, len(by_cloud)), thread_name_prefix="orphans") as pool:
            ended = list(pool.map(lambda name: self._remove_in(city, name, by_cloud[name]), by_cloud))
        with self.database.transaction() as connection:
            for name, removed in zip(by_cloud, ended, strict=True):
                audit.append(connection, self._event(name, removed, actor))
        return tuple(each for removed in ended for each in removed)

    def _look(self, city: City, name: CloudName) -> tuple[list[Marked], list[tuple[str, str]]]:
        marks: list[Marked] = []
        failures: list[tuple[str, str]] = []
        try:
            cloud = self.connect(city.clouds[name])
            wanted = [(collection, read) for collection, read in _LOOKS if cloud.has(collection.service)]
        except CloudError as error:
            return [], [("the cloud", str(error))]
        for collection, read in wanted:
            listing = cloud.resources.everything(collection)
            if listing.failure is not None:
                failures.append((collection.items.replace("_", " "), str(listing.failure)))
            marks.extend(read(name, listing.items))
        return marks, failures

    def _remember(self, found: Found, clouds: Iterable[CloudName]) -> None:
        """Keep the numbers for metrics, of clouds that were read in whole."""
        partial = {name for name, _, _ in found.unread}
        with self.database.transaction() as connection:
            for name in clouds:
                if name not in partial:
                    numbers = Counter(each.what.kind.value for each in found.orphans if each.what.cloud == name)
                    content = {"orphans": dict(numbers), "at": found.at.isoformat()}
                    snapshot = Snapshot(
                        cloud=name, collector=ORPHANS, began=found.at, at=found.at, complete=True, content=content
                    )
                    usage_snapshots.keep(connection, snapshot)

    def _remove_in(self, city: City, name: CloudName, chosen: tuple[Orphan, ...]) -> list[Removed]:
        removed: list[Removed] = []
        try:
            cloud = self.connect(city.clouds[name])
        except CloudError as error:
            return [Removed(orphan=each, failure=str(error)) for each in chosen]
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix=f"orphans-{name}") as pool:
            for _, rank in groupby(chosen, lambda each: each.what.kind):
                removed.extend(pool.map(lambda each: self._remove_one(cloud, each), rank))
        return removed

    def _remove_one(self, cloud: Cloud, orphan: Orphan) -> Removed:
        try:
            match orphan.what.kind:
                case OrphanKind.HOLD:
                    self._release(orphan.what.migration)
                case OrphanKind.LOCK:
                    _unlock(cloud, orphan.what)
                case _:
                    self._delete(cloud, orphan.what)
        except CloudError as error:
            return Removed(orphan=orphan, failure=str(error))
        return Removed(orphan=orphan)

    def _release(self, migration: MigrationId) -> None:
        with self.database.transaction() as connection:
            migration_holds.release(connection, migration)

    def _delete(self, cloud: Cloud, what: Marked) -> None:
        """Have it deleted, and wait until it is gone. Raises CloudError."""
        collection, identity = _COLLECTIONS[what.kind], ItemId(what.id)
        remove(cloud.resources, collection, what.project, identity)
        end = monotonic() + _GOING
        while (item := cloud.resources.fetch(collection, what.project, identity)) is not None:
            status = str(item.get("status") or "")
            if status.lower() in _GONE:
                return
            if status.lower().startswith("error") or monotonic() > end:
                raise CloudUnavailable(f"{cloud.name}: {what.name or what.id} was asked to go and is still {status}")
            self.sleep(_BETWEEN)

    def _event(self, cloud: CloudName, removed: Iterable[Removed], actor: Actor) -> Event:
        told = [(each, f"{each.orphan.what.kind} {each.orphan.what.name or each.orphan.what.id}") for each in removed]
        gone: list[Detail] = [text for each, text in told if each.failure is None]
        left: list[Detail] = [f"{text}: {each.failure}" for each, text in told if each.failure is not None]
        migrations: list[Detail] = [*sorted({each.orphan.what.migration for each, _ in told})]
        detail: dict[str, Detail] = {"migrations": migrations, "removed": gone, **({"left": left} if left else {})}
        return Event(at=self.now(), actor=actor, action="migration.orphans-removed", subject=cloud, detail=detail)


def _unlock(cloud: Cloud, what: Marked) -> None:
    """Take our lock off, and leave the one that was there before. A lock that is another's by now stays."""
    item = cloud.resources.fetch(_SERVERS, what.project, ItemId(what.id))
    if item is None or what not in marked_servers(what.cloud, [item]):
        return
    body = {"unlock": None} if what.locked_before is None else {"lock": {"locked_reason": what.locked_before}}
    cloud.resources.act(_SERVERS, what.project, ItemId(what.id), Act(below="/action", body=body))


def _cloud_and_rank(orphan: Orphan) -> tuple[str, int]:
    return orphan.what.cloud, list(OrphanKind).index(orphan.what.kind)
