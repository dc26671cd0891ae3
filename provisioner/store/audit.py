"""The audit log in the database: appended inside the caller's transaction, read in order, never changed.

The head's row is locked from the append to the commit, so that the chain cannot fork; append last in a transaction,
and all events at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from provisioner import audit
from provisioner.audit import Anchor, Detail, Digest, Entry, Event, Examination, Finding, Head
from provisioner.operation import Actor
from provisioner.store.schema_service import audit as table
from provisioner.store.schema_service import audit_head

#: Entries fetched at a time when the whole log is read.
_BATCH: Final = 1000
#: No entry has a greater number.
LAST: Final = 2**63 - 1


def append(connection: Connection, event: Event) -> Head:
    """Append one event. See `append_all`."""
    return append_all(connection, [event])


def append_all(connection: Connection, events: Iterable[Event]) -> Head:
    """Append events in order and return the new head.

    Other appends wait until the caller's transaction ends.
    """
    before = _head(connection, lock=True)
    entries = list(audit.chain(before, events))
    if not entries:
        return before
    connection.execute(insert(table), [_row(each) for each in entries])
    after = Head(count=entries[-1].seq, digest=entries[-1].digest)
    connection.execute(update(audit_head).values(count=after.count, digest=after.digest))
    return after


def has(connection: Connection, *, subject: str, action: str, detail: Mapping[str, Detail]) -> bool:
    """Whether an entry says this of the subject, with at least these details."""
    query = select(table.c.seq).where(
        table.c.subject == subject, table.c.action == action, table.c.detail.contains(dict(detail))
    )
    return connection.execute(query.limit(1)).first() is not None


def about(connection: Connection, subject: str, action: str) -> tuple[Entry, ...]:
    """All entries that say this was done to the subject, oldest first."""
    query = select(table).where(table.c.subject == subject, table.c.action == action).order_by(table.c.seq)
    return tuple(_entry(row) for row in connection.execute(query))


def head(connection: Connection) -> Head:
    """The end of the chain: note it outside the database to be able to show later that nothing was rewritten."""
    return _head(connection, lock=False)


def digest_of(connection: Connection, seq: int) -> Digest | None:
    """The digest of one entry; None where there is none of that number."""
    found = connection.execute(select(table.c.digest).where(table.c.seq == seq)).scalar()
    return None if found is None else Digest(found)


def read(connection: Connection, *, after: int = 0, last: int = LAST) -> Iterator[Entry]:
    """Entries in the order of `seq`, from the one that follows `after` to `last`, a batch in memory at a time."""
    while found := batch(connection, after=after, last=last):
        yield from found
        after = found[-1].seq


def batch(connection: Connection, *, after: int, last: int = LAST) -> tuple[Entry, ...]:
    """The next entries that follow `after`, up to `last`: some of them, none only where there are none."""
    query = select(table).where(table.c.seq > after, table.c.seq <= last).order_by(table.c.seq).limit(_BATCH)
    return tuple(_entry(row) for row in connection.execute(query))


def span(connection: Connection, *, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The numbers of the first and the last entry of a time, all between them included; nothing where the second is less.

    Processes' clocks differ a little, so an entry between may be of a moment outside: a part of the chain without gaps can
    be verified, one with gaps cannot.
    """
    first, last = func.min(table.c.seq), func.max(table.c.seq)
    begin = select(first).where(table.c.at >= since) if since else select(first)
    end = select(last).where(table.c.at < until) if until else select(last)
    found = connection.execute(select(begin.scalar_subquery(), end.scalar_subquery())).one()
    return (found[0] or 1, found[1] or 0) if found[0] is not None else (1, 0)


def verify(connection: Connection, *, kept: Head | None = None) -> tuple[Finding, ...]:
    """What is wrong with the log: nothing where it is whole."""
    return examine(connection, kept=kept).findings


def examine(connection: Connection, *, kept: Head | None = None, anchors: Iterable[Anchor] = ()) -> Examination:
    """Read the whole log as it is now, whoever appends to it meanwhile."""
    # One statement, so that the head and the last entry are of one moment.
    newest = select(func.max(table.c.seq)).scalar_subquery().label("newest")
    row = connection.execute(select(audit_head.c.count.label("entries"), audit_head.c.digest, newest)).one()
    standing = Head(count=row.entries, digest=Digest(row.digest))
    return audit.examine(read(connection, last=row.newest or 0), head=standing, kept=kept, anchors=anchors)


def _head(connection: Connection, *, lock: bool) -> Head:
    query = select(audit_head.c.count.label("entries"), audit_head.c.digest)
    row = connection.execute(query.with_for_update() if lock else query).one()
    return Head(count=row.entries, digest=Digest(row.digest))


def _entry(row: Any) -> Entry:
    event = Event(at=row.at, actor=Actor(row.actor), action=row.action, subject=row.subject, detail=row.detail)
    return Entry(seq=row.seq, event=event, previous=Digest(row.previous), digest=Digest(row.digest))


def _row(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.event.at,
        "actor": entry.event.actor,
        "action": entry.event.action,
        "subject": entry.event.subject,
        "detail": dict(entry.event.detail),
        "previous": entry.previous,
        "digest": entry.digest,
    }
