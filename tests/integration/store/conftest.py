"""A PostgreSQL for the run, and an empty database with our schema for each test that asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import make_url, text

from provisioner.operation import Actor, PlanId, RevisionId
from provisioner.plan import Plan
from provisioner.store import plans, revisions
from provisioner.store.database import Connection, Database

_NUMBERS = count(1)
AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    """When it happened."""
    return AT


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


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction on that database, for tests that look at one repository."""
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def revision(connection: Connection) -> RevisionId:
    """A manifest revision, for what refers to one."""
    return revisions.save(connection, {"tenants/市.yaml": "kind: Tenant\n"}, actor=Actor("ops@city"), at=AT)


@pytest.fixture
def plan(connection: Connection, revision: RevisionId) -> PlanId:
    """A plan, for what refers to one."""
    return plans.save(connection, Plan(sections=()), revision=revision, actor=Actor("ops@city"), at=AT)


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
