"""What this process answered, counted for metrics and added to what all processes did: so counters are the same whichever is scraped.

Counts are kept here for a few seconds and go into the record as differences; a process that dies takes those few seconds with it.
"""

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from monitoring.exposition.catalogue import named
from provisioner.errors import StoreError
from provisioner.store import service_counters
from provisioner.store.database import Database
from provisioner.store.service_counters import Count

#: Seconds between two writings.
_EVERY: Final = 10.0
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUESTS: Final = "http_requests"
_DURATION: Final = "http_request_duration_seconds"
_BOUNDS: Final = named(_DURATION).buckets
_log = logging.getLogger("tenantry.http")

#: A sample's name and its labels.
_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Traffic:
    """The counts of one process. Safe to share between threads."""

    _counts: Counter[_Key] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, database: Database) -> None:
        """Begin to write down what is counted."""
        self._thread = threading.Thread(target=self._write_on, args=(database,), name="traffic", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write down what is left, and no more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is the path with its parameters' names; empty where no route was meant."""
        known = method if method in _METHODS else "other"
        where = (("method", known), ("route", route))
        code = f"{status // 100}xx" if status else "broken"
        with self._lock:
            self._counts[_REQUESTS, (*where, ("code_class", code))] += 1
            self._counts[f"{_DURATION}_count", where] += 1
            self._counts[f"{_DURATION}_sum", where] += seconds  # type: ignore[assignment]  # a Counter takes any number
            for bound in _BOUNDS:
                # Written as 0, too: a histogram without some of its buckets is none.
                self._counts[f"{_DURATION}_bucket", (*where, ("le", str(bound)))] += int(seconds <= bound)

    def write(self, database: Database) -> None:
        """Add what was counted to the record; kept for the next time where the database is away."""
        with self._lock:
            counted, self._counts = self._counts, Counter()
        try:
            with database.transaction() as connection:
                service_counters.add(
                    connection,
                    [Count(name=name, labels=dict(labels), value=value) for (name, labels), value in counted.items()],
                )
        except StoreError as error:
            with self._lock:
                self._counts.update(counted)
            _log.warning("what was answered could not be counted: %s", error)

    def _write_on(self, database: Database) -> None:
        while not self._ending.wait(_EVERY):
            self.write(database)
        self.write(database)
