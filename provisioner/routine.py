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
from time import monotonic
from typing import Final, TypeVar
from uuid import uuid4

from provisioner.errors import StoreError, TenantryError
from provisioner.store import schedules
from provisioner.store.database import Database
from provisioner.store.schedules import Due, HolderId, Subject, Taking, TaskName

#: After the first failure; doubled with each further one.
_RETRY: Final = timedelta(seconds=5)
#: The part of the interval that is left to chance, so that many subjects spread out.
_JITTER: Final = 0.1

#: The subject of a task that is about everything.
EVERYTHING: Final = Subject("")
_log = logging.getLogger(__name__)
_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A task that comes again."""

    task: TaskName
    every: timedelta
    #: Does it, about one subject. Raises TenantryError where it failed, which is noted and tried again.
    run: Callable[[Subject], None]
    #: What it is about now; asked now and then.
    subjects: Callable[[], Collection[Subject]] = lambda: (EVERYTHING,)
    #: Seconds between two looks at which subjects there are.
    roster: float = 30.0
    #: Whether a new subject is due at once, in place of at random within a tenth of the interval.
    prompt: bool = False

    @property
    def within(self) -> timedelta:
        """The time in which a new subject is first due."""
        return timedelta(0) if self.prompt else self.every * _JITTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a rota goes about it. A dead worker's tasks are taken up within `lease` and `beat` together: below 10 seconds."""

    #: How long a task stays a silent worker's.
    lease: timedelta = timedelta(seconds=8)
    #: Seconds between two looks for what is due, and between two signs of life.
    beat: float = 1.0


@dataclass(slots=True)
class Rota:
    """The routines of one worker."""

    database: Database
    routines: Sequence[Routine]
    #: Tasks that this worker does at once.
    hands: int = 4
    pace: Pace = field(default_factory=Pace)
    _holder: HolderId = field(default_factory=lambda: HolderId(uuid4().hex))
    _held: dict[tuple[TaskName, Subject], Due] = field(default_factory=dict)
    _rostered: dict[TaskName, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, stop: threading.Event) -> None:
        """Do what is due until `stop` is set; then what is under way ends, and nothing is left held."""
        _log.info("recurring work: %s", ", ".join(each.task for each in self.routines))
        renewing = threading.Event()
        keeper = threading.Thread(target=self._renew_until, args=(renewing,), name="rota-keeper", daemon=True)
        keeper.start()
        try:
            with ThreadPoolExecutor(self.hands, thread_name_prefix="rota") as pool:
                while not stop.is_set():
                    self._keep()
                    for due in self._guarded(self._claim) or ():
                        pool.submit(self._do, due)
                    stop.wait(self.pace.beat)
        finally:
            renewing.set()
            keeper.join()
            self._guarded(self._release)

    def _keep(self) -> None:
        """Look which subjects there are, of the routines whose turn it is; one that cannot tell stops no other."""
        for each in self.routines:
            last = self._rostered.get(each.task)
            if last is None or monotonic() - last >= each.roster:
                self._rostered[each.task] = monotonic()
                self._guarded(lambda routine=each: self._keep_one(routine))  # type: ignore[misc]

    def _keep_one(self, routine: Routine) -> None:
        subjects = routine.subjects()
        with self.database.transaction() as connection:
            schedules.keep(connection, routine.task, subjects, within=routine.within)

    def _claim(self) -> tuple[Due, ...]:
        with self._lock:
            held = tuple(self._held)
        if len(held) >= self.hands:
            return ()
        tasks = [each.task for each in self.routines]
        taking = Taking(
            tasks=tasks, holder=self._holder, lease=self.pace.lease, limit=self.hands - len(held), besides=held
        )
        with self.database.transaction() as connection:
            taken = schedules.claim(connection, taking)
        with self._lock:
            self._held.update({(each.task, each.subject): each for each in taken})
        return taken

    def _do(self, due: Due) -> None:
        routine = next(each for each in self.routines if each.task == due.task)
        error: str | None = None
        try:
            routine.run(due.subject)
        except TenantryError as failure:
            error = str(failure) or type(failure).__name__
            _log.warning("%s %s failed: %s", due.task, due.subject, failure)
        except Exception as failure:  # noqa: BLE001  # a routine with a defect must not end the others
            error = f"unexpected: {failure!r}"
            _log.exception("%s %s failed", due.task, due.subject)
        after = _next(routine, due.failures + 1 if error else 0)
        self._guarded(lambda: self._finish(due, after, error))
        # Only now: until it is given back it is renewed, and what could not be given back lapses.
        with self._lock:
            del self._held[due.task, due.subject]

    def _finish(self, due: Due, after: timedelta, error: str | None) -> None:
        with self.database.transaction() as connection:
            if not schedules.finish(connection, due, after=after, error=error):
                _log.warning("%s %s was taken up elsewhere meanwhile", due.task, due.subject)

    def _release(self) -> None:
        with self.database.transaction() as connection:
            schedules.release(connection, self._holder)

    def _renew_until(self, end: threading.Event) -> None:
        while not end.wait(self.pace.beat):
            self._guarded(self._renew)

    def _renew(self) -> None:
        with self._lock:
            held = tuple(self._held.values())
        if held:
            with self.database.transaction() as connection:
                schedules.renew(connection, held, lease=self.pace.lease)

    @staticmethod
    def _guarded(act: Callable[[], _Given]) -> _Given | None:
        """What an act gives; neither a database that is away for a while nor a defect ends the worker."""
        try:
            return act()
        except StoreError as error:
            _log.warning("the schedule cannot be reached: %s", error)
        except Exception:  # noqa: BLE001  # as above
            _log.exception("the schedule could not be kept")
        return None


def _next(routine: Routine, failures: int) -> timedelta:
    """How long until a task comes again."""
    usual = routine.every * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # chance, not secrecy
    return min(usual, _RETRY * 2 ** min(failures - 1, 16)) if failures else usual
