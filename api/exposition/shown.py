"""The shards of one process: what was read of the record, written out, each anew only where it has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from api.exposition.reading import Exposing, Key, Record, Written
from monitoring.collection import contents
from monitoring.exposition import collected, control, migrations, quotas
from monitoring.exposition.capacity import requested
from monitoring.exposition.estate import names
from monitoring.exposition.family import Endpoint
from monitoring.exposition.page import Page, page
from monitoring.exposition.samples import Samples
from monitoring.exposition.shards import Shard, ShardKey, pieces_of
from provisioner.usage.collection import Collected, Snapshot

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Fresh:
    """Since when something is so, and how often it is to be said anew; None for what is never too old."""

    at: datetime | None = None
    every: timedelta = timedelta()


@dataclass(slots=True)
class Shown:
    """The shards."""

    exposing: Exposing
    #: The snapshots that were written out.
    known: dict[Key, Written] = field(default_factory=dict)
    _found: dict[ShardKey, object] = field(default_factory=dict)
    _shards: dict[tuple[Endpoint, ShardKey], Shard] = field(default_factory=dict)

    def take(self, record: Record, load: Callable[[Key], Snapshot | None]) -> None:
        """Write out what is new; `load` reads a snapshot."""
        runs = {(each.run.cloud, each.run.collector): each for each in record.runs}
        for key in record.fresh:
            snapshot = load(key)
            if snapshot is not None:
                self._collected(snapshot, record, runs.get(key))
        for key in self.known.keys() - record.times.keys():
            self._forget(key)
        self._renew("control", record.control, control.control)
        self._renew("migrations", record.migrations, migrations.migrations)
        self._renew("collectors", record.runs, control.collectors)
        self._renew("counters", record.counts, control.counters)
        self._renew("requested", record.requested, requested)
        self._renew("names", (record.city, record.places), lambda both: names(*both))
        for cloud, there in record.places.items() if self.exposing.declared else ():
            self._renew("manifests", (cloud, there), lambda both: quotas.declared(*both), cloud=cloud)

    def put(self, collector: str, samples: Samples, *, cloud: str = "", fresh: Fresh | None = None) -> None:
        """Show samples in the place of those before: until they are too old, or for as long as nothing else is put."""
        key, lasting = ShardKey(cloud=cloud, collector=collector), fresh or Fresh()
        self._shards[Endpoint.CITY, key] = Shard(key=key, pieces=pieces_of(samples), at=lasting.at, every=lasting.every)

    def _renew(self, collector: str, found: _Found, turn: Callable[[_Found], Samples], *, cloud: str = "") -> None:
        """Write out what was found, unless it is what was written out before."""
        key = ShardKey(cloud=cloud, collector=collector)
        if key not in self._found or self._found[key] != found:
            self.put(collector, turn(found), cloud=cloud)
            self._found[key] = found

    def pages(self, now: datetime) -> Mapping[Endpoint, Page]:
        """All pages, without what is too old."""
        return {endpoint: self._page(endpoint, now) for endpoint in Endpoint}

    def _collected(self, snapshot: Snapshot, record: Record, run: Collected | None) -> None:
        cloud, collector = snapshot.cloud, snapshot.collector
        there = record.places.get(cloud, {})
        made = {Endpoint.CITY: collected.samples_of(collector, cloud, there, snapshot.content)}
        if self.exposing.servers and collector == "servers":
            made[Endpoint.SERVERS] = collected.servers(cloud, there, contents.servers(snapshot.content))
        key = ShardKey(cloud=cloud, collector=collector)
        for endpoint, samples in made.items():
            pieces = pieces_of(samples)
            if run is None:
                self._shards[endpoint, key] = Shard(key=key, pieces=pieces)
            else:
                self._shards[endpoint, key] = Shard(key=key, pieces=pieces, at=snapshot.at, every=run.run.every)
        self.known[cloud, collector] = snapshot.at, there

    def _forget(self, key: Key) -> None:
        del self.known[key]
        for endpoint in Endpoint:
            self._shards.pop((endpoint, ShardKey(cloud=key[0], collector=key[1])), None)

    def _page(self, endpoint: Endpoint, now: datetime) -> Page:
        shards = [shard for (where, _), shard in self._shards.items() if where is endpoint]
        return page(shards, endpoint=endpoint, limit=self.exposing.limit, now=now)
