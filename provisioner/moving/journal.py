"""The journal of one migration on the database: each line written at once, before and after every act, and shown as an event.

What was done to a cloud must be noted: where the database is away for a while, writing waits for it (`journal.patiently`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from provisioner.audit import Detail, Event
from provisioner.errors import StoreUnavailable
from provisioner.journal import patiently
from provisioner.migration.migration import Migration, Step
from provisioner.migration.report import MILESTONES
from provisioner.migration.script import FIRST_STANDSTILL, StepKind
from provisioner.migration.states import Asked, State
from provisioner.moving.reporting import entry_of
from provisioner.operation import Actor, Evidence, Failure
from provisioner.store import audit, migration_events, migration_records, migration_steps
from provisioner.store.database import Connection, Database
from provisioner.store.migration_events import Happening
from provisioner.store.migration_steps import Attempt
from tenants.wave import HostName

Written = TypeVar("Written")

#: In whose name a migration goes on by itself.
TENANTRY = Actor("tenantry")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationJournal:
    """What the driver of one migration writes to."""

    database: Database
    migration: Migration
    now: Callable[[], datetime]

    def begin(self, step: Step) -> Attempt | None:
        """Note the intent; None where a place that the step needs is not free now, or nothing is to begin that no way leads back from.

        A wish is read from time to time, and an abort that came in between is promised a source to go back to.
        """
        spec = step.spec

        def write(connection: Connection) -> Attempt | None:
            at = self.now()
            if spec.kind is StepKind.RETIRE and self._is_held(connection):
                return None
            attempt = migration_steps.begin(connection, self.migration.id, spec.position, spec.slots, at=at)
            if attempt is not None:
                if spec.kind in FIRST_STANDSTILL:
                    migration_records.note_down(connection, self.migration.id, begun=at)
                self._tell(connection, "step", step, at=at, to="started", attempt=attempt.number)
            return attempt

        return self._lasting(write)

    def pass_gate(self, gate: Step, opens: Callable[[Connection], bool]) -> bool:
        """Go through a gate if it opens; asked and noted one after the other, so that who comes later counts on who went before."""

        def write(connection: Connection) -> bool:
            migration_steps.one_gate_at_a_time(connection)
            if not opens(connection):
                return False
            at = self.now()
            attempt = migration_steps.begin(connection, self.migration.id, gate.spec.position, (), at=at)
            if attempt is not None:
                migration_steps.finish(connection, attempt, Evidence(), at=at)
                self._tell(connection, "step", gate, at=at, to="started", attempt=attempt.number)
                self._tell(connection, "step", gate, at=at, to="done", values={}, requests=[])
            return True

        return self._lasting(write)

    def confirm(self, attempt: Attempt) -> None:
        """Raises Superseded where somebody else carries the step out by now: asked before each act."""

        def ask() -> None:
            with self.database.autocommit() as connection:
                migration_steps.confirm(connection, attempt)

        patiently(ask)

    def finish(self, step: Step, attempt: Attempt, evidence: Evidence) -> None:
        """Note the effect, with its proof."""

        def write(connection: Connection) -> None:
            at = self.now()
            migration_steps.finish(connection, attempt, evidence, at=at)
            if step.spec.kind is StepKind.MOVE_COLD:
                # It runs again, on its new host; what follows is looked at while it does.
                migration_records.note_down(connection, self.migration.id, ended=at)
            requests: list[Detail] = list(evidence.request_ids)
            values: dict[str, Detail] = dict(evidence.values)
            self._tell(connection, "step", step, at=at, to="done", values=values, requests=requests)

        self._lasting(write)

    def fail(self, step: Step, attempt: Attempt, failure: Failure) -> None:
        """Note why it did not succeed."""

        def write(connection: Connection) -> None:
            at = self.now()
            migration_steps.fail(connection, attempt, failure, at=at)
            self._tell(connection, "step", step, at=at, to="failed", why=failure.message, request=failure.request_id)

        self._lasting(write)

    def begin_undo(self, step: Step) -> Attempt:
        """Note that it is being taken back."""

        def write(connection: Connection) -> Attempt:
            at = self.now()
            attempt = migration_steps.begin_undo(connection, self.migration.id, step.spec.position, at=at)
            self._tell(connection, "step", step, at=at, to="undoing", attempt=attempt.number)
            return attempt

        return self._lasting(write)

    def undone(self, step: Step, attempt: Attempt) -> None:
        """Note that it is taken back."""

        def write(connection: Connection) -> None:
            at = self.now()
            migration_steps.undone(connection, attempt, at=at)
            if step.spec.kind in FIRST_STANDSTILL:
                migration_records.note_down(connection, self.migration.id, ended=at)
            self._tell(connection, "step", step, at=at, to="undone")

        self._lasting(write)

    def travelled(self, attempt: Attempt, done: int, total: int) -> None:
        """Note how far a copy is; where the database is away, the next time does."""
        try:
            with self.database.autocommit() as connection:
                migration_steps.travelled(connection, attempt, done=done, total=total)
        except StoreUnavailable:
            return

    def arrives(self, attempt: Attempt, host: HostName) -> None:
        """Note the host that Nova chose for a server within its cloud."""
        cloud = self.migration.workload.cloud
        self._lasting(lambda connection: migration_steps.arrives(connection, attempt, cloud, host))

    def become(self, state: State, failure: Failure | None = None) -> None:
        """Note that a state is reached: with it goes an entry in the audit log."""

        def write(connection: Connection) -> None:
            at = self.now()
            if not migration_records.set_state(connection, self.migration.id, state, at=at, failure=failure):
                return
            detail: dict[str, Detail] = {"state": state.value, **({"why": failure.message} if failure else {})}
            self._note(connection, "state", detail, at=at)
            run = migration_records.load_run(connection, self.migration.run)
            # Within a cloud the server that arrived is the one that left, and runs once it has.
            if state is (State.BUILT if run.mode.within else State.ACCEPTED):
                migration_records.note_down(connection, self.migration.id, ended=at)
            about: dict[str, Detail] = {"name": self.migration.name, "run": self.migration.run, **detail}
            events = [
                Event(at=at, actor=TENANTRY, action=f"migration.{state}", subject=self.migration.id, detail=about)
            ]
            if state in MILESTONES:
                events.append(entry_of(connection, run, self.migration, events[0]))
            audit.append_all(connection, events)

        self._lasting(write)

    def heed(self, asked: Asked) -> None:
        """Note that what an operator asked for has begun; what they ask for meanwhile stays."""
        self._lasting(lambda connection: migration_records.heed(connection, self.migration.id, asked))

    def _is_held(self, connection: Connection) -> bool:
        return migration_records.hold_wishes(connection, self.migration.id) in {Asked.PAUSE, Asked.ABORT}

    def _tell(self, connection: Connection, what: str, step: Step, *, at: datetime, **more: Detail) -> None:
        spec = step.spec
        self._note(connection, what, {"step": spec.kind.value, "subject": spec.subject, **more}, at=at)

    def _note(self, connection: Connection, what: str, detail: dict[str, Detail], *, at: datetime) -> None:
        happening = Happening(
            run=self.migration.run, migration=self.migration.id, at=at, actor=TENANTRY, what=what, detail=detail
        )
        migration_events.note(connection, happening)

    def _lasting(self, write: Callable[[Connection], Written]) -> Written:
        def once() -> Written:
            with self.database.transaction() as connection:
                return write(connection)

        return patiently(once)
