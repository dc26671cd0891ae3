"""What a process counts for metrics: kept in memory, and added to the record every few seconds and at the process's end.

What is in the record never goes back, so counters go on over restarts; `kill -9` loses the last few seconds.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from provisioner.errors import StoreError
from provisioner.store import service_counters
from provisioner.store.database import Database
from provisioner.store.service_counters import Count

#: Seconds between two additions to the record.
EVERY: Final = 10.0
_log = logging.getLogger(__name__)
_Key = tuple[str, tuple[tuple[str, str], ...]]


class Tally:
    """The counts of one process since they were last added to the record. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[_Key, float] = defaultdict(float)

    def count(self, name: str, labels: Mapping[str, str], by: float = 1) -> None:
        """Count something, by a counter's name in the catalogue without `tenantry_` and `_total`."""
        with self._lock:
            self._counts[_key(name, labels)] += by

    def observe(self, name: str, labels: Mapping[str, str], value: float, *, buckets: Sequence[float]) -> None:
        """Count something in a histogram: its bucket and all greater ones, `_count`, and the sum of what was observed."""
        with self._lock:
            for bound in buckets:
                if value <= bound:
                    self._counts[_key(f"{name}_bucket", {**labels, "le": str(float(bound))})] += 1
            self._counts[_key(f"{name}_count", labels)] += 1
            self._counts[_key(f"{name}_sum", labels)] += value

    def taken(self) -> tuple[Count, ...]:
        """What was counted since it was last taken."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(float)
        return tuple(Count(name=name, labels=dict(labels), value=value) for (name, labels), value in counts.items())

    def flush(self, database: Database) -> None:
        """Add what was counted to the record; where that cannot be reached, it is kept for the next time."""
        counts = self.taken()
        if not counts:
            return
        try:
            with database.transaction() as connection:
                service_counters.add(connection, counts)
        except StoreError as error:
            _log.warning("what was counted could not be recorded: %s", error)
            for each in counts:
                self.count(each.name, each.labels, each.value)

    def flush_until(self, end: threading.Event, database: Database) -> None:
        """Do so every few seconds, and once more at the end."""
        while not end.wait(EVERY):
            self.flush(database)
        self.flush(database)


def _key(name: str, labels: Mapping[str, str]) -> _Key:
    return name, tuple(sorted(labels.items()))
