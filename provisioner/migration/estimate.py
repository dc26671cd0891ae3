"""How long what is left of a migration will take, with bounds, from what was measured. Pure.

Where nothing was measured, the assumptions below stand in, and the estimate says so. Bounds are the slowest and the fastest
tenth of what was measured; nothing begins a cutover whose upper bound lies beyond the window.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import quantiles
from typing import Final

from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB
#: Bytes a second of one disk on a link that nothing travelled on yet: slow, so that the first wave is not too bold.
ASSUMED_RATE: Final = 30 * MIB
#: Seconds of steps that do not depend on size, and that were never measured.
_ASSUMED_SECONDS: Final[Mapping[StepKind, float]] = {
    StepKind.STOP: 60,
    StepKind.SNAPSHOT: 15,
    StepKind.CLONE: 60,
    StepKind.ROOT_IMAGE: 120,
    StepKind.SERVER: 120,
    StepKind.MOVE_LIVE: 120,
    StepKind.MOVE_COLD: 180,
    StepKind.PLAY_QUIESCE: 60,
    StepKind.PLAY_POST_COPY: 60,
    StepKind.PLAY_CUTOVER: 30,
    StepKind.PLAY_VERIFY: 60,
    StepKind.PROBE_AFTER: 30,
}
_ASSUMED_OTHER: Final = 5.0
#: How much faster and slower than assumed it may be.
_DOUBT: Final = 3.0
#: Steps whose time grows with the bytes of their disk.
BY_SIZE: Final = frozenset(
    {StepKind.EXPORT, StepKind.COPY, StepKind.DISK, StepKind.PROVE, StepKind.CONVERT, StepKind.UPLOAD}
)
#: Those of them by which bytes travel on a link, through one of its places and within the wave's bandwidth.
TRAVELS: Final = frozenset({StepKind.COPY, StepKind.UPLOAD})
#: Of what rests, goes back or waits for a person, nothing is on its way.
_GOING_ON: Final = frozenset({Asked.NOTHING, Asked.FORCE})
_NOT_COMING: Final = frozenset({State.COMPENSATING, State.MANUAL})
#: Fewer measurements than this tell nothing of bounds.
_ENOUGH: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one disk took to travel."""

    #: Bytes.
    size: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A quantity with its bounds."""

    low: float
    likely: float
    high: float

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(low=self.low + other.low, likely=self.likely + other.likely, high=self.high + other.high)

    def __mul__(self, factor: float) -> "Spread":
        return Spread(low=self.low * factor, likely=self.likely * factor, high=self.high * factor)

    @property
    def longest(self) -> timedelta:
        """The upper bound, of a time."""
        return timedelta(seconds=self.high)


NOTHING: Final = Spread(low=0, likely=0, high=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What was measured so far."""

    #: Of the link that the disks travel.
    copies: Sequence[Measured] = ()
    #: Seconds that steps took: those by size for each byte, the others each.
    seconds: Mapping[StepKind, Sequence[float]] | None = None
    #: Disks that travel at once, and the bytes a second that a wave is limited to.
    side_by_side: int = 1
    bandwidth: int | None = None
    #: Bytes that others, whose cutover has begun, have yet to carry over the same link; and those of them that share the wave's bandwidth.
    beside: int = 0
    beside_in_wave: int = 0

    @property
    def measured(self) -> bool:
        """Whether there is enough for estimates to be more than assumptions."""
        return len(self.copies) >= _ENOUGH


def remaining(migration: Migration, experience: Experience, *, until: StepKind | None = None) -> Spread:
    """Seconds that the steps which are not done will take, up to and with those of the kind `until`."""
    total = NOTHING
    for steps in _stages(migration.steps):
        total += _stage(migration, [each for each in steps if each.state is not StepState.DONE], experience)
        if until is not None and any(each.spec.kind is until for each in steps):
            break
    return total


def standstill(migration: Migration, experience: Experience) -> Spread:
    """Seconds from where the application is touched first to where it serves at the target."""
    gates = [each.spec.position for each in migration.of_kind(StepKind.GATE_WINDOW)]
    after = gates[0] if gates else -1
    total = NOTHING
    for steps in _stages(migration.steps):
        if steps[0].spec.position > after:
            total += _stage(migration, [each for each in steps if each.state is not StepState.DONE], experience)
        if steps[0].spec.kind in {StepKind.ACCEPT, StepKind.CONFIRM}:
            break
    return total


def travelling(migration: Migration, experience: Experience) -> Spread:
    """Seconds of the standstill during which disks travel, and so share a link with others' disks."""
    total = NOTHING
    for steps in _stages(migration.steps):
        if steps[0].spec.kind in TRAVELS:
            total += _stage(migration, [each for each in steps if each.state is not StepState.DONE], experience)
    return total


def beside(experience: Experience, migration: Migration, others: Iterable[Migration]) -> Experience:
    """With what those of `others` have yet to carry whose cutover has begun, and that share a link with it."""
    link = (migration.workload.cloud, migration.bindings.cloud)
    on_it = [
        each
        for each in others
        if each.id != migration.id and (each.workload.cloud, each.bindings.cloud) == link and _is_past_its_gate(each)
    ]
    return replace(
        experience,
        beside=sum(map(_untravelled, on_it)),
        beside_in_wave=sum(_untravelled(each) for each in on_it if each.run == migration.run),
    )


def _is_past_its_gate(migration: Migration) -> bool:
    """Whether its cutover has begun, and goes on by itself."""
    goes_on = migration.asked in _GOING_ON and not migration.state.final and migration.state not in _NOT_COMING
    return goes_on and any(each.state is StepState.DONE for each in migration.of_kind(StepKind.GATE_WINDOW))


def _untravelled(migration: Migration) -> int:
    steps = (each for each in migration.steps if each.spec.kind in TRAVELS and each.state is not StepState.DONE)
    return int(sum(_left(migration, each) for each in steps))


def _stage(migration: Migration, steps: Sequence[Step], experience: Experience) -> Spread:
    """Steps of one stage go on side by side: those by size as many as the link takes, the others all at once."""
    if not steps or steps[0].spec.kind.gate:
        return NOTHING
    if steps[0].spec.kind in BY_SIZE:
        return _by_size(migration, steps, experience)
    return _each(steps[0].spec.kind, experience)


def _by_size(migration: Migration, steps: Sequence[Step], experience: Experience) -> Spread:
    sizes = [_left(migration, step) for step in steps]
    pace = _pace(experience, steps[0].spec.kind)
    travels = steps[0].spec.kind in TRAVELS
    # The longest disk, or all of them through as many places as there are, whichever takes longer; at worst after those of others.
    lanes = max(1, experience.side_by_side)
    alone = max([*sizes, sum(sizes) / lanes])
    shared = max(alone, (sum(sizes) + experience.beside) / lanes) if travels else alone
    found = Spread(low=pace.low * alone, likely=pace.likely * shared, high=pace.high * shared)
    if travels and experience.bandwidth:
        least, most = (size / experience.bandwidth for size in (sum(sizes), sum(sizes) + experience.beside_in_wave))
        return Spread(low=max(found.low, least), likely=max(found.likely, most), high=max(found.high, most))
    return found


def _left(migration: Migration, step: Step) -> float:
    if step.total_bytes is not None and step.done_bytes is not None:
        return float(step.total_bytes - step.done_bytes)
    return float(migration.workload.disk(step.spec.subject).size) * GIB


def _pace(experience: Experience, kind: StepKind) -> Spread:
    """Seconds for a byte."""
    own = (experience.seconds or {}).get(kind, ())
    if len(own) >= _ENOUGH:
        return _bounds(own)
    rates = [each.seconds / each.size for each in experience.copies if each.size > 0]
    if len(rates) >= _ENOUGH:
        return _bounds(rates)
    return Spread(low=1 / (ASSUMED_RATE * _DOUBT), likely=1 / ASSUMED_RATE, high=_DOUBT / ASSUMED_RATE)


def _each(kind: StepKind, experience: Experience) -> Spread:
    own = (experience.seconds or {}).get(kind, ())
    if len(own) >= _ENOUGH:
        return _bounds(own)
    assumed = _ASSUMED_SECONDS.get(kind, _ASSUMED_OTHER)
    return Spread(low=assumed / _DOUBT, likely=assumed, high=assumed * _DOUBT)


def _bounds(values: Iterable[float]) -> Spread:
    """The slowest and fastest tenth, and the middle."""
    ordered = sorted(values)
    tenths = quantiles(ordered, n=10, method="inclusive")
    return Spread(low=tenths[0], likely=tenths[4], high=tenths[-1])


def _stages(steps: Iterable[Step]) -> list[list[Step]]:
    found: dict[int, list[Step]] = {}
    for each in steps:
        found.setdefault(each.spec.stage, []).append(each)
    return [found[place] for place in sorted(found)]
