"""How fast something goes, with bounds, and how long the rest will take: pure.

A link's speed changes while a disk travels, so the estimate forgets: what was measured a half-life ago counts half. The bounds
are two standard deviations of what was measured, weighted in the same way; they are wide at first, when little is known. An
estimate of the time left has the same bounds, so that nobody begins a cutover that would end in time only with luck.
"""

import math
from dataclasses import dataclass
from typing import Final

#: Seconds after which a measurement counts half.
_HALF_LIFE: Final = 20.0
#: How sure one measurement alone is: its bounds are half and one and a half of it.
_FIRST_DEVIATION: Final = 0.25
_DEVIATIONS: Final = 2.0
#: The lower bound is no less than this share of the likely rate: below it the bound would say nothing.
_LEAST: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """Seconds until something is done."""

    soonest: float
    likely: float
    latest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Bytes a second: most likely, and between which bounds. All are 0 while nothing is known."""

    low: float = 0.0
    likely: float = 0.0
    high: float = 0.0

    def seconds_for(self, size: int) -> Eta | None:
        """How long so many bytes take at this rate, or None where it is not known."""
        if size <= 0:
            return Eta(soonest=0.0, likely=0.0, latest=0.0)
        if self.low <= 0:
            return None
        return Eta(soonest=size / self.high, likely=size / self.likely, latest=size / self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What was measured so far, smoothed."""

    mean: float | None = None
    variance: float = 0.0

    def added(self, size: int, seconds: float) -> "Throughput":
        """With one more measurement: so many bytes in so many seconds. One that took no time says nothing."""
        if seconds <= 0:
            return self
        speed = size / seconds
        if self.mean is None:
            return Throughput(mean=speed, variance=(speed * _FIRST_DEVIATION) ** 2)
        weight = 1 - 0.5 ** (seconds / _HALF_LIFE)
        off = speed - self.mean
        return Throughput(mean=self.mean + weight * off, variance=(1 - weight) * (self.variance + weight * off**2))

    @property
    def rate(self) -> Rate:
        """The rate that this lets expect."""
        if self.mean is None:
            return Rate()
        spread = _DEVIATIONS * math.sqrt(self.variance)
        return Rate(low=max(self.mean - spread, self.mean * _LEAST), likely=self.mean, high=self.mean + spread)
