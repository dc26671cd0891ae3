"""What each cloud has, has given out, and would have left: from the newest snapshot, or else from the last observation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitoring.allocation import cloud_totals
from monitoring.collection import capacity as collector
from monitoring.collection.contents import ZoneCapacity, zones
from provisioner.observation import Observation
from provisioner.requests.increase import Line
from provisioner.store import reservations, usage_snapshots
from provisioner.store.database import Database
from provisioner.survey import recorded_survey
from provisioner.usage.collection import Snapshot
from tenants.envelopes import CloudTotal
from tenants.names import CloudName
from tenants.resources import Resource
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudCapacity:
    """One resource of one cloud, in the unit of the service's API. None for what is not known."""

    cloud: CloudName
    resource: Resource
    #: When it was seen, and whether everything was.
    at: datetime
    complete: bool
    #: The physical total, and what may be given out of it: times overcommit, less reserve.
    raw: int | None
    allocatable: int | None
    #: What servers and volumes take up.
    in_use: int | None
    #: What quotas promise, and what open requests have reserved beside.
    granted: int
    reserved: int
    #: How many projects hold it without limit: then what quotas promise has no bound.
    unlimited_projects: int
    #: What may be given out on the largest host.
    largest_host: int | None

    @property
    def left(self) -> int | None:
        """What may still be promised; negative where too much was."""
        return None if self.allocatable is None else self.allocatable - self.granted - self.reserved

    @property
    def left_after_losing_a_host(self) -> int | None:
        """Room for what runs once the largest host is lost; negative: not everything would run again."""
        if self.allocatable is None or self.largest_host is None or self.in_use is None:
            return None
        return self.allocatable - self.largest_host - self.in_use


def capacities(database: Database, city: City, cloud: CloudName | None = None) -> tuple[CloudCapacity, ...]:
    """Every resource of these clouds whose capacity is known, by cloud."""
    chosen = {name: spec for name, spec in city.clouds.items() if cloud in {None, name}}
    observations = recorded_survey(database, chosen).observations
    with database.autocommit() as connection:
        reserved = reservations.live(connection, chosen)
        snapshots = {
            each.cloud: each for each in usage_snapshots.everything(connection) if each.collector == collector.NAME
        }
    totals = {(each.cloud, each.resource): each for each in cloud_totals(city, observations)}
    return tuple(
        row
        for name in sorted(chosen)
        for row in _of_cloud(name, snapshots.get(name), observations.get(name), totals=totals, reserved=reserved)
    )


def _of_cloud(
    cloud: CloudName,
    snapshot: Snapshot | None,
    observation: Observation | None,
    *,
    totals: Mapping[tuple[CloudName, Resource], CloudTotal],
    reserved: Mapping[Line, int],
) -> Iterator[CloudCapacity]:
    whole = _whole(snapshot)
    known = {resource for name, resource in totals if name == cloud}
    for resource in sorted(known | whole.keys(), key=lambda each: (each.service, each.key)):
        seen, total = whole.get(resource), totals.get((cloud, resource))
        physical = observation.capacity.get(resource) if observation else None
        at = snapshot.at if snapshot and seen else observation.at if observation else None
        if at is None:
            continue
        yield CloudCapacity(
            cloud=cloud,
            resource=resource,
            at=at,
            complete=snapshot.complete if snapshot and seen else True,
            raw=seen.raw if seen else physical.total if physical else None,
            allocatable=seen.allocatable if seen else total.allocatable if total else None,
            in_use=seen.allocated if seen else physical.used if physical else None,
            granted=total.allocated.total if total else 0,
            reserved=reserved.get(Line(cloud=cloud, tenant=None, resource=resource), 0),
            unlimited_projects=total.allocated.unlimited if total else 0,
            largest_host=seen.largest_host if seen else None,
        )


def _whole(snapshot: Snapshot | None) -> dict[Resource, ZoneCapacity]:
    """A cloud's zones added up."""
    result: dict[Resource, ZoneCapacity] = {}
    for each in zones(snapshot.content) if snapshot else ():
        before = result.get(each.resource)
        hosts = [found for found in (each.largest_host, before.largest_host if before else None) if found is not None]
        result[each.resource] = ZoneCapacity(
            availability_zone="",
            resource=each.resource,
            raw=each.raw + (before.raw if before else 0),
            allocatable=each.allocatable + (before.allocatable if before else 0),
            allocated=each.allocated + (before.allocated if before else 0),
            largest_host=max(hosts, default=None),
        )
    return result
