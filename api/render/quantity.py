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
    position, eighths = _SIZES.index(unit), value * _EIGHTHS
    while eighths % _STEP == 0 and abs(eighths) >= _STEP * _EIGHTHS and position < len(_SIZES) - 1:
        eighths, position = eighths // _STEP, position + 1
    whole, rest = divmod(abs(eighths), _EIGHTHS)
    fraction = f"{rest / _EIGHTHS:g}".lstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{fraction} {_SIZES[position]}"


def unit_of(resource: Resource) -> Unit:
    """The unit of a resource; whatever the catalogue does not know is counted."""
    known = resource.name in CATALOGUE[resource.service]
    return definition(resource).unit if known else Unit.COUNT


def unit_of_key(service: str, key: str) -> Unit:
    """The unit of a name in a service's quota API, such as `gigabytes_ssd`."""
    return unit_of(resource_of(f"{service}/{key}"))
