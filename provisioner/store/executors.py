"""The processes that carry out operations, so that a dead one's work is found and a live one's is left alone."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NewType

from sqlalchemy import Connection, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.processes import ProcessIdentity, is_gone
from provisioner.store.schema_service import executors as table

ExecutorId = NewType("ExecutorId", str)


def beat(connection: Connection, executor: ExecutorId, process: ProcessIdentity) -> None:
    """Say that the executor lives, by the database's clock; the first time makes it known."""
    row = {"id": executor, "host": process.host, "pid": process.pid, "process_start": process.start}
    change = insert(table).values(**row, seen_at=func.clock_timestamp())
    connection.execute(
        change.on_conflict_do_update(index_elements=[table.c.id], set_={"seen_at": change.excluded.seen_at})
    )


def alive(connection: Connection, *, silence: timedelta | None) -> frozenset[ExecutorId]:
    """The executors that live: seen to run on this machine, or heard of within `silence` on another.

    With None, those on other machines all count as living.
    """
    within = true() if silence is None else table.c.seen_at > func.clock_timestamp() - silence
    heard = within.label("heard")
    found = set()
    for row in connection.execute(select(table, heard)):
        gone = is_gone(ProcessIdentity(host=row.host, pid=row.pid, start=row.process_start))
        if row.heard if gone is None else not gone:
            found.add(ExecutorId(row.id))
    return frozenset(found)


def forget(connection: Connection, executors: Iterable[ExecutorId]) -> None:
    """Take executors off the list: they ended, and nothing is left of their work."""
    connection.execute(delete(table).where(table.c.id.in_(sorted(executors))))


def forget_silent(connection: Connection, *, silence: timedelta) -> None:
    """Take off the list whoever was not heard of for that long; one that lives after all puts itself back."""
    connection.execute(delete(table).where(table.c.seen_at < func.clock_timestamp() - silence))
