"""The audit log's head in a file outside: it finds a log that was written anew from end to end in PostgreSQL."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from api.bootstrap import Tenantry
from api.settings import Settings
from provisioner.anchoring import Anchoring
from provisioner.archive import anchors_of
from provisioner.audit import Anchor, Entry, Event, Head, Tampering, chain
from provisioner.errors import InputError, StoreError
from provisioner.operation import Actor
from provisioner.routine import EVERYTHING
from provisioner.store import audit
from provisioner.store.database import Database
from provisioner.store.schema_service import audit as table

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where heads are noted."""
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def anchoring(database: Database, file: Path) -> Anchoring:
    """Notes them."""
    return Anchoring(database=database, file=file, now=lambda: AT)


def log(database: Database, number: int) -> None:
    """Let so many things be done."""
    event = Event(at=AT, actor=Actor("李娜"), action="plan.approved", subject="p")
    with database.transaction() as connection:
        audit.append_all(connection, [event] * number)


def noted(file: Path) -> list[Anchor]:
    """What the file says."""
    return list(anchors_of(file.read_text().splitlines(), name="file"))


def rewrite(database: Database, *, since: int) -> None:
    """Do what an attacker would who owns the database: another actor from an entry on, all digests and the head anew."""
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL session_replication_role TO replica"))
        entries = list(audit.read(connection))
        before = entries[since - 2] if since > 1 else None
        head = Head(count=before.seq, digest=before.digest) if before else Head()
        anew = list(chain(head, [replace(each.event, actor="nobody") for each in entries[since - 1 :]]))
        connection.execute(text("DELETE FROM tenantry.audit WHERE seq >= :since"), {"since": since})
        connection.execute(table.insert(), list(_rows(anew)))
        connection.execute(text("UPDATE tenantry.audit_head SET digest = :digest"), {"digest": anew[-1].digest})


def _rows(entries: Iterable[Entry]) -> Iterable[dict[str, object]]:
    for each in entries:
        yield audit._row(each)


def findings(database: Database, anchors: Iterable[Anchor] = ()) -> list[tuple[Tampering, int]]:
    """What is wrong with the log, and from where on."""
    with database.transaction() as connection:
        return [(each.kind, each.seq) for each in audit.examine(connection, anchors=anchors).findings]


def test_heads_are_noted_one_a_line(database: Database, anchoring: Anchoring, file: Path) -> None:
    """As they were; the log agrees with each."""
    assert anchoring.note().head == Head()
    log(database, 3)
    last = anchoring.note()
    log(database, 2)
    assert [each.head.count for each in noted(file)] == [0, 3]
    with database.transaction() as connection:
        found = audit.examine(connection, anchors=noted(file))
    assert (found.findings, found.agrees, found.end.count) == ((), last, 5)


@pytest.mark.parametrize("since", [1, 3, 4, 6])
def test_a_log_written_anew_is_found(database: Database, anchoring: Anchoring, file: Path, since: int) -> None:
    """From after the last anchor that agrees; the log itself fits, and only the file tells."""
    for _ in range(2):
        log(database, 3)
        anchoring.note()
    rewrite(database, since=since)
    assert findings(database) == []
    assert findings(database, noted(file)) == [(Tampering.ALTERED, 1 if since <= 3 else 4)]


def test_what_was_done_since_the_last_anchor_only_the_next_one_guards(
    database: Database, anchoring: Anchoring, file: Path
) -> None:
    """So note often."""
    log(database, 3)
    anchoring.note()
    log(database, 1)
    rewrite(database, since=4)
    assert findings(database, noted(file)) == []


def test_the_next_note_finds_it_by_itself(database: Database, anchoring: Anchoring, file: Path) -> None:
    """And notes nothing that would hide it."""
    log(database, 3)
    anchoring.note()
    rewrite(database, since=2)
    with pytest.raises(StoreError, match=r"tampered with: entry 3.*is another"):
        anchoring.note()
    assert len(noted(file)) == 1


def test_a_log_cut_short_is_found(database: Database, anchoring: Anchoring, file: Path) -> None:
    """With its head moved back."""
    log(database, 3)
    anchoring.note()
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL session_replication_role TO replica"))
        connection.execute(text("DELETE FROM tenantry.audit WHERE seq = 3"))
        connection.execute(
            text("UPDATE tenantry.audit_head SET count = 2, digest = (SELECT digest FROM tenantry.audit WHERE seq = 2)")
        )
    assert findings(database) == []
    assert findings(database, noted(file)) == [(Tampering.REMOVED, 3)]
    with pytest.raises(StoreError, match="is gone"):
        anchoring.note()


@pytest.mark.parametrize("content", ['{"seq":1,"dig', "half a line\n"])
def test_a_damaged_file_is_not_added_to(anchoring: Anchoring, file: Path, content: str) -> None:
    """Somebody has to look."""
    file.write_text(content)
    with pytest.raises(InputError, match=r"anchors\.jsonl"):
        anchoring.note()
    assert file.read_text() == content


def test_a_file_that_cannot_be_written(anchoring: Anchoring, tmp_path: Path) -> None:
    """Is said, not passed over."""
    with pytest.raises(InputError, match="cannot be noted"):
        replace(anchoring, file=tmp_path / "none" / "anchors").note()


def test_an_entry_that_comes_while_it_is_verified_is_no_finding(database: Database) -> None:
    """The log is examined as it was at one moment."""
    log(database, 1500)
    with database.transaction() as reading:
        entries = audit.read

        def meanwhile(connection: object, **bounds: int) -> Iterable[Entry]:
            log(database, 1)
            return entries(connection, **bounds)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(audit, "read", meanwhile)
            found = audit.examine(reading)
    assert (found.findings, found.end.count) == ((), 1500)


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [(None, None, (1, 5)), (2, None, (3, 5)), (None, 3, (1, 3)), (1, 4, (2, 4)), (9, None, (1, 0)), (None, 0, (1, 0))],
)
def test_a_time_is_a_span_without_gaps(
    database: Database, since: int | None, until: int | None, span: tuple[int, int]
) -> None:
    """From its first entry to its last."""
    events = [Event(at=AT.replace(hour=hour), actor=Actor("李娜"), action="a", subject="p") for hour in range(5)]
    with database.transaction() as connection:
        audit.append_all(connection, events)
        times = [None if hour is None else AT.replace(hour=hour) for hour in (since, until)]
        assert audit.span(connection, since=times[0], until=times[1]) == span


def test_a_worker_notes_it_where_a_setting_says_where(database_url: str, file: Path) -> None:
    """As work that comes again; without the setting there is no such work."""
    given = {"database_url": database_url, "audit_anchor_file": file, "audit_anchor_minutes": 5}
    with Tenantry(Settings.model_validate(given)) as tenantry:
        (routine,) = tenantry._anchoring()
        routine.run(EVERYTHING)
    assert (routine.every, [each.head for each in noted(file)]) == (timedelta(minutes=5), [Head()])
    with Tenantry(Settings.model_validate({"database_url": database_url})) as tenantry:
        assert tenantry._anchoring() == ()
