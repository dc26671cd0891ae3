"""Everything that pages are made of, read in one transaction; what has not changed since is not read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitoring.exposition.catalogue import named
from monitoring.exposition.control import Control
from monitoring.exposition.places import Places, places
from provisioner.store import (
    figures,
    migration_figures,
    reconciliation,
    reservations,
    service_counters,
    usage_snapshots,
)
from provisioner.store.database import Connection
from provisioner.store.migration_figures import MigrationFigures
from provisioner.store.service_counters import Count
from provisioner.usage.collection import Collected, CollectorName
from tenants.days import day_of
from tenants.names import CloudName
from tenants.resources import Resource
from tenants.spec import City

#: A worker gives a sign of life every few seconds.
_SILENCE: Final = timedelta(seconds=30)
#: Of a request that a slow database would keep waiting.
_PATIENCE_S: Final = 10.0
Key = tuple[CloudName, CollectorName]
#: What a snapshot was written out from: its time, and whose its projects are.
Written = tuple[datetime, Places]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposing:
    """What is shown."""

    #: The most series of a page.
    limit: int
    #: Tenantry's.
    version: str
    #: The most requests that collectors send to a cloud within a minute.
    requests_a_minute: int = 0
    #: Whether what manifests ask for is beside what is enforced.
    declared: bool = False
    #: Whether there are series for single servers.
    servers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was read."""

    city: City
    #: By cloud, as manifests and Keystone have them.
    places: Mapping[CloudName, Places]
    #: Snapshots that are new since the last reading: large together, they are read one by one.
    fresh: tuple[Key, ...]
    #: All that there are.
    times: Mapping[Key, datetime]
    runs: tuple[Collected, ...]
    counts: tuple[Count, ...]
    control: Control
    migrations: MigrationFigures
    #: What requests under way have reserved of clouds.
    requested: Mapping[tuple[CloudName, Resource], int]


def read(
    connection: Connection, city: City, *, known: Mapping[Key, Written], now: datetime, exposing: Exposing
) -> Record:
    """Read the record. Raises StoreError, too where it takes too long.

    `known` are the snapshots that were read before, with the places that they were written out with.
    """
    figures.patient_for(connection, _PATIENCE_S)
    times, there = figures.snapshot_times(connection), _places(connection, city)
    return Record(
        city=city,
        places=there,
        fresh=tuple(key for key, at in times.items() if known.get(key) != (at, there.get(key[0], {}))),
        times=times,
        runs=usage_snapshots.runs(connection),
        counts=service_counters.listed(connection),
        control=_control(connection, city, now, exposing),
        migrations=migration_figures.figures(connection, named("migration_downtime_seconds").buckets),
        requested={
            (line.cloud, line.resource): number
            for line, number in reservations.live(connection).items()
            if line.tenant is None
        },
    )


def _places(connection: Connection, city: City) -> Mapping[CloudName, Places]:
    known: dict[CloudName, list[tuple[str, str]]] = {}
    for cloud, project, name in figures.tenancies_now(connection):
        known.setdefault(cloud, []).append((project, name))
    return {cloud: places(city, cloud, found) for cloud, found in known.items()}  # type: ignore[arg-type]


def _control(connection: Connection, city: City, now: datetime, exposing: Exposing) -> Control:
    bounds = named("request_duration_seconds").buckets
    return Control(
        clouds=tuple(sorted(city.clouds)),
        standings=reconciliation.known(connection),
        requests=figures.requests_open(connection, today=day_of(now)),
        durations=figures.request_durations(connection, bounds),
        operations=figures.operation_figures(connection),
        workers=figures.workers(connection, silence=_SILENCE),
        in_force=figures.in_force_since(connection),
        version=exposing.version,
        requests_a_minute=exposing.requests_a_minute,
    )
