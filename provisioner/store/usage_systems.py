"""Which business system each resource is of: a row for each change, none for what never was of any."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from provisioner.store.schema_usage import usage_intervals, usage_open
from provisioner.store.schema_usage import usage_systems as table
from provisioner.usage.sightings import ResourceId, Sort
from provisioner.usage.systems import ResourceKey, System
from tenants.names import CloudName

#: Ids in one query.
_BATCH: Final = 5000


def known(connection: Connection, cloud: CloudName) -> Mapping[ResourceKey, System]:
    """What every resource of a cloud is of now, but for those that are of none."""
    query = select(table.c.sort, table.c.resource, table.c.system, table.c.name).where(
        table.c.cloud == cloud, table.c.until.is_(None), table.c.system != ""
    )
    return {
        (Sort(row.sort), ResourceId(row.resource)): System(code=row.system, name=row.name)
        for row in connection.execute(query)
    }


def names(connection: Connection) -> Mapping[str, str]:
    """What systems were called when resources were found to be theirs, by code; of several names the last by the alphabet."""
    name = func.max(table.c.name).label("name")
    query = select(table.c.system, name).where(table.c.system != "").group_by(table.c.system)
    return {row.system: row.name for row in connection.execute(query)}


def metered(connection: Connection, cloud: CloudName, keys: Iterable[ResourceKey]) -> frozenset[ResourceKey]:
    """Those of these resources of which anything was metered: they were there before, of no system."""
    found: set[ResourceKey] = set()
    wanted = sorted(keys)
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        for kept in (usage_open, usage_intervals):
            query = select(kept.c.sort, kept.c.resource).where(
                kept.c.cloud == cloud, kept.c.resource.in_([resource for _, resource in part])
            )
            rows = connection.execute(query.distinct())
            found |= {(Sort(row.sort), ResourceId(row.resource)) for row in rows}
    return frozenset(found & set(wanted))


def note(
    connection: Connection,
    cloud: CloudName,
    changed: Mapping[ResourceKey, System | None],
    *,
    at: datetime,
    before: Collection[ResourceKey],
) -> None:
    """Keep what resources are of from `at` on. One that has no row and was metered `before` was of none till then."""
    ended = _end(connection, cloud, changed, at)
    rows = []
    for key, system in sorted(changed.items(), key=lambda item: item[0]):
        had, was_there = key in ended, key in before
        if not had and system is None:
            continue
        if not had and was_there:
            rows.append(_row(cloud, key, None, until=at))
        rows.append(_row(cloud, key, system, since=at if had or was_there else None))
    if rows:
        connection.execute(insert(table), rows)


def retire(connection: Connection) -> None:
    """Let go of what belongs to resources of which nothing is kept."""
    alike = [
        exists().where(*(kept.c[name] == table.c[name] for name in ("cloud", "sort", "resource")))
        for kept in (usage_open, usage_intervals)
    ]
    connection.execute(delete(table).where(*(~each for each in alike)))


def _end(connection: Connection, cloud: CloudName, keys: Iterable[ResourceKey], at: datetime) -> set[ResourceKey]:
    """End what holds now of these resources; gives those that had anything."""
    by_sort: defaultdict[Sort, list[ResourceId]] = defaultdict(list)
    for sort, resource in keys:
        by_sort[sort].append(resource)
    found: set[ResourceKey] = set()
    for sort, ids in by_sort.items():
        for start in range(0, len(ids), _BATCH):
            now = (table.c.cloud == cloud, table.c.sort == sort.value, table.c.until.is_(None))
            part = table.c.resource.in_(ids[start : start + _BATCH])
            change = update(table).where(*now, part).values(until=at).returning(table.c.resource)
            found |= {(sort, ResourceId(each)) for each in connection.execute(change).scalars()}
    return found


def _row(
    cloud: CloudName,
    key: ResourceKey,
    system: System | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    code, name = (system.code, system.name) if system is not None else ("", "")
    return {
        "cloud": cloud,
        "sort": key[0].value,
        "resource": key[1],
        "system": code,
        "name": name,
        "since": since,
        "until": until,
    }
