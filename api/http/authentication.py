"""Who asks: each way of proving it is an `Authenticator`, asked in turn.

Bearer tokens are the one there is. OpenID Connect, client certificates and Keystone's tokens join by the same interface: one
looks at what was presented and admits somebody, refuses it, or says that it is none of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from starlette.requests import HTTPConnection

from provisioner.access import Principal
from provisioner.store.database import Database
from provisioner.tokens import PREFIX, Refusal, principal_of

_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a request brings to prove who asks."""

    #: The bearer token, without its scheme; None where there is none.
    bearer: str | None
    #: The address that the request came from.
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Somebody who has proved who they are."""

    principal: Principal
    #: Until when the proof counts.
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A proof that does not count."""

    reason: str


class Authenticator(Protocol):
    """One way of proving who asks."""

    def authenticate(self, presented: Presented) -> Admitted | Refused | None:
        """Who it is; or why the proof does not count; or None where it is of another kind.

        MUST NOT raise for whatever was presented. May ask the database or the network.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAuthenticator:
    """The tokens that `tenantry token` issues."""

    database: Database
    now: Callable[[], datetime]

    def authenticate(self, presented: Presented) -> Admitted | Refused | None:
        """As the interface says. Asked at every request, so that a revoked token ends at once."""
        if presented.bearer is None or not presented.bearer.startswith(PREFIX):
            return None
        with self.database.autocommit() as connection:
            found = principal_of(connection, presented.bearer, at=self.now())
        if isinstance(found, Refusal):
            return Refused(reason=f"the token is {found}")
        principal, until = found
        return Admitted(principal=principal, until=until)


def presented_by(connection: HTTPConnection) -> Presented:
    """What a request brings."""
    header = connection.headers.get("authorization", "")
    bearer = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None
    return Presented(bearer=bearer, source=connection.client.host if connection.client else "")


def authenticate(presented: Presented, authenticators: Iterable[Authenticator]) -> Admitted | Refused | None:
    """The first answer that is one; None where nothing was presented. What nobody knows is refused."""
    for each in authenticators:
        found = each.authenticate(presented)
        if found is not None:
            return found
    return None if presented.bearer is None else Refused(reason="the token is not one of ours")
