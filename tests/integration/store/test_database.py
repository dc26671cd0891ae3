"""The door to PostgreSQL: transactions, retries, and errors that a person can act on."""

import threading
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from provisioner.errors import StoreError
from provisioner.store.database import Connection, Database


@pytest.fixture
def rows(database: Database) -> Database:
    """A database with two rows to quarrel about."""
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE rows (id int PRIMARY KEY, value int NOT NULL)"))
        connection.execute(text("INSERT INTO rows VALUES (1, 0), (2, 0)"))
    return database


def values(database: Database) -> list[int]:
    """What the rows hold now."""
    with database.autocommit() as connection:
        return list(connection.execute(text("SELECT value FROM rows ORDER BY id")).scalars())


def add(connection: Connection, row: int) -> None:
    """Add one to a row's value."""
    connection.execute(text("UPDATE rows SET value = value + 1 WHERE id = :row"), {"row": row})


def add_and_fail(block: AbstractContextManager[Connection]) -> None:
    """Add one to the first row, and raise before the block ends."""
    with block as connection:
        add(connection, 1)
        raise RuntimeError("boom")


def test_a_block_that_raises_leaves_nothing(rows: Database) -> None:
    """All of a transaction, or nothing of it."""
    with pytest.raises(RuntimeError, match="boom"):
        add_and_fail(rows.transaction())
    assert values(rows) == [0, 0]


def test_autocommit_keeps_each_statement(rows: Database) -> None:
    """What was done before an error stays done."""
    with pytest.raises(RuntimeError, match="boom"):
        add_and_fail(rows.autocommit())
    assert values(rows) == [1, 0]


def test_autocommit_ends_with_its_block(rows: Database) -> None:
    """A connection lent again is an ordinary one."""
    with rows.autocommit() as connection:
        add(connection, 1)
    with pytest.raises(RuntimeError, match="boom"):
        add_and_fail(rows.transaction())
    assert values(rows) == [1, 0]


def test_a_deadlock_is_an_error(rows: Database) -> None:
    """Nothing is run twice behind the caller's back."""
    with pytest.raises(StoreError, match="dead"), rows.transaction() as connection:
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'dead' USING ERRCODE = '40P01'; END $$"))


def test_what_the_database_refuses_is_our_error(rows: Database) -> None:
    """Its own words, in our kind of error."""
    with pytest.raises(StoreError, match="duplicate key"), rows.transaction() as connection:
        connection.execute(text("INSERT INTO rows VALUES (1, 0)"))


def test_text_is_unicode_whatever_the_locale(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese goes in and comes out, even where the machine's settings say otherwise."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("LC_ALL", "C")
    with Database.connect(database.url) as other, other.autocommit() as connection:
        assert connection.scalar(text("SELECT :name"), {"name": "市市场监督管理局 𠀀"}) == "市市场监督管理局 𠀀"
        assert connection.scalar(text("SHOW server_encoding")) == "UTF8"


def test_times_come_back_in_utc(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever zone the machine is in."""
    monkeypatch.setenv("PGTZ", "Asia/Shanghai")
    with Database.connect(database.url) as other, other.autocommit() as connection:
        assert connection.execute(text("SELECT timestamptz '2026-11-21 08:00+08'")).scalar_one().hour == 0


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    """Where it was looked for and why it failed, but never the secret."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/tenantry cannot be reached") as caught:
        Database.connect("postgresql://ops:hunter2@127.0.0.1:1/tenantry")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:///here.db", "mysql://host/name", "nonsense"])
def test_anything_but_postgresql_is_refused(url: str) -> None:
    """With the form that would be right, or the name of what is needed."""
    with pytest.raises(StoreError, match=r"PostgreSQL|postgresql://"):
        Database.connect(url)


def test_a_database_of_another_encoding_is_refused(server: Database) -> None:
    """It could not keep our text."""
    with server.autocommit() as connection:
        connection.execute(text("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
    with pytest.raises(StoreError, match="UTF8"):
        Database.connect(make_url(server.url).set(database="latin").render_as_string(hide_password=False))


def test_connections_are_bounded(database_url: str) -> None:
    """As many as the pool has, and no more."""
    with Database.connect(database_url, pool_size=2) as database:
        lent = [database.autocommit() for _ in range(2)]
        for each in lent:
            each.__enter__()
        waiting = threading.Thread(target=lambda: database.autocommit().__enter__(), daemon=True)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        for each in lent:
            each.__exit__(None, None, None)
        waiting.join(10)
        assert not waiting.is_alive()


def test_a_restarted_server_is_found_again(database: Database, server: Database) -> None:
    """A connection that the server dropped is replaced without an error."""
    with database.autocommit() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with server.autocommit() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)"))
    with database.autocommit() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_server_that_is_gone_is_known_as_lost() -> None:
    """Also by those who use a pool of ours and know SQLAlchemy's word for it alone."""
    gone = Database(make_url("postgresql+psycopg://postgres@/postgres?host=/nowhere"), pool_size=1)
    with pytest.raises(OperationalError) as raised:
        gone._engine.connect()
    assert raised.value.connection_invalidated


def test_a_connection_that_comes_back_late_is_closed(database: Database) -> None:
    """A thread may still be at work when its pool is given up; nothing stays open then."""
    pool = database.new_pool("late", size=1)
    with pool.connect() as connection:
        late = connection.connection.dbapi_connection
        pool.dispose()
    assert late is not None
    assert late.closed  # type: ignore[attr-defined]  # psycopg's
