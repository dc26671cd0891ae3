"""What a statement says. Money and quantities are decimals, times are whole seconds, and nothing is ever floating point.

A statement is one tenant's own, without those below it; what a part of the tree costs is the sum of its statements
(`account`), which all say who stands above them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.late import Unseen
from provisioner.usage.quantities import Measure, Quantity
from provisioner.usage.sightings import Sort, Variant
from tenants.names import CloudName, TenantName
from tenants.prices import PriceListSpec, Sku

#: Whose statement has what nobody is known to hold: no tenant has such a name.
UNASSIGNED: Final = TenantName("_unassigned")
#: Whoever asks for one system's part says so for what is of none: no system has such a code.
NO_SYSTEM: Final = "_none"
ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Holder:
    """What a line is about: a project, and the business system that it serves where it serves one alone."""

    cloud: CloudName
    #: Keystone's id.
    project: ProjectId
    name: str
    #: The system's code; empty where the project serves several, or none is named.
    system: str = ""
    system_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price that a line was made with, and where it stands."""

    sku: Sku
    name: str
    price: Decimal
    #: `vCPU-month`.
    unit: str
    #: How many resource-seconds one unit is: base units times seconds.
    unit_seconds: int
    price_list: str
    version: str


def unit_of(rate: Rate | None, measure: Measure) -> str:
    """The price's unit; of what has no price, hours of one or of a GiB."""
    counted = {Measure.VCPUS: "vCPU-hour", Measure.COUNT: "unit-hour", Measure.AMOUNT: "unit-hour"}
    return rate.unit if rate else counted.get(measure, "GiB-hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line: so much of something, for so long, at one price."""

    holder: Holder
    sort: Sort
    measure: Measure
    variant: Variant
    #: The part of the month that it is for: all of it, unless prices changed.
    period: Span
    #: None: no price list has it. It is stated, and costs nothing as long as that is so.
    rate: Rate | None
    #: In resource-seconds.
    used: Quantity
    #: The same in the price's unit, to six places; where there is no price, in hours of one or of a GiB: see `unit`.
    quantity: Decimal
    cost: Decimal
    coverage: Coverage
    #: What the same cost last month; None where it had no statement.
    previous_cost: Decimal | None = None

    @property
    def unit(self) -> str:
        """What the quantity is told in."""
        return unit_of(self.rate, self.measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an earlier month would state differently by what is known now."""

    #: `2026-09`.
    month: str
    holder: Holder
    sort: Sort
    measure: Measure
    variant: Variant
    period: Span
    rate: Rate | None
    #: Resource-seconds as stated till now (with earlier corrections), and as they are known now.
    stated: int
    found: int
    #: The difference in the price's unit, and what it costs or gives back.
    quantity: Decimal
    cost: Decimal

    @property
    def unit(self) -> str:
        """What the quantity is told in."""
        return unit_of(self.rate, self.measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualLine:
    """Something that nobody meters, such as people's work: entered by hand when the month is closed."""

    item: str
    #: The business system's code; empty where it is for none, or for several.
    system: str = ""
    system_name: str = ""
    quantity: Decimal
    unit: str
    price: Decimal
    cost: Decimal
    #: Who closed the month with it.
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLine:
    """A quota that a project held, beside what was used of it."""

    holder: Holder
    #: `compute/cores`.
    resource: str
    #: Averages to two places, over the time that is known; peaks exact. In the unit of the service's API.
    held_average: Decimal
    held_peak: int
    #: None where use is not known.
    used_average: Decimal | None
    used_peak: int | None
    #: Whether it was without limit at any time; then what is held says nothing.
    unlimited: bool
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A time of which nothing is known of one sort of resource in a project. It is not zero use."""

    holder: Holder
    sort: Sort
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a month was closed by. What is found out later is rated by the same terms."""

    month: str
    period: Span
    price_lists: tuple[PriceListSpec, ...]
    #: The fingerprint of the manifests that were in force when it was closed; empty where nobody noted it.
    manifests: str = ""
    #: What was not known up to the period's end when it was closed; None where nobody noted it.
    unseen: tuple[Unseen, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one tenant itself used in a month."""

    month: str
    period: Span
    tenant: TenantName
    display_name: str
    parent: TenantName | None
    #: Empty where there is no price list.
    currency: str
    #: In order.
    charges: tuple[Charge, ...] = ()
    corrections: tuple[Correction, ...] = ()
    manual: tuple[ManualLine, ...] = ()
    quotas: tuple[QuotaLine, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    #: The sum of what this month's charges and manual lines cost, and the same with corrections.
    cost: Decimal = ZERO
    total: Decimal = ZERO
    #: What last month's charges cost; None where there was no statement.
    previous_cost: Decimal | None = None
    #: The fingerprint of the manifests that said whose everything is and what it costs.
    manifests: str = ""

    @property
    def change(self) -> Decimal | None:
        """How much more this month's charges cost than last month's."""
        return None if self.previous_cost is None else self.cost - self.previous_cost
