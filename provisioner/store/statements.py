"""Closed statements: appended inside the caller's transaction, read by month, never changed.

The rows are a chain as the audit log's are, and its rules examine them: a row's event is `statement.closed` of `MONTH/TENANT`,
with the whole statement as its detail. A month's first row has the terms that it was closed by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from provisioner import audit
from provisioner.audit import Digest, Entry, Event, Examination, Head
from provisioner.operation import Actor
from provisioner.statements.months import Month
from provisioner.statements.statement import Statement, Terms
from provisioner.store.codec import decode, encode
from provisioner.store.schema_statements import statements as table
from provisioner.store.schema_statements import statements_head
from tenants.names import TenantName

#: The action of every entry.
ACTION: Final = "statement.closed"
#: Stands in a tenant's place in the row that has a month's terms; no tenant has such a name.
_TERMS: Final = "_terms"
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A month that is closed."""

    month: Month
    terms: Terms
    at: datetime
    actor: Actor
    #: How many statements it has, and the digest of the last: from then on none can be changed unseen.
    count: int
    digest: Digest


def lock(connection: Connection) -> Head:
    """The end of the chain; whoever else would close waits until the caller's transaction ends."""
    row = connection.execute(_head().with_for_update()).one()
    return Head(count=row.entries, digest=Digest(row.digest))


def append(
    connection: Connection, terms: Terms, statements: Iterable[Statement], *, actor: Actor, at: datetime
) -> Head:
    """Keep a month's statements with the terms they were made by. Call `lock` first."""
    before = lock(connection)
    contents = [(_TERMS, encode(Terms, terms)), *((each.tenant, encode(Statement, each)) for each in statements)]
    events = (
        Event(at=at, actor=actor, action=ACTION, subject=f"{terms.month}/{tenant}", detail=content)
        for tenant, content in contents
    )
    entries = list(audit.chain(before, events))
    connection.execute(insert(table), [_row(each) for each in entries])
    after = Head(count=entries[-1].seq, digest=entries[-1].digest)
    connection.execute(update(statements_head).values(count=after.count, digest=after.digest))
    return after


def months(connection: Connection) -> tuple[Closed, ...]:
    """All closed months, the earliest first."""
    columns = table.c
    last = select(columns.month, func.max(columns.seq).label("last"), func.count().label("rows")).group_by(
        columns.month
    )
    ends = last.subquery()
    terms = table.alias()
    query = (
        select(terms.c.month, terms.c.content, terms.c.at, terms.c.actor, ends.c.rows, columns.digest)
        .join_from(terms, ends, ends.c.month == terms.c.month)
        .join(table, columns.seq == ends.c.last)
        .where(terms.c.tenant == _TERMS)
        .order_by(terms.c.month)
    )
    return tuple(
        Closed(
            month=Month.parse(row.month),
            terms=decode(Terms, row.content),
            at=row.at,
            actor=Actor(row.actor),
            count=row.rows - 1,
            digest=Digest(row.digest),
        )
        for row in connection.execute(query)
    )


def of_month(
    connection: Connection, month: Month, tenants: Iterable[TenantName] | None = None
) -> tuple[Statement, ...]:
    """A closed month's statements, by tenant; of these tenants alone, where they are given."""
    query = select(table.c.content).where(table.c.month == str(month), table.c.tenant != _TERMS)
    if tenants is not None:
        query = query.where(table.c.tenant.in_(sorted(tenants)))
    return tuple(decode(Statement, each) for each in connection.execute(query.order_by(table.c.tenant)).scalars())


def read(connection: Connection, *, last: int = 2**63 - 1) -> Iterator[Entry]:
    """The chain in order, a batch in memory at a time."""
    after = 0
    while True:
        query = select(table).where(table.c.seq > after, table.c.seq <= last).order_by(table.c.seq).limit(_BATCH)
        rows = connection.execute(query).all()
        yield from map(_entry, rows)
        if not rows:
            return
        after = rows[-1].seq


def examine(connection: Connection, *, kept: Head | None = None) -> Examination:
    """Read the whole chain and say what is wrong with it. `kept` was noted elsewhere: the audit log has each closing's."""
    newest = select(func.max(table.c.seq)).scalar_subquery().label("newest")
    row = connection.execute(_head().add_columns(newest)).one()
    head = Head(count=row.entries, digest=Digest(row.digest))
    return audit.examine(read(connection, last=row.newest or 0), head=head, kept=kept)


def _head() -> Any:
    return select(statements_head.c.count.label("entries"), statements_head.c.digest)


def _row(entry: Entry) -> dict[str, object]:
    month, _, tenant = entry.event.subject.partition("/")
    return {
        "seq": entry.seq,
        "month": month,
        "tenant": tenant,
        "at": entry.event.at,
        "actor": entry.event.actor,
        "content": dict(entry.event.detail),
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _entry(row: Any) -> Entry:
    event = Event(
        at=row.at,
        actor=Actor(row.actor),
        action=ACTION,
        subject=f"{row.month}/{row.tenant}",
        detail=row.content,
    )
    return Entry(seq=row.seq, event=event, previous=Digest(row.previous), digest=Digest(row.digest))
