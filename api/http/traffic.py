"""What this process answered, counted for metrics and added to what all processes did: so counters are the same whichever is scraped."""

import threading
from dataclasses import dataclass, field
from typing import Final

from monitoring.exposition.catalogue import named
from provisioner.counting import Tally
from provisioner.store.database import Database

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DURATION: Final = "http_request_duration_seconds"


@dataclass(slots=True)
class Traffic:
    """The counts of one process. Safe to share between threads."""

    tally: Tally = field(default_factory=Tally)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, database: Database) -> None:
        """Begin to write down what is counted."""
        arguments = (self._ending, database)
        self._thread = threading.Thread(target=self.tally.flush_until, args=arguments, name="traffic", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write down what is left, and no more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is the path with its parameters' names; empty where no route was meant.

        A `status` of 0 is an answer that was broken off.
        """
        where = {"method": method if method in _METHODS else "other", "route": route}
        code = f"{status // 100}xx" if status else "broken-off"
        self.tally.count("http_requests", {**where, "code_class": code})
        self.tally.observe(_DURATION, where, seconds, buckets=named(_DURATION).buckets)
