"""What a city's price lists say: what a resource costs for how long, and from when to when.

The record of the kind `PriceList`. A list is one version: another price is another list, whose validity begins where this
one's ends. Prices are decimals from their text on; nothing here is ever floating point.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType

from tenants.names import CloudName

PriceListName = NewType("PriceListName", str)
#: What is sold, by the name that stands on statements.
Sku = NewType("Sku", str)
#: Three letters of ISO 4217.
Currency = NewType("Currency", str)


class PricedResource(StrEnum):
    """What is priced, as metering calls it (`provisioner.usage.sightings.Sort`)."""

    SERVER = "server"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    BACKUP = "backup"
    IMAGE = "image"
    FLOATING_IP = "floating-ip"


class PricedMeasure(StrEnum):
    """What of a resource is multiplied by time."""

    COUNT = "count"
    VCPUS = "vcpus"
    MEMORY = "memory"
    ROOT_DISK = "root-disk"
    EPHEMERAL_DISK = "ephemeral-disk"
    SIZE = "size"


class PricedState(StrEnum):
    """In which state, as metering calls it (`provisioner.usage.sightings.State`)."""

    BUILDING = "building"
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    RESCUED = "rescued"
    RESIZED = "resized"
    SHELVED = "shelved"
    SHELVED_OFFLOADED = "shelved-offloaded"
    SOFT_DELETED = "soft-deleted"
    AVAILABLE = "available"
    IN_USE = "in-use"
    BUSY = "busy"
    DEACTIVATED = "deactivated"
    ASSOCIATED = "associated"
    UNASSOCIATED = "unassociated"
    ERROR = "error"
    OTHER = "other"


class Amount(StrEnum):
    """How much of a measure is sold at the price."""

    #: One, of what is counted.
    ONE = "1"
    #: Bytes: decimal (IEC 80000-13) and binary.
    GB = "GB"
    TB = "TB"
    GIB = "GiB"
    TIB = "TiB"


class Term(StrEnum):
    """For how long it is sold at the price."""

    HOUR = "hour"
    DAY = "day"
    #: The statement's whole month with its real days: a resource that is there throughout costs the price.
    MONTH = "month"


#: How much of a measure's base unit (one, or a byte) each amount is.
BASE_UNITS: Final = {
    Amount.ONE: 1,
    Amount.GB: 1000**3,
    Amount.TB: 1000**4,
    Amount.GIB: 1024**3,
    Amount.TIB: 1024**4,
}
#: The measures that are counted; all others are bytes.
COUNTED: Final = frozenset({PricedMeasure.COUNT, PricedMeasure.VCPUS})
#: What resources have to be measured; a server's own size is none of them.
MEASURES: Final = {
    PricedResource.SERVER: frozenset(PricedMeasure) - {PricedMeasure.SIZE},
    PricedResource.VOLUME: frozenset({PricedMeasure.COUNT, PricedMeasure.SIZE}),
    PricedResource.SNAPSHOT: frozenset({PricedMeasure.COUNT, PricedMeasure.SIZE}),
    PricedResource.BACKUP: frozenset({PricedMeasure.COUNT, PricedMeasure.SIZE}),
    PricedResource.IMAGE: frozenset({PricedMeasure.COUNT, PricedMeasure.SIZE}),
    PricedResource.FLOATING_IP: frozenset({PricedMeasure.COUNT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One line of a price list. The first that fits something counts for it."""

    sku: Sku
    display_name: str
    resource: PricedResource
    measure: PricedMeasure
    amount: Amount
    term: Term
    price: Decimal
    #: Flavors or volume types; empty: all.
    variants: tuple[str, ...] = ()
    #: Empty: all.
    states: tuple[PricedState, ...] = ()
    #: Empty: all.
    clouds: tuple[CloudName, ...] = ()

    @property
    def unit(self) -> str:
        """The unit that quantities are told in: `vCPU-month`, `GB-month`."""
        counted = {PricedMeasure.VCPUS: "vCPU", PricedMeasure.COUNT: "unit"}
        return f"{counted.get(self.measure, self.amount.value)}-{self.term.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListSpec:
    """One version of a city's prices."""

    name: PriceListName
    display_name: str
    version: str
    currency: Currency
    #: The first day that it holds, and the first that it holds no more; None: until another is made.
    valid_from: date
    valid_before: date | None
    prices: tuple[Price, ...]
