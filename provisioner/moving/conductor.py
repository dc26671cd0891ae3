"""Waves conducted: again and again, what may go on is handed to the engine, and a wave of which nothing is left is ended.

Any process may conduct, and several at once do no harm: whoever hands a migration out notes it in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from provisioner.approval import Queues
from provisioner.audit import Detail, Event
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.ordering import due, has_ended
from provisioner.migration.window import shut
from provisioner.moving.experience import experience
from provisioner.moving.journal import TENANTRY
from provisioner.moving.legs import QUEUE, job
from provisioner.store import audit, migration_events, migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.migration_events import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """Conducts all waves that are under way."""

    database: Database
    queues: Queues
    #: The name that those who work know migrations' workflow by.
    workflow: str
    now: Callable[[], datetime]

    def conduct_all(self) -> None:
        """Look at every wave that is under way, once."""
        with self.database.transaction() as connection:
            runs = migration_records.under_way(connection)
        if runs:
            self.queues.open([QUEUE])
        for run in runs:
            self.conduct(run)

    def conduct(self, run: Run) -> None:
        """Hand out what may go on of one wave; end it where nothing is left."""
        with self.database.transaction() as connection:
            migrations = migration_records.of_run(connection, run.id)
            if has_ended(migrations):
                self._end(connection, run, migrations)
                return
            for each in due(run, migrations, now=self.now(), opens=lambda one: self._opens(connection, run, one)):
                leg = migration_records.hand_out(connection, each.id)
                if leg is not None:
                    self.queues.enqueue(connection, [job(each.id, leg, self.workflow)])

    def _opens(self, connection: Connection, run: Run, migration: Migration) -> bool:
        known = experience(connection, run, migration)
        return shut(run.wave, migration, known, now=self.now()) is None

    def _end(self, connection: Connection, run: Run, migrations: tuple[Migration, ...]) -> None:
        at = self.now()
        migration_records.set_run_state(connection, run.id, RunState.ENDED, at=at)
        ends: dict[str, Detail] = {each.name: each.state.value for each in migrations}
        happening = Happening(run=run.id, migration=None, at=at, actor=TENANTRY, what="ended", detail=ends)
        migration_events.note(connection, happening)
        detail: dict[str, Detail] = {"wave": run.wave.name, "ends": ends}
        audit.append(connection, Event(at=at, actor=TENANTRY, action="wave.ended", subject=run.id, detail=detail))
