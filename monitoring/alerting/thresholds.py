"""From when on somebody is told. `python -m monitoring.alerting` takes each as an option and writes the rules with it."""

from dataclasses import dataclass, field


def _field(default: float, meaning: str) -> float:
    value: float = field(default=default, metadata={"meaning": meaning})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers in alerting rules. Each field's metadata has its meaning."""

    nearly_full: float = _field(0.9, "the part of a quota that is used from which it is nearly full")
    stale_intervals: float = _field(3, "intervals of a collector after which what it last saw in whole is stale")
    coverage: float = _field(0.99, "the least part of the running month that metering must cover")
    drift_hours: float = _field(24, "hours that drift may last")
    look_hours: float = _field(2, "hours within which a tenant must have been looked at in whole")
    operation_minutes: float = _field(60, "minutes that an operation may be queued or run")
    stall_minutes: float = _field(60, "minutes for which no step of a migration at work may end and no byte travel")
    manual_minutes: float = _field(5, "minutes that a migration may wait for a person to set it right")
    window_minutes: float = _field(30, "minutes before its window closes by which an application should serve again")
    series: float = _field(0.9, "the part of the series budget that may be used")


#: Those that are delivered.
STANDARD = Thresholds()
