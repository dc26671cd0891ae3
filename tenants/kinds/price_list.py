"""The kind `PriceList`: one version of what resources cost, and from when to when it holds."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.language.composites import ListOf, Record
from tenants.language.scalars import Day, Text, Word
from tenants.language.shape import Field
from tenants.names import CloudName
from tenants.prices import (
    Amount,
    Currency,
    Price,
    PricedMeasure,
    PricedResource,
    PricedState,
    PriceListName,
    PriceListSpec,
    Sku,
    Term,
)

#: Twelve digits before the point and eight behind it.
_MONEY: Final = Text(pattern=r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?", rule='an amount in quotes, such as "45.00"')
_SKU: Final = Text(pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,62}", rule="letters, digits, dots, hyphens, 63 at most")
#: What a wrong document is taken to begin with, which is reported.
_NEVER: Final = date.min


def _price(
    *,
    sku: str,
    price: str,
    variants: tuple[str, ...],
    states: tuple[PricedState, ...],
    clouds: tuple[str, ...],
    **rest: Any,
) -> Price:
    return Price(
        sku=Sku(sku),
        price=Decimal(price or "0"),
        variants=tuple(variants),
        states=tuple(states),
        clouds=tuple(CloudName(each) for each in clouds),
        **rest,
    )


PRICE: Final = Record(
    name="Price",
    description="One line of a price list. The first line that fits what was used counts for it.",
    fields=(
        Field(
            key="sku",
            shape=_SKU,
            description="What it is called on statements and in exports (FOCUS: SkuId).",
            required=True,
            example="vcpu",
        ),
        Field(
            key="displayName",
            attribute="display_name",
            shape=Text(),
            description="The name that people read, in any script.",
            required=True,
            example="云服务器 vCPU",
        ),
        Field(
            key="resource",
            shape=Word(words=PricedResource),
            description="What is priced.",
            required=True,
            example="server",
        ),
        Field(
            key="measure",
            shape=Word(words=PricedMeasure),
            description="What of it is multiplied by time.",
            required=True,
            example="vcpus",
        ),
        Field(
            key="variants",
            shape=ListOf(item=Text(), unique=True),
            description="Only these flavors or volume types; all unless given.",
            default=(),
            shown_default=[],
            example=["ssd"],
        ),
        Field(
            key="states",
            shape=ListOf(item=Word(words=PricedState), unique=True),
            description="Only in these states; in all unless given.",
            default=(),
            shown_default=[],
            example=["stopped", "shelved-offloaded"],
        ),
        Field(
            key="clouds",
            shape=ListOf(item=IDENTIFIER_TEXT, unique=True),
            description="Only in these clouds; in all unless given.",
            default=(),
            shown_default=[],
            example=["city"],
        ),
        Field(
            key="amount",
            shape=Word(words=Amount),
            description='How much is sold at the price: `"1"` of what is counted; `GB`, `TB` (powers of 1000), `GiB`, `TiB` '
            "(powers of 1024) of what has bytes.",
            required=True,
            example="GiB",
        ),
        Field(
            key="per",
            attribute="term",
            shape=Word(words=Term),
            description="For how long. A month is the statement's, with its real days: what is there throughout costs the "
            "price, whether the month has 28 days or 31.",
            required=True,
            example="month",
        ),
        Field(
            key="price",
            shape=_MONEY,
            description='The price in the list\'s currency, as text; `"0"` is free.',
            required=True,
            example="45.00",
        ),
    ),
    build=_price,
)


def _list(
    *, name: str, display_name: str, currency: str, valid_from: date | None, prices: tuple[Price, ...], **rest: Any
) -> PriceListSpec:
    return PriceListSpec(
        name=PriceListName(name),
        display_name=display_name,
        currency=Currency(currency),
        valid_from=valid_from or _NEVER,
        prices=tuple(prices),
        **rest,
    )


SPEC: Final = Record(
    name="PriceListSpec",
    description="One version of the city's prices. Only operators bring it into force; lists that hold one after another are "
    "brought together.",
    fields=(
        Field(
            key="version",
            shape=Text(longest=63),
            description="What statements call this version.",
            required=True,
            example="2026.1",
        ),
        Field(
            key="currency",
            shape=Text(pattern="[A-Z]{3}", rule="three capital letters of ISO 4217, such as CNY"),
            description="The currency of all its prices (ISO 4217); the same in all lists.",
            required=True,
            example="CNY",
        ),
        Field(
            key="validFrom",
            attribute="valid_from",
            shape=Day(),
            description="The first day that it holds, from midnight in China.",
            required=True,
            example="2026-01-01",
        ),
        Field(
            key="validBefore",
            attribute="valid_before",
            shape=Day(),
            description="The first day that it holds no more; without it, it holds until another list is made.",
            example="2027-01-01",
        ),
        Field(
            key="prices",
            shape=ListOf(item=PRICE, identity="sku"),
            description="What is sold, in order: the first line that fits something counts for it.",
            required=True,
        ),
    ),
    build=dict[str, Any],
)

PRICE_LIST: Final = Kind(
    name="PriceList",
    description="What resources cost: one version, with its validity.",
    spec=SPEC,
    build=_list,
)
