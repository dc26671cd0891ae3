"""The engine in one process: what is queued is carried out, once, and what came of it is told."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from provisioner.engine import Engine, EngineSettings, Job, Outcome, StepFailed
from provisioner.operation import OperationId
from provisioner.store import executors
from provisioner.store.database import Database
from provisioner.store.processes import ProcessIdentity

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Stage

Jobs = Callable[..., list[Job]]


@pytest.fixture
def calls() -> list[str]:
    """What steps were run."""
    return []


@pytest.fixture
def launched(engine: Engine, calls: list[str]) -> Engine:
    """An engine at work on `city`, whose operations have two steps."""

    @engine.workflow("work")
    def work(operation: OperationId) -> list[str]:
        def act(step: str) -> str:
            calls.append(f"{operation}-{step}")
            return step

        return [engine.step("first", act, "一"), engine.step("second", act, "二")]

    engine.launch(["city"])
    return engine


def enqueue(engine: Engine, database: Database, jobs: Sequence[Job]) -> None:
    """Queue operations in a transaction of their own."""
    with database.transaction() as connection:
        engine.enqueue(connection, jobs)


def outcome_of(engine: Engine, database: Database, work: Callable[[OperationId], object], jobs: Jobs) -> Outcome:
    """What comes of one operation."""
    engine.workflow("work")(work)
    engine.launch(["city"])
    enqueue(engine, database, jobs("op"))
    return engine.wait(["op"])["op"]


def test_an_operation_is_carried_out(launched: Engine, database: Database, calls: list[str], jobs: Jobs) -> None:
    """Step by step; what its workflow returned is told."""
    enqueue(launched, database, jobs("op"))
    assert launched.wait(["op"]) == {"op": Outcome(operation="op", value=["一", "二"])}
    assert calls == ["op-一", "op-二"]


def test_what_is_queued_twice_is_done_once(launched: Engine, database: Database, calls: list[str], jobs: Jobs) -> None:
    """Before it is done and after."""
    enqueue(launched, database, jobs("op") * 2)
    launched.wait(["op"])
    enqueue(launched, database, jobs("op", "last"))
    launched.wait(["op", "last"])
    assert calls.count("op-一") == 1


def test_what_was_rolled_back_was_never_queued(
    launched: Engine, database: Database, calls: list[str], jobs: Jobs
) -> None:
    """Queueing is part of the caller's transaction."""
    with database.transaction() as connection:
        launched.enqueue(connection, jobs("op"))
        connection.rollback()
    enqueue(launched, database, jobs("last"))
    launched.wait(["last"])
    assert calls == ["last-一", "last-二"]
    assert launched.wait(["op"])["op"].error == "it was never queued"


def test_progress_is_told_as_it_happens(launched: Engine, database: Database, jobs: Jobs) -> None:
    """Each operation once, and how many are left."""
    told: list[tuple[Collection[Outcome], int]] = []
    enqueue(launched, database, jobs("a", "b", "c"))
    launched.wait(["a", "b", "c", "lost"], lambda ended, left: told.append((ended, left)))
    assert sorted(each.operation for ended, _ in told for each in ended) == ["a", "b", "c", "lost"]
    assert [left for _, left in told][-1] == 0


def test_waiting_for_nothing_ends_at_once(launched: Engine) -> None:
    """A plan without changes has no operations."""
    assert launched.wait([]) == {}


def test_what_a_step_raises_is_a_step_failure(engine: Engine, database: Database, jobs: Jobs) -> None:
    """Its message is all that is left of it, and the workflow may go on."""

    def fail() -> None:
        raise KeyError("市")

    def work(_: OperationId) -> str:
        with pytest.raises(StepFailed, match="'市'"):
            engine.step("fail", fail)
        return str(engine.step("go on", lambda: "went on"))

    assert outcome_of(engine, database, work, jobs).value == "went on"


def test_what_a_workflow_raises_is_its_outcome(engine: Engine, database: Database, jobs: Jobs) -> None:
    """In one sentence, even where the exception has none."""

    def work(_: OperationId) -> None:
        raise RuntimeError

    assert outcome_of(engine, database, work, jobs) == Outcome(operation="op", error="RuntimeError")


def test_what_a_step_returns_is_the_same_now_as_after_a_crash(engine: Engine, database: Database, jobs: Jobs) -> None:
    """What JSON makes of it, exact at any size."""

    def work(_: OperationId) -> bool:
        return bool(engine.step("values", lambda: {"tuple": (1, 2**70), 3: None}) == {"tuple": [1, 2**70], "3": None})

    assert outcome_of(engine, database, work, jobs).value is True


def test_what_is_not_json_is_a_step_failure(engine: Engine, database: Database, jobs: Jobs) -> None:
    """It could not be kept."""
    assert "not JSON serializable" in str(
        outcome_of(engine, database, lambda _: engine.step("set", lambda: {1}), jobs).error
    )


def test_stopping_ends_work_between_steps(engine: Engine, database: Database, jobs: Jobs) -> None:
    """The step under way finishes, and no further one begins; nor does one of what is still queued."""
    begun, finished = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        time.sleep(0.3)
        finished.set()
        return "done"

    @engine.workflow("work")
    def work(operation: OperationId) -> str:
        while not engine.stopping(operation):
            engine.step("slow", slow)
        return "stopped"

    engine.launch(["city"])
    enqueue(engine, database, jobs(*"abcdefgh"))
    begun.wait(10)
    finished.clear()
    engine.stop("abcdefgh")
    assert {each.value for each in engine.wait("abcdefgh").values()} == {"stopped"}
    assert finished.is_set()


def test_closing_leaves_nothing_running(database: Database, jobs: Jobs, stage: "Stage") -> None:
    """No thread, no connection, no sign of life; the step under way has ended."""
    before = set(threading.enumerate())
    ended = threading.Event()
    with Engine(database, settings=EngineSettings(polling=0.05)) as engine:
        begun = threading.Event()

        def slow() -> None:
            begun.set()
            time.sleep(0.5)
            ended.set()

        engine.workflow("work")(lambda _: engine.step("slow", slow))
        engine.launch(["city"])
        enqueue(engine, database, jobs("op"))
        begun.wait(10)
    assert ended.is_set()
    stage.eventually(lambda: set(threading.enumerate()) <= before)
    connected = text("SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()")
    with database.autocommit() as connection:
        stage.eventually(lambda: list(connection.execute(connected).scalars()) == ["tenantry"])
        assert connection.scalar(text("SELECT count(*) FROM tenantry.executors")) == 0


def test_closing_takes_no_more_and_breaks_off_nothing(database: Database, jobs: Jobs) -> None:
    """What is under way goes through all its steps, whoever asked for it; what is queued stays for others."""
    steps: list[str] = []
    with Engine(database, settings=EngineSettings(concurrency=1, polling=0.05)) as engine:
        begun = threading.Event()

        @engine.workflow("work")
        def work(operation: OperationId) -> str:
            for number in range(3):
                begun.set()
                engine.step("slow", lambda number=number: (time.sleep(0.2), steps.append(f"{operation}{number}"))[1])
            return "whole"

        engine.launch(["city"])
        enqueue(engine, database, jobs("a", "b"))
        begun.wait(10)
    assert len(steps) == 3
    with Engine(database) as second:
        second.workflow("work")(lambda _: "second")
        second.launch(["city"])
        assert sorted(str(each.value) for each in second.wait("ab").values()) == ["second", "whole"]


def test_stopping_concerns_only_what_was_named(engine: Engine, database: Database, jobs: Jobs) -> None:
    """An operation of somebody else goes on beside one that was stopped."""
    engine.workflow("work")(engine.stopping)
    engine.launch(["city"])
    engine.stop(["ours"])
    enqueue(engine, database, jobs("ours", "theirs"))
    assert {each.operation: each.value for each in engine.wait(["ours", "theirs"]).values()} == {
        "ours": True,
        "theirs": False,
    }


def test_an_engine_follows_another_in_one_process(database: Database, jobs: Jobs) -> None:
    """Nothing of the first is left in the second's way; what the first had queued only, the second does."""
    with Engine(database) as first:
        first.workflow("work")(lambda _: "first")
        first.launch([])
        enqueue(first, database, jobs("op"))
    with Engine(database) as second:
        second.workflow("work")(lambda _: "second")
        second.launch(["city"])
        assert second.wait(["op"])["op"].value == "second"


def test_silence_on_another_machine_is_death(database: Database) -> None:
    """And only there, and only when it lasts."""
    elsewhere = ProcessIdentity(host="elsewhere", pid=1, start="1")
    with database.transaction() as connection:
        executors.beat(connection, "recent", elsewhere)
        executors.beat(connection, "silent", elsewhere)
        connection.execute(
            text("UPDATE tenantry.executors SET seen_at = now() - interval '20 seconds' WHERE id = 'silent'")
        )
        assert executors.alive(connection, silence=timedelta(seconds=15)) == {"recent"}
        assert executors.alive(connection, silence=None) == {"recent", "silent"}


def test_work_of_another_machine_is_taken_over_within_ten_seconds() -> None:
    """Silence and the look for it together, with some signs of life missed before."""
    settings = EngineSettings()
    assert settings.silence.total_seconds() + settings.heartbeat < 10
    assert settings.silence.total_seconds() > 3 * settings.heartbeat


def test_the_long_dead_are_forgotten(engine: Engine, database: Database) -> None:
    """A process that was killed while it had no work leaves nothing for ever."""
    with database.transaction() as connection:
        executors.beat(connection, "killed", ProcessIdentity(host="elsewhere", pid=1, start="1"))
        connection.execute(text("UPDATE tenantry.executors SET seen_at = now() - interval '2 days'"))
    engine.workflow("work")(lambda _: None)
    engine.launch([])
    with database.autocommit() as connection:
        assert "killed" not in set(connection.execute(text("SELECT id FROM tenantry.executors")).scalars())


def test_values_that_others_pickled_are_never_run(
    launched: Engine, database: Database, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes the engine's tables does not run code in ours."""
    ran: list[str] = []
    monkeypatch.setattr("builtins.print", lambda *words: ran.extend(words))
    pickled = "Y2J1aWx0aW5zCnByaW50CihTJ3B3bmVkJwp0Ui4="  # print('pwned'), in protocol 0 and base 64
    with database.transaction() as connection:
        launched.enqueue(connection, jobs("op"))
        connection.execute(text("UPDATE dbos.workflow_status SET serialization = 'py_pickle'"))
        connection.execute(text("UPDATE dbos.workflow_input SET inputs = :inputs"), {"inputs": pickled})
    assert str(launched.wait(["op"])["op"].error).startswith("the engine ended it")
    assert ran == []


def test_the_engine_is_quiet(
    launched: Engine, database: Database, jobs: Jobs, capfd: pytest.CaptureFixture[str]
) -> None:
    """It neither greets nor advertises; its warnings go where logging is configured to put them."""
    enqueue(launched, database, jobs("op"))
    launched.wait(["op"])
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("dbos").getEffectiveLevel() == logging.WARNING


def test_what_broke_off_here_goes_on(launched: Engine, database: Database, calls: list[str], jobs: Jobs) -> None:
    """Its end could not be noted: the process that still lives takes it up again, and runs no finished step twice."""
    kept = launched._dbos._sys_db.update_workflow_outcome
    failures = iter([RuntimeError("the database is away")])

    def note(*arguments: object, **named: object) -> bool:
        for failure in failures:
            raise failure
        return bool(kept(*arguments, **named))

    launched._dbos._sys_db.update_workflow_outcome = note  # type: ignore[method-assign]
    enqueue(launched, database, jobs("op"))
    assert launched.wait(["op"]) == {"op": Outcome(operation="op", value=["一", "二"])}
    assert calls == ["op-一", "op-二"]
