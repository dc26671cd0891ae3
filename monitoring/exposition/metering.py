"""What was metered, as counters that never go back, and how much of the running month is known. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from monitoring.exposition.places import Places
from monitoring.exposition.samples import Labels, Samples
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Line, Measure, Quantity
from provisioner.usage.sightings import Sort, State
from tenants.days import ZONE
from tenants.names import CloudName

#: What is added up, and what coverage is of.
SORTS: Final = (Sort.SERVER, Sort.VOLUME)
#: Looks come a few minutes apart: what they cannot know yet is not asked of them.
GRACE: Final = timedelta(minutes=15)
_SHELVED: Final = frozenset({State.SHELVED, State.SHELVED_OFFLOADED})
_FAMILIES: Final[Mapping[tuple[Sort, Measure], str]] = {
    (Sort.SERVER, Measure.VCPUS): "usage_vcpu_seconds",
    (Sort.SERVER, Measure.MEMORY_BYTES): "usage_memory_byte_seconds",
    (Sort.VOLUME, Measure.SIZE_BYTES): "usage_storage_byte_seconds",
}


class Known(Protocol):
    """How much is known of a time."""

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId) -> Coverage:
        """Of one sort in one project."""


#: Counters' values, by family and labels.
Counters = Mapping[tuple[str, Labels], int]


def counters(lines: Iterable[tuple[Line, Quantity]]) -> Counters:
    """Metered resource-seconds as counters. What nobody is known to have held has no series."""
    result: dict[tuple[str, Labels], int] = {}
    for line, quantity in lines:
        family = _FAMILIES.get((line.sort, line.measure))
        if family is None or line.tenant is None or (line.state in _SHELVED and line.sort is Sort.SERVER):
            continue
        tier = (str(line.variant),) if line.sort is Sort.VOLUME else ()
        key = family, (line.tenant, line.cloud, *tier)
        result[key] = result.get(key, 0) + quantity.metered
    return result


def grown(before: Counters, now: Counters) -> Counters:
    """The greater of both: what is known better later must not look like a counter that began anew."""
    return {key: max(before.get(key, 0), now.get(key, 0)) for key in before.keys() | now.keys()}


def running_month(now: datetime) -> Span:
    """The month that statements are about, from its beginning to what looks can know."""
    begin = now.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Span(start=begin, end=max(begin, now - GRACE))


def metering(projects: Mapping[CloudName, Places], counted: Counters, known: Known) -> Samples:
    """Counters and coverage. A tenant's coverage in a cloud is that of the project and the sort of which least is known."""
    samples = Samples()
    for cloud, there in projects.items():
        for tenant in {place.tenant for place in there.values()}:
            mine = [id_ for id_, place in there.items() if place.tenant == tenant]
            ratios = [_ratio(known.of(cloud, sort, id_)) for id_ in mine for sort in SORTS]
            samples.put("metering_coverage_ratio", (tenant, cloud), min(ratios))
            for family in ("usage_vcpu_seconds", "usage_memory_byte_seconds"):
                samples.put(family, (tenant, cloud), 0)
    for (family, labels), value in counted.items():
        samples.put(family, labels, value)
    return samples


def costs(accrued: Mapping[tuple[str, str, str], Decimal]) -> Samples:
    """What the running month costs up to now, by tenant, cloud and currency."""
    samples = Samples()
    for labels, cost in accrued.items():
        samples.put("cost_accrued", labels, float(cost))
    return samples


def _ratio(found: Coverage) -> float:
    return found.covered_seconds / found.asked_seconds if found.asked_seconds else 1.0
