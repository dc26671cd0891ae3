"""What people want of waves, written down: all of it or nothing, with its entry in the audit log and its events."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from provisioner.errors import InputError
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, Step, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.moving.controlling import Controlling, Wish
from provisioner.moving.journal import MigrationJournal
from provisioner.operation import Actor, Failure
from provisioner.store import audit, migration_events, migration_records, migration_steps
from provisioner.store.database import Database
from tenants.names import ApplicationName
from tenants.wave import Mode
from tests import cases

_ME = Actor("wang.fang")
_RUN = RunId("r1")
_FIRST, _SECOND = MigrationId("m1"), MigrationId("m2")
Start = Callable[..., None]


@pytest.fixture
def controlling(database: Database) -> Controlling:
    """Acts on the record."""
    return Controlling(database=database, now=lambda: cases.NOW)


@pytest.fixture
def start(database: Database) -> Start:
    """Writes a wave of two applications down, so many steps of the first of which are done."""

    def started(*, done: int = 0, states: Sequence[State] = ()) -> None:
        made = cases.case(Mode.CROSS_CLOUD).migration
        second = replace(made, id=_SECOND, name="credit", application=ApplicationName("credit"))
        run = Run(
            id=_RUN,
            wave=cases.wave(Mode.CROSS_CLOUD),
            state=RunState.RUNNING,
            started_by=_ME,
            started_at=cases.NOW,
            order={},
        )
        first = replace(made, steps=tuple(_at(each, done) for each in made.steps))
        with database.transaction() as connection:
            migration_records.create(connection, run, [first, second])
        for state in states:
            _journal(database, first).become(state)

    return started


def _at(step: Step, done: int) -> Step:
    return replace(step, state=StepState.DONE) if step.spec.position < done else step


def _journal(database: Database, migration: Migration) -> MigrationJournal:
    return MigrationJournal(database=database, migration=migration, now=lambda: cases.NOW)


def _loaded(database: Database, migration: MigrationId) -> Migration:
    with database.transaction() as connection:
        return migration_records.load(connection, migration)


def _wish(migration: MigrationId | None = None) -> Wish:
    return Wish(run=_RUN, migration=migration, actor=_ME, comment="改期")


def _asked(database: Database) -> list[Asked]:
    return [_loaded(database, each).asked for each in (_FIRST, _SECOND)]


def test_a_wave_is_paused_with_all_of_its_applications(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """And resumed with them."""
    start()
    assert controlling.pause(_wish()).run.state is RunState.PAUSED
    assert _asked(database) == [Asked.PAUSE, Asked.PAUSE]
    with pytest.raises(InputError, match="resume the wave"):
        controlling.resume(_wish(_FIRST))
    assert controlling.resume(_wish()).run.state is RunState.RUNNING
    assert _asked(database) == [Asked.NOTHING, Asked.NOTHING]


def test_what_was_done_stands_in_the_audit_log_and_in_events(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """Who, what, of what, and the word for the record."""
    start()
    controlling.pause(_wish(_FIRST))
    with database.transaction() as connection:
        entry = list(audit.read(connection))[-1]
        event = migration_events.since(connection, _RUN)[-1]
    assert (entry.event.action, entry.event.actor, entry.event.subject) == ("migration.paused", _ME, _FIRST)
    assert (event.what, event.migration, event.detail) == ("asked", _FIRST, {"asked": "paused", "comment": "改期"})


def test_a_wave_of_which_something_serves_is_not_taken_back_without_the_word(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """Not even those that do not serve: nobody is to wonder which it was."""
    start(states=[State.ACCEPTED])
    with pytest.raises(InputError, match="is lost"):
        controlling.abort(_wish())
    assert _asked(database) == [Asked.NOTHING, Asked.NOTHING]
    controlling.abort(_wish(), losing=True)
    assert _asked(database) == [Asked.ABORT, Asked.ABORT]


def test_a_retry_goes_on_there_where_it_was_going_there(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """In the state that its done steps reached, without the failure; the failed step waits to be looked at."""
    positions = {each.spec.kind: each.spec.position for each in cases.case(Mode.CROSS_CLOUD).migration.steps}
    done = positions[StepKind.SERVER] + 1
    start(done=done, states=[State.BUILT])
    _fail(database, done)
    _journal(database, _loaded(database, _FIRST)).become(State.MANUAL, Failure(message="no room"))
    controlling.retry(_wish(_FIRST))
    found = _loaded(database, _FIRST)
    assert (found.state, found.failure, found.steps[done].state) == (State.BUILT, None, StepState.FAILED)


def test_a_retry_goes_back_where_it_was_going_back(start: Start, controlling: Controlling, database: Database) -> None:
    """Though no step has gone back yet."""
    start(done=3, states=[State.PRECHECKED, State.COMPENSATING])
    _journal(database, _loaded(database, _FIRST)).become(State.MANUAL, Failure(message="no room"))
    controlling.retry(_wish(_FIRST))
    assert _loaded(database, _FIRST).state is State.COMPENSATING


def test_what_is_asked_meanwhile_is_not_forgotten(start: Start, controlling: Controlling, database: Database) -> None:
    """Whoever notes that one wish is heeded leaves a newer one alone."""
    start()
    controlling.abort(_wish(_FIRST))
    _journal(database, _loaded(database, _FIRST)).heed(Asked.FORCE)
    assert _loaded(database, _FIRST).asked is Asked.ABORT


def test_an_application_that_is_not_of_the_wave_is_said_to_be_none(start: Start, controlling: Controlling) -> None:
    """And nothing is done."""
    start()
    with pytest.raises(InputError, match="has no migration m9"):
        controlling.pause(_wish(MigrationId("m9")))


def _fail(database: Database, position: int) -> None:
    with database.transaction() as connection:
        attempt = migration_steps.begin(connection, _FIRST, position, (), at=cases.NOW)
        assert attempt is not None
        migration_steps.fail(connection, attempt, Failure(message="no room"), at=cases.NOW)


def test_no_source_begins_to_go_once_an_abort_is_noted(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """Whoever is at work reads what is wanted a second later; nothing leads back from a source that is gone."""
    start(done=1, states=[State.ACCEPTED, State.RETAINED])
    first = _loaded(database, _FIRST)
    retire = next(first.of_kind(StepKind.RETIRE))
    controlling.abort(_wish(_FIRST), losing=True)
    assert _journal(database, first).begin(retire) is None
    with pytest.raises(InputError, match="on its way back"):
        controlling.pause(_wish(_FIRST))


def test_no_abort_is_promised_once_a_source_began_to_go(
    start: Start, controlling: Controlling, database: Database
) -> None:
    """The other way round."""
    start(done=1, states=[State.ACCEPTED, State.RETAINED])
    first = _loaded(database, _FIRST)
    assert _journal(database, first).begin(next(first.of_kind(StepKind.RETIRE))) is not None
    with pytest.raises(InputError, match="is being deleted"):
        controlling.abort(_wish(_FIRST), losing=True)
