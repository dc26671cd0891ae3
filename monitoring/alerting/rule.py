"""What a rule is: recorded series and alerts, in groups, as Prometheus's configuration has them.

Prometheus, "Recording rules" and "Alerting rules": https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The job that Tenantry is scraped as; `docs/monitoring.md` has the scrape configuration.
JOB: Final = "tenantry"


class Severity(StrEnum):
    """What is expected of whoever is told."""

    #: Somebody acts at once, at night too.
    CRITICAL = "critical"
    #: Somebody acts within the working day.
    WARNING = "warning"
    #: Good to know: nothing has failed.
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message in both languages; Prometheus fills in its templates."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A series that is computed once for all who ask."""

    #: `level:metric:operation`, the level being what its labels tell apart.
    name: str
    expr: str
    #: The labels that its series may have.
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition that somebody is told of. Its runbook is `docs/runbooks/NAME.md`."""

    name: str
    expr: str
    #: How long it must hold, as Prometheus writes durations.
    for_: str
    severity: Severity
    #: One line: what is so, and where.
    summary: Said
    #: What it means for whom, with the numbers.
    description: Said

    @property
    def runbook(self) -> str:
        """The runbook's file name."""
        return f"{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated one after another, on one schedule: a later one sees what an earlier one recorded."""

    name: str
    rules: tuple[Recording | Alert, ...]
    interval: str = "1m"


def once(selector: str) -> str:
    """The selected series, each a single time, however many of Tenantry's processes are scraped: all read one record."""
    return f"max without (instance) ({selector})"
