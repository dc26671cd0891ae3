"""The door to PostgreSQL: an embedded server in a folder, or a server at a URL; transactions, and our own errors.

Every repository of this package takes the `Connection` that `Database.transaction` or `Database.autocommit` lends.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from provisioner.errors import StoreError, StoreUnavailable
from provisioner.store import upgrade
from provisioner.store.codec import text_of
from provisioner.store.embedded import EmbeddedServer

__all__ = ["Connection", "Database", "open_database"]

_DRIVER: Final = "postgresql+psycopg"
#: What else people and platforms call PostgreSQL in a URL.
_SCHEMES: Final = {"postgresql", "postgres", _DRIVER, "postgresql+psycopg2"}
_OLDEST: Final = 14
_CONNECTING: Final = {"client_encoding": "utf8", "connect_timeout": 10}
#: Times come back in UTC; and a client that froze in a transaction does not hold its locks for ever.
_SESSION: Final = "SET timezone TO 'UTC'; SET idle_in_transaction_session_timeout TO '60s'"


def open_database(url: str | None, folder: Path) -> "Database":
    """The database that a command works on: the server at `url`, or, where it is None, the embedded one in `folder`.

    The embedded database is made and upgraded as needed. A server's schema is only checked: its owner upgrades it with
    `tenantry db upgrade`. Raises StoreError where it cannot be reached or its schema is not this version's.
    """
    database = Database.embedded(folder) if url is None else Database.connect(url)
    try:
        if url is None:
            database.upgrade()
        database.check()
    except BaseException:
        database.close()
        raise
    return database


class Database:
    """An open database with a bounded pool of connections; safe to share between threads.

    Use it as a context manager, or call `close`: the embedded server stops when its last user is gone.
    """

    def __init__(self, url: URL, *, pool_size: int, server: EmbeddedServer | None = None) -> None:
        """Use `connect` or `embedded`."""
        self._url = url
        self._server = server
        self._engine = self.new_pool("tenantry", size=pool_size)

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10) -> Self:
        """A server at `postgresql://user:password@host/name`, whatever its schema.

        Raises StoreError where the URL is not one, the server does not answer or cannot keep our text.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise StoreError("the database's URL is not one: postgresql://user:password@host:5432/name") from error
        if parsed.drivername not in _SCHEMES:
            raise StoreError(f"Tenantry keeps its records in PostgreSQL, not in {parsed.drivername}")
        database = cls(parsed.set(drivername=_DRIVER), pool_size=pool_size)
        try:
            database._check_server()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def embedded(cls, folder: Path, *, pool_size: int = 10) -> Self:
        """The server that keeps its data in `folder`, started where it is not running, whatever its schema.

        Any number of processes may have it open at once. Raises StoreError where it cannot be started.
        """
        server = EmbeddedServer(folder)
        return cls(server.url, pool_size=pool_size, server=server)

    @property
    def url(self) -> str:
        """The SQLAlchemy URL, password included: never print it."""
        return self._url.render_as_string(hide_password=False)

    def __str__(self) -> str:
        return self._url.set(drivername="postgresql").render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end of the block, rolled back where it raises.

        Raises StoreError for whatever the database refuses.
        """
        with self.translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection on which every statement is its own transaction: one round trip instead of three."""
        with self.translated(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """What is raised by whoever uses a pool of ours, as StoreError."""
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as error:
            raise self._store_error(error) from error

    def upgrade(self) -> None:
        """Bring the schema to this version; nothing where it is. Raises StoreError where it is at a newer one."""
        with self.transaction() as connection:
            if upgrade.current(connection) != upgrade.HEAD:
                upgrade.apply(connection)

    def check(self) -> None:
        """Raises StoreError, with the command that helps, where the schema is not this version's."""
        with self.autocommit() as connection:
            upgrade.check(upgrade.current(connection))

    def new_pool(self, name: str, *, size: int) -> Engine:
        """Another pool of connections, which the caller disposes of; the server lists them under the name."""
        engine = create_engine(
            self._url,
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={**_CONNECTING, "application_name": name},
            json_serializer=text_of,
        )
        event.listen(engine, "connect", _begin_session)
        event.listen(engine, "handle_error", _tell_lost)
        _close_what_comes_late(engine)
        return engine

    def close(self) -> None:
        """Give all connections back; no more are lent."""
        self._engine.dispose()
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _store_error(self, error: DBAPIError | PoolTimeoutError) -> StoreError:
        if isinstance(error, PoolTimeoutError):
            return StoreUnavailable(f"all connections to the database {self} are in use")
        reason = str(error.orig).strip()
        # Without a code the server never answered; class 57P is it shutting down.
        code = getattr(error.orig, "sqlstate", None)
        if code is None or code.startswith(("08", "57P")):
            return StoreUnavailable(f"the database {self} cannot be reached: {reason}")
        return StoreError(f"the database refused: {reason}")

    def _check_server(self) -> None:
        with self.autocommit() as connection:
            query = text(
                "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int / 10000"
            )
            encoding, version = connection.execute(query).one()
        if encoding != "UTF8":
            raise StoreError(f"the database {self} has the encoding {encoding}; create it with ENCODING 'UTF8'")
        if version < _OLDEST:
            raise StoreError(f"the database {self} is PostgreSQL {version}; Tenantry needs {_OLDEST} or later")


def _begin_session(connection: Any, _: object) -> None:
    try:
        connection.execute(_SESSION)
        connection.commit()
    except BaseException:  # the pool lets go of what it could not prepare, without closing it
        connection.close()
        raise


def _close_what_comes_late(engine: Engine) -> None:
    """Close connections that a thread still had when the pool was disposed of; the pool would leave them open."""
    disposed = threading.Event()

    def dispose(_: Engine) -> None:
        disposed.set()

    def check_in(connection: Any, _: object) -> None:
        if disposed.is_set() and connection is not None:
            connection.close()

    event.listen(engine, "engine_disposed", dispose)
    event.listen(engine, "checkin", check_in)


def _tell_lost(context: ExceptionContext) -> None:
    """Have a server that never answered known as lost: not all that psycopg says of one is recognised by everybody."""
    error = context.sqlalchemy_exception
    if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) is None:
        context.is_disconnect = True
