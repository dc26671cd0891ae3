"""A PostgreSQL for the run, and a database of its own for each test that asks."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import make_url, text

from provisioner.store.database import Database

_NUMBERS = count(1)
#: What fails in what tests share is told in full, too.
pytest.register_assert_rewrite("tests.integration.moving")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The embedded server, with a template that holds our schema."""
    with Database.embedded(tmp_path_factory.mktemp("postgres")) as server:
        _make(server, "template")
        with Database.connect(_url(server, "template")) as template:
            template.upgrade()
        yield server


@pytest.fixture
def empty_url(server: Database) -> Iterator[str]:
    """The URL of a database without our schema."""
    yield from _lent(server, "template0")


@pytest.fixture
def database_url(server: Database) -> Iterator[str]:
    """The URL of a database with our schema and no records."""
    yield from _lent(server, "template")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with our schema and no records."""
    with Database.connect(database_url) as database:
        yield database


def _url(server: Database, name: str) -> str:
    return make_url(server.url).set(database=name).render_as_string(hide_password=False)


def _make(server: Database, name: str, template: str = "template0") -> None:
    with server.autocommit() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))


def _lent(server: Database, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    _make(server, name, template)
    yield _url(server, name)
    with server.autocommit() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
