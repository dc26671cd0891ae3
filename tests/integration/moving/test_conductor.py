"""Waves conducted from the record: promptly where something is to be done, and at the price of one question where nothing is."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from provisioner.migration.migration import Migration, RunState, SignOff, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.migration.window import shut
from provisioner.moving.conductor import Conductor
from provisioner.moving.experience import at_the_gate
from provisioner.moving.journal import MigrationJournal
from provisioner.moving.legs import leg_of
from provisioner.operation import Actor
from provisioner.store import migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.schema_migration import migration_steps as steps
from tenants.names import ApplicationName
from tenants.wave import WaveLimits, WaveName
from tests.portal import AT, WAVE, come, migration, record, run

Act = Callable[[Connection, Migration], object]
HOUR = timedelta(hours=1)


@dataclass
class Stage:
    """A conductor with a clock of its own; what it hands out is kept, and comes back at once."""

    database: Database
    at: datetime = AT
    out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.conductor = Conductor(database=self.database, queues=self, workflow="move", now=lambda: self.at)

    def open(self, _: Iterable[Any]) -> None:
        """Queues are there."""

    def enqueue(self, connection: Connection, jobs: Iterable[Any]) -> None:
        """A leg that does nothing."""
        for job in jobs:
            self.out.append(job.operation)
            migration_records.hand_in(connection, *leg_of(job.operation))

    def conduct(self) -> list[str]:
        """Once; the statements that it took."""
        with statements(self.database) as told:
            self.conductor.conduct_all()
        return told

    def do(self, act: Act, migration: Migration) -> None:
        """Something that people or legs do."""
        with self.database.transaction() as connection:
            act(connection, migration)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    told: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        told.append(statement)

    with database.autocommit() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def stage(database: Database) -> Stage:
    """On the record of the test."""
    return Stage(database)


def _before(connection: Connection, made: Migration, gate: StepKind, state: State) -> None:
    """Its steps are done up to a gate."""
    place = next(made.of_kind(gate)).spec.position
    mine = (steps.c.migration_id == made.id) & (steps.c.position < place)
    connection.execute(steps.update().where(mine).values(state=StepState.DONE.value))
    come(connection, made, state)


def _kept(stage: Stage, identity: str = "m1") -> Migration:
    """One whose source is kept for an hour, in a wave of its own."""
    begun = run(f"r-{identity}", replace(WAVE, name=WaveName(identity)))
    made = replace(migration(identity, begun.id), application=ApplicationName(identity))
    with stage.database.transaction() as connection:
        migration_records.create(connection, begun, [made])
        _before(connection, made, StepKind.GATE_RETENTION, State.RETAINED)
        migration_records.keep_until(connection, made.id, AT + HOUR)
    return made


def test_waves_that_rest_cost_one_question_however_many_they_are(stage: Stage) -> None:
    """Neither what moves nor the journals are read; and nothing is handed out."""
    for number in range(5):
        _kept(stage, f"m{number}")
    assert len(stage.conduct()) > 5
    (asked,) = stage.conduct()
    assert not [name for name in ("workload", "bindings", "spec", "migration_steps") if name in asked]
    assert stage.out == []


def test_one_wave_that_stirs_wakes_no_other(stage: Stage) -> None:
    """It is read alone."""
    made = _kept(stage)
    _kept(stage, "m2")
    stage.conduct()
    stage.do(lambda connection, each: migration_records.ask(connection, each.id, Asked.ABORT), made)
    first = stage.conduct()
    assert len(stage.out) == 1
    assert sum("FROM tenantry.migration_steps" in each for each in first) == 1


def _sign_off(connection: Connection, made: Migration) -> None:
    migration_records.sign_off(connection, made.id, SignOff(actor=Actor("li"), at=AT))


def _abort(connection: Connection, made: Migration) -> None:
    migration_records.ask(connection, made.id, Asked.ABORT)


@pytest.mark.parametrize("act", [_sign_off, _abort])
def test_what_people_want_is_heeded_at_the_next_look(stage: Stage, act: Act) -> None:
    """However long nothing was to be done before."""
    with stage.database.transaction() as connection:
        made = record(connection)
        _before(connection, made, StepKind.GATE_SIGN_OFF, State.ACCEPTED)
    stage.conduct()
    assert (len(stage.conduct()), stage.out) == (1, [])
    stage.do(act, made)
    stage.conduct()
    assert len(stage.out) == 1


def test_a_source_whose_time_is_over_is_seen_at_once(stage: Stage) -> None:
    """Nobody has to do anything for it."""
    _kept(stage)
    stage.conduct()
    stage.at = AT + HOUR - timedelta(seconds=1)
    stage.conduct()
    assert stage.out == []
    stage.at = AT + HOUR
    stage.conduct()
    assert len(stage.out) == 1


def test_a_window_that_opens_is_seen_at_once(stage: Stage) -> None:
    """And until then nothing but the outline is read."""
    with stage.database.transaction() as connection:
        made = record(connection)
        _before(connection, made, StepKind.GATE_WINDOW, State.PRECHECKED)
    stage.at = AT - timedelta(minutes=2)  # its window opens at AT
    stage.conduct()
    stage.at = AT - timedelta(seconds=1)
    assert len(stage.conduct()) == 1
    stage.at = AT
    stage.conduct()
    assert len(stage.out) == 1


def test_a_gate_that_only_measurements_open_is_looked_at_again(stage: Stage) -> None:
    """What travels meanwhile may have shown that there is time enough."""
    with stage.database.transaction() as connection:
        made = record(connection)
        _before(connection, made, StepKind.GATE_WINDOW, State.PRECHECKED)
    stage.at = AT + timedelta(hours=4)  # its window has closed
    stage.conduct()
    assert len(stage.conduct()) == 1
    stage.at += timedelta(seconds=10)
    assert len(stage.conduct()) > 1


def test_a_wave_of_which_nothing_is_left_ends_and_is_forgotten(stage: Stage) -> None:
    """Also where it rested before."""
    made = _kept(stage)
    stage.conduct()
    stage.do(lambda connection, each: come(connection, each, State.CLOSED), made)
    stage.conduct()
    with stage.database.transaction() as connection:
        assert migration_records.load_run(connection, made.run).state is RunState.ENDED
    assert len(stage.conduct()) == 1


def test_a_wave_that_is_resumed_goes_on_at_the_next_look(stage: Stage) -> None:
    """Its pause is its own, and of none of its applications."""
    with stage.database.transaction() as connection:
        made = record(connection)
        migration_records.set_run_state(connection, made.run, RunState.PAUSED, at=AT)
    stage.conduct()
    assert stage.out == []
    stage.do(
        lambda connection, each: migration_records.set_run_state(connection, each.run, RunState.RUNNING, at=AT), made
    )
    stage.conduct()
    assert len(stage.out) == 1


def test_cutovers_that_fit_the_window_one_by_one_do_not_begin_together(stage: Stage) -> None:
    """The second waits until so much of the first has travelled that both end in time."""
    slow = replace(WAVE, name=WaveName("slow"), limits=WaveLimits(bandwidth=int(4 * 1024**3 / (2.5 * 3600))))
    begun = run("r-slow", slow)
    first, second = (
        replace(migration(each, begun.id), name=each, application=ApplicationName(each)) for each in ("m1", "m2")
    )
    with stage.database.transaction() as connection:
        migration_records.create(connection, begun, [first, second])
        for each in (first, second):
            _before(connection, each, StepKind.GATE_WINDOW, State.PRECHECKED)
    gates = [(each, next(each.of_kind(StepKind.GATE_WINDOW))) for each in (first, second)]
    journals = [
        (MigrationJournal(database=stage.database, migration=each, now=lambda: AT), gate) for each, gate in gates
    ]

    def fits(made: Migration) -> Callable[[Connection], bool]:
        return lambda connection: shut(slow, made, at_the_gate(connection, begun, made), now=AT) is None

    passed = [journal.pass_gate(gate, fits(journal.migration)) for journal, gate in journals]
    assert passed == [True, False]
    stage.conduct()
    assert [each.partition(".")[0] for each in stage.out] == ["m1"]
