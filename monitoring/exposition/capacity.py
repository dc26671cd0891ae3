"""What clouds have and what of it is given out, by availability zone. Pure."""

from collections.abc import Iterable, Mapping

from monitoring.collection.contents import ZoneCapacity
from monitoring.exposition.quotas import amount
from monitoring.exposition.samples import Samples
from tenants.names import CloudName
from tenants.resources import Resource, Unit, definition


def capacity(cloud: CloudName, pools: Iterable[ZoneCapacity]) -> Samples:
    """What there is, may be given out and is."""
    samples = Samples()
    for pool in pools:
        if pool.resource.volume_type is not None:  # part of the whole
            continue
        labels = (cloud, pool.availability_zone, pool.resource.name)
        amounts = {"raw": pool.raw, "allocatable": pool.allocatable, "allocated": pool.allocated}
        if pool.largest_host is not None:
            amounts["largest_host"] = pool.largest_host
        for what, number in amounts.items():
            # Two pools of one zone and resource are one series.
            samples.add(_family(what, pool.resource), labels, amount(pool.resource, max(0, number)))
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
