"""Bearer tokens: issued, told apart, revoked.

A token is `tnt_<id>_<secret>`; the secret is 256 random bits and is shown once. Kept is its SHA-256: a slow hash (argon2,
scrypt) makes guessing dear where people choose passwords, but nobody guesses 256 random bits however fast a guess is, and a
slow hash would cost every single request and hand attackers a way to keep the service busy.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from provisioner.access import Principal, Role, TokenId
from provisioner.audit import Event
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.store import audit, tokens
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.tokens import Token
from tenants.names import IDENTIFIER

#: How every token begins, so that secret scanners find one that leaked.
PREFIX: Final = "tnt_"
_FORM: Final = re.compile(r"tnt_([0-9a-z]{18})_([A-Za-z0-9_-]{43})")
_SECRET_BYTES: Final = 32
LONGEST: Final = timedelta(days=366)


class Refusal(StrEnum):
    """Why a token does not count."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new token. Its text exists nowhere else."""

    token: Token
    text: str


def issue(database: Database, principal: Principal, *, by: Actor, at: datetime, lifetime: timedelta) -> Issued:
    """Make a token for somebody and note it in the audit log. Raises InputError for one that cannot be."""
    _must_make_sense(principal, lifetime)
    identity, secret = TokenId(new_id(at)), secrets.token_urlsafe(_SECRET_BYTES)
    token = Token(
        id=identity,
        principal=Principal(actor=principal.actor, role=principal.role, tenant=principal.tenant, token=identity),
        digest=_digest(secret),
        created_at=at,
        created_by=by,
        expires_at=at + lifetime,
    )
    detail = {
        "actor": principal.actor,
        "role": principal.role.value,
        "tenant": principal.tenant,
        "expires": token.expires_at.isoformat(),
    }
    with database.transaction() as connection:
        tokens.create(connection, token)
        audit.append(connection, Event(at=at, actor=by, action="token.issued", subject=identity, detail=detail))
    return Issued(token=token, text=f"{PREFIX}{identity}_{secret}")


def revoke(database: Database, token: TokenId, *, by: Actor, at: datetime) -> bool:
    """Let a token count no more, and note it. Returns whether it did until now; InputError where there is no such token."""
    with database.transaction() as connection:
        found = tokens.find(connection, token)
        if found is None:
            raise InputError(f"there is no token {token}; `tenantry token list` shows those that there are")
        revoked = tokens.revoke(connection, token, by=by, at=at)
        if revoked:
            detail = {"actor": found.principal.actor}
            audit.append(connection, Event(at=at, actor=by, action="token.revoked", subject=token, detail=detail))
    return revoked


def principal_of(connection: Connection, text: str, *, at: datetime) -> tuple[Principal, datetime] | Refusal:
    """Who shows this token, and until when it counts; or why it does not."""
    form = _FORM.fullmatch(text)
    if form is None:
        return Refusal.MALFORMED
    token = tokens.find(connection, TokenId(form[1]))
    # Whether an id exists is no secret, but a wrong secret must not be told from an unknown token.
    if token is None or not hmac.compare_digest(token.digest, _digest(form[2])):
        return Refusal.UNKNOWN
    if token.revoked_at is not None:
        return Refusal.REVOKED
    return (token.principal, token.expires_at) if at < token.expires_at else Refusal.EXPIRED


def _must_make_sense(principal: Principal, lifetime: timedelta) -> None:
    if not principal.actor.strip():
        raise InputError("a token is for somebody: give their name")
    if not timedelta() < lifetime <= LONGEST:
        raise InputError(f"a token lasts from one day to {LONGEST.days} days")
    if principal.role is Role.MEMBER and principal.tenant is None:
        raise InputError("a member's token is for a tenant: name it with --tenant")
    if principal.tenant is not None and not IDENTIFIER.fullmatch(principal.tenant):
        raise InputError(f"{principal.tenant}: not a tenant's name")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
