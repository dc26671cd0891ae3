"""When something happened: by the API's word where that can be, else between two looks. The first step of metering.

A *window* is the time in which a change must lie: from the beginning of the last look that told of the resource to the end
of the look that found it changed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeGuard

from provisioner.usage.intervals import Evidence, Moment

#: A `Date` header is exact to a second, and takes part of one to arrive: clocks that differ by less count as equal.
CLOCK_TOLERANCE: Final = timedelta(seconds=2)
_SECOND: Final = timedelta(seconds=1)


def whole(time: datetime) -> datetime:
    """The time without its fraction of a second."""
    return time.replace(microsecond=0) if time.microsecond else time


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Between which looks something happened, and how to read the cloud's clock."""

    since: datetime
    until: datetime
    #: How far the cloud's clock is ahead; None where unknown.
    ahead: timedelta | None = None

    def holds(self, time: datetime | None) -> TypeGuard[datetime]:
        """Whether a time of the API lies in the window."""
        return time is not None and self.since <= self._true(time)[0] <= self.until

    def precedes(self, time: datetime) -> bool:
        """Whether a time of the API lies behind the window's end, which no time can that the later look was told."""
        return self._true(time)[0] > self.until

    def exactly(self, time: datetime) -> Moment:
        """Something of which the API gives the time.

        Rule "API": inside the window the API's time holds. Rule "clock": a clock known to be off is put right first. Rule
        "clamp": a time outside the window is drawn to its nearer end, and the bounds are the whole window.
        """
        true, slack = self._true(time)
        if self.since <= true <= self.until:
            evidence = Evidence.CORRECTED if slack else Evidence.API
            bounds = max(self.since, true - slack), min(self.until, true + slack)
            return Moment(at=true, evidence=evidence, earliest=bounds[0], latest=bounds[1])
        nearer = self.since if true < self.since else self.until
        return Moment(at=nearer, evidence=Evidence.CLAMPED, earliest=self.since, latest=self.until)

    def no_later(self, time: datetime | None) -> Moment:
        """Something of which the API says at most when anything last changed.

        Rule "bound": a last change inside the window dates it, and it was no later. Rule "look": otherwise the later look
        dates it.
        """
        if time is not None:
            true, slack = self._true(time)
            if self.since < true <= self.until:
                latest = min(self.until, true + slack)
                return Moment(at=true, evidence=Evidence.BOUND, earliest=self.since, latest=latest)
        return self.at_the_later_look()

    def at_the_later_look(self) -> Moment:
        """Rule "look": nobody says when, so it is dated at the end of the look that found it."""
        return Moment(at=self.until, evidence=Evidence.LOOK, earliest=self.since, latest=self.until)

    def at(self, time: datetime) -> Moment:
        """Something dated by us, which may have happened at any time of the window."""
        return Moment(at=time, evidence=Evidence.LOOK, earliest=self.since, latest=self.until)

    def _true(self, time: datetime) -> tuple[datetime, timedelta]:
        """A time of the API by our clock, in whole seconds, and how far it may be off."""
        if self.ahead is None or abs(self.ahead) < CLOCK_TOLERANCE:
            return whole(time), timedelta()
        return whole(time - self.ahead), _SECOND
