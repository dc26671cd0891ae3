"""Rules about price lists: one holds at a time, in one currency, and each line prices something that can be measured."""

from collections.abc import Iterator
from itertools import pairwise

from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Manifest
from tenants.language.report import choose
from tenants.prices import COUNTED, MEASURES, Amount, PriceListSpec
from tenants.problems import Problem
from tenants.rules.manifests import Manifests

_FROM = ("spec", "validFrom")
_BEFORE = ("spec", "validBefore")


def price_lists_follow_one_another(manifests: Manifests) -> Iterator[Problem]:
    """No day has two lists; a day between two lists has none, and what is used then has no price."""
    for before, after in pairwise(_ordered(manifests)):
        first, second = before.spec, after.spec
        if first.valid_before is None or first.valid_before > second.valid_from:
            message = (
                f'holds from {second.valid_from} on, while "{first.name}" still does, at {before.location(*_FROM)}'
            )
            yield after.error(
                _FROM, message, f'let "{first.name}" end with validBefore: {second.valid_from} or earlier'
            )
        elif first.valid_before < second.valid_from:
            message = f"no price list holds from {first.valid_before} to {second.valid_from}"
            yield after.warning(_FROM, message, "what is used in between has no price")


def price_lists_are_of_one_currency(manifests: Manifests) -> Iterator[Problem]:
    """Statements add up and compare months."""
    lists = _ordered(manifests)
    for each in lists[1:]:
        if each.spec.currency and each.spec.currency != lists[0].spec.currency:
            message = f'is in {each.spec.currency}, and "{lists[0].spec.name}" in {lists[0].spec.currency}'
            yield each.error(("spec", "currency"), message, "name one currency in all price lists")


def price_lists_end_after_they_begin(manifests: Manifests) -> Iterator[Problem]:
    """A list holds for a day at least."""
    for each in manifests.every_price_list():
        if each.spec.valid_before is not None and each.spec.valid_before <= each.spec.valid_from:
            message = f"holds no more from {each.spec.valid_before} on, before it ever held"
            yield each.error(_BEFORE, message, "name a later day")


def prices_are_of_what_can_be_measured(manifests: Manifests) -> Iterator[Problem]:
    """A volume has no vCPUs, nothing is counted in gigabytes, and clouds that are named are described."""
    for each in manifests.every_price_list():
        for place, price in enumerate(each.spec.prices):
            steps = ("spec", "prices", place)
            if price.measure not in MEASURES[price.resource]:
                allowed = ", ".join(sorted(MEASURES[price.resource]))
                yield each.error(
                    (*steps, "measure"), f"a {price.resource} has no {price.measure}", f"write one of: {allowed}"
                )
            elif (price.amount is Amount.ONE) != (price.measure in COUNTED):
                remedy = 'write "1"' if price.measure in COUNTED else "write GB, TB, GiB or TiB"
                yield each.error((*steps, "amount"), f"{price.measure} is not sold by {price.amount}", remedy)
            for number, cloud in enumerate(price.clouds):
                if cloud and not manifests.has(CLOUD.name, cloud):
                    remedy = choose(cloud, manifests.clouds)
                    yield each.error((*steps, "clouds", number), f'no cloud is called "{cloud}"', remedy)


def _ordered(manifests: Manifests) -> list[Manifest[PriceListSpec]]:
    return sorted(manifests.every_price_list(), key=lambda each: each.spec.valid_from)


RULES = (
    price_lists_follow_one_another,
    price_lists_are_of_one_currency,
    price_lists_end_after_they_begin,
    prices_are_of_what_can_be_measured,
)
