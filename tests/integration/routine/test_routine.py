"""Work that comes again: by one worker at a time, whichever of them dies or freezes."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from provisioner.errors import InputError, StoreUnavailable
from provisioner.routine import Pace, Rota, Routine
from provisioner.store import schedules
from provisioner.store.database import Database
from provisioner.store.schedules import Due, HolderId, Standing, Subject, Taking, TaskName

TASK = TaskName("sweep")
PACE = Pace(lease=timedelta(seconds=1), beat=0.02)
OFTEN = timedelta(milliseconds=10)
SELDOM = timedelta(hours=1)


@dataclass
class Deeds:
    """What was done, and what went wrong while it was."""

    count: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: Counter[str] = field(default_factory=Counter)
    _now: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, subject: Subject) -> None:
        """Do it, for a moment."""
        with self._lock:
            self._now[subject] += 1
            self.most_at_once[subject] = max(self.most_at_once[subject], self._now[subject])
        time.sleep(0.005)
        with self._lock:
            self._now[subject] -= 1
            self.count[subject] += 1


@contextmanager
def at_work(*rotas: Rota) -> Iterator[None]:
    """Several workers while the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=each.work, args=(stop,)) for each in rotas]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


@dataclass
class Town:
    """Ways to say what a test is about."""

    database: Database

    def rota(self, *routines: Routine, hands: int = 4) -> Rota:
        """A worker in a hurry."""
        return Rota(database=self.database, routines=routines, hands=hands, pace=PACE)

    def listed(self) -> tuple[Standing, ...]:
        """How the task stands."""
        with self.database.transaction() as connection:
            return schedules.listed(connection, TASK)

    def keep(self, *subjects: str) -> None:
        """Have the task done about these."""
        with self.database.transaction() as connection:
            schedules.keep(connection, TASK, [Subject(each) for each in subjects], within=timedelta(0))

    def claim(
        self, holder: str = "me", lease: timedelta = SELDOM, **more: Collection[tuple[TaskName, Subject]]
    ) -> tuple[Due, ...]:
        """Take up what is due."""
        taking = Taking(tasks=[TASK], holder=HolderId(holder), lease=lease, limit=100, **more)
        with self.database.transaction() as connection:
            return schedules.claim(connection, taking)

    def finish(self, due: Due, error: str | None = None) -> bool:
        """Give it back, not to be done for an hour."""
        with self.database.transaction() as connection:
            return schedules.finish(connection, due, after=SELDOM, error=error)

    def hasten(self, *subjects: str) -> None:
        """Have it done at once."""
        with self.database.transaction() as connection:
            schedules.hasten(connection, TASK, [Subject(each) for each in subjects])


@pytest.fixture
def town(database: Database) -> Town:
    """A database and its schedules."""
    return Town(database)


def routine(run: Callable[[Subject], None], *subjects: str, every: timedelta = OFTEN) -> Routine:
    """A task about these subjects, or about everything."""
    named = [Subject(each) for each in subjects or ("",)]
    return Routine(task=TASK, every=every, run=run, subjects=lambda: named, prompt=True)


def test_of_several_workers_one_at_a_time_does_it(town: Town) -> None:
    """Each subject by itself, however many workers and hands there are."""
    deeds = Deeds()
    with at_work(*(town.rota(routine(deeds, "a", "b", "c")) for _ in range(4))):
        until(lambda: len(deeds.count) == 3 and min(deeds.count.values()) >= 10)
    assert set(deeds.most_at_once.values()) == {1}


def test_it_is_done_once_each_interval(town: Town) -> None:
    """However many workers look for what is due."""
    deeds = Deeds()
    with at_work(*(town.rota(routine(deeds, "a", every=SELDOM)) for _ in range(3))):
        until(lambda: bool(deeds.count["a"]))
        until(lambda: not town.listed()[0].running)
        time.sleep(10 * PACE.beat)
    assert deeds.count["a"] == 1


def test_what_a_killed_worker_was_at_is_taken_up_by_another(town: Town, database_url: str) -> None:
    """Once its lease has run out; as long as it lives, nobody takes it up, however long it takes."""
    deeds = Deeds()
    command = [sys.executable, str(Path(__file__).with_name("holder.py")), database_url, TASK]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == b"held\n"
            with at_work(town.rota(routine(deeds))):
                time.sleep(2 * PACE.lease.total_seconds())
                assert not deeds.count
                other.kill()
                until(lambda: bool(deeds.count))
        finally:
            other.kill()


def test_workers_are_given_up_in_less_than_ten_seconds() -> None:
    """Lease and look together."""
    assert Pace().lease.total_seconds() + Pace().beat < 10
    assert Pace().beat * 3 < Pace().lease.total_seconds()


def test_what_is_hastened_during_a_run_is_done_once_more(town: Town) -> None:
    """The run under way may have looked before whatever it was hastened for."""
    began, go_on = threading.Event(), threading.Event()
    count = Counter[str]()

    def slow(subject: Subject) -> None:
        count[subject] += 1
        began.set()
        assert go_on.wait(30)

    with at_work(town.rota(routine(slow, every=SELDOM))):
        assert began.wait(30)
        town.hasten("")
        go_on.set()
        until(lambda: count[""] == 2)
        until(lambda: not town.listed()[0].running)
        time.sleep(10 * PACE.beat)
    assert count[""] == 2


def test_a_holder_that_was_frozen_has_no_say_any_more(town: Town) -> None:
    """Somebody else has taken it up since."""
    town.keep("a")
    [frozen] = town.claim("frozen", lease=timedelta(0))
    [taken] = town.claim("other")
    assert not town.finish(frozen)
    assert town.finish(taken)


def test_nobody_takes_up_twice_what_they_are_at(town: Town) -> None:
    """Whoever was frozen goes on with it, and does not begin it a second time beside."""
    town.keep("a", "b")
    first = town.claim("me", lease=timedelta(0))
    assert len(first) == 2
    again = town.claim("me", besides=[(TASK, Subject("a"))])
    assert [each.subject for each in again] == ["b"]


def test_only_what_is_at_work_is_renewed(town: Town) -> None:
    """What somebody took up and never heard of lapses, though the process lives."""
    town.keep("a", "b")
    a, _ = sorted(town.claim("me", lease=timedelta(milliseconds=1)), key=lambda due: due.subject)
    with town.database.transaction() as connection:
        assert schedules.renew(connection, [a], lease=SELDOM) == 1
    time.sleep(0.01)
    assert [each.subject for each in town.claim("other")] == ["b"]


def test_what_could_not_be_given_back_is_done_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database was away at that moment: the lease runs out, as if the worker had died."""
    deeds, finish = Deeds(), schedules.finish
    lost: list[bool] = []

    def lose(*arguments: object, **named: object) -> bool:
        if not lost:
            lost.append(True)
            raise StoreUnavailable("gone")
        return finish(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(schedules, "finish", lose)
    with at_work(town.rota(routine(deeds, every=SELDOM))):
        until(lambda: deeds.count[""] == 2)


def test_failures_are_noted_and_stop_no_other(town: Town) -> None:
    """With the reason; a defect counts as a failure too."""
    deeds = Deeds()

    def fail(subject: Subject) -> None:
        if subject == "bad":
            raise InputError("the cloud is away")
        if subject == "defect":
            raise KeyError("x")
        deeds(subject)

    with at_work(town.rota(routine(fail, "bad", "defect", "good"))):
        until(lambda: deeds.count["good"] >= 3)
        until(lambda: all(each.failures or each.subject == "good" for each in town.listed()))
    errors = {each.subject: each.error for each in town.listed()}
    assert errors == {"bad": "the cloud is away", "defect": "unexpected: KeyError('x')", "good": None}


def test_one_that_works_again_is_no_failure_any_more(town: Town) -> None:
    """The count begins anew."""
    town.keep("a")
    [due] = town.claim()
    town.finish(due, error="away")
    town.hasten("a")
    [again] = town.claim()
    assert again.failures == 1
    town.finish(again)
    assert [(each.failures, each.error) for each in town.listed()] == [(0, None)]


def test_routines_that_cannot_tell_their_subjects_stop_no_other(town: Town) -> None:
    """Whatever they raise."""
    deeds = Deeds()

    def broken() -> Collection[Subject]:
        raise RuntimeError("no manifests")

    bad = Routine(task=TaskName("bad"), every=OFTEN, run=deeds, subjects=broken)
    with at_work(town.rota(bad, routine(deeds, "good"))):
        until(lambda: deeds.count["good"] >= 2)


def test_subjects_come_and_go(town: Town) -> None:
    """One that is being done is left to end."""
    town.keep("a", "b")
    [first, _] = sorted(town.claim(), key=lambda due: due.subject)
    town.keep("c")
    assert {each.subject for each in town.listed()} == {"a", "b", "c"}
    town.finish(first)
    town.keep("c")
    assert {each.subject for each in town.listed()} == {"b", "c"}


def test_a_worker_that_ends_leaves_nothing_held(town: Town) -> None:
    """What is under way ends first."""
    deeds = Deeds()
    with at_work(town.rota(routine(deeds, "a", "b"))):
        until(lambda: bool(deeds.count))
    assert not any(each.running for each in town.listed())


def test_rounds_note_what_came_of_their_subjects(town: Town) -> None:
    """One that was hastened since the round began is due at once, the others later."""
    town.keep("a", "b")
    with town.database.transaction() as connection:
        this = schedules.Round(task=TASK, began=schedules.clock(connection), after=SELDOM)
    town.hasten("b")
    with town.database.transaction() as connection:
        schedules.note(connection, this, {Subject("a"): None, Subject("b"): "503"})
    assert [each.subject for each in town.claim()] == ["b"]
    assert [(each.failures, each.error) for each in town.listed()] == [(0, None), (1, "503")]
