"""Which business system each resource is of: a row for each change, none for what never was of any."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, insert, select, update

from provisioner.store.schema import usage_intervals, usage_open
from provisioner.store.schema import usage_systems as table
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
    """What systems were last called, by code."""
    query = select(table.c.system, table.c.name).distinct(table.c.system).where(table.c.system != "")
    rows = connection.execute(query.order_by(table.c.system, table.c.since.desc().nulls_last()))
    return {row.system: row.name for row in rows}


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
    rows = []
    for key, system in sorted(changed.items(), key=lambda item: item[0]):
        ended = connection.execute(_end(cloud, key, at)).rowcount
        if not ended and key in before:
            rows.append(_row(cloud, key, None, until=at))
        if ended or system is not None:
            rows.append(_row(cloud, key, system, since=at if ended or key in before else None))
    if rows:
        connection.execute(insert(table), rows)


def retire(connection: Connection) -> None:
    """Let go of what belongs to resources of which nothing is kept."""
    alike = [
        exists().where(*(kept.c[name] == table.c[name] for name in ("cloud", "sort", "resource")))
        for kept in (usage_open, usage_intervals)
    ]
    connection.execute(delete(table).where(*(~each for each in alike)))


def _end(cloud: CloudName, key: ResourceKey, at: datetime) -> Any:
    now = (table.c.cloud == cloud, table.c.sort == key[0].value, table.c.resource == key[1], table.c.until.is_(None))
    return update(table).where(*now).values(until=at)


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
