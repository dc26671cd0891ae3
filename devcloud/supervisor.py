"""Keeps a devcloud alive: starts its clouds, watches their processes, and takes them down with itself.

One supervisor for each state folder, in the foreground of ``up --foreground`` or as a process of its own. What others
need to know stands in ``devcloud.json`` (:class:`~devcloud.records.DevcloudState`); whoever holds the supervisor's
standard input open, when asked to, is its parent, and its end is the supervisor's end.
"""

import fcntl
import os
import select
import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

import yaml

from devcloud import environment, processes
from devcloud.cloud import Cloud, clouds_yaml_entry, death_notice
from devcloud.environment import Progress
from devcloud.errors import DevcloudError
from devcloud.guests import ready
from devcloud.guestseed import Guest
from devcloud.layout import Home, StateFolder
from devcloud.records import CloudName, CloudOptions, DevcloudState, Hypervisor, ProcessRecord, ServiceName
from devcloud.seed import GroupSeed
from devcloud.template import Templates

_WATCH_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a supervisor is to bring up."""

    clouds: tuple[CloudName, ...]
    options: CloudOptions
    groups: tuple[GroupSeed, ...] = ()
    #: A descriptor whose end of file means that the parent is gone, or None to live until told to end.
    parent_fd: int | None = None
    #: Whether the state folder goes when the devcloud ends.
    disposable: bool = False


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """One devcloud, from its start to its end."""

    state: StateFolder
    home: Home
    order: Order
    progress: Progress
    _clouds: list[Cloud] = field(default_factory=list, init=False)
    _ended: dict[tuple[CloudName, ServiceName], int] = field(default_factory=dict, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _failure: str | None = field(default=None, init=False)
    _ready: bool = field(default=False, init=False)

    def run(self) -> int:
        """Bring the clouds up, keep them until told to end, take them down; return an exit status."""
        self.state.root.mkdir(parents=True, exist_ok=True)
        with self.state.lock.open("a") as lock:
            # Someone who merely looks whether a devcloud runs holds the lock for a moment.
            if not _locked(lock, patience_s=1.0):
                self.progress(f"a devcloud is running already in {self.state.root}")
                return 1
            try:
                self._bring_up()
                self._watch()
            except KeyboardInterrupt:
                self.progress("stopped")
            except DevcloudError as error:
                self._failure = str(error)
                self.progress(str(error))
            finally:
                self._take_down()
        return 0 if self._failure is None else 1

    def _bring_up(self) -> None:
        # The installation stops where it is; later there are processes to end in order.
        _on_signals(signal.default_int_handler)
        self._clear()
        self._publish()
        machines = self._prepare_guests()
        self._end_with_parent()
        Templates(home=self.home).ensure_schema(self.progress)
        self._end_with_parent()
        _on_signals(lambda *_: self._stop.set())
        # The write end is held by this process alone, so it closes however this process ends.
        lifeline, _held = os.pipe()
        for name in self.order.clouds:
            cloud = Cloud(
                name=name,
                folder=self.state.cloud(name),
                home=self.home,
                options=self.order.options,
                groups=self.order.groups,
                guest_images=machines,
            )
            self._clouds.append(cloud)
            self.progress(f"{name}: starting")
            cloud.start(lifeline)
        os.close(lifeline)
        self._publish()
        self._finish_all()
        if self._stop.is_set():
            return
        self._write_clouds_yaml()
        self._ready = True
        self._publish()
        self.progress(f"ready: {self.state.clouds_yaml}")

    def _prepare_guests(self) -> Mapping[Guest, Path]:
        """Install OpenStack, and for real guests what they need; return their images.

        Raises:
            DevcloudError: this machine cannot run the guests that are wanted; the message says why and what would help.
        """
        options = self.order.options
        if options.hypervisor is not Hypervisor.FAKE:
            ready.require_machine(options)
        environment.ensure(self.home, self.progress)
        return {} if options.hypervisor is Hypervisor.FAKE else ready.prepare(self.home, options, self.progress)

    def _clear(self) -> None:
        """Remove what an earlier devcloud left here: guests live in memory, so a devcloud is made anew."""
        shutil.rmtree(self.state.root / "clouds", ignore_errors=True)
        self.state.clouds_yaml.unlink(missing_ok=True)

    def _finish_all(self) -> None:
        """Wait for every cloud side by side; raise the first failure at once, and return at once when told to end.

        The waiting threads may be held up by a service that has not begun to answer, so they are left behind then.
        """
        failures: list[BaseException] = []

        def finish(cloud: Cloud) -> None:
            try:
                cloud.finish(self.progress, lambda: self._stop.is_set() or bool(failures))
            except BaseException as error:  # noqa: BLE001 - raised again below, in the main thread
                failures.append(error)

        threads = [threading.Thread(target=finish, args=(cloud,), daemon=True) for cloud in self._clouds]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not self._stop.is_set():
            for process in self._running():
                status = process.child.poll()
                if status is not None:
                    raise DevcloudError(death_notice(process, status))
            self._wait_a_little()
        if failures and not self._stop.is_set():
            raise failures[0]

    def _write_clouds_yaml(self) -> None:
        content = {"clouds": {cloud.name: clouds_yaml_entry(cloud) for cloud in self._clouds}}
        draft = self.state.clouds_yaml.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        draft.replace(self.state.clouds_yaml)

    def _watch(self) -> None:
        while not self._stop.is_set():
            for process in self._running():
                status = process.child.poll()
                if status is not None and (process.cloud, process.service) not in self._ended:
                    self._ended[process.cloud, process.service] = status
                    self.progress(death_notice(process, status))
                    self._publish()
            self._wait_a_little()

    def _wait_a_little(self) -> None:
        if self.order.parent_fd is None:
            self._stop.wait(_WATCH_S)
        elif self._parent_is_gone(_WATCH_S):
            self._stop.set()

    def _end_with_parent(self) -> None:
        if self._parent_is_gone(0):
            raise KeyboardInterrupt

    def _parent_is_gone(self, patience_s: float) -> bool:
        fd = self.order.parent_fd
        return fd is not None and bool(select.select([fd], [], [], patience_s)[0]) and not os.read(fd, 1024)

    def _running(self) -> Sequence[processes.ServiceProcess]:
        return [process for cloud in self._clouds for process in cloud.services.values()]

    def _take_down(self) -> None:
        processes.end_all(self._running())
        was_ready, self._ready = self._ready, False
        self._publish()
        self.state.clouds_yaml.unlink(missing_ok=True)
        if self.order.disposable and was_ready:  # what failed to start is kept, with its logs
            shutil.rmtree(self.state.root, ignore_errors=True)
        self.progress("down")

    def _publish(self) -> None:
        records = tuple(
            ProcessRecord(
                cloud=process.cloud, service=process.service, pid=process.child.pid, exit_status=process.child.poll()
            )
            for process in self._running()
        )
        state = DevcloudState(
            supervisor_pid=os.getpid(),
            clouds=self.order.clouds,
            processes=records,
            ready=self._ready,
            failure=self._failure,
            endpoints={cloud.name: dict(cloud.endpoints) for cloud in self._clouds},
        )
        draft = self.state.state.with_suffix(".draft")
        draft.write_text(state.dump(), encoding="utf-8")
        draft.replace(self.state.state)


def is_running(state: StateFolder) -> bool:
    """Return whether a supervisor holds this state folder."""
    try:
        with state.lock.open("a") as lock:
            return not _locked(lock)
    except FileNotFoundError:
        return False


def read_state(state: StateFolder) -> DevcloudState | None:
    """Return what the supervisor said last, or None when there never was one."""
    try:
        return DevcloudState.load(state.state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _locked(lock: IO[str], *, patience_s: float = 0.0) -> bool:
    """Take a lock for as long as the file is open; return False when another process keeps it."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_WATCH_S / 4)
        else:
            return True
