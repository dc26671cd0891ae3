"""The service over HTTP: reads beside a bare FastAPI route with the same query, in turns, and submissions by many at once.

A server's pace is counted by the processor time that it takes, which holds on a busy machine too; how long an answer takes is what
whoever asks waits, and is to be compared with what was measured in the same turns.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Final
from urllib.parse import quote

from tests.benchmarks.bench import TENANTRY, USER_AGENT, Bench
from tests.benchmarks.departments import Department
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement

NAME: Final = "serving"
#: Clients that read at once, requests of each in a turn, and turns.
_CLIENTS: Final = 8
_EACH: Final = 100
_TURNS: Final = 3
#: Submissions at once; the last crowd is of `Sizes.departments`.
_ALONE, _SOME = 1, 20
_PATIENCE: Final = 60
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Load:
    """What a server was asked, and what it took."""

    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def per_core(self) -> float:
        """Requests for each second of processor time."""
        return len(self.seconds) / self.cpu

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were answered."""
        return quantiles(self.seconds, n=100)[-1] * 1000 if len(self.seconds) > 1 else self.seconds[0] * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that answers."""

    pid: int
    port: int
    token: str

    def cpu(self) -> float:
        """Seconds of processor time until now (proc(5): fields 14 and 15 of `stat`)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def load(self, load: Load, calls: Sequence[Callable[[http.client.HTTPConnection], None]]) -> None:
        """Let each of these be asked by a client of its own, all at once; adds to the load what it took."""
        before = self.cpu()
        with ThreadPoolExecutor(len(calls)) as pool:
            for seconds in pool.map(self._timed, calls):
                load.seconds += seconds
        load.cpu += self.cpu() - before

    def _timed(self, call: Callable[[http.client.HTTPConnection], None]) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE * 10)
        taken: list[float] = []
        for _ in range(getattr(call, "times", 1)):
            began = time.perf_counter()
            call(connection)
            taken.append(time.perf_counter() - began)
        connection.close()
        return taken


@dataclass(frozen=True, slots=True)
class Read:
    """One client's reads, one after the other."""

    path: str
    token: str
    times: int = _EACH

    def __call__(self, connection: http.client.HTTPConnection) -> None:
        """One of them."""
        connection.request("GET", self.path, headers={"authorization": f"Bearer {self.token}"})
        _must_be(connection, 200)


@dataclass(frozen=True, slots=True)
class Submit:
    """One department's request."""

    department: Department
    token: str

    def __call__(self, connection: http.client.HTTPConnection) -> None:
        """Ask for one core more."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/yaml"}
        path = f"/v1/requests?tenant={quote(self.department.name)}"
        connection.request("POST", path, self.department.manifest(cores=41).encode(), headers)
        _must_be(connection, 201)


def measure(bench: Bench) -> Measurement:
    """Reads in turns, then submissions by one, by some and by all."""
    crowds = (_ALONE, _SOME, bench.sizes.departments)
    folder = bench.folder(sum(crowds))
    bench.apply(folder)
    token = bench.tenantry("token", "create", "benchmark", "--role", "operator").output.strip()
    figures: list[Figure] = []
    with _served(bench, token) as ours, _bare(bench) as bare:
        tenant = folder.departments[0].name
        for path, yardstick in (("/v1/operations", "/operations"), (f"/v1/tenants/{tenant}", f"/tenants/{tenant}")):
            figures += _reads(path.replace(tenant, "{tenant}"), (ours, path), (bare, yardstick))
        waiting = iter(folder.departments)
        for crowd in crowds:
            figures += _submissions(bench, ours, [Submit(next(waiting), token) for _ in range(crowd)])
    return Measurement(
        name=NAME,
        title="The service over HTTP",
        figures=tuple(figures),
        notes=(
            (
                f"Reads by {_CLIENTS} clients at once, {_TURNS} turns of {_CLIENTS * _EACH} for each side. The bare route runs the same "
                "query on the same records through the same pool, and does nothing else: it asks nobody who they are."
            ),
            "Requests per core are those for each second of the server's own processor time.",
            (
                f"The city has {sum(crowds) + 8} departments, and each submission plans beside all of them on a fresh look. Who asks at "
                "once shares looks, so that the clouds are asked less often by each."
            ),
        ),
    )


def _reads(name: str, ours: tuple[Server, str], bare: tuple[Server, str]) -> Iterator[Figure]:
    loads = Load(), Load()
    for server, path in (ours, bare):  # warm up
        server.load(Load(), [Read(path, server.token, 20)])
    for _ in range(_TURNS):
        for load, (server, path) in zip(loads, (ours, bare), strict=True):
            server.load(load, [Read(path, server.token)] * _CLIENTS)
    service, yardstick = loads
    yield Figure(name=f"`GET {name}`: requests per core and second", value=round(service.per_core))
    yield Figure(name=f"`GET {name}`: the same, bare", value=round(yardstick.per_core))
    yield Figure(name=f"`GET {name}`: bare ÷ ours", value=yardstick.per_core / service.per_core, at_most=2.0)
    yield Figure(name=f"`GET {name}`: p99", value=service.p99, unit="ms")
    yield Figure(name=f"`GET {name}`: p99 ÷ bare", value=service.p99 / yardstick.p99, at_most=2.0)


def _submissions(bench: Bench, server: Server, calls: Sequence[Submit]) -> Iterator[Figure]:
    load, mark, began = Load(), bench.devcloud.mark(), time.perf_counter()
    server.load(load, calls)
    took = time.perf_counter() - began
    name = f"{len(calls)} submission{'s' if len(calls) > 1 else ''} at once"
    sent = sum(bench.requests(mark, USER_AGENT).values())
    yield Figure(name=f"{name}: cloud requests for each", value=sent / len(calls))
    yield Figure(name=f"{name}: per second", value=len(calls) / took)
    yield Figure(name=f"{name}: per core and second", value=load.per_core)
    yield Figure(name=f"{name}: p99", value=load.p99, unit="ms")


@contextmanager
def _served(bench: Bench, token: str) -> Iterator[Server]:
    environment = {
        **os.environ,
        "TENANTRY_STATE_DIR": str(bench.scratch / "records"),
        "OS_CLIENT_CONFIG_FILE": str(bench.devcloud.clouds_yaml),
    }
    port = free_port()
    with running([str(TENANTRY), "serve", "--port", str(port)], environment, port) as pid:
        yield Server(pid=pid, port=port, token=token)


@contextmanager
def _bare(bench: Bench) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.bare_service", str(bench.scratch / "records"), str(port)]
    with running(command, dict(os.environ), port) as pid:
        yield Server(pid=pid, port=port, token="")


@contextmanager
def running(command: Sequence[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """A process that answers at a port; gives its id."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkFailed(f"`{' '.join(command)}` does not answer")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def _listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _must_be(connection: http.client.HTTPConnection, status: int) -> None:
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != status:
        raise BenchmarkFailed(f"{answer.status} in place of {status}: {said[:500].decode(errors='replace')}")
