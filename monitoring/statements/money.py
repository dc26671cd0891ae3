"""Rounding, written once: exact fractions to decimals, half to even, at each line; sums are sums of rounded lines."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

#: Places of money, of quantities in units, and of averages.
MONEY: Final = 2
QUANTITY: Final = 6
AVERAGE: Final = 2


def rounded(exact: Fraction, places: int) -> Decimal:
    """The nearest decimal of so many places; of two that are as near, the one whose last digit is even."""
    # Not scaleb, which rounds to the context's digits.
    whole = round(exact * 10**places)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -places))


def cost_of(resource_seconds: int, unit_seconds: int, price: Decimal) -> Decimal:
    """What so many resource-seconds cost at a price per unit of so many."""
    return rounded(Fraction(price) * resource_seconds / unit_seconds, MONEY)


def quantity_of(resource_seconds: int, unit_seconds: int) -> Decimal:
    """Resource-seconds in units."""
    return rounded(Fraction(resource_seconds, unit_seconds), QUANTITY)


def added(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of amounts of money, however many digits it has."""
    return rounded(sum(map(Fraction, amounts), Fraction()), MONEY)
