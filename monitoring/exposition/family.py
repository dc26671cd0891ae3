"""What a family of metrics is: everything that a reader of a dashboard has to know of it, in one place.

The catalogue is made of these; the exposition refuses whatever the catalogue does not have, and the reference is written
from it. Names follow Prometheus's guide (https://prometheus.io/docs/practices/naming/) and OpenMetrics 1.0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

#: A family's name; a counter's is without `_total`.
FamilyName = NewType("FamilyName", str)
LabelName = NewType("LabelName", str)


class MetricType(StrEnum):
    """OpenMetrics's types, as far as they are used."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"
    STATESET = "stateset"


class Stability(StrEnum):
    """How far a family may be relied on."""

    #: Renamed or taken away only with a major version, a release after that was announced.
    STABLE = "stable"
    #: May change with any release; the changelog says so.
    EXPERIMENTAL = "experimental"


class Endpoint(StrEnum):
    """Where a family is scraped."""

    #: `/metrics`: bounded by departments, clouds and resources.
    CITY = "city"
    #: `/metrics/servers`: a series for each server, by request only.
    SERVERS = "servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family."""

    name: FamilyName
    type: MetricType
    #: What it counts, for whom, from which API, and how old it may be.
    help: str
    labels: tuple[LabelName, ...] = ()
    #: Base unit, which its name ends in; empty for plain numbers.
    unit: str = ""
    stability: Stability = Stability.STABLE
    endpoint: Endpoint = Endpoint.CITY
    #: Whether a department may scrape its own part of it.
    departmental: bool = False
    #: Upper bounds of a histogram's buckets, in its unit.
    buckets: tuple[float, ...] = ()
    #: The states of a stateset.
    states: tuple[str, ...] = ()

    @property
    def sample(self) -> str:
        """The name that its series have in Prometheus; a histogram's have more to it."""
        suffix = {MetricType.COUNTER: "_total", MetricType.INFO: "_info"}
        return f"{self.name}{suffix.get(self.type, '')}"

    @property
    def series(self) -> int:
        """Series for each set of labels: a histogram's buckets with the last one, sum and count; a stateset's states."""
        if self.type is MetricType.HISTOGRAM:
            return len(self.buckets) + 3
        return len(self.states) or 1


#: Seconds in which HTTP requests end.
SHORT: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Seconds for which applications stand still: from ten to two days.
MIDDLING: Final = (10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 172800.0)
#: Seconds in which people decide: an hour to sixty days.
LONG: Final = (3600.0, 14400.0, 86400.0, 259200.0, 432000.0, 864000.0, 2592000.0, 5184000.0)
