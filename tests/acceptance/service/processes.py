"""The service as it is run: several processes of each kind, which die at any moment and are started again at once."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.acceptance.http.service import free_port
from tests.acceptance.shell import PATIENCE, Running, Shell
from tests.acceptance.waiting import until

#: Seconds between two deaths.
_PEACE: Final = (1.0, 2.0)


@dataclass(slots=True)
class Post:
    """A place in the service that some process always holds, as under systemd."""

    shell: Shell
    command: tuple[str, ...]
    running: Running

    @classmethod
    def of(cls, shell: Shell, *command: str) -> "Post":
        """Start its first process."""
        return cls(shell=shell, command=command, running=shell.start(*command))

    @property
    def name(self) -> str:
        """What it is called in what a test prints."""
        return " ".join(self.command)

    def kill(self) -> None:
        """`kill -9`."""
        self.running.process.kill()
        self.running.process.wait(PATIENCE)

    def must_be_ready(self, port: int) -> None:
        """Wait until it answers. Raises AssertionError, with what it said, where it ended instead."""

        def ready() -> bool:
            assert self.running.process.poll() is None, self.running.wait()
            with suppress(httpx.TransportError):
                return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK
            return False

        until(ready, f"{self.name} is ready")

    def start_again(self) -> None:
        """A new process in its place."""
        self.running = self.shell.start(*self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """Those that answer and those that work."""

    servers: Sequence[Post]
    workers: Sequence[Post]
    ports: Sequence[int]

    @property
    def all(self) -> Sequence[Post]:
        """Every one of them."""
        return [*self.servers, *self.workers]

    def must_have_said_nothing_unexpected(self) -> None:
        """Raises AssertionError where a process that is still there tells of a defect."""
        said = {each.name: each.running.said() for each in self.all}
        assert [name for name, text in said.items() if "Traceback" in text] == [], said


@contextmanager
def processes(shell: Shell, *, servers: int = 2, workers: int = 3) -> Iterator[Processes]:
    """So many of each for the block; none is left."""
    ports = [free_port() for _ in range(servers)]
    made = Processes(
        servers=[Post.of(shell, "serve", "--port", str(port)) for port in ports],
        workers=[Post.of(shell, "work") for _ in range(workers)],
        ports=ports,
    )
    try:
        for port, each in zip(ports, made.servers, strict=True):
            each.must_be_ready(port)
        yield made
    finally:
        for each in made.all:
            each.kill()


@dataclass(slots=True)
class Reaper:
    """Kills one process after the other, at random, and starts each again."""

    processes: Processes
    seed: int
    deaths: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """During the block."""
        thread = threading.Thread(target=self._reap, name="reaper")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _reap(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311  # to be repeated, not to be secret
        while not self._stop.wait(chance.uniform(*_PEACE)):
            victim = chance.choice(self.processes.all)
            victim.kill()
            self.deaths.append(victim.name)
            victim.start_again()
