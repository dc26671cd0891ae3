"""The embedded server's life: started by whoever needs it first, shared by all who come, stopped after the last.

A folder holds the data and three locks: `users`, held shared by every process that uses the server; `starting`, held by
the one that makes or starts it; and `keeper`, held by the process that stops it. The kernel gives locks back when a
process dies, however it dies, so there is nothing to tidy after a crash.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from provisioner.errors import StoreError
from provisioner.store import keeper
from provisioner.store.cluster import Cluster


class EmbeddedServer:
    """One use of the server in a folder, from construction to `close`."""

    def __init__(self, folder: Path) -> None:
        """Start the server where it is not running. Raises StoreError where that cannot be done."""
        self._folder = folder.absolute()
        self._cluster = Cluster(data=self._folder / "data")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Waits here while a keeper is about to stop the server.
            self._using: int | None = self._lock("users", fcntl.LOCK_SH)
        except OSError as error:
            taken = isinstance(error, FileExistsError | NotADirectoryError)
            reason = "there is a file in its place" if taken else error.strerror or error
            raise StoreError(
                f"the data folder {self._folder} cannot be used: {reason}; TENANTRY_STATE_DIR names another"
            ) from error
        try:
            self._start()
        except OSError as error:
            self.close()
            raise StoreError(f"PostgreSQL cannot be started in {self._folder}: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> URL:
        """Where the server is reached, by a user that needs no password."""
        return self._cluster.url

    def close(self) -> None:
        """Use it no longer; where nobody else does, the keeper stops it. Closing twice is the same."""
        if self._using is not None:
            os.close(self._using)
            self._using = None

    def _start(self) -> None:
        with self._locked("starting", fcntl.LOCK_EX):
            if not self._cluster.listening():
                self._cluster.start()
            if not self._has_keeper():
                self._start_keeper()

    def _lock(self, name: str, how: int) -> int:
        handle = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, how)
        except BaseException:
            os.close(handle)
            raise
        return handle

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        handle = self._lock(name, how)
        try:
            yield
        finally:
            os.close(handle)

    def _has_keeper(self) -> bool:
        try:
            with self._locked("keeper", fcntl.LOCK_EX | fcntl.LOCK_NB):
                return False
        except BlockingIOError:
            return True

    def _start_keeper(self) -> None:
        """Start it apart from this process: out of reach of the terminal's Ctrl-C, and nobody's child for long."""
        folder, cluster = self._folder, self._cluster
        paths = (keeper.__file__, cluster.data, cluster.socket, folder / "keeper", folder / "users")
        subprocess.run(  # noqa: S603  # our own program, with arguments of our own
            (sys.executable, "-I", "-S", *map(str, paths)),
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )
