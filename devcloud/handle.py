"""A running devcloud in the hands of a test, a benchmark or the demo: where it is, what it was asked, what disturbs it.

Everything goes through the state folder, so that any process may hold one: ``Devcloud.attach(folder)``.
"""

import contextlib
import json
import os
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from devcloud import processes, supervisor
from devcloud.environment import exclusive
from devcloud.errors import DevcloudError
from devcloud.faultrules import Disturbance, FaultKind, FaultRule, Work, WorkFault
from devcloud.layout import CloudFolder, StateFolder
from devcloud.records import SERVICES, CloudName, DevcloudState, RequestRecord, ServiceName

_END_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment in the request logs of all clouds; see :meth:`Devcloud.mark`."""

    #: Bytes that each log had, by file.
    offsets: Mapping[Path, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Devcloud:
    """A running devcloud. Every method raises DevcloudError for a cloud that it does not have."""

    state: StateFolder
    clouds: tuple[CloudName, ...]

    @classmethod
    def attach(cls, folder: Path) -> Self:
        """Return the devcloud that runs in a state folder.

        Raises:
            DevcloudError: none runs there, or it is not ready.
        """
        state = StateFolder(root=folder.resolve())
        told = supervisor.read_state(state)
        if told is None or not supervisor.is_running(state) or not told.ready:
            raise DevcloudError(f"no devcloud is ready in {folder}")
        return cls(state=state, clouds=told.clouds)

    @property
    def clouds_yaml(self) -> Path:
        """The ``clouds.yaml`` with the administrator of every cloud."""
        return self.state.clouds_yaml

    def told(self) -> DevcloudState:
        """Return what the supervisor said last.

        Raises:
            DevcloudError: the state folder is gone.
        """
        told = supervisor.read_state(self.state)
        if told is None:
            raise DevcloudError(f"{self.state.root} holds no devcloud any more")
        return told

    def mark(self) -> Mark:
        """Return this moment, for :meth:`requests` to count from."""
        files = [self._folder(cloud).requests(service) for cloud in self.clouds for service in SERVICES]
        return Mark(offsets={file: file.stat().st_size for file in files if file.exists()})

    def requests(
        self, *, since: Mark | None = None, cloud: str | None = None, inner: bool = False
    ) -> tuple[RequestRecord, ...]:
        """Return the requests answered, in order of arrival.

        Args:
            since: count from here; from the start of the devcloud when None.
            cloud: of this cloud alone; of all when None.
            inner: also what the services asked one another.
        """
        names = self.clouds if cloud is None else (CloudName(cloud),)
        found = [
            record
            for name in names
            for service in SERVICES
            for record in _read_log(self._folder(name).requests(service), since or Mark())
            if inner or not record.inner
        ]
        return tuple(sorted(found, key=lambda record: record.time))

    def latency(self, milliseconds: float, *, cloud: str | None = None) -> None:
        """Add this much to every client request from now on; 0 ends it. Of all clouds when ``cloud`` is None."""
        for name in self.clouds if cloud is None else (CloudName(cloud),):
            with self._disturbance(name) as now:
                now["latency_ms"] = milliseconds

    def fail(  # noqa: PLR0913 - each argument narrows down one request
        self,
        cloud: str,
        service: str,
        path: str = "",
        *,
        kind: FaultKind | str = FaultKind.ERROR_500,
        count: int = 1,
        method: str | None = None,
        after_acting: bool = False,
        retry_after_s: int | None = None,
        after_bytes: int | None = None,
    ) -> str:
        """Let the next ``count`` matching client requests fail; return the rule's id.

        Args:
            cloud: the cloud.
            service: the service, such as ``nova``.
            path: regular expression searched in the path with query; the empty one matches all.
            kind: what happens; see :class:`~devcloud.faultrules.FaultKind`.
            count: how many requests are struck.
            method: only this HTTP method.
            after_acting: the service acts first, and its answer is lost.
            retry_after_s: ``Retry-After`` in seconds; 1 for a 429 when not given, none for the others.
            after_bytes: with a reset, how many bytes of the body, of either direction, pass before it.

        Raises:
            DevcloudError: there is no such service.
            ValueError: there is no such kind, or it knows no ``after_bytes``.
        """
        if service not in SERVICES:
            raise DevcloudError(f"there is no service {service}, only {', '.join(SERVICES)}")
        chosen = FaultKind(kind)
        if after_bytes is not None and (chosen is not FaultKind.RESET or after_acting):
            raise ValueError(
                "only a reset has a number of bytes that pass before it, and it strikes while the service acts"
            )
        if retry_after_s is None and chosen is FaultKind.ERROR_429:
            retry_after_s = 1
        rule = FaultRule(
            id=uuid.uuid4().hex[:8],
            service=service,
            kind=chosen,
            path=path,
            count=count,
            method=method.upper() if method else None,
            after_acting=after_acting,
            retry_after_s=retry_after_s,
            after_bytes=after_bytes,
        )
        with self._disturbance(CloudName(cloud)) as now:
            now["rules"] = (*now["rules"], rule)
        return rule.id

    def hinder(self, cloud: str, work: Work | str, *, seconds: float = 0.0, fails: bool = False, count: int = 1) -> str:
        """Let the next ``count`` pieces of a service's work take longer, or fail; return the fault's id.

        Args:
            cloud: the cloud.
            work: what is done; see :class:`~devcloud.faultrules.Work`.
            seconds: how long it takes; clearing the faults ends it.
            fails: whether it then fails.
            count: how many pieces of work are struck.

        Raises:
            ValueError: there is no such work.
        """
        fault = WorkFault(id=uuid.uuid4().hex[:8], work=Work(work), count=count, seconds=seconds, fails=fails)
        with self._disturbance(CloudName(cloud)) as now:
            now["work"] = (*now["work"], fault)
        return fault.id

    def clear(self) -> None:
        """End all latency and faults; requests left hanging are cut, work that was held up goes on."""
        for cloud in self.clouds:
            with self._disturbance(cloud) as now:
                now["latency_ms"], now["rules"], now["work"] = 0.0, (), ()

    def disturbance(self, cloud: str) -> Disturbance:
        """Return the latency and the faults that are set for a cloud."""
        try:
            return Disturbance.load(self._folder(cloud).faults.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Disturbance()

    def stop_service(self, cloud: str, service: str) -> None:
        """End a service as a crash would, for good: connections to it are refused from now on.

        Raises:
            DevcloudError: it does not run, or did not end.
        """
        for record in self.told().processes:
            if (record.cloud, record.service) == (cloud, service) and record.exit_status is None:
                os.kill(record.pid, signal.SIGKILL)
                self._await_end(CloudName(cloud), ServiceName(service))
                return
        raise DevcloudError(f"{cloud}: {service} does not run")

    def kill(self, cloud: str) -> None:
        """End all services of a cloud at once, as a power cut would; `devcloud.revival` brings them back.

        Raises:
            DevcloudError: none runs, or one did not end.
        """
        self._folder(cloud)
        alive = [each for each in self.told().processes if each.cloud == cloud and each.exit_status is None]
        if not alive:
            raise DevcloudError(f"{cloud}: no service runs")
        for record in alive:
            os.kill(record.pid, signal.SIGKILL)
        for record in alive:
            self._await_end(record.cloud, record.service)

    def log(self, cloud: str, service: str) -> str:
        """Return the end of a service's log."""
        return processes.log_tail(self._folder(cloud).log(ServiceName(service)))

    def _await_end(self, cloud: CloudName, service: ServiceName) -> None:
        deadline = time.monotonic() + _END_PATIENCE_S
        while time.monotonic() < deadline:
            for record in self.told().processes:
                if (record.cloud, record.service) == (cloud, service) and record.exit_status is not None:
                    return
            time.sleep(0.05)
        raise DevcloudError(f"{cloud}: {service} did not end")

    def _folder(self, cloud: str) -> CloudFolder:
        name = CloudName(cloud)
        if name not in self.clouds:
            raise DevcloudError(f"there is no cloud {cloud}, only {', '.join(self.clouds)}")
        return self.state.cloud(name)

    @contextlib.contextmanager
    def _disturbance(self, cloud: CloudName) -> Iterator[dict[str, Any]]:
        """Change a cloud's disturbance: read under a lock, written whole."""
        file = self._folder(cloud).faults
        with exclusive(file.with_suffix(".lock")):
            before = self.disturbance(cloud)
            now: dict[str, Any] = {"latency_ms": before.latency_ms, "rules": before.rules, "work": before.work}
            yield now
            draft = file.with_suffix(".draft")
            draft.write_text(Disturbance(**now).dump(), encoding="utf-8")
            draft.replace(file)


def _read_log(file: Path, since: Mark) -> Iterator[RequestRecord]:
    try:
        with file.open("rb") as log:
            log.seek(since.offsets.get(file, 0))
            content = log.read()
    except FileNotFoundError:
        return
    # A line still being written has no end yet; it is for the next reading.
    for line in content[: content.rfind(b"\n") + 1].splitlines():
        yield RequestRecord(**json.loads(line))
