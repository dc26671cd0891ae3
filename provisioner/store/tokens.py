"""Bearer tokens, without their secrets: who acts with each, as what, until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from provisioner.access import Principal, Role, TokenId
from provisioner.operation import Actor
from provisioner.store.schema_service import tokens as table
from tenants.names import TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token."""

    id: TokenId
    principal: Principal
    #: SHA-256 of its secret, in hexadecimal.
    digest: str
    created_at: datetime
    created_by: Actor
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: Actor | None = None


def create(connection: Connection, token: Token) -> None:
    """Keep a new token."""
    row = {
        "id": token.id,
        "actor": token.principal.actor,
        "role": token.principal.role,
        "tenant": token.principal.tenant,
        "digest": token.digest,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
    }
    connection.execute(insert(table).values(row))


def find(connection: Connection, token: TokenId) -> Token | None:
    """The token of that id, whether it still counts or not; None where there is none."""
    row = connection.execute(select(table).where(table.c.id == token)).one_or_none()
    return None if row is None else _token(row)


def load_all(connection: Connection) -> tuple[Token, ...]:
    """Every token there ever was, oldest first."""
    return tuple(_token(row) for row in connection.execute(select(table).order_by(table.c.id)))


def revoke(connection: Connection, token: TokenId, *, by: Actor, at: datetime) -> bool:
    """Let a token count no more. Returns whether it did until now."""
    change = update(table).where(table.c.id == token, table.c.revoked_at.is_(None), table.c.expires_at > at)
    return connection.execute(change.values(revoked_at=at, revoked_by=by)).rowcount == 1


def _token(row: Row[Any]) -> Token:
    token = TokenId(row.id)
    return Token(
        id=token,
        principal=Principal(
            actor=Actor(row.actor),
            role=Role(row.role),
            tenant=None if row.tenant is None else TenantName(row.tenant),
            token=token,
        ),
        digest=row.digest,
        created_at=row.created_at,
        created_by=Actor(row.created_by),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_by=None if row.revoked_by is None else Actor(row.revoked_by),
    )
