"""What price lists must agree with: one another, what can be measured, and the clouds there are."""

from decimal import Decimal
from typing import Any

import pytest

from provisioner.usage.sightings import Sort, State
from tenants.prices import PricedResource, PricedState


def price_list(name: str, validity: str, prices: str = "[]", currency: str = "CNY") -> str:
    """A document."""
    return (
        f"apiVersion: tenantry/v1\nkind: PriceList\nmetadata: {{name: {name}, displayName: 价格目录}}\n"
        f'spec: {{version: "1", currency: {currency}, {validity}, prices: {prices}}}\n'
    )


VCPU = '{sku: vcpu, displayName: 核, resource: server, measure: vcpus, amount: "1", per: month, price: "25.10"}'


def test_prices_are_decimals_as_they_are_written(manifests: Any) -> None:
    """To the last digit."""
    city = manifests.add("p.yaml", price_list("a", "validFrom: 2026-01-01", f"[{VCPU}]")).city()
    assert str(city.prices[0].prices[0].price) == "25.10"
    assert city.prices[0].prices[0].price == Decimal("25.1")
    assert city.prices[0].prices[0].unit == "vCPU-month"


@pytest.mark.parametrize("price", ["25.10", '"1e3"', '"-1"', '"1,000"', '"٣"', '".5"', '"00"'])
def test_prices_that_are_no_plain_amounts_are_refused(manifests: Any, price: str) -> None:
    """A number without quotes may be read as floating point by other tools."""
    line = VCPU.replace('"25.10"', price)
    changed = manifests.add("p.yaml", price_list("a", "validFrom: 2026-01-01", f"[{line}]"))
    assert changed.problem().path == "spec.prices[0].price"


def test_two_lists_for_one_day_are_refused(manifests: Any) -> None:
    """Nobody would know which counts."""
    changed = manifests.add("p.yaml", price_list("a", "validFrom: 2026-01-01")).add(
        "q.yaml", price_list("b", "validFrom: 2026-07-01")
    )
    assert changed.problem().remedy == 'let "a" end with validBefore: 2026-07-01 or earlier'


def test_lists_that_follow_one_another_are_in_order(manifests: Any) -> None:
    """The first day of one is the first on which the other holds no more."""
    changed = manifests.add("p.yaml", price_list("b", "validFrom: 2026-07-01")).add(
        "q.yaml", price_list("a", "validFrom: 2026-01-01, validBefore: 2026-07-01")
    )
    assert [each.name for each in changed.city().prices] == ["a", "b"]


def test_days_without_a_list_are_warned_of(manifests: Any) -> None:
    """It is not refused: there may be nothing to pay."""
    changed = manifests.add("p.yaml", price_list("a", "validFrom: 2026-01-01, validBefore: 2026-06-01")).add(
        "q.yaml", price_list("b", "validFrom: 2026-07-01")
    )
    assert changed.city() is not None
    assert changed.problem().message == "no price list holds from 2026-06-01 to 2026-07-01"


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            price_list("a", "validFrom: 2026-01-01, validBefore: 2026-06-01"),
            price_list("b", "validFrom: 2026-06-01", currency="USD"),
            'is in USD, and "a" in CNY',
        ),
        (
            price_list("a", "validFrom: 2026-01-01, validBefore: 2026-06-01"),
            price_list("a", "validFrom: 2026-06-01"),
            'the pricelist "a" is described a second time; the first is at p.yaml:3:18',
        ),
        (
            price_list("a", "validFrom: 2026-06-01, validBefore: 2026-06-01"),
            "",
            "holds no more from 2026-06-01 on, before it ever held",
        ),
    ],
)
def test_lists_that_contradict_are_refused(manifests: Any, first: str, second: str, message: str) -> None:
    """Each with the place."""
    changed = manifests.add("p.yaml", first)
    assert (changed.add("q.yaml", second) if second else changed).problem().message == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("server", "volume", "a volume has no vcpus"),
        ('amount: "1"', "amount: GiB", "vcpus is not sold by GiB"),
        ("measure: vcpus", "measure: memory", "memory is not sold by 1"),
        ("resource: server", "clouds: [citi], resource: server", 'no cloud is called "citi"'),
    ],
)
def test_prices_of_what_there_is_not_are_refused(manifests: Any, old: str, new: str, message: str) -> None:
    """They would never count for anything."""
    text = price_list("a", "validFrom: 2026-01-01", f"[{VCPU.replace(old, new)}]")
    assert manifests.add("p.yaml", text).problem().message == message


def test_words_are_those_of_metering() -> None:
    """Whatever is metered can be priced, but quota, in each of its states."""
    assert {each.value for each in PricedResource} == {each.value for each in Sort} - {"quota", "quota-use"}
    assert {each.value for each in PricedState} == {each.value for each in State} - {"limited", "unlimited", "deleted"}
