"""Limits, use and reservations as series: counted resources and bytes apart, volume types apart from the whole. Pure."""

import math
from collections.abc import Iterable, Iterator
from typing import Final

from monitoring.exposition.places import Place, Places
from monitoring.exposition.samples import Labels, Samples
from provisioner.clouds.interface import ProjectId, Usage
from tenants.names import CloudName
from tenants.resources import UNLIMITED, Limit, Resource, Unit, definition

_BYTES: Final = {Unit.COUNT: 1, Unit.MEBIBYTE: 2**20, Unit.GIBIBYTE: 2**30}


def quotas(cloud: CloudName, places: Places, readings: Iterable[tuple[ProjectId, Resource, Usage]]) -> Samples:
    """What services enforce on projects and count in them.

    Every resource that a manifest names is there, others only while they are used; use of what does not add up over a
    project (the pairs on one server) is not: services say nothing of it that has a meaning.
    """
    samples = Samples()
    for project, resource, usage in readings:
        place = places.get(project)
        if place is None or not (resource in place.declared or usage.used):
            continue
        labels = labels_of(cloud, place, resource)
        samples.put(family_of("limit", resource), labels, amount(resource, usage.limit))
        if usage.used is not None and definition(resource).additive:
            samples.put(family_of("used", resource), labels, amount(resource, usage.used))
        if usage.reserved and resource.volume_type is None:
            samples.put(family_of("reserved", resource), labels, amount(resource, usage.reserved))
    return samples


def declared(cloud: CloudName, places: Places) -> Samples:
    """What manifests ask for, where it is wanted beside what is enforced. Volume types have no such family."""
    samples = Samples()
    for place in places.values():
        for resource, limit in place.declared.items():
            if resource.volume_type is None:
                samples.put(family_of("declared", resource), labels_of(cloud, place, resource), amount(resource, limit))
    return samples


def families_of(resource: Resource, *, with_declared: bool) -> Iterator[str]:
    """The families that a resource has a series in because a manifest names it."""
    yield family_of("limit", resource)
    if definition(resource).additive:
        yield family_of("used", resource)
    if with_declared and resource.volume_type is None:
        yield family_of("declared", resource)


def family_of(what: str, resource: Resource) -> str:
    """The family, without its prefix: by whether it is of one volume type, and by its unit."""
    tier = "" if resource.volume_type is None else "tier_"
    unit = "" if definition(resource).unit is Unit.COUNT else "_bytes"
    return f"quota_{tier}{what}{unit}"


def labels_of(cloud: CloudName, place: Place, resource: Resource) -> Labels:
    """A series' labels."""
    tier = () if resource.volume_type is None else (str(resource.volume_type),)
    return (place.tenant, place.project, cloud, resource.service.value, resource.name, *tier)


def amount(resource: Resource, limit: Limit | int) -> float:
    """A limit or an amount in API units, as a number or as bytes; unlimited is infinite."""
    return math.inf if limit <= UNLIMITED else limit * _BYTES[definition(resource).unit]
