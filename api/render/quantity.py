"""Limits and amounts for reading: `640 GiB`, `unlimited`; exact always, since a rounded limit is another limit.

Manifests are written by `tenants.quantities.spell`, whose text can be read back; here sizes may have a fraction.
"""

from typing import Final

from provisioner.store.codec import resource_of
from tenants.quantities import WORD_UNLIMITED
from tenants.resources import CATALOGUE, UNLIMITED, Resource, Unit, definition

_SIZES: Final = ("MiB", "GiB", "TiB", "PiB", "EiB")
_STEP: Final = 1024
#: Eighths of a unit are still short to read: 0.5, 0.25, 0.125.
_EIGHTHS: Final = 8
_HUNDRED: Final = 100
UNKNOWN: Final = "-"


def amount(value: int | None, unit: Unit) -> str:
    """A limit or an amount in the largest unit in which it is short and exact; `-` where it is not known."""
    if value is None:
        return UNKNOWN
    if value == UNLIMITED:
        return WORD_UNLIMITED
    return size(value, unit)


def size(value: int, unit: Unit) -> str:
    """An amount that may be negative, so that -1 is one too many and not `unlimited`."""
    if unit is Unit.COUNT or value == 0:
        return f"{value:d}"
    position = _position(value, unit)
    whole, rest = divmod(abs(value) * _EIGHTHS // _factor(unit, position), _EIGHTHS)
    fraction = f"{rest / _EIGHTHS:g}".lstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{fraction} {_SIZES[position]}"


def beside(value: int, bound: int, unit: Unit) -> str:
    """How much there is of a bound, in the bound's unit and to two places: `96.5` beside 640 GiB, `<0.01` beside 20 TiB.

    In its own unit where the bound has none: beside `unlimited`, and beside 0.
    """
    if unit is Unit.COUNT or value == 0 or bound <= 0:
        return size(value, unit)
    text = f"{value / _factor(unit, _position(bound, unit)):.2f}".rstrip("0").rstrip(".")
    return "<0.01" if text == "0" else text


def without_unit_of(other: str, text: str) -> str:
    """A size before another one of the same unit, which need not be said twice: `40`->60 GiB."""
    number, _, unit = text.partition(" ")
    return number if unit and other.endswith(f" {unit}") else text


def percent(part: int, whole: int) -> str:
    """How much of a bound is taken: never `100%` while something is left, never `0%` where something is taken."""
    if whole <= 0:
        return "0%" if part <= 0 else ">100%"
    if part > whole:
        return f"{-(-part * _HUNDRED // whole)}%"
    return "<1%" if 0 < part * _HUNDRED < whole else f"{part * _HUNDRED // whole}%"


def _position(value: int, unit: Unit) -> int:
    """The largest of `_SIZES` in which an amount other than 0 is short and exact."""
    position, eighths = _SIZES.index(unit), value * _EIGHTHS
    while eighths % _STEP == 0 and abs(eighths) >= _STEP * _EIGHTHS and position < len(_SIZES) - 1:
        eighths, position = eighths // _STEP, position + 1
    return position


def _factor(unit: Unit, position: int) -> int:
    """How many of the API's units make one of `_SIZES`."""
    return int(_STEP ** (position - _SIZES.index(unit)))


def unit_of(resource: Resource) -> Unit:
    """The unit of a resource; whatever the catalogue does not know is counted."""
    known = resource.name in CATALOGUE[resource.service]
    return definition(resource).unit if known else Unit.COUNT


def unit_of_key(service: str, key: str) -> Unit:
    """The unit of a name in a service's quota API, such as `gigabytes_ssd`."""
    return unit_of(resource_of(f"{service}/{key}"))
