"""Reports in the audit log: entered with each milestone, found again, and held against what somebody keeps."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from provisioner.errors import InputError
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Run, RunState
from provisioner.migration.report import ENTERED, WAVE_ENTERED
from provisioner.migration.report_document import digest, document, wave_document
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.conductor import Conductor
from provisioner.moving.journal import MigrationJournal
from provisioner.moving.reporting import entered, prove, report_at, reports_of
from provisioner.operation import Evidence
from provisioner.store import audit, migration_records
from provisioner.store.database import Database
from provisioner.store.schema_migration import migration_events as events
from tests.portal import AT, note, record


class Unused:
    """Queues of a conductor that hands nothing out."""

    def open(self, clouds: Any) -> None:
        """Never asked for."""
        raise AssertionError

    def enqueue(self, connection: Any, jobs: Any) -> None:
        """Never asked for."""
        raise AssertionError


class Clock:
    """Each look a second later."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> Any:
        """The time."""
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def journal(database: Database) -> MigrationJournal:
    """That of a migration which was just written down."""
    with database.transaction() as connection:
        made = record(connection)
    return MigrationJournal(database=database, migration=made, now=Clock())


def take(journal: MigrationJournal, kind: StepKind, **values: Any) -> None:
    """Take all steps of a kind."""
    for each in journal.migration.of_kind(kind):
        attempt = journal.begin(each)
        assert attempt is not None
        journal.finish(each, attempt, Evidence(values=values, request_ids=(f"req-{kind}",)))


def accept(journal: MigrationJournal) -> None:
    """Come as far as serving."""
    take(journal, StepKind.STOP)
    take(journal, StepKind.COPY, size=10, sha256="abc")
    journal.become(State.ACCEPTED)


def held(journal: MigrationJournal, state: State | None = None) -> Mapping[str, Any]:
    """What somebody has of it in a file."""
    with journal.database.transaction() as connection:
        found = migration_records.load(connection, journal.migration.id)
        run = migration_records.load_run(connection, found.run)
        return dict(json.loads(json.dumps(document(report_at(connection, run, found, state)))))


def test_each_milestone_enters_its_hash(journal: MigrationJournal, database: Database) -> None:
    """Beside the state's own entry, and no other state does."""
    accept(journal)
    journal.become(State.RETAINED)
    take(journal, StepKind.RETIRE)
    journal.become(State.CLOSED)
    with database.transaction() as connection:
        found = entered(connection, journal.migration.id)
        assert audit.verify(connection) == ()
    assert [each.event.detail["state"] for each in found] == ["accepted", "closed"]
    assert found[0].event.detail["sha256"] != found[1].event.detail["sha256"]


def test_a_report_is_the_same_long_after(journal: MigrationJournal, database: Database) -> None:
    """Whatever happened since, as of the milestone it has the hash that was entered."""
    accept(journal)
    before = held(journal)
    take(journal, StepKind.CLEAN)
    journal.become(State.RETAINED)
    assert held(journal, State.ACCEPTED) == before
    with database.transaction() as connection:
        [entry] = entered(connection, journal.migration.id)
    assert digest(before) == entry.event.detail["sha256"]
    assert before["downtimeSeconds"] == 6


def test_what_somebody_keeps_is_proven(journal: MigrationJournal, database: Database) -> None:
    """By the entry, and by the record, which makes the same report."""
    accept(journal)
    with database.transaction() as connection:
        proven = prove(connection, held(journal, State.ACCEPTED))
    assert proven.genuine
    assert proven.entry is not None
    assert proven.entry.event.action == ENTERED


def test_what_was_changed_is_not(journal: MigrationJournal, database: Database) -> None:
    """Not by a second of downtime."""
    accept(journal)
    changed = {**held(journal, State.ACCEPTED), "downtimeSeconds": 1}
    with database.transaction() as connection:
        assert prove(connection, changed).entry is None


@pytest.fixture
def ended(journal: MigrationJournal, database: Database) -> Run:
    """Its wave, which has ended with it."""
    accept(journal)
    take(journal, StepKind.RETIRE)
    journal.become(State.CLOSED)
    Conductor(database=database, queues=Unused(), workflow="move", now=journal.now).conduct(journal.migration.run)
    with database.transaction() as connection:
        found = migration_records.load_run(connection, journal.migration.run)
    assert found.state is RunState.ENDED
    return found


def whole(database: Database, run: Run) -> Mapping[str, Any]:
    """What somebody has of the wave in a file."""
    with database.transaction() as connection:
        return dict(json.loads(json.dumps(wave_document(run, reports_of(connection, run)))))


def test_a_wave_that_ends_enters_its_hash_once(ended: Run, database: Database) -> None:
    """However often its report is made, and with the hash of each application that is there already."""
    made = whole(database, ended)
    assert whole(database, ended) == made
    with database.transaction() as connection:
        [entry] = entered(connection, ended.id)
        alone = entered(connection, MigrationId("m1"))
        assert audit.verify(connection) == ()
    assert (entry.event.action, entry.event.detail["sha256"]) == (WAVE_ENTERED, digest(made))
    assert made["applications"][0]["sha256"] == alone[-1].event.detail["sha256"]


def test_a_wave_s_report_that_somebody_keeps_is_proven(ended: Run, database: Database) -> None:
    """Unless the file was changed, or the record."""
    kept = whole(database, ended)
    with database.transaction() as connection:
        assert prove(connection, kept).genuine
        assert prove(connection, {**kept, "startedBy": "mallory"}).entry is None
        connection.execute(delete(events).where(events.c.detail["step"].astext == "copy"))
        proven = prove(connection, kept)
    assert (proven.entry is not None, proven.reproduced) == (True, False)


def test_what_comes_late_is_no_part_of_a_wave_s_report(
    ended: Run, journal: MigrationJournal, database: Database
) -> None:
    """A process that was thought dead may still tell of what it did."""
    kept = whole(database, ended)
    with database.transaction() as connection:
        note(connection, journal.migration, "probes", 99, step="probe-after")
        assert prove(connection, kept).genuine


def test_a_record_that_was_changed_is_found(journal: MigrationJournal, database: Database) -> None:
    """The file and the log agree, and the record does not."""
    accept(journal)
    kept = held(journal, State.ACCEPTED)
    with database.transaction() as connection:
        connection.execute(delete(events).where(events.c.detail["step"].astext == "copy"))
    with database.transaction() as connection:
        proven = prove(connection, kept)
    assert (proven.entry is not None, proven.reproduced, proven.genuine) == (True, False, False)


def test_a_milestone_that_was_not_reached_has_no_report(journal: MigrationJournal) -> None:
    """It is said in words."""
    with pytest.raises(InputError, match="never became closed"):
        held(journal, State.CLOSED)


def test_something_else_is_no_report(database: Database) -> None:
    """A plan, say."""
    with database.transaction() as connection, pytest.raises(InputError, match="no report of a migration or a wave"):
        prove(connection, {"kind": "Plan"})
