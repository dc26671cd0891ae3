"""When the applications of a wave will have moved, with bounds, and which will not within the window. Pure.

A wave is played through in time, three times: as fast, as likely and as slow as estimates have it. Each application gets ready, waits
for the window, stands still, and serves; those that depend on it begin then. No more are under way at once than the wave allows,
and disks that travel at once share the link's places and its bandwidth evenly. One whose cutover could not end inside the window is
not begun, and keeps its place, as it does in truth (`window.shut`, `ordering.due`).

The order is the wave's own. A planner that looks for a better one can play its proposals through here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from provisioner.migration.estimate import Spread
from tenants.wave import WindowSpec

_BOUNDS: Final[tuple[Callable[[Spread], float], ...]] = (
    lambda spread: spread.low,
    lambda spread: spread.likely,
    lambda spread: spread.high,
)
#: Seconds that count as none.
_INSTANT: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What one application has before it, were it alone."""

    name: str
    #: The applications that have to serve before it begins.
    after: tuple[str, ...] = ()
    #: Seconds until only the window keeps it from its cutover.
    before: Spread
    #: Seconds of the cutover, those of travelling included.
    standstill: Spread
    #: Seconds of it in which its disks travel.
    travelling: Spread
    #: Disks that travel, and their bytes.
    disks: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """How much goes on at once."""

    applications: int
    #: Disks on the link.
    link: int
    #: Bytes a second of the whole wave; None is no limit.
    bandwidth: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The bounds of a moment; None where it never comes."""

    low: datetime | None
    likely: datetime | None
    high: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What will come of a wave that is started now."""

    #: When each application serves at the target.
    ends: Mapping[str, Times] = field(default_factory=dict)
    #: When the last one does; None in a bound in which one never does.
    end: Times
    #: Applications that have not moved when the window closes, if everything takes as long as it may; in the wave's order.
    late: tuple[str, ...] = ()
    #: Of those, the ones that wait for others of them, with these: they are late whatever they take themselves.
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether all of them move, however long it takes."""
        return not self.late


def forecast(courses: Sequence[Course], lanes: Lanes, window: WindowSpec | None, *, start: datetime) -> Forecast:
    """Play a wave through. `after` may name only applications of the wave; of others nothing is awaited."""
    played = [_Play(courses, lanes, window, start=start, bound=bound).run() for bound in _BOUNDS]
    names = [each.name for each in courses]
    ends = {name: _times([play.get(name) for play in played], start) for name in names}
    late = tuple(name for name in names if ends[name].high is None)
    awaited = {each.name: tuple(name for name in each.after if name in late) for each in courses if each.name in late}
    return Forecast(
        ends=ends,
        end=_last(ends, start),
        late=late,
        behind={name: others for name, others in awaited.items() if others},
    )


class _Phase(Enum):
    PENDING = auto()
    BEFORE = auto()
    GATE = auto()
    STILL = auto()
    TRAVELLING = auto()
    SERVES = auto()


@dataclass(slots=True)
class _Move:
    """An application on its way through time."""

    course: Course
    phase: _Phase = _Phase.PENDING
    #: Seconds that are left of the phase, were it alone.
    left: float = 0.0
    end: float | None = None


class _Play:
    """One play, in seconds from its start."""

    def __init__(
        self,
        courses: Sequence[Course],
        lanes: Lanes,
        window: WindowSpec | None,
        *,
        start: datetime,
        bound: Callable[[Spread], float],
    ) -> None:
        self._moves = {each.name: _Move(each) for each in courses}
        self._lanes = lanes
        self._bound = bound
        self._opens = 0.0 if window is None else max(0.0, (window.start - start).total_seconds())
        self._closes = None if window is None else (window.end - start).total_seconds()
        self._now = 0.0

    def run(self) -> Mapping[str, float]:
        """When each serves that ever does."""
        while True:
            self._begin()
            soonest = min(self._ahead(), default=None)
            if soonest is None:
                return {name: each.end for name, each in self._moves.items() if each.end is not None}
            self._pass(soonest)

    def _begin(self) -> None:
        """Everything that needs no time: phases that are over, and applications that may begin."""
        changed = True
        while changed:
            changed = any(self._turn(each) for each in self._moves.values())

    def _turn(self, move: _Move) -> bool:
        """Into its next phase, where it is time for that."""
        match move.phase:
            case _Phase.PENDING if self._may_begin(move):
                self._enter(move, _Phase.BEFORE, self._bound(move.course.before))
            case _Phase.BEFORE if move.left <= _INSTANT:
                self._enter(move, _Phase.GATE, 0.0)
            case _Phase.GATE if self._is_open(move):
                travelling = min(self._bound(move.course.travelling), self._bound(move.course.standstill))
                self._enter(move, _Phase.TRAVELLING, travelling)
            case _Phase.TRAVELLING if move.left <= _INSTANT:
                rest = self._bound(move.course.standstill) - self._bound(move.course.travelling)
                self._enter(move, _Phase.STILL, max(0.0, rest))
            case _Phase.STILL if move.left <= _INSTANT:
                self._enter(move, _Phase.SERVES, 0.0)
                move.end = self._now
            case _:
                return False
        return True

    @staticmethod
    def _enter(move: _Move, phase: _Phase, seconds: float) -> None:
        move.phase, move.left = phase, seconds

    def _may_begin(self, move: _Move) -> bool:
        busy = sum(each.phase not in {_Phase.PENDING, _Phase.SERVES} for each in self._moves.values())
        awaited = (self._moves[name] for name in move.course.after if name in self._moves)
        return busy < self._lanes.applications and all(each.phase is _Phase.SERVES for each in awaited)

    def _is_open(self, move: _Move) -> bool:
        """As the gate decides it: by how long the cutover takes at most, were it alone."""
        longest = move.course.standstill.high
        return self._now >= self._opens - _INSTANT and (self._closes is None or self._now + longest <= self._closes)

    def _ahead(self) -> Iterator[float]:
        """Seconds until something happens."""
        rate = self._rate()
        for each in self._moves.values():
            if each.phase in {_Phase.BEFORE, _Phase.STILL}:
                yield each.left
            elif each.phase is _Phase.TRAVELLING:
                yield each.left / rate
            elif each.phase is _Phase.GATE and self._now < self._opens - _INSTANT:
                yield self._opens - self._now

    def _pass(self, seconds: float) -> None:
        rate = self._rate()
        for each in self._moves.values():
            if each.phase in {_Phase.BEFORE, _Phase.STILL}:
                each.left -= seconds
            elif each.phase is _Phase.TRAVELLING:
                each.left -= seconds * rate
        self._now += seconds

    def _rate(self) -> float:
        """How fast disks travel at this moment, of how fast they would were each application alone."""
        travelling = [each for each in self._moves.values() if each.phase is _Phase.TRAVELLING]
        wanted = sum(min(each.course.disks, self._lanes.link) for each in travelling)
        rate = min(1.0, self._lanes.link / wanted) if wanted else 1.0
        if self._lanes.bandwidth:
            alone = sum(each.course.size / max(self._bound(each.course.travelling), _INSTANT) for each in travelling)
            rate = min(rate, self._lanes.bandwidth / alone) if alone else rate
        return rate


def _times(ends: Sequence[float | None], start: datetime) -> Times:
    """In order: what is shared, and what gives way to what, can make a slower wave end sooner for one of its applications."""
    low, likely, high = sorted(float("inf") if each is None else each for each in ends)
    return Times(low=_moment(low, start), likely=_moment(likely, start), high=_moment(high, start))


def _last(ends: Mapping[str, Times], start: datetime) -> Times:
    def last(moments: list[datetime | None]) -> datetime | None:
        known = [each for each in moments if each is not None]
        return max(known, default=start) if len(known) == len(moments) else None

    every = list(ends.values())
    return Times(
        low=last([each.low for each in every]),
        likely=last([each.likely for each in every]),
        high=last([each.high for each in every]),
    )


def _moment(seconds: float, start: datetime) -> datetime | None:
    return None if seconds == float("inf") else start + timedelta(seconds=seconds)
