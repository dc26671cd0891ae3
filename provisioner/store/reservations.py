"""What requests hold while they wait: checked, written and given back under one lock, so that two never get the last.

The lock is the ledger's only row. Whoever reserves or releases takes it first and keeps it to the end of the transaction;
after it only the audit log's head is locked. Since everybody takes the two in that order, nobody waits in a circle.

What was reserved becomes a holding when its manifests come into force (it is *settled*), and is given back in any
other end. Somebody who read the manifests in force before a settlement still counts it as reserved: `mark` remembers how
many settlements a reader has seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from provisioner.requests.increase import Amounts, Line
from provisioner.requests.request import RequestId
from provisioner.store.codec import resource_of, resource_text
from provisioner.store.schema_requests import reservation_ledger as ledger
from provisioner.store.schema_requests import reservations as table
from tenants.names import CloudName, TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the ledger was when somebody read what is in force."""

    #: How often operators had changed it.
    standing: int
    #: How many reservations had become holdings.
    settled: int


def mark(connection: Connection) -> Mark:
    """How far the ledger is. Read it with, or before, what is in force, so that nothing is counted by neither."""
    return _mark(connection, select(ledger))


def lock(connection: Connection) -> Mark:
    """Keep everybody else from reserving and releasing until the transaction ends."""
    return _mark(connection, select(ledger).with_for_update())


def count_standing(connection: Connection) -> None:
    """Note that an operator changed what is in force: requests being checked look again. Takes the lock."""
    connection.execute(update(ledger).values(standing=ledger.c.standing + 1))


def reserved(
    connection: Connection, clouds: Iterable[CloudName], *, besides: RequestId, since: Mark
) -> dict[Line, int]:
    """What other requests have reserved in these clouds, and what was settled after the mark. Call with the lock held."""
    counts = or_(table.c.released_at.is_(None), table.c.settled > since.settled)
    keys = (table.c.cloud, table.c.tenant, table.c.resource)
    query = (
        select(*keys, func.sum(table.c.amount).label("amount"))
        .where(table.c.cloud.in_(sorted(clouds)), table.c.request_id != besides, counts)
        .group_by(*keys)
    )
    return _amounts(connection, query)


def held_by(connection: Connection, request: RequestId) -> dict[Line, int]:
    """What one request has reserved; nothing once that was released."""
    query = select(table).where(table.c.request_id == request, table.c.released_at.is_(None))
    return _amounts(connection, query)


def live(connection: Connection, clouds: Iterable[CloudName] | None = None) -> dict[Line, int]:
    """What all requests together have reserved; in all clouds, or in these."""
    keys = (table.c.cloud, table.c.tenant, table.c.resource)
    query = select(*keys, func.sum(table.c.amount).label("amount")).where(table.c.released_at.is_(None))
    if clouds is not None:
        query = query.where(table.c.cloud.in_(sorted(clouds)))
    return _amounts(connection, query.group_by(*keys))


def hold(connection: Connection, request: RequestId, amounts: Amounts, *, at: datetime) -> None:
    """Reserve. Call with the lock held, after seeing that there is room."""
    rows = [
        {
            "request_id": request,
            "cloud": line.cloud,
            "tenant": line.tenant or "",
            "resource": resource_text(line.resource),
            "amount": amount,
            "made_at": at,
        }
        for line, amount in sorted(amounts.items())
    ]
    if rows:
        connection.execute(insert(table), rows)


def release(connection: Connection, request: RequestId, *, at: datetime) -> int:
    """Give back what a request still holds; returns how many lines that were: 0 the second time. Takes the lock."""
    lock(connection)
    return _end(connection, request, at=at, settled=None)


def settle(connection: Connection, request: RequestId, *, at: datetime) -> int:
    """As `release`, where what was reserved is from now on counted as held. Takes the lock."""
    settled = connection.execute(update(ledger).values(settled=ledger.c.settled + 1).returning(ledger.c.settled))
    return _end(connection, request, at=at, settled=settled.scalar_one())


def _end(connection: Connection, request: RequestId, *, at: datetime, settled: int | None) -> int:
    still = (table.c.request_id == request) & table.c.released_at.is_(None)
    return connection.execute(update(table).where(still).values(released_at=at, settled=settled)).rowcount


def _mark(connection: Connection, query: Select[tuple[int, int, int]]) -> Mark:
    row = connection.execute(query).one()
    return Mark(standing=row.standing, settled=row.settled)


def _amounts(connection: Connection, query: Select[tuple[str, ...]]) -> dict[Line, int]:
    return {
        Line(
            cloud=CloudName(row.cloud),
            tenant=TenantName(row.tenant) if row.tenant else None,
            resource=resource_of(row.resource),
        ): int(row.amount)
        for row in connection.execute(query)
    }
