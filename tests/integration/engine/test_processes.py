"""Several real processes on one database: nothing is lost, nothing is done twice, nobody is robbed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from provisioner.engine import Engine, EngineSettings, Job
from provisioner.store.database import Database

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Note, Stage, Worker

Start = Callable[..., "Worker"]


def counted(notes: "list[Note]") -> Counter[tuple[int, str]]:
    """How often each step of one operation began and ended."""
    return Counter((note.step, note.event) for note in notes)


def under_way(notes: "list[Note]", of: Callable[["Note"], object]) -> int:
    """The most steps of one kind that were under way at once."""
    counts: Counter[object] = Counter()
    most = 0
    for note in notes:
        counts[of(note)] += 1 if note.event == "begin" else -1
        most = max(most, counts[of(note)])
    return most


def test_a_killed_process_is_succeeded_at_once(stage: "Stage", worker: Start, kill: Callable[..., None]) -> None:
    """The same command again: finished steps stay finished, the interrupted one runs again, the rest once."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    kill(first)
    stage.release()
    second = worker()
    stage.eventually(lambda: stage.done() == {"op"})
    notes = stage.notes()
    assert counted(notes) == {
        (0, "begin"): 1,
        (0, "end"): 1,
        (1, "begin"): 2,
        (1, "end"): 1,
        (2, "begin"): 1,
        (2, "end"): 1,
    }
    assert [note.pid for note in notes] == [first.pid] * 3 + [second.pid] * 4


def test_a_living_process_takes_over_from_a_killed_one(
    stage: "Stage", worker: Start, kill: Callable[..., None]
) -> None:
    """Without anybody starting a command."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    second = worker()
    kill(first)
    stage.eventually(stage.began("op", 1, times=2))
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    assert stage.notes()[-1].pid == second.pid


def test_living_processes_do_not_rob_each_other(stage: "Stage", worker: Start) -> None:
    """However long a step takes, and however often the other looks for abandoned work."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    worker()
    time.sleep(2)
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    assert {note.pid for note in stage.notes()} == {first.pid}
    assert counted(stage.notes())[1, "begin"] == 1


def test_a_frozen_process_is_not_robbed_by_its_neighbours(stage: "Stage", worker: Start) -> None:
    """Silence alone does not kill a process that can be seen to live."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    first.send_signal(signal.SIGSTOP)
    worker()
    time.sleep(4)
    first.send_signal(signal.SIGCONT)
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    assert {note.pid for note in stage.notes()} == {first.pid}


def test_a_process_that_returns_from_the_dead_does_no_more(stage: "Stage", worker: Start) -> None:
    """Taken for dead by another machine, it ends the step under way and leaves the rest to its successor."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    first.send_signal(signal.SIGSTOP)
    stage.move_away(first)
    second = worker()
    stage.eventually(stage.began("op", 1, times=2))
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    first.send_signal(signal.SIGCONT)
    stage.eventually(lambda: counted(stage.notes())[1, "end"] == 2)
    first.communicate("")
    last = [note for note in stage.notes() if note.step == 2]
    assert [note.pid for note in last] == [second.pid] * 2


def test_a_dead_process_of_another_machine_is_succeeded(
    stage: "Stage", worker: Start, kill: Callable[..., None]
) -> None:
    """By a process that has been in touch with the database all that time: silence is all that it can go by."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    stage.move_away(first)
    second = worker()
    kill(first)
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    assert {note.pid for note in stage.notes() if note.step == 2} == {second.pid}


def test_a_process_that_was_out_of_touch_takes_nobody_for_dead(
    stage: "Stage", database: Database, worker: Start
) -> None:
    """After the database was away all others seem silent: they are heard first."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    first.send_signal(signal.SIGSTOP)
    stage.move_away(first)
    with Engine(database, settings=EngineSettings(silence=timedelta(seconds=3), heartbeat=60)) as engine:
        engine.workflow("work")(lambda _: None)
        time.sleep(3)
        engine.launch([])
        assert engine.recover_abandoned() == 0
    first.send_signal(signal.SIGCONT)
    stage.release()
    stage.eventually(lambda: stage.done() == {"op"})
    assert {note.pid for note in stage.notes()} == {first.pid}


def test_a_tenant_has_one_operation_at_a_time_in_the_order_they_came(stage: "Stage", worker: Start) -> None:
    """In one cloud, across processes; other tenants go on side by side."""
    names = [f"op-{number}" for number in range(5)]
    for name in names:
        stage.enqueue([(name, "city", "market")])
    stage.enqueue([(f"other-{number}", "city", f"tenant-{number}") for number in range(6)])
    worker(), worker()
    stage.eventually(lambda: len(stage.done()) == 11)
    market = [note for note in stage.notes() if note.operation in names]
    assert [note.operation for note in market] == sorted(note.operation for note in market)
    assert under_way(stage.notes(), lambda _: "all") > 1


def test_a_tenant_has_an_operation_in_each_cloud(stage: "Stage", worker: Start) -> None:
    """Clouds do not wait for each other."""
    stage.enqueue([("here", "city", "market"), ("there", "district", "market")])
    stage.hold("here", 0)
    worker()
    stage.eventually(lambda: stage.done() == {"there"})
    stage.release()
    stage.eventually(lambda: stage.done() == {"here", "there"})


def test_a_process_does_no_more_at_once_than_it_may(stage: "Stage", worker: Start) -> None:
    """In each cloud as many as the settings say, and no fewer."""
    stage.enqueue(
        [(f"{cloud}-{number}", cloud, f"t-{number}") for number in range(12) for cloud in ("city", "district")]
    )
    worker()
    stage.eventually(lambda: len(stage.done()) == 24)
    assert under_way(stage.notes(), lambda note: note.operation.split("-")[0]) == 4


def test_what_kills_its_processes_is_given_up(
    stage: "Stage", worker: Start, engine: Engine, jobs: Callable[..., list[Job]]
) -> None:
    """After so many takeovers; nothing else comes to harm."""
    stage.enqueue([("op", "city", "market")])
    for _ in range(4):
        assert worker("die").wait() == -signal.SIGKILL
    worker()
    engine.workflow("work")(lambda _: None)
    engine.launch([])
    outcome = engine.wait(["op"])["op"]
    assert outcome.error == "too many processes died while they carried it out"
    assert counted(stage.notes())[1, "begin"] == 4


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_process_that_ends_finishes_what_it_has_begun(stage: "Stage", worker: Start, *, interrupted: bool) -> None:
    """Another one does the rest; where the first was interrupted, perhaps the last step once more."""
    stage.enqueue([("op", "city", "market")])
    stage.hold("op", 1)
    first = worker()
    stage.eventually(stage.began("op", 1))
    stage.release()
    if interrupted:
        first.send_signal(signal.SIGINT)
    first.communicate("")
    worker()
    stage.eventually(lambda: stage.done() == {"op"})
    assert counted(stage.notes())[1, "end"] <= 1 + interrupted
