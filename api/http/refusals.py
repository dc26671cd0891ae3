"""Refused access, written into the audit log beside the answers, not before them.

The log is a chain, and appending waits for whoever appends: a flood of wrong tokens must not hold up everybody's work, and
an object that is hidden must not be told from one that is not there by the time the answer takes. So a thread of its own
writes them a moment later, equal ones of that moment as one entry with their number. What a process that is killed has not
written yet is only in its log.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from provisioner.audit import Event
from provisioner.errors import StoreError
from provisioner.operation import Actor
from provisioner.store import audit
from provisioner.store.database import Database

#: Seconds between two writes.
_PAUSE: Final = 0.2
#: So many different ones are kept for one write; further ones are only in the log of the process.
_MOST: Final = 200
#: Who acts where nobody has proved who they are.
NOBODY: Final = Actor("nobody")
_log = logging.getLogger("tenantry.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAccess:
    """Somebody was not let do or see something."""

    actor: Actor
    #: `login.failed`, `access.refused` or `access.hidden`.
    action: str
    #: The method and path.
    subject: str
    reason: str
    source: str


@dataclass(slots=True)
class Refusals:
    """Takes refusals and writes them; `close` writes the last."""

    database: Database
    now: Callable[[], datetime]
    _waiting: Counter[RefusedAccess] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._write_on, name="refusals", daemon=True)
        self._thread.start()

    def note(self, refused: RefusedAccess) -> None:
        """Have a refusal written; returns at once."""
        extra = {"actor": refused.actor, "source": refused.source, "reason": refused.reason}
        _log.warning("%s: %s", refused.action, refused.subject, extra=extra)
        with self._lock:
            if refused in self._waiting or len(self._waiting) < _MOST:
                self._waiting[refused] += 1

    def close(self) -> None:
        """Write what is left."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Write what there is now; what cannot be written waits for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        if not taken:
            return
        at = self.now()
        events = [
            Event(
                at=at,
                actor=each.actor,
                action=each.action,
                subject=each.subject,
                detail={"reason": each.reason, "source": each.source, "times": times},
            )
            for each, times in taken.items()
        ]
        try:
            with self.database.transaction() as connection:
                audit.append_all(connection, events)
        except StoreError as error:
            _log.warning("refused access could not be written to the audit log: %s", error)
            with self._lock:
                self._waiting.update(taken)

    def _write_on(self) -> None:
        while not self._ending.wait(_PAUSE):
            self.flush()
