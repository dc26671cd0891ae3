"""What was metered, as counters that never go back, and how much of the running month is known. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from monitoring.exposition.places import Places
from monitoring.exposition.samples import Labels, Samples
from monitoring.metering.looks import BRIDGED_INTERVALS
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Looked, Span
from provisioner.usage.quantities import Line, Measure, Quantity
from provisioner.usage.sightings import Sort, State
from tenants.days import ZONE
from tenants.names import CloudName

#: What is added up, and what coverage is of.
SORTS: Final = (Sort.SERVER, Sort.VOLUME)
#: Between looks, where none has told yet.
_EVERY: Final = timedelta(minutes=5)
_SHELVED: Final = frozenset({State.SHELVED, State.SHELVED_OFFLOADED})
_FAMILIES: Final[Mapping[tuple[Sort, Measure], str]] = {
    (Sort.SERVER, Measure.VCPUS): "usage_vcpu_seconds",
    (Sort.SERVER, Measure.MEMORY_BYTES): "usage_memory_byte_seconds",
    (Sort.VOLUME, Measure.SIZE_BYTES): "usage_storage_byte_seconds",
}


class Known(Protocol):
    """How much is known of a time."""

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId, part: Span, /) -> Coverage:
        """Of one sort in one project, within a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """How much of the running month is known."""

    #: From its beginning up to now.
    month: Span
    known: Known
    looked: Mapping[tuple[CloudName, Sort], Looked]

    def ratio(self, cloud: CloudName, sort: Sort, project: ProjectId) -> float:
        """How much of what looks could know by now they do know; 1 where that is no time at all."""
        found = self.known.of(cloud, sort, project, self.knowable(cloud, sort))
        return found.covered_seconds / found.asked_seconds if found.asked_seconds else 1.0

    def knowable(self, cloud: CloudName, sort: Sort) -> Span:
        """From the cloud's first look at anything, for nobody could know what was before, up to where a gap shows as one.

        The time since the last look becomes a gap only once it has lasted for three intervals. A cloud that was never looked
        at is one of which nothing is known.
        """
        firsts = [each.first for (where, _), each in self.looked.items() if where == cloud]
        own = self.looked.get((cloud, sort))
        begin = max(self.month.start, min(firsts, default=self.month.start))
        end = self.month.end - BRIDGED_INTERVALS * (own.every if own else _EVERY)
        return Span(start=begin, end=max(begin, end))


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
    """The calendar month in China, from its beginning to now."""
    return Span(start=now.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0), end=now)


def metering(projects: Mapping[CloudName, Places], counted: Counters, knowledge: Knowledge) -> Samples:
    """Counters and coverage. A tenant's coverage in a cloud is that of the project and the sort of which least is known."""
    samples = Samples()
    for cloud, there in projects.items():
        for tenant in {place.tenant for place in there.values()}:
            mine = [id_ for id_, place in there.items() if place.tenant == tenant]
            ratios = [knowledge.ratio(cloud, sort, id_) for id_ in mine for sort in SORTS]
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
