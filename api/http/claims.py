"""Keys of requests under way, kept by a sign of life: one whose process died is free again within seconds.

A look at slow clouds may take minutes, so the age of a claim tells nothing of whoever made it.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from provisioner.errors import StoreError
from provisioner.store import answers
from provisioner.store.answers import Claim
from provisioner.store.database import Database

#: Seconds between two signs of life: several within `answers.SILENCE`.
_BEAT: Final = 3.0
_log = logging.getLogger("tenantry.http")


@dataclass(slots=True)
class Claims:
    """The claims of one process."""

    _held: dict[str, Claim] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, database: Database, *, now: Callable[[], datetime]) -> None:
        """Begin to give signs of life."""
        self._thread = threading.Thread(target=self._renew_on, args=(database, now), name="claims", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give no more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def held(self, claimed: Claim) -> Iterator[None]:
        """Keep a claim for the time of the block."""
        with self._lock:
            self._held[claimed.claim] = claimed
        try:
            yield
        finally:
            with self._lock:
                del self._held[claimed.claim]

    def renew(self, database: Database, at: datetime) -> None:
        """One sign of life for each claim."""
        with self._lock:
            held = tuple(self._held.values())
        if not held:
            return
        try:
            with database.transaction() as connection:
                answers.renew(connection, held, at=at)
        except StoreError as error:
            _log.warning("the keys of requests under way could not be kept: %s", error)

    def _renew_on(self, database: Database, now: Callable[[], datetime]) -> None:
        while not self._ending.wait(_BEAT):
            self.renew(database, now())
