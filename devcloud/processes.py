"""Starts and ends the service processes, each in a process group of its own and with a clean environment."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.environment import code_path
from devcloud.errors import DevcloudError
from devcloud.layout import CloudFolder, Home
from devcloud.records import NOVA, CloudName, Endpoint, Hypervisor, ServiceName, ServiceSettings

_LOG_TAIL_LINES: Final = 30
_TERM_PATIENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """The two listening sockets of one service, opened before the service exists."""

    public: socket.socket
    internal: socket.socket

    @classmethod
    def open(cls, at: Endpoint | None = None) -> "Listener":
        """Listen on free ports of 127.0.0.1, or on the given ones."""
        return cls(public=_listen(at.public if at else 0), internal=_listen(at.internal if at else 0))

    @property
    def endpoint(self) -> Endpoint:
        """The ports."""
        return Endpoint(public=self.public.getsockname()[1], internal=self.internal.getsockname()[1])

    def close(self) -> None:
        """Close this process's copies; the service keeps its own."""
        self.public.close()
        self.internal.close()


def _listen(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it; without it each answer waits 40 ms for the client to acknowledge its headers.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.bind(("127.0.0.1", port))
    opened.listen(512)
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProcess:
    """A service process that this process started."""

    cloud: CloudName
    service: ServiceName
    log: Path
    child: subprocess.Popen[bytes]

    def log_tail(self) -> str:
        """Return the end of the service's log."""
        return log_tail(self.log)


def start(home: Home, settings: ServiceSettings, listener: Listener) -> ServiceProcess:
    """Start a service; the listening sockets pass to it.

    Call it from a thread that lives as long as the service should: the kernel's parent-death signal follows the thread.
    """
    folder = CloudFolder(root=settings.folder)
    file = folder.settings(settings.service)
    file.touch(mode=0o600)
    file.write_text(settings.dump(), encoding="utf-8")
    real = settings.service == NOVA and settings.options.hypervisor is not Hypervisor.FAKE
    with folder.log(settings.service).open("ab") as log:
        child = subprocess.Popen(
            [str(home.python), "-m", "devcloud.guests.cell" if real else "devcloud.services.run", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(home, folder),
            cwd=folder.root,
            pass_fds=(settings.public_fd, settings.internal_fd, settings.lifeline_fd),
            process_group=0,  # Ctrl-C is for the supervisor, which ends the services itself
        )
    listener.close()
    return ServiceProcess(cloud=settings.cloud, service=settings.service, log=folder.log(settings.service), child=child)


def create_schema(home: Home, folder: CloudFolder, service: ServiceName) -> None:
    """Create the empty databases of one service, and wait.

    Raises:
        DevcloudError: it failed; the message ends with its output.
    """
    done = subprocess.run(
        [str(home.python), "-m", "devcloud.services.schema", service, str(folder.config(service))],
        capture_output=True,
        text=True,
        env=_environment(home, folder),
        cwd=folder.root,
        check=False,
    )
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-_LOG_TAIL_LINES:])
        raise DevcloudError(f"creating the databases of {service} failed:\n{end}\n{log_tail(folder.log(service))}")


def end_all(running: Sequence[ServiceProcess]) -> None:
    """End processes: asked first, then killed."""
    alive = [process.child for process in running if process.child.poll() is None]
    for child in alive:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _TERM_PATIENCE_S
    for child in alive:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
    for child in alive:
        if child.poll() is None:
            child.kill()
            child.wait()


def log_tail(file: Path) -> str:
    """Return the last lines of a log, empty when there is none."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-_LOG_TAIL_LINES:])


def _environment(home: Home, folder: CloudFolder) -> dict[str, str]:
    """Return a service's environment: nothing of the caller's own but the search path and the locale."""
    return {
        "PATH": f"{home.venv / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        # libvirt's client, which real guests alone need, is built for this machine and kept beside the environment.
        "PYTHONPATH": f"{code_path(home)}:{home.guests / 'python'}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "LANG": "C.UTF-8",
        "HOME": str(folder.scratch),
        "TMPDIR": str(folder.scratch),
        # stevedore keeps its scan of the installed entry points here, for all starts to come.
        "XDG_CACHE_HOME": str(home.root / "cache"),
        # glibc would give every few threads an arena of their own, which doubles a process's memory.
        "MALLOC_ARENA_MAX": "2",
        "no_proxy": "127.0.0.1",
    }
