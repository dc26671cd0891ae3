"""Makes SQLite serve a whole OpenStack service: many threads, no "database is locked", no waste.

oslo.db opens a *deferred* transaction, so a transaction that reads first and writes later fails at once with
``SQLITE_BUSY`` when another thread wrote in between. Here every transaction takes the write lock when it begins
(``BEGIN IMMEDIATE``), so it either waits for its turn or never conflicts. The write-ahead log and no syncing make
each turn short; durability across a power cut is not wanted of a cloud that is thrown away.

Two things keep the turns quick. SQLite waits for its lock by sleeping and trying again, so threads queue for their
turn in memory first. And oslo.db opens a new connection for each transaction on SQLite, which reads the schema anew;
a pool keeps them.

A thread that looks something up on a second connection while its first one is writing (Placement does, when two servers
claim one host at a time) would wait for itself: there it begins plainly, and reads what was last committed.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy
from oslo_db.sqlalchemy import engines
from sqlalchemy import pool
from sqlalchemy.engine import Connection, Engine

_BUSY_TIMEOUT_MS = 60_000
_KEPT_CONNECTIONS = 16
_TURN_TIMEOUT_S = 10.0
"""After this a thread leaves the queue and waits for SQLite's own lock: the queue saves time, SQLite keeps order."""

_TURN = "devcloud.turn"
"""Where a connection's ``info`` holds the lock of the turn it has."""

_WRITES = "devcloud.writes"
"""Where a connection's ``info`` holds the database that it has the write lock of."""

_turns: dict[str, threading.Lock] = defaultdict(threading.Lock)


class _Mine(threading.local):
    """The databases that this thread has the write lock of."""

    def __init__(self) -> None:
        self.databases: set[str] = set()


_mine = _Mine()


def install() -> None:
    """Apply the tuning to every engine this process will make. Call it before a service creates its engine."""
    engines._init_connection_args.dispatch_for("sqlite")(_keep_connections)  # noqa: SLF001 - its own way to extend it
    sqlalchemy.event.listen(Engine, "connect", _tune_connection)
    sqlalchemy.event.listen(Engine, "before_cursor_execute", _begin_immediately, retval=True)
    for ending in ("commit", "rollback"):
        sqlalchemy.event.listen(Engine, ending, _end_turn)


def _keep_connections(_url: object, engine_args: dict[str, Any], options: dict[str, Any]) -> None:
    """Choose the pool (oslo.db's hook ``_init_connection_args``)."""
    options.pop("max_pool_size", None)
    options.pop("max_overflow", None)
    engine_args["poolclass"] = pool.QueuePool
    engine_args["pool_size"] = _KEPT_CONNECTIONS
    engine_args["max_overflow"] = -1
    engine_args["connect_args"]["check_same_thread"] = False


def _tune_connection(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    dbapi_connection.execute("PRAGMA journal_mode=WAL")
    dbapi_connection.execute("PRAGMA synchronous=OFF")


def _begin_immediately(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: Any) -> Any:
    """Turn a plain BEGIN into BEGIN IMMEDIATE, in turn (``before_cursor_execute``, with ``retval``)."""
    if statement != "BEGIN":
        return statement, parameters
    database = str(connection.engine.url.database)
    if database in _mine.databases:
        return statement, parameters
    _mine.databases.add(database)
    connection.info[_WRITES] = database
    turn = _turns[database]
    if turn.acquire(timeout=_TURN_TIMEOUT_S):
        connection.info[_TURN] = turn.release
    return "BEGIN IMMEDIATE", parameters


def _end_turn(connection: Connection) -> None:
    """Let the next thread have its turn (``commit`` and ``rollback``; SQLite's own lock covers what is left of them)."""
    _mine.databases.discard(connection.info.pop(_WRITES, ""))
    release: Callable[[], None] | None = connection.info.pop(_TURN, None)
    if release is not None:
        release()
