"""What a benchmark returns: figures, each beside its target where it has one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


class BenchmarkFailed(Exception):
    """Something did not work as it should, so there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    #: `s`, `MB`, `requests`; empty for a ratio.
    unit: str = ""
    #: The target: the value is to be no higher than this, or no lower than that.
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None where there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one benchmark found."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    #: What a reader must know to judge the figures, a sentence each.
    notes: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[Figure, ...]:
        """The figures that are not as good as they should be."""
        return tuple(each for each in self.figures if each.met is False)

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`, by way of JSON."""
        figures = tuple(Figure(**each) for each in document["figures"])
        return cls(name=document["name"], title=document["title"], figures=figures, notes=tuple(document["notes"]))
