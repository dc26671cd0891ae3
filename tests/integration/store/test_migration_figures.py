"""Migrations counted by the database: by link, one by one while they are under way, and what they left in the record."""

from datetime import timedelta

import pytest

from provisioner.migration.estimate import Measured
from provisioner.migration.migration import Migration, RunState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.operation import Evidence
from provisioner.store import link_rates, migration_records, migration_steps
from provisioner.store.database import Connection
from provisioner.store.migration_figures import Link, MigrationFigures, figures
from tests.portal import AT, CITY, DISTRICT, come, note, record

LINK = Link(source=CITY, target=DISTRICT)
GIB = 2**30


@pytest.fixture
def migration(connection: Connection) -> Migration:
    """One that was just written down."""
    return record(connection)


def counted(connection: Connection) -> MigrationFigures:
    """As metrics have it."""
    return figures(connection, (60.0, 600.0))


def test_nothing_is_counted_of_nothing(connection: Connection) -> None:
    """Before the first wave."""
    assert counted(connection) == MigrationFigures()


def test_one_under_way_is_told_with_its_wave_and_window(connection: Connection, migration: Migration) -> None:
    """Before anything happened it has been as it is since it was made."""
    [found] = counted(connection).moving
    assert (found.migration, found.wave, found.name, found.link) == (migration.id, "w1", "portal", LINK)
    assert (found.state, found.since, found.advanced) == (State.PLANNED, AT, AT)
    assert found.window_end == AT + timedelta(hours=4)
    assert counted(connection).waves == (RunState.RUNNING,)


def test_times_are_of_the_state_and_of_the_last_step_that_ended(connection: Connection, migration: Migration) -> None:
    """A step that begins, or fails, is no progress."""
    come(connection, migration, State.QUIESCED, 5)
    note(connection, migration, "step", 7, to="done")
    note(connection, migration, "step", 9, to="started")
    note(connection, migration, "step", 11, to="failed")
    [found] = counted(connection).moving
    assert (found.since, found.advanced) == (AT + timedelta(minutes=5), AT + timedelta(minutes=7))


def test_what_is_tried_again_begins_anew(connection: Connection, migration: Migration) -> None:
    """Or a migration would be called stalled while it has just been set right."""
    come(connection, migration, State.MANUAL, 5)
    note(connection, migration, "asked", 50, asked="retried")
    [found] = counted(connection).moving
    assert found.since == found.advanced == AT + timedelta(minutes=50)


def test_bytes_are_of_the_disks_until_copies_tell(connection: Connection, migration: Migration) -> None:
    """A copy that is done counts whole; one under way what it has said."""
    [first, second] = list(migration.of_kind(StepKind.COPY))
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(4 * GIB, 0)]
    attempt = migration_steps.begin(connection, migration.id, first.spec.position, (), at=AT)
    assert attempt is not None
    migration_steps.travelled(connection, attempt, done=GIB, total=GIB)
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(3 * GIB, GIB)]
    migration_steps.finish(connection, attempt, Evidence(values={}), at=AT)
    attempt = migration_steps.begin(connection, migration.id, second.spec.position, (), at=AT)
    assert attempt is not None
    migration_steps.travelled(connection, attempt, done=5, total=2 * GIB)
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(3 * GIB, GIB + 5)]


def test_one_that_ended_is_counted_and_told_no_more(connection: Connection, migration: Migration) -> None:
    """With how long its application stood still."""
    migration_records.note_down(connection, migration.id, begun=AT, ended=AT + timedelta(seconds=90))
    come(connection, migration, State.CLOSED, 30)
    migration_records.set_run_state(connection, migration.run, RunState.ENDED, at=AT)
    found = counted(connection)
    assert (found.moving, found.waves) == ((), ())
    assert [(each.link, each.state, each.number) for each in found.states] == [(LINK, State.CLOSED, 1)]
    [downtime] = found.downtimes
    assert (downtime.durations.counts, downtime.durations.total) == ((0, 1, 1), 90.0)


def test_one_that_was_taken_back_has_no_downtime_of_a_move(connection: Connection, migration: Migration) -> None:
    """It did not move."""
    migration_records.note_down(connection, migration.id, begun=AT, ended=AT + timedelta(seconds=90))
    come(connection, migration, State.COMPENSATING, 20)
    come(connection, migration, State.ROLLED_BACK, 30)
    assert counted(connection).downtimes == ()


def test_links_add_up_whatever_travelled(connection: Connection) -> None:
    """Bytes and seconds."""
    for seconds in (1.5, 2.0):
        link_rates.note(connection, CITY, DISTRICT, Measured(size=100, seconds=seconds), at=AT)
    link_rates.note(connection, DISTRICT, CITY, Measured(size=7, seconds=1), at=AT)
    found = {each.link: (each.size, each.seconds) for each in counted(connection).links}
    assert found == {LINK: (200, 3.5), Link(source=DISTRICT, target=CITY): (7, 1.0)}
