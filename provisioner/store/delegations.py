"""Delegations: who takes whose place in reviews, for which requests, on which days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from provisioner.operation import Actor
from provisioner.requests.delegation import Delegation, DelegationId
from provisioner.store.schema_requests import delegations as table
from tenants.names import TenantName


def create(connection: Connection, delegation: Delegation) -> None:
    """Keep a new delegation."""
    row = {
        "id": delegation.id,
        "giver": delegation.giver,
        "taker": delegation.taker,
        "tenant": delegation.tenant,
        "first_day": delegation.first_day,
        "last_day": delegation.last_day,
        "created_at": delegation.created_at,
        "created_by": delegation.created_by,
    }
    connection.execute(insert(table).values(row))


def find(connection: Connection, delegation: DelegationId) -> Delegation | None:
    """The delegation of that id, whether it counts or not; None where there is none."""
    row = connection.execute(select(table).where(table.c.id == delegation)).one_or_none()
    return None if row is None else _delegation(row)


def to(connection: Connection, taker: Actor, day: date) -> tuple[Delegation, ...]:
    """Those that let somebody take another's place on that day."""
    current = (table.c.first_day <= day) & (table.c.last_day >= day) & table.c.revoked_at.is_(None)
    query = select(table).where(table.c.taker == taker, current).order_by(table.c.id)
    return tuple(_delegation(row) for row in connection.execute(query))


def listed(
    connection: Connection, *, of: Actor | None = None, before: DelegationId | None = None, limit: int | None = None
) -> tuple[Delegation, ...]:
    """All there ever were, newest first; or those that somebody gave or was given, or those made before another one."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if of is not None:
        query = query.where(or_(table.c.giver == of, table.c.taker == of))
    if before is not None:
        query = query.where(table.c.id < before)
    return tuple(_delegation(row) for row in connection.execute(query))


def revoke(connection: Connection, delegation: DelegationId, *, by: Actor, at: datetime) -> bool:
    """Let a delegation count no more. Returns whether nobody had revoked it before."""
    change = update(table).where(table.c.id == delegation, table.c.revoked_at.is_(None))
    return connection.execute(change.values(revoked_at=at, revoked_by=by)).rowcount == 1


def _delegation(row: Row[Any]) -> Delegation:
    return Delegation(
        id=DelegationId(row.id),
        giver=Actor(row.giver),
        taker=Actor(row.taker),
        tenant=None if row.tenant is None else TenantName(row.tenant),
        first_day=row.first_day,
        last_day=row.last_day,
        created_at=row.created_at,
        created_by=Actor(row.created_by),
        revoked_at=row.revoked_at,
        revoked_by=None if row.revoked_by is None else Actor(row.revoked_by),
    )
