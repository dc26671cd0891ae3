"""How states, steps, sizes, rates and times of migrations are put: the same wherever they are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from provisioner.migration.estimate import Spread
from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.script import StepKind, StepSpec
from provisioner.migration.states import State
from tenants.names import ApplicationName
from tenants.spec import City
from tenants.wave import Mode, WaveSpec

STATE_STYLES: Final[Mapping[State, str]] = {
    **dict.fromkeys(State, "cyan"),
    State.PLANNED: "dim",
    State.ACCEPTED: "green",
    State.RETAINED: "green",
    State.CLOSED: "bold green",
    State.COMPENSATING: "yellow",
    State.ROLLED_BACK: "yellow",
    State.MANUAL: "bold red",
}
STEP_STYLES: Final[Mapping[StepState, str]] = {
    StepState.PENDING: "dim",
    StepState.STARTED: "cyan",
    StepState.DONE: "green",
    StepState.FAILED: "bold red",
    StepState.UNDOING: "yellow",
    StepState.UNDONE: "yellow",
}
_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
_THOUSAND: Final = 1024
_TEN: Final = 10
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What applications are called by people; one that has no other name goes by its identifier."""

    applications: Mapping[ApplicationName, str] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City | None) -> "Called":
        """The names in a city's manifests; none where there is no city."""
        known = {} if city is None else city.applications
        return cls(applications={name: each.display_name for name, each in known.items()})

    def display(self, name: str) -> str:
        """商事登记."""
        return self.applications.get(ApplicationName(name), name)

    def full(self, name: str) -> str:
        """商事登记 (registration)."""
        display = self.display(name)
        return display if display == name else f"{display} ({name})"

    def all(self, names: Iterable[str]) -> str:
        """Several in one line."""
        return ", ".join(self.full(each) for each in names)


def way(wave: WaveSpec) -> str:
    """`cross-cloud, city to district`, `cold, within city`."""
    target = wave.target
    place = f"{target.cloud}{f', host {target.host}' if target.host else ''}"
    if wave.source is None:
        return f"{wave.mode} into {place}"
    if wave.mode.within:
        away = f", away from host {wave.source.host}" if wave.source.host else ""
        return f"{wave.mode} within {place}{away}"
    if wave.mode is Mode.CROSS_PROJECT:
        return f"{wave.mode} within {place}"
    return f"{wave.mode}, {wave.source.cloud} to {place}"


def step_name(spec: StepSpec) -> str:
    """`copy 网页-1#0`."""
    kind = spec.kind.value.replace("-", " ")
    return f"{kind} {spec.subject}" if spec.subject else kind


def kinds_of(steps: Iterable[StepKind]) -> str:
    """`check, hold, 3 copy`: the steps in their order, counted where several are of one kind."""
    counted: dict[StepKind, int] = {}
    for each in steps:
        counted[each] = counted.get(each, 0) + 1
    words = {kind: kind.value.replace("-", " ") for kind in counted}
    return ", ".join(f"{number} × {words[kind]}" if number > 1 else words[kind] for kind, number in counted.items())


def steps_done(migration: Migration) -> str:
    """`12 of 31`."""
    return f"{sum(each.state is StepState.DONE for each in migration.steps)} of {len(migration.steps)}"


def travelled(step: Step) -> str:
    """`412 MiB of 1 GiB`; empty for a step that counts no bytes."""
    if step.done_bytes is None or not step.total_bytes:
        return ""
    return f"{size(step.done_bytes)} of {size(step.total_bytes)}"


def size(number: float) -> str:
    """Bytes to about three digits: `38.1 MiB`, `412 MiB`, `1 GiB`."""
    value, unit = float(number), 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value, unit = value / _THOUSAND, unit + 1
    text = f"{value:.1f}".removesuffix(".0") if value < _TEN * _TEN and unit else f"{value:.0f}"
    return f"{text} {_UNITS[unit]}"


def brief(seconds: float) -> str:
    """A time that fits a column: `45s`, `12m`, `1h05m`, `3d04h`."""
    whole = max(0, round(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{round(whole / _MINUTE)}m"
    if whole < _DAY:
        minutes = round(whole / _MINUTE)
        return f"{minutes // _MINUTE}h{minutes % _MINUTE:02}m"
    hours = round(whole / _HOUR)
    return f"{hours // 24}d{hours % 24:02}h"


def bounded(left: Spread) -> str:
    """A time with its bounds: `12m (5m to 30m)`; empty where there is none."""
    if left.high <= 0:
        return ""
    low, likely, high = brief(left.low), brief(left.likely), brief(left.high)
    return likely if low == high else f"{likely} ({low} to {high})"


def standstill(migration: Migration) -> str:
    """How long it stood still, or has by now been; empty where it did not."""
    if migration.down_from is None or migration.down_until is None:
        return ""
    return brief((migration.down_until - migration.down_from).total_seconds())
