"""A database for each test, and real processes that work on it until they are told to stop, or killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from provisioner.engine import Engine, EngineSettings, Job
from provisioner.store.database import Database

WORKER = Path(__file__).with_name("worker.py")
#: Short times, so that tests are; long enough for a busy machine.
SETTINGS = EngineSettings(
    concurrency=4, polling=0.05, heartbeat=0.3, silence=timedelta(seconds=3), takeovers=3, patience=20
)

NOTES = """
CREATE TABLE public.notes (
    id bigserial PRIMARY KEY, operation text, step int, event text, pid int, at timestamptz DEFAULT clock_timestamp()
);
CREATE TABLE public.holds (operation text, step int);
"""


@dataclass(frozen=True)
class Note:
    """Something that a step did."""

    operation: str
    step: int
    event: str
    pid: int


@pytest.fixture
def database(database: Database) -> Database:
    """A database with our schema, and tables in which steps note what they do and are held up."""
    with database.transaction() as connection:
        connection.execute(text(NOTES))
    return database


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """The engine of this process, not yet launched."""
    with Engine(database, settings=SETTINGS) as engine:
        yield engine


Worker = subprocess.Popen[str]


@pytest.fixture
def worker(database: Database) -> Iterator[Callable[..., Worker]]:
    """Starts a process that carries operations out, and returns when it has begun to."""
    started: list[Worker] = []

    def start(*options: str) -> Worker:
        command = (sys.executable, str(WORKER), database.url, *options)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Stage:
    """What a test sees and does in the database."""

    database: Database

    def enqueue(self, jobs: Iterable[tuple[str, str, str]]) -> None:
        """Queue operations, each given as operation, cloud and tenant, in a process of its own."""
        told = [":".join(job) for job in jobs]
        subprocess.run((sys.executable, str(WORKER), self.database.url, "enqueue", *told), check=True)

    def hold(self, operation: str, step: int) -> None:
        """Let a step, once begun, wait for its release."""
        self._do("INSERT INTO public.holds VALUES (:operation, :step)", operation=operation, step=step)

    def release(self) -> None:
        """Let all steps go on."""
        self._do("DELETE FROM public.holds")

    def notes(self) -> list[Note]:
        """What steps did, in order."""
        query = text("SELECT operation, step, event, pid FROM public.notes ORDER BY id")
        with self.database.autocommit() as connection:
            return [Note(*row) for row in connection.execute(query)]

    def done(self) -> set[str]:
        """The operations whose last step has ended."""
        return {note.operation for note in self.notes() if (note.step, note.event) == (2, "end")}

    def eventually(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, self.notes()
            time.sleep(0.05)

    def began(self, operation: str, step: int, *, times: int = 1) -> Callable[[], bool]:
        """Whether a step has begun so many times."""
        return lambda: (
            [(each.operation, each.step, each.event) for each in self.notes()].count((operation, step, "begin"))
            == times
        )

    def move_away(self, worker: Worker) -> None:
        """Make a process one of another machine, that nothing was heard of for long."""
        self._do(
            "UPDATE tenantry.executors SET host = 'elsewhere', seen_at = now() - interval '1 hour' WHERE pid = :pid",
            pid=worker.pid,
        )

    def _do(self, statement: str, **values: object) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def stage(database: Database) -> Stage:
    """What a test sees and does in the database."""
    return Stage(database)


def kill(worker: Worker) -> None:
    """End a process as the kernel does when memory runs out."""
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.fixture(name="kill")
def kill_fixture() -> Callable[[Worker], None]:
    """Ends a process as the kernel does when memory runs out."""
    return kill


@pytest.fixture
def jobs() -> Callable[..., list[Job]]:
    """Makes jobs of operations, all of one cloud and each of a tenant of its own."""

    def make(*operations: str) -> list[Job]:
        return [Job(operation=each, cloud="city", tenant=f"tenant-{each}") for each in operations]

    return make
