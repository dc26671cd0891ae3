"""Work that comes again: looks, sweeps, collections. Every worker has a `Rota`; each task is done by one of them at a time.

A worker that dies loses its lease within seconds, and another takes the task up. What a routine does must bear being done
twice. A routine that fails is tried again later and later, at most as rarely as it would have come anyway.
"""

import logging
import random
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import uuid4

from provisioner.errors import StoreError, TenantryError
from provisioner.store import schedules
from provisioner.store.database import Database
from provisioner.store.schedules import Due, HolderId, Subject, TaskName

#: How long a task stays a silent worker's.
_LEASE: Final = timedelta(seconds=8)
#: Seconds between two looks for what is due, each with a sign of life.
_BEAT: Final = 1.0
#: Seconds between two looks at which subjects there are.
_ROSTER: Final = 30.0
#: After the first failure; doubled with each further one.
_RETRY: Final = timedelta(seconds=5)
#: The part of the interval that is left to chance, so that many subjects spread out.
_JITTER: Final = 0.1

#: The subject of a task that is about everything.
EVERYTHING: Final = Subject("")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A task that comes again."""

    task: TaskName
    every: timedelta
    #: Does it, about one subject. Raises TenantryError where it failed, which is noted and tried again.
    run: Callable[[Subject], None]
    #: What it is about now; asked now and then.
    subjects: Callable[[], Collection[Subject]] = lambda: (EVERYTHING,)


@dataclass(slots=True)
class Rota:
    """The routines of one worker."""

    database: Database
    routines: Sequence[Routine]
    #: Tasks that this worker does at once.
    hands: int = 4
    _holder: HolderId = field(default_factory=lambda: HolderId(uuid4().hex))
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, stop: threading.Event) -> None:
        """Do what is due until `stop` is set; then what is under way ends, and nothing is left held."""
        renewing = threading.Event()
        keeper = threading.Thread(target=self._renew, args=(renewing,), name="rota-keeper", daemon=True)
        keeper.start()
        try:
            with ThreadPoolExecutor(self.hands, thread_name_prefix="rota") as pool:
                self._look_until(stop, pool)
        finally:
            renewing.set()
            keeper.join()
            self._guarded(self._release)

    def _look_until(self, stop: threading.Event, pool: ThreadPoolExecutor) -> None:
        since_roster = _ROSTER
        while not stop.is_set():
            if since_roster >= _ROSTER:
                self._guarded(self._keep)
                since_roster = 0.0
            for due in self._guarded(self._claim) or ():
                pool.submit(self._do, due)
            stop.wait(_BEAT)
            since_roster += _BEAT

    def _keep(self) -> None:
        for each in self.routines:
            subjects = each.subjects()
            with self.database.transaction() as connection:
                schedules.keep(connection, each.task, subjects, within=each.every * _JITTER)

    def _claim(self) -> tuple[Due, ...]:
        with self._lock:
            free = self.hands - self._busy
        if free <= 0:
            return ()
        tasks = [each.task for each in self.routines]
        with self.database.transaction() as connection:
            taken = schedules.claim(connection, tasks, holder=self._holder, lease=_LEASE, limit=free)
        with self._lock:
            self._busy += len(taken)
        return taken

    def _do(self, due: Due) -> None:
        routine = next(each for each in self.routines if each.task == due.task)
        error: str | None = None
        try:
            routine.run(due.subject)
        except TenantryError as failure:
            error = str(failure)
            _log.warning("%s %s failed: %s", due.task, due.subject, failure)
        except Exception as failure:  # noqa: BLE001  # a routine with a defect must not end the others
            error = f"unexpected: {failure}"
            _log.exception("%s %s failed", due.task, due.subject)
        finally:
            with self._lock:
                self._busy -= 1
        after = _next(routine, due.failures + 1 if error else 0)
        self._guarded(lambda: self._finish(due, after, error))

    def _finish(self, due: Due, after: timedelta, error: str | None) -> None:
        with self.database.transaction() as connection:
            schedules.finish(connection, due, after=after, error=error)

    def _release(self) -> None:
        with self.database.transaction() as connection:
            schedules.release(connection, self._holder)

    def _renew(self, end: threading.Event) -> None:
        while not end.wait(_BEAT):
            self._guarded(self._say_so)

    def _say_so(self) -> None:
        with self.database.transaction() as connection:
            schedules.renew(connection, self._holder, lease=_LEASE)

    @staticmethod
    def _guarded(act: Callable[[], tuple[Due, ...] | None]) -> tuple[Due, ...] | None:
        """What an act gives; the database may be away for a while, which ends no worker."""
        try:
            return act()
        except StoreError as error:
            _log.warning("the schedule cannot be reached: %s", error)
            return None


def _next(routine: Routine, failures: int) -> timedelta:
    """How long until a task comes again."""
    usual = routine.every * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # chance, not secrecy
    return min(usual, _RETRY * 2 ** min(failures - 1, 16)) if failures else usual
