"""The audit log in the database: one chain however many append, and no way to change it unseen."""

import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from provisioner.audit import Event, Head, Tampering
from provisioner.errors import StoreError
from provisioner.operation import Actor
from provisioner.store import audit
from provisioner.store.database import Connection, Database

EXCHANGE = """
UPDATE tenantry.audit SET seq = 99 WHERE seq = 3;
UPDATE tenantry.audit SET seq = 3 WHERE seq = 4;
UPDATE tenantry.audit SET seq = 4 WHERE seq = 99;
"""


@pytest.fixture
def event(at: datetime) -> Event:
    """Something that somebody did, with all that a detail may hold."""
    detail = {"cores": 2**70, "名": "市\0场", "list": [1, None, True, {"b": 1, "a": 2}], "10": "", "9": "\ud800"}
    return Event(
        at=at.replace(microsecond=123456), actor=Actor("ops@市"), action="plan.approved", subject="p", detail=detail
    )


@pytest.fixture
def log(database: Database, event: Event) -> Database:
    """A database with five entries."""
    with database.transaction() as connection:
        audit.append_all(connection, [replace(event, subject=str(number)) for number in range(5)])
    return database


def tamper(database: Database, statement: str) -> None:
    """Change what is never changed, as whoever owns the database can."""
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL session_replication_role TO replica"))
        connection.execute(text(statement))


def kinds(database: Database, kept: Head | None = None) -> set[Tampering]:
    """What kinds of tampering are found."""
    with database.transaction() as connection:
        return {finding.kind for finding in audit.verify(connection, kept=kept)}


def test_an_empty_log_is_whole(connection: Connection) -> None:
    """Nothing was done yet."""
    assert audit.verify(connection) == ()
    assert audit.head(connection) == Head()


def test_events_come_back_as_they_were(connection: Connection, event: Event) -> None:
    """In order, and chained."""
    first, second = audit.append(connection, event), audit.append(connection, replace(event, subject="q"))
    entries = list(audit.read(connection))
    assert [each.event for each in entries] == [event, replace(event, subject="q")]
    assert (entries[0].digest, entries[1].previous, entries[1].digest) == (first.digest, first.digest, second.digest)
    assert audit.verify(connection) == ()


def test_appending_nothing_changes_nothing(connection: Connection, event: Event) -> None:
    """The head stays."""
    head = audit.append(connection, event)
    assert audit.append_all(connection, []) == head == audit.head(connection)


def test_what_is_rolled_back_was_never_logged(database: Database, event: Event) -> None:
    """The log and what it tells of stand or fall together."""
    with database.transaction() as connection:
        audit.append(connection, event)
        connection.rollback()
    assert kinds(database) == set()
    with database.transaction() as connection:
        assert audit.head(connection) == Head()


def test_the_chain_never_forks(database: Database, event: Event) -> None:
    """However many append at once."""

    def work() -> None:
        for _ in range(20):
            with database.transaction() as connection:
                audit.append_all(connection, [event, event])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as connection:
        assert audit.head(connection).count == 320
        assert audit.verify(connection) == ()


def test_a_long_log_is_read_in_batches(database: Database, event: Event) -> None:
    """More entries than are fetched at a time."""
    with database.transaction() as connection:
        audit.append_all(connection, [event] * 2345)
    with database.transaction() as connection:
        assert [each.seq for each in audit.read(connection, after=1000)] == list(range(1001, 2346))
        assert audit.verify(connection) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tenantry.audit SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM tenantry.audit WHERE seq = 5",
        "TRUNCATE tenantry.audit",
        "DELETE FROM tenantry.audit_head",
        "INSERT INTO tenantry.audit_head (one, count, digest) VALUES (1, 0, '')",
        "UPDATE tenantry.audit_head SET count = 4",
    ],
)
def test_the_database_refuses_to_change_what_was_logged(log: Database, statement: str) -> None:
    """Even to us."""
    with pytest.raises(StoreError, match="the audit log is never changed"), log.transaction() as connection:
        connection.execute(text(statement))
    assert kinds(log) == set()


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE tenantry.audit SET actor = 'nobody' WHERE seq = 3", Tampering.ALTERED),
        ("UPDATE tenantry.audit SET at = at + interval '1 microsecond' WHERE seq = 5", Tampering.ALTERED),
        ("UPDATE tenantry.audit SET detail = '{\"ratio\": 1.5}' WHERE seq = 1", Tampering.ALTERED),
        ("DELETE FROM tenantry.audit WHERE seq = 1", Tampering.REMOVED),
        ("DELETE FROM tenantry.audit WHERE seq IN (2, 3)", Tampering.REMOVED),
        ("DELETE FROM tenantry.audit WHERE seq = 5", Tampering.REMOVED),
        ("DELETE FROM tenantry.audit", Tampering.REMOVED),
        (EXCHANGE, Tampering.REORDERED),
        ("UPDATE tenantry.audit_head SET count = 4", Tampering.ALTERED),
    ],
)
def test_tampering_is_found(log: Database, statement: str, kind: Tampering) -> None:
    """By whoever owns the database and can switch the refusal off."""
    tamper(log, statement)
    assert kinds(log) == {kind}


def test_a_cut_log_with_its_head_moved_back_is_found_by_the_head_kept_elsewhere(log: Database) -> None:
    """Inside, everything fits."""
    with log.transaction() as connection:
        kept = audit.head(connection)
    tamper(log, "DELETE FROM tenantry.audit WHERE seq > 3")
    tamper(
        log,
        "UPDATE tenantry.audit_head SET count = 3, digest = (SELECT digest FROM tenantry.audit WHERE seq = 3)",
    )
    assert kinds(log) == set()
    assert kinds(log, kept)
