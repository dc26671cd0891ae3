"""What clouds have and what of it is given out, by availability zone. Pure."""

from collections.abc import Iterable, Mapping

from monitoring.collection.contents import ZoneCapacity
from monitoring.exposition.quotas import amount
from monitoring.exposition.samples import Labels, Samples
from tenants.names import CloudName
from tenants.resources import Resource, Unit, definition


def capacity(cloud: CloudName, pools: Iterable[ZoneCapacity]) -> Samples:
    """What there is, may be given out and is."""
    samples = Samples()
    largest: dict[tuple[str, Labels], float] = {}
    for pool in pools:
        if pool.resource.volume_type is not None:  # part of the whole
            continue
        labels = (cloud, pool.availability_zone, pool.resource.name)
        amounts = {"raw": pool.raw, "allocatable": pool.allocatable, "allocated": pool.allocated}
        for what, given in amounts.items():
            # Two pools of one zone and resource are one series.
            samples.add(_family(what, pool.resource), labels, amount(pool.resource, max(0, given)))
        if pool.largest_host is not None:
            host = _family("largest_host", pool.resource), labels
            largest[host] = max(largest.get(host, 0.0), amount(pool.resource, max(0, pool.largest_host)))
    for (family, of), number in largest.items():  # one host is lost, of whichever pool
        samples.put(family, of, number)
    return samples


def requested(reserved: Mapping[tuple[CloudName, Resource], int]) -> Samples:
    """What requests under way have reserved of whole clouds."""
    samples = Samples()
    for (cloud, resource), number in reserved.items():
        if resource.volume_type is None:
            samples.put(_family("requested", resource), (cloud, resource.name), amount(resource, number))
    return samples


def _family(what: str, resource: Resource) -> str:
    unit = "" if definition(resource).unit is Unit.COUNT else "_bytes"
    return f"capacity_{what}{unit}"
