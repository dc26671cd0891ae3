"""The audit log in the database: appended inside the caller's transaction, read in order, never changed.

The head's row is locked from the append to the commit, so that the chain cannot fork; append last in a transaction,
and all events at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, insert, select, update

from provisioner import audit
from provisioner.audit import Detail, Digest, Entry, Event, Finding, Head
from provisioner.operation import Actor
from provisioner.store.schema import audit as table
from provisioner.store.schema import audit_head

#: Entries fetched at a time when the whole log is read.
_BATCH: Final = 1000


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


def head(connection: Connection) -> Head:
    """The end of the chain: note it outside the database to be able to show later that nothing was rewritten."""
    return _head(connection, lock=False)


def read(connection: Connection, *, after: int = 0) -> Iterator[Entry]:
    """Entries in the order of `seq`, from the one that follows `after`, a batch in memory at a time."""
    while True:
        query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(_BATCH)
        rows = connection.execute(query).all()
        for row in rows:
            event = Event(at=row.at, actor=Actor(row.actor), action=row.action, subject=row.subject, detail=row.detail)
            yield Entry(seq=row.seq, event=event, previous=Digest(row.previous), digest=Digest(row.digest))
        if len(rows) < _BATCH:
            return
        after = rows[-1].seq


def verify(connection: Connection, *, kept: Head | None = None) -> tuple[Finding, ...]:
    """What is wrong with the log: nothing where it is whole."""
    return audit.verify(read(connection), head=head(connection), kept=kept)


def _head(connection: Connection, *, lock: bool) -> Head:
    query = select(audit_head.c.count.label("entries"), audit_head.c.digest)
    row = connection.execute(query.with_for_update() if lock else query).one()
    return Head(count=row.entries, digest=Digest(row.digest))


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
