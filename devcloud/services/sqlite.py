"""Makes SQLite serve a whole OpenStack service: many threads, no "database is locked".

oslo.db opens a *deferred* transaction, so a transaction that reads first and writes later fails at once with
``SQLITE_BUSY`` when another thread wrote in between. Here every transaction takes the write lock when it begins
(``BEGIN IMMEDIATE``), so it either waits for its turn or never conflicts. The write-ahead log and no syncing make
each turn short; durability across a power cut is not wanted of a cloud that is thrown away.
"""

from typing import Any

import sqlalchemy
from sqlalchemy.engine import Engine

_BUSY_TIMEOUT_MS = 60_000


def install() -> None:
    """Apply the tuning to every engine this process will make. Call it before a service creates its engine."""
    sqlalchemy.event.listen(Engine, "connect", _tune_connection)
    sqlalchemy.event.listen(Engine, "before_cursor_execute", _begin_immediately, retval=True)


def _tune_connection(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    dbapi_connection.execute("PRAGMA journal_mode=WAL")
    dbapi_connection.execute("PRAGMA synchronous=OFF")


def _begin_immediately(*event: Any) -> tuple[str, Any]:
    """Turn a plain BEGIN into BEGIN IMMEDIATE (SQLAlchemy's ``before_cursor_execute``, with ``retval``)."""
    _connection, _cursor, statement, parameters, *_ = event
    return ("BEGIN IMMEDIATE" if statement == "BEGIN" else statement), parameters
