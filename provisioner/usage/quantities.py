"""Integer resource-seconds: how much of what was used for how long, with bounds. What statements and counters are made of."""

from dataclasses import dataclass
from enum import StrEnum

from provisioner.clouds.interface import ProjectId
from provisioner.usage.intervals import Condition, Moment
from provisioner.usage.sightings import ResourceId, Sizes, Sort, State, Variant
from tenants.names import CloudName, TenantName


class Measure(StrEnum):
    """What of a resource is multiplied by seconds; the fields of `Sizes`, and the resource itself."""

    COUNT = "count"
    VCPUS = "vcpus"
    MEMORY_BYTES = "memory_bytes"
    ROOT_BYTES = "root_bytes"
    EPHEMERAL_BYTES = "ephemeral_bytes"
    SIZE_BYTES = "size_bytes"
    AMOUNT = "amount"


def amount_of(sizes: Sizes, measure: Measure) -> int:
    """How much of a measure a resource of these sizes is."""
    if measure is Measure.COUNT:
        return 1
    amount: int = getattr(sizes, measure.value)
    return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Something times seconds: as metered, and the least and most that it can truly have been."""

    metered: int = 0
    least: int = 0
    most: int = 0

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(
            metered=self.metered + other.metered, least=self.least + other.least, most=self.most + other.most
        )

    def times(self, factor: int) -> "Quantity":
        """So many of it."""
        return Quantity(metered=self.metered * factor, least=self.least * factor, most=self.most * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An interval, or a part of one, to be added up; of one that is still open, as much as was seen of it."""

    cloud: CloudName
    sort: Sort
    id: ResourceId
    condition: Condition
    start: Moment
    end: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What sums are kept apart by. `tenant` is None for a project that nobody is known to hold."""

    cloud: CloudName
    tenant: TenantName | None
    project: ProjectId
    sort: Sort
    variant: Variant
    state: State
    measure: Measure
    #: The business system's code; empty where it was of none, or sums are not kept apart by systems.
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much there was at a time: the average over a period and the most at any moment."""

    #: Resource-seconds within the period and the period's seconds: the average is one divided by the other.
    resource_seconds: int
    seconds: int
    peak: int
