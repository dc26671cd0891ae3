"""The counters of metering: sums of all that was ever metered, of which only the last two months are added up again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from monitoring.exposition.metering import SORTS, Counters, Knowledge, counters, grown, running_month
from provisioner.store import usage_coverages, usage_sums
from provisioner.store.database import Connection
from provisioner.store.usage_months import begin_of, later, month_of
from provisioner.store.usage_sums import Selection
from provisioner.usage.coverage import Span

#: Before anything was metered.
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Meters:
    """What was metered, as one process remembers it."""

    #: What is settled: the sums up to a time.
    _settled: Counters = field(default_factory=dict)
    _until: datetime = _BEGINNING
    _told: Counters = field(default_factory=dict)

    def read(self, connection: Connection, now: datetime) -> tuple[Counters, Knowledge]:
        """All that was ever metered, and how much of the running month is known. Raises StoreError."""
        # Looks may still come that tell of the month before; none tells of more.
        border = begin_of(later(month_of(now), -1))
        if self._until < border:
            # Added to what is settled: old months are dropped, and a sum of those that are left would be smaller.
            self._settled = _added(self._settled, _sums(connection, Span(start=self._until, end=border)))
            self._until = border
        lately = _sums(connection, Span(start=self._until, end=now))
        self._told = grown(self._told, _added(self._settled, lately))
        month = running_month(now)
        known, looked = usage_coverages.within(connection, month), usage_coverages.looked(connection)
        return self._told, Knowledge(month=month, known=known, looked=looked)


def _added(one: Counters, other: Counters) -> Counters:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}


def _sums(connection: Connection, period: Span) -> Counters:
    return counters(usage_sums.totals(connection, period, Selection(sorts=SORTS)).items())
