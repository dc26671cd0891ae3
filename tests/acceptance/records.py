"""Tenantry's records as a database administrator has them: the tables themselves, by plain SQL."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text

from provisioner.store.database import Connection, Database
from tests.acceptance.shell import Shell
from tests.acceptance.waiting import until


@contextmanager
def superuser(shell: Shell) -> Iterator[Connection]:
    """A connection as PostgreSQL's superuser, past every guard that Tenantry sets itself."""
    with Database.embedded(shell.state) as database, database.transaction() as connection:
        connection.execute(text("SET session_replication_role TO replica"))
        yield connection


def rows(shell: Shell, query: str) -> list[Any]:
    """What a query gives: a list of values where it asks for one column, of tuples otherwise."""
    with superuser(shell) as connection:
        found = connection.execute(text(query)).all()
    return [each[0] if len(each) == 1 else tuple(each) for each in found]


def unfinished(shell: Shell) -> list[Any]:
    """What the journal has not brought to an end: operations under way, and steps begun."""
    operations = rows(shell, "SELECT id FROM tenantry.operations WHERE state IN ('queued', 'running')")
    return operations + rows(shell, "SELECT operation_id FROM tenantry.steps WHERE state = 'started'")


def kill_server(shell: Shell) -> None:
    """`kill -9` of everything that the embedded server consists of, as when the machine loses its power."""
    victims = {*_named(shell.state), *(child for pid in _named(shell.state) for child in _children(pid))}
    assert victims, "no embedded server is running"
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not any(_alive(pid) for pid in victims), "the embedded server's processes are gone")


def server_stopped(shell: Shell) -> None:
    """Wait until the embedded server has stopped by itself, so that its folder can be copied."""
    until(lambda: not (shell.state / "data" / "postmaster.pid").exists(), "the embedded server has stopped")


def _named(folder: Path) -> set[int]:
    """Processes whose command line speaks of the folder: the server's first process and its keeper."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if str(folder).encode() in (entry / "cmdline").read_bytes():
                    found.add(int(entry.name))
    return found


def _children(pid: int) -> set[int]:
    with suppress(OSError):
        return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}
    return set()


def _alive(pid: int) -> bool:
    """Whether it runs; one that only waits for its parent to notice its death does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
