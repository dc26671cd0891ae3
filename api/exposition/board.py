"""The pages of metrics, kept ready by one process: read from the record every few seconds while anybody scrapes.

A scrape is given what was last written out and waits for no database. Where the record could not be read for a minute, it is told
so (503): an old page that looks like a new one would hide that nothing is known.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from api.exposition.costs import Costs, accrued
from api.exposition.meters import Meters
from api.exposition.reading import Exposing, Key, read
from api.exposition.shown import Fresh, Shown
from monitoring.exposition import metering
from monitoring.exposition.family import Endpoint
from monitoring.exposition.page import Page
from provisioner.baseline import Baselines
from provisioner.errors import StoreUnavailable, TenantryError
from provisioner.reconciliation.force import CityInForce
from provisioner.store import usage_snapshots
from provisioner.store.database import Connection, Database
from provisioner.usage.collection import Snapshot
from tenants.spec import City

#: Seconds between two readings of the record.
EVERY: Final = 10.0
#: Between two sums over what was metered: so many times as long as the last took, and no longer than this.
_SUMS_REST: Final = 20.0
_SUMS_EVERY: Final = 60.0
#: After which a page is shown no more.
_STALE: Final = 60.0
#: For which a scrape waits for the first page.
_PATIENCE: Final = 8.0
#: Without a scrape for so long, nothing is read.
_IDLE: Final = 900.0
_log = logging.getLogger("tenantry.metrics")


@dataclass(frozen=True, slots=True)
class _Pages:
    """What was last read, written out."""

    read_at: float
    of: Mapping[Endpoint, Page]


@dataclass(slots=True)
class Board:
    """Keeps the pages. Safe to share between threads."""

    database: Database
    baselines: Baselines
    exposing: Exposing
    now: Callable[[], datetime]
    _meters: Meters = field(default_factory=Meters)
    _shown: Shown = field(init=False)
    _force: CityInForce = field(init=False)
    #: From when on they are due again.
    _sums_due: float = 0.0
    _pages: _Pages | None = None
    _error: str = "nothing was read yet"
    _asked_at: float | None = None
    _refreshing: threading.Lock = field(default_factory=threading.Lock)
    _told: threading.Condition = field(default_factory=threading.Condition)
    _wanted: threading.Event = field(default_factory=threading.Event)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._shown = Shown(self.exposing)
        self._force = CityInForce(self.database)

    def start(self) -> None:
        """Begin to read in a thread of its own, once somebody scrapes."""
        self._thread = threading.Thread(target=self._read_on, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more."""
        self._ending.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def newest(self, endpoint: Endpoint) -> Page:
        """The page as it was last written out. Raises StoreUnavailable where the record could not be read lately.

        Where no thread reads, the record is read now.
        """
        self._asked_at = monotonic()
        if self._thread is None:
            self._pages = None
            self._refresh_or_note()
        elif self._fresh() is None:
            self._wanted.set()
            with self._told:
                self._told.wait_for(lambda: self._fresh() is not None, timeout=_PATIENCE)
        pages = self._fresh()
        if pages is None:
            raise StoreUnavailable(f"there are no metrics to show: {self._error}")
        return pages.of[endpoint]

    def refresh(self) -> None:
        """Read the record and write out what has changed. Raises TenantryError."""
        with self._refreshing:
            now = self.now()
            city = self.baselines.newest() or City(clouds={}, tenants={})
            with self.database.transaction() as connection:
                record = read(connection, city, known=self._shown.known, now=now, exposing=self.exposing)
            self._shown.take(record, self._load)
            self._show(now)
            if self._thread is None or monotonic() >= self._sums_due:
                # The first time it adds up years: nobody waits for that.
                began = monotonic()
                with self.database.transaction() as connection:
                    counted, knowledge = self._meters.read(connection, now)
                    costs = self._costs(connection, now)
                ended = monotonic()
                # Without new sums these are withdrawn: coverage that was told once would go on hiding that nothing is known.
                fresh = Fresh(self.now(), timedelta(seconds=_SUMS_EVERY + ended - began))
                self._shown.put("metering", metering.metering(record.places, counted, knowledge), fresh=fresh)
                self._shown.put("costs", metering.costs(costs), fresh=fresh)
                self._sums_due = ended + min(_SUMS_EVERY, _SUMS_REST * (ended - began))
                self._show(now)

    def _costs(self, connection: Connection, now: datetime) -> Costs:
        _, city = self._force.read()
        return {} if city is None else accrued(connection, city, now)

    def _load(self, key: Key) -> Snapshot | None:
        with self.database.autocommit() as connection:
            return usage_snapshots.latest(connection, *key)

    def _show(self, now: datetime) -> None:
        with self._told:
            self._pages = _Pages(monotonic(), self._shown.pages(now))
            self._told.notify_all()

    def _fresh(self) -> _Pages | None:
        pages = self._pages
        return pages if pages is not None and monotonic() - pages.read_at < _STALE else None

    def _refresh_or_note(self) -> None:
        try:
            self.refresh()
        except TenantryError as error:
            self._error = str(error)
            _log.warning("metrics could not be read: %s", error)

    def _read_on(self) -> None:
        while not self._ending.is_set():
            asked = self._asked_at
            if asked is None or monotonic() - asked > _IDLE:
                self._wanted.wait()
            self._wanted.clear()
            if not self._ending.is_set():
                self._refresh_or_note()
                self._wanted.wait(EVERY)
