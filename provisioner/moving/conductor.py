"""Waves conducted: again and again, what may go on is handed to the engine, and a wave of which nothing is left is ended.

Any process may conduct, and several at once do no harm: whoever hands a migration out notes it in the same transaction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from provisioner.approval import Queues
from provisioner.audit import Detail, Event
from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.ordering import due, has_ended
from provisioner.migration.window import Shut, shut
from provisioner.moving.experience import at_the_gate
from provisioner.moving.journal import TENANTRY
from provisioner.moving.legs import QUEUE, job
from provisioner.moving.reporting import entry_of_wave
from provisioner.store import audit, migration_events, migration_outlines, migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.migration_events import Happening
from provisioner.store.migration_outlines import Outline

#: However long nothing changes and nothing is to come, a wave is looked at again.
_LONGEST: Final = timedelta(minutes=5)
#: After so long again, where a window's gate is shut for what was measured: that changes with all that is measured since.
_AGAIN: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """A wave of which nothing is to be done."""

    #: Unless it stands otherwise than so, this moment has come, or the clock was put back.
    outline: Outline
    until: datetime
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """Conducts all waves that are under way."""

    database: Database
    queues: Queues
    #: The name that those who work know migrations' workflow by.
    workflow: str
    now: Callable[[], datetime]
    #: What this process found to rest, so that a wave in its retention is not read whole every second for two weeks.
    _resting: dict[RunId, _Rest] = field(default_factory=dict, init=False, repr=False, compare=False)

    def conduct_all(self) -> None:
        """Look at every wave that is under way, once; at those closely that stand otherwise than before, or whose time has come."""
        with self.database.autocommit() as connection:
            outlines = migration_outlines.under_way(connection)
        for ended in self._resting.keys() - outlines.keys():
            del self._resting[ended]
        stirring = [run for run, outline in outlines.items() if not self._rests(run, outline)]
        if stirring:
            self.queues.open([QUEUE])
        for run in stirring:
            # As it stood before it was conducted: whatever changed since, by this process or by others, is seen the next time.
            now = self.now()
            self._resting[run] = _Rest(outline=outlines[run], until=self.conduct(run), since=now)

    def conduct(self, identity: RunId) -> datetime:
        """Hand out what may go on of one wave, and end it where nothing is left; gives when to look again if nothing changes."""
        now = self.now()
        shuts: list[Shut] = []
        with self.database.transaction() as connection:
            run = migration_records.load_run(connection, identity)
            migrations = migration_records.of_run(connection, identity)
            if has_ended(migrations):
                self._end(connection, run, migrations)
                return now

            def opens(migration: Migration) -> bool:
                found = shut(run.wave, migration, at_the_gate(connection, run, migration), now=now)
                shuts.extend([] if found is None else [found])
                return found is None

            for each in due(run, migrations, now=now, opens=opens):
                leg = migration_records.hand_out(connection, each.id)
                if leg is not None:
                    self.queues.enqueue(connection, [job(each.id, leg, self.workflow)])
        return _next_look(migrations, shuts, now)

    def _rests(self, run: RunId, outline: Outline) -> bool:
        rest = self._resting.get(run)
        return rest is not None and rest.outline == outline and rest.since <= self.now() < rest.until

    def _end(self, connection: Connection, run: Run, migrations: tuple[Migration, ...]) -> None:
        at = self.now()
        migration_records.set_run_state(connection, run.id, RunState.ENDED, at=at)
        ends: dict[str, Detail] = {each.name: each.state.value for each in migrations}
        happening = Happening(run=run.id, migration=None, at=at, actor=TENANTRY, what="ended", detail=ends)
        migration_events.note(connection, happening)
        detail: dict[str, Detail] = {"wave": run.wave.name, "ends": ends}
        ended = Event(at=at, actor=TENANTRY, action="wave.ended", subject=run.id, detail=detail)
        audit.append_all(connection, [ended, entry_of_wave(connection, run, ended)])


def _next_look(migrations: Iterable[Migration], shuts: Iterable[Shut], now: datetime) -> datetime:
    """When something may be to be done that nobody's doing announces: a window opens, the time of a source is over."""
    kept = (each.kept_until for each in migrations if each.kept_until is not None and each.kept_until > now)
    opening = (now + _AGAIN if each.until is None else each.until for each in shuts)
    return min([now + _LONGEST, *kept, *opening])
