"""What a cloud has and has given out, by availability zone: hosts from Placement and Nova, pools from Cinder."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import ZoneCapacity, zones_content
from provisioner.clouds.capacities import Capacities
from provisioner.clouds.interface import Capacity
from provisioner.errors import CloudError
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort
from tenants.resources import Resource, Service
from tenants.spec import CloudSpec

NAME: Final = CollectorName("capacity")
_STORAGE: Final = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")


class CapacityCollector:
    """The collector."""

    name = NAME
    sorts: tuple[Sort, ...] = ()

    def collect(self, asked: Asked) -> Harvest:
        """Six requests, and one or two for each compute."""
        try:
            found = asked.cloud.capacities()
        except CloudError as error:
            return Harvest(failed={NAME: error}, anything=False)
        anything = bool(found.hosts or found.pools) or not found.unread
        kept = found.unread and asked.previous is not None
        content = None if kept or not anything else zones_content(by_zone(found, asked.spec))
        return Harvest(content=content, failed=found.unread, anything=anything)


def by_zone(found: Capacities, spec: CloudSpec) -> tuple[ZoneCapacity, ...]:
    """Hosts and pools added up by availability zone, with the manifest's overcommit and less its reserve.

    The manifest keeps its reserve back of the cloud as a whole: each zone bears its part, by size. Storage is left out as
    a whole where a pool does not know its size, as the cloud's total would be too small.
    """
    parts: defaultdict[Resource, defaultdict[str, list[Capacity]]] = defaultdict(lambda: defaultdict(list))
    for host in found.hosts:
        for resource, capacity in host.capacity.items():
            parts[resource][host.zone].append(capacity)
    if all(pool.capacity is not None for pool in found.pools):
        for pool in found.pools:
            if pool.capacity is not None:
                parts[_STORAGE][pool.zone].append(pool.capacity)
    return tuple(row for resource, zones in parts.items() for row in _rows(resource, zones, spec))


def _rows(resource: Resource, zones: Mapping[str, Iterable[Capacity]], spec: CloudSpec) -> Iterable[ZoneCapacity]:
    ratio = spec.overcommit.get(resource)
    given = {zone: [_allocatable(each, ratio) for each in listed] for zone, listed in zones.items()}
    reserves = shared(spec.reserve.get(resource, 0), {zone: sum(each) for zone, each in given.items()})
    for zone, listed in zones.items():
        yield ZoneCapacity(
            availability_zone=zone,
            resource=resource,
            raw=sum(each.total for each in listed),
            allocatable=max(0, sum(given[zone]) - reserves[zone]),
            allocated=sum(each.used for each in listed),
            largest_host=None if resource == _STORAGE else max(given[zone]),
        )


def shared(amount: int, sizes: Mapping[str, int]) -> Mapping[str, int]:
    """An amount divided by size, in whole numbers that add up to it again."""
    total, left = sum(sizes.values()), amount
    result: dict[str, int] = {}
    for place, (zone, size) in enumerate(sorted(sizes.items()), start=1):
        part = left if place == len(sizes) else amount * size // total if total else 0
        result[zone] = part
        left -= part
    return result


def _allocatable(capacity: Capacity, overcommit: Decimal | None) -> int:
    ratio = Decimal(str(capacity.ratio)) if overcommit is None else overcommit
    return int((capacity.total - capacity.reserved) * ratio)
