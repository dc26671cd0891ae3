"""The times for which something is known. No data is not zero use: every sum is given beside what is covered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A time from a beginning to an end, the end not included."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long it is, in whole seconds."""
        return max(0, int(self.end.timestamp()) - int(self.start.timestamp()))

    def within(self, other: "Span") -> "Span":
        """The part of it that lies within another; of no length where none does."""
        start = min(max(self.start, other.start), other.end)
        return Span(start=start, end=max(start, min(self.end, other.end)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a period is known."""

    covered_seconds: int
    asked_seconds: int
    #: The times that are not known, in order.
    gaps: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Since when something is looked at, and how often."""

    first: datetime
    every: timedelta


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same times as fewest spans, in order."""
    result: list[Span] = []
    for each in sorted(spans):
        if result and each.start <= result[-1].end:
            result[-1] = Span(start=result[-1].start, end=max(result[-1].end, each.end))
        elif each.end > each.start:
            result.append(each)
    return tuple(result)


def without(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """The times of the spans that lie in none of the holes."""
    left = merged(spans)
    for hole in merged(holes):
        parts = [
            (Span(start=each.start, end=min(each.end, hole.start)), Span(start=max(each.start, hole.end), end=each.end))
            for each in left
        ]
        left = tuple(part for pair in parts for part in pair if part.end > part.start)
    return left


def coverage(spans: Iterable[Span], period: Span) -> Coverage:
    """How much of a period the spans cover, and where they do not."""
    known = merged(each.within(period) for each in spans)
    edges = (Span(start=period.start, end=period.start), *known, Span(start=period.end, end=period.end))
    gaps = tuple(Span(start=a.end, end=b.start) for a, b in pairwise(edges) if b.start > a.end)
    return Coverage(covered_seconds=sum(each.seconds for each in known), asked_seconds=period.seconds, gaps=gaps)
