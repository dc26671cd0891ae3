"""The values of families, before they are text: one for each set of labels, so that no series can be there twice.

Whatever the catalogue does not have is refused here, and so is a set of labels of another length.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitoring.exposition.catalogue import named
from monitoring.exposition.family import Family, FamilyName, MetricType

#: A set of labels' values, in the catalogue's order. Distinct families may have distinct numbers of them.
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A histogram's values."""

    #: How many were no greater than each of the family's bounds, and last how many there are.
    counts: tuple[float, ...]
    total: float


#: A number; of an info family 1; of a stateset the state that counts.
Value = float | str | Distribution

_EMPTY: Final[Mapping[Labels, Value]] = {}


class Samples:
    """What there is of each family."""

    def __init__(self) -> None:
        self._of: dict[FamilyName, dict[Labels, Value]] = {}

    def put(self, name: str, labels: Labels, value: Value = 1.0) -> None:
        """Say what a family's value is; whoever says so last is right. `name` is without the prefix.

        Raises KeyError for a family that is not in the catalogue, ValueError for labels or a value that it does not take.
        """
        self._values(name, labels, value)[labels] = value

    def add(self, name: str, labels: Labels, value: float) -> None:
        """Add to what a family's value is; 0 before."""
        values = self._values(name, labels, value)
        before = values.get(labels, 0.0)
        values[labels] = value + before  # type: ignore[operator]  # what takes numbers has numbers

    def of(self, family: Family) -> Mapping[Labels, Value]:
        """The values of a family."""
        return self._of.get(family.name, _EMPTY)

    def families(self) -> Iterator[FamilyName]:
        """The families that have values."""
        return (name for name, values in self._of.items() if values)

    def _values(self, name: str, labels: Labels, value: Value) -> dict[Labels, Value]:
        family = named(name)
        if len(labels) != len(family.labels):
            raise ValueError(f"{family.name} has the labels {', '.join(family.labels)}, not {len(labels)} of them")
        if not _fits(family, value):
            raise ValueError(f"{family.name} is a {family.type} and cannot be {value!r}")
        return self._of.setdefault(family.name, {})


def _fits(family: Family, value: Value) -> bool:
    if family.type is MetricType.STATESET:
        return value in family.states
    if family.type is MetricType.HISTOGRAM:
        return isinstance(value, Distribution) and len(value.counts) == len(family.buckets) + 1
    return isinstance(value, int | float)
