"""What is believed of an issuer, and what its claims mean here: the settings of single sign-on, checked once. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from provisioner.access import Role
from provisioner.errors import InputError
from tenants.language.report import choose
from tenants.names import IDENTIFIER, TenantName

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ROLES: Final = tuple(each.value for each in Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one value of the roles claim makes somebody."""

    #: The value, such as a group's name.
    value: str
    role: Role
    #: The root of the part of the tree; None leaves it to the tenant claim for members, and is all of it for others.
    tenant: TenantName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One issuer, and how its tokens are read."""

    #: Exactly as the issuer writes it into its tokens.
    issuer: str
    #: What tokens for this service have in `aud`.
    audience: str
    #: Clients, beside the audience itself, that tokens may have been issued to.
    clients: Collection[str] = ()
    #: Seconds that the issuer's clock and ours may be apart.
    leeway: int = 30
    actor_claim: str = "preferred_username"
    roles_claim: str = "groups"
    tenant_claim: str | None = None
    #: In the order in which they count.
    grants: tuple[Grant, ...] = field(default=())


def grants_of(table: Mapping[str, str]) -> tuple[Grant, ...]:
    """The grants of a table from claim values to `role` or `role:tenant`, in its order. Raises InputError."""
    return tuple(_grant(value, meaning) for value, meaning in table.items())


def must_be_safe(url: str, *, what: str) -> None:
    """Raises InputError for an address whose answers somebody on the way could forge: HTTPS, or this very machine."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise InputError(f"{what} {url}: an https:// address is needed, for whoever forges its answers lets anybody in")


def _grant(value: str, meaning: str) -> Grant:
    name, _, tenant = meaning.partition(":")
    if name not in _ROLES:
        raise InputError(f"TENANTRY_OIDC_ROLES: {value}: there is no role {name!r}; {choose(name, _ROLES)}")
    if ":" in meaning and not IDENTIFIER.fullmatch(tenant):
        raise InputError(f"TENANTRY_OIDC_ROLES: {value}: {tenant!r} is not a tenant's name; write role or role:tenant")
    return Grant(value=value, role=Role(name), tenant=TenantName(tenant) if tenant else None)
