"""Starts a supervisor as a process of its own, and ends it: what ``up``, ``down`` and the fixture have in common."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud import supervisor
from devcloud.environment import Progress
from devcloud.errors import DevcloudError
from devcloud.handle import Devcloud
from devcloud.layout import PACKAGE, StateFolder
from devcloud.processes import log_tail
from devcloud.records import CloudName, CloudOptions

_POLL_S: Final = 0.1
_DOWN_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The devcloud that is wanted."""

    clouds: tuple[CloudName, ...]
    options: CloudOptions
    #: A file with further groups; see :func:`devcloud.seed.read_groups`.
    groups: Path | None = None
    #: Whether the state folder goes when the devcloud ends, even when whoever started it was killed.
    disposable: bool = False

    def arguments(self) -> list[str]:
        """Return the command line that asks for it."""
        size = self.options
        arguments = [part for cloud in self.clouds for part in ("--cloud", cloud)]
        arguments += ["--computes", str(size.computes), "--vcpus", str(size.vcpus_per_compute)]
        arguments += ["--memory-mib", str(size.memory_mib_per_compute), "--disk-gib", str(size.disk_gib_per_compute)]
        arguments += ["--pool-gib", str(size.pool_gib)]
        arguments += ["--hypervisor", size.hypervisor]
        if size.debian:
            arguments.append("--debian")
        if size.unified_limits:
            arguments.append("--unified-limits")
        if size.bin_s:
            arguments += ["--bin", str(size.bin_s)]
        if self.groups is not None:
            arguments += ["--groups", str(self.groups)]
        if self.disposable:
            arguments.append("--disposable")
        return arguments


def start(state: StateFolder, wanted: Wanted, progress: Progress, *, child: bool) -> subprocess.Popen[bytes]:
    """Start a supervisor and return when its clouds are ready.

    Args:
        state: where it keeps everything.
        wanted: what to bring up.
        progress: told the supervisor's progress.
        child: whether the devcloud ends when this process does, however it does; otherwise it lives until ``down``.

    Raises:
        DevcloudError: it could not be started; the message has its last lines.
    """
    state.root.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "devcloud", "--state", str(state.root), "up", "--foreground"]
    command += wanted.arguments() + (["--parent-stdin"] if child else [])
    begin = state.log.stat().st_size if state.log.exists() else 0
    with state.log.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if child else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
            start_new_session=True,
        )
    try:
        _follow(state, process, begin, progress)
    except BaseException:
        end(process)
        raise
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a supervisor that this process started, and wait until its clouds are gone."""
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(_DOWN_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()  # its services end with it
        process.wait()


def down(state: StateFolder) -> bool:
    """End the devcloud of a state folder, whoever started it; return False when none runs.

    Raises:
        DevcloudError: it did not end.
    """
    told = supervisor.read_state(state)
    if told is None or not supervisor.is_running(state):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(told.supervisor_pid, signal.SIGTERM)
    deadline = time.monotonic() + _DOWN_PATIENCE_S
    while supervisor.is_running(state):
        if time.monotonic() > deadline:
            raise DevcloudError(f"supervisor {told.supervisor_pid} of {state.root} did not end")
        time.sleep(_POLL_S)
    return True


def running_clouds(state: StateFolder) -> Sequence[CloudName] | None:
    """Return the clouds of the ready devcloud in a state folder, or None when there is none."""
    try:
        return Devcloud.attach(state.root).clouds
    except DevcloudError:
        return None


def _follow(state: StateFolder, process: subprocess.Popen[bytes], begin: int, progress: Progress) -> None:
    """Pass the supervisor's lines on until it is ready."""
    while True:
        status = process.poll()
        begin = _pass_on(state.log, begin, progress)
        told = supervisor.read_state(state)
        if told is not None and told.supervisor_pid == process.pid and told.ready:
            return
        if status is not None:
            raise DevcloudError(f"the devcloud did not start:\n{log_tail(state.log)}")
        time.sleep(_POLL_S)


def _pass_on(log: Path, begin: int, progress: Progress) -> int:
    with log.open("rb") as opened:
        opened.seek(begin)
        content = opened.read()
    whole = content[: content.rfind(b"\n") + 1]
    for line in whole.decode(errors="replace").splitlines():
        progress(line.removeprefix("devcloud: "))
    return begin + len(whole)
