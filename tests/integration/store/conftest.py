"""What tests of the repositories begin with: a transaction, and records for others to refer to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from provisioner.operation import Actor, PlanId, RevisionId
from provisioner.plan import Plan
from provisioner.store import plans, revisions
from provisioner.store.database import Connection, Database

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    """When it happened."""
    return AT


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction on a database of its own, for tests that look at one repository."""
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
