"""One migration carried on from wherever it stands: the engine's workflow, a stage at a time.

Everything with an effect happens within a checkpoint. A process that dies leaves the migration to whichever comes next, which
reads the journal and looks at the clouds; one that was thought dead finds its attempts superseded, and writes nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final

from provisioner.clouds.cloud import Cloud
from provisioner.engine import Engine, StepFailed
from provisioner.errors import StoreUnavailable
from provisioner.journal import patiently
from provisioner.migration import progress
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Migration, Run, Step
from provisioner.migration.states import Asked, State
from provisioner.migration.window import shut
from provisioner.moving.deed import Deeds, Scene
from provisioner.moving.driving import Driver, Pace, StageEnd
from provisioner.moving.experience import at_the_gate
from provisioner.moving.journal import MigrationJournal
from provisioner.moving.legs import leg_of
from provisioner.moving.means import Means
from provisioner.operation import Failure, OperationId
from provisioner.store import migration_records
from provisioner.store.database import Connection, Database
from tenants.names import CloudName

#: The engine's name for the workflow. It stays as it is: work in progress is bound to it.
WORKFLOW: Final = "migration"
#: What a stage's checkpoint keeps: whether there is more to do now.
_ON: Final = "on"
_OVER: Final = "over"
#: Seconds for which what an operator asked for is not looked up again.
_ASKED_ANEW: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """Carries migrations on in this process."""

    database: Database
    engine: Engine
    #: The cloud of that name, as the manifests in force describe it.
    connect: Callable[[CloudName], Cloud]
    deeds: Deeds
    means: Means
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    def register(self) -> None:
        """Tell the engine how to carry a migration on. Once, before the engine is launched."""
        self.engine.workflow(WORKFLOW)(self._carry)

    def _carry(self, operation: OperationId) -> str:
        """The workflow: stages until there is nothing to do now."""
        migration, leg = leg_of(operation)
        place = 0
        try:
            while self.engine.step(f"stage-{place}", self.advance, migration, operation) == _ON:
                place += 1
        except StepFailed as error:
            # Not a step's failure, which the journal has, but what nobody foresaw: a cloud that no manifest names any more.
            self.engine.step("leave", self._leave, migration, str(error))
        self.engine.step("hand-in", self._hand_in, migration, leg)
        return _OVER

    def _hand_in(self, migration: MigrationId, leg: int) -> None:
        def write() -> None:
            with self.database.transaction() as connection:
                migration_records.hand_in(connection, migration, leg)

        patiently(write)

    def _leave(self, migration_id: MigrationId, message: str) -> None:
        """Leave a migration to a person."""
        _, migration = patiently(lambda: self._load(migration_id))
        if not migration.state.final:
            journal = MigrationJournal(database=self.database, migration=migration, now=self.now)
            journal.become(State.MANUAL, Failure(message=message))

    def advance(self, migration_id: MigrationId, operation: OperationId) -> str:
        """Do what is next, and tell whether there is more to do now. A record that stays away ends the leg and needs nobody."""
        try:
            return self._advance(migration_id, operation)
        except StoreUnavailable as error:
            _log.warning("migration %s: the record stays away, and whoever is next goes on: %s", migration_id, error)
            return _OVER

    def _advance(self, migration_id: MigrationId, operation: OperationId) -> str:
        run, migration = patiently(lambda: self._load(migration_id))
        journal = MigrationJournal(database=self.database, migration=migration, now=self.now)
        if self.engine.ending or self.engine.stopping(operation):
            return _OVER
        if migration.asked is Asked.ABORT and migration.state is not State.COMPENSATING:
            return self._turn_back(migration, journal)
        return self._next(run, migration, operation, journal)

    def _next(self, run: Run, migration: Migration, operation: OperationId, journal: MigrationJournal) -> str:
        match progress.next_of(migration):
            case progress.Ended(state=state):
                journal.become(state)
                return _OVER
            case progress.Reached(state=state):
                journal.become(state)
                return _ON
            case progress.Waiting(gate=gate):
                return self._wait(run, migration, gate, journal)
            case progress.Back(steps=steps):
                driver = self._driver(run, migration, operation, journal, back=True)
                return self._went_back(journal, driver.backward(steps))
            case progress.Forward(steps=steps):
                if migration.asked is Asked.PAUSE:
                    return _OVER
                driver = self._driver(run, migration, operation, journal, back=False)
                return self._went_on(migration, journal, driver.forward(steps))

    @staticmethod
    def _turn_back(migration: Migration, journal: MigrationJournal) -> str:
        if not migration.state.final:
            journal.become(State.COMPENSATING)
        journal.heed(Asked.ABORT)
        return _OVER if migration.state.final else _ON

    def _wait(self, run: Run, migration: Migration, gate: Step, journal: MigrationJournal) -> str:
        """Through a gate, or over for now. The conductor hands the migration out again when the gate opens."""

        def opens(connection: Connection) -> bool:
            def fits() -> bool:
                known = at_the_gate(connection, run, migration)
                return shut(run.wave, migration, known, now=self.now()) is None

            return progress.gate_opens(migration, gate, now=self.now(), opens=fits)

        if migration.asked is Asked.PAUSE or not journal.pass_gate(gate, opens):
            return _OVER
        return _ON

    def _went_on(self, migration: Migration, journal: MigrationJournal, end: StageEnd) -> str:
        """A failure turns the migration back, or where there is no easy way back leaves it to a person."""
        if end.stopped:
            with self.database.transaction() as connection:
                asked = migration_records.asked_of(connection, migration.id)
            return _ON if asked is Asked.ABORT else _OVER
        if end.failure is not None:
            current = patiently(lambda: self._load(migration.id)[1])
            journal.become(State.MANUAL if progress.must_ask(current) else State.COMPENSATING, end.failure)
        elif migration.asked is Asked.FORCE:
            journal.heed(Asked.FORCE)
        return _ON

    @staticmethod
    def _went_back(journal: MigrationJournal, end: StageEnd) -> str:
        if end.stopped:
            return _OVER
        if end.failure is not None:
            journal.become(State.MANUAL, end.failure)
        return _ON

    def _driver(
        self, run: Run, migration: Migration, operation: OperationId, journal: MigrationJournal, *, back: bool
    ) -> Driver:
        control = _Control(database=self.database, engine=self.engine, operation=operation, id=migration.id, back=back)
        target = self.connect(migration.bindings.cloud)
        scene = Scene(
            run=run,
            migration=migration,
            source=self.connect(migration.workload.cloud),
            target=target,
            means=self.means,
            control=control,
            now=self.now,
        )
        return Driver(scene=scene, deeds=self.deeds, journal=journal, pace=self.pace)

    def _load(self, migration: MigrationId) -> tuple[Run, Migration]:
        with self.database.transaction() as connection:
            found = migration_records.load(connection, migration)
            return migration_records.load_run(connection, found.run), found


@dataclass(slots=True, kw_only=True)
class _Control:
    """What people want of a migration, read from the record at most once a second for all of its steps."""

    database: Database
    engine: Engine
    operation: OperationId
    id: MigrationId
    #: Whether it is on its way back, which only the end of the process stops.
    back: bool
    _asked: Asked = Asked.NOTHING
    _read_at: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def must_stop(self) -> bool:
        """A pause or an abort on the way there; the end of the process on either."""
        if self.engine.ending or self.engine.stopping(self.operation):
            return True
        return not self.back and self._now_asked() in {Asked.PAUSE, Asked.ABORT}

    def forced(self) -> bool:
        """Whether somebody wants it ended at the guest's cost."""
        return self._now_asked() is Asked.FORCE

    def wait(self, seconds: float) -> None:
        """In short pieces, so that a wish is heeded within a second."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and not self.must_stop():
            self.engine.pause(self.operation, min(left, 0.5))

    def _now_asked(self) -> Asked:
        with self._lock:
            if monotonic() - self._read_at >= _ASKED_ANEW:
                try:
                    with self.database.autocommit() as connection:
                        self._asked = migration_records.asked_of(connection, self.id)
                except StoreUnavailable:
                    _log.warning("migration %s: the record is away; going on as was last asked", self.id)
                self._read_at = monotonic()
            return self._asked
