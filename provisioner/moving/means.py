"""What steps need beside the clouds: the database, the traffic that a wave may make. Put together once for each process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic

from provisioner.copying.limiter import Limiter
from provisioner.disk_images.preparing import Workshop
from provisioner.errors import StoreUnavailable
from provisioner.migration.estimate import Measured
from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import Run
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.store import link_rates, migration_traffic
from provisioner.store.database import Database
from tenants.names import CloudName

#: Seconds between two looks at how much of a wave travels here and how much in other processes.
_SHARED_ANEW = 2.0


@dataclass(slots=True, kw_only=True)
class _Lane:
    limiter: Limiter
    copies: int = 0
    shared_at: float = float("-inf")


@dataclass(slots=True, kw_only=True)
class Traffic:
    """The limit of bytes a second of each wave, shared by all copies of it, in this process and in others.

    A process takes the part of the limit that its copies are of all of the wave's, by the journal of steps.
    """

    database: Database
    _lanes: dict[RunId, _Lane] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def of(self, run: Run) -> Iterator[Limiter | None]:
        """The limiter for one more copy of a wave; None where the wave has no limit."""
        most = run.wave.limits.bandwidth
        if most is None:
            yield None
            return
        with self._lock:
            lane = self._lanes.setdefault(run.id, _Lane(limiter=Limiter(most)))
            lane.copies += 1
            self._share(run, lane, most)
        try:
            yield lane.limiter
        finally:
            with self._lock:
                lane.copies -= 1
                if lane.copies:
                    self._share(run, lane, most)
                else:
                    del self._lanes[run.id]

    def share_anew(self, run: Run) -> None:
        """Look again how many copies of a wave there are elsewhere; does so at most every few seconds."""
        most = run.wave.limits.bandwidth
        with self._lock:
            lane = self._lanes.get(run.id)
            if most is not None and lane is not None and monotonic() - lane.shared_at >= _SHARED_ANEW:
                self._share(run, lane, most)

    def _share(self, run: Run, lane: _Lane, most: int) -> None:
        lane.shared_at = monotonic()
        try:
            with self.database.transaction() as connection:
                everywhere = migration_traffic.copies_of(connection, run.id)
        except StoreUnavailable:
            # No byte waits for that: at the rate that it had, and asked again soon.
            return
        lane.limiter.change(most * lane.copies / max(lane.copies, everywhere))


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What deeds may use."""

    database: Database
    traffic: Traffic
    #: How guests are logged in to, and where playbooks are.
    access: SshAccess
    playbooks: Folders
    #: Where disk images are; None in a process that imports none.
    workshop: Workshop | None = None

    def note_rate(self, source: CloudName, target: CloudName, measured: Measured, *, at: datetime) -> None:
        """Keep how fast a disk travelled: what the next ones are expected to take."""
        with self.database.transaction() as connection:
            link_rates.note(connection, source, target, measured, at=at)
