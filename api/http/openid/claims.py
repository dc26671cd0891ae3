"""What a token says, once its signature counts: whether it is for us and now, and whom it makes its bearer. Pure.

The rules are OpenID Connect Core's (3.1.3.7) and RFC 7519's (4.1). Times are checked here, not by the library that checks
signatures, so that they are the service's own clock's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from api.http.authentication import Admitted, Refused
from api.http.openid.trust import Grant, Trust
from provisioner.access import Principal, Role
from provisioner.operation import Actor
from tenants.names import IDENTIFIER, TenantName

#: Before each name that an issuer gave. No other way in makes such a name by itself, so nobody's choice of a user name can be
#: taken for a bearer token's, for an operating-system user's or for Tenantry's own: reviews are kept apart by these names.
PREFIX: Final = "oidc:"
#: Before a subject, where a token has no name. Another prefix, or a user name could be chosen to be somebody's subject.
SUBJECT_PREFIX: Final = "oidc-sub:"
_LONGEST: Final = 200
#: The last second of the year 9999, the last that a `datetime` can be.
_LAST: Final = 253402300799

Claims = Mapping[str, Any]


def judge(claims: Claims, trust: Trust, now: datetime) -> Admitted | Refused:
    """Who the bearer is, and until when; or why the token does not count."""
    wrong = _unfit(claims, trust) or _untimely(claims, trust, now)
    if wrong:
        return Refused(reason=wrong)
    actor = actor_of(claims, trust)
    if isinstance(actor, Refused):
        return actor
    granted = granted_by(claims, trust)
    if isinstance(granted, Refused):
        return Refused(reason=f"{actor}: {granted.reason}")
    principal = Principal(actor=actor, role=granted.role, tenant=granted.tenant)
    # As long as it is let in, with the leeway: a stream that ended sooner would be come back to at once, again and again.
    return Admitted(principal=principal, until=datetime.fromtimestamp(min(claims["exp"] + trust.leeway, _LAST), UTC))


def actor_of(claims: Claims, trust: Trust) -> Actor | Refused:
    """The name that counts in reviews and in the record."""
    for prefix, claim in ((PREFIX, trust.actor_claim), (SUBJECT_PREFIX, "sub")):
        name = value_of(claims, claim)
        if name is None:
            continue
        if not _is_name(name):
            return Refused(reason=f"the token's {claim} is not a name")
        return Actor(f"{prefix}{name}")
    return Refused(reason=f"the token names nobody: it has neither {trust.actor_claim} nor sub")


def granted_by(claims: Claims, trust: Trust) -> Grant | Refused:
    """What its bearer is here: the first grant, in the order of the settings, whose value the token has.

    Roles are no ladder (a reviewer does what a member may not, and the other way round), and a principal has one part of
    the tree; so it is for whoever runs the service to say which grant comes first, and not for the order of the token.
    """
    held = value_of(claims, trust.roles_claim)
    values = {held} if isinstance(held, str) else {each for each in held or () if isinstance(each, str)}
    found = next((each for each in trust.grants if each.value in values), None)
    if found is None:
        return Refused(reason=f"nothing in the token's {trust.roles_claim} stands for a role here")
    if found.role is not Role.MEMBER or found.tenant is not None:
        return found
    tenant = None if trust.tenant_claim is None else value_of(claims, trust.tenant_claim)
    if not isinstance(tenant, str) or not IDENTIFIER.fullmatch(tenant):
        where = f"its {trust.tenant_claim} is not a tenant's name" if trust.tenant_claim else "no setting says of which"
        return Refused(reason=f"the token makes a member, but {where}")
    return Grant(value=found.value, role=found.role, tenant=TenantName(tenant))


def value_of(claims: Claims, path: str) -> str | list[Any] | None:
    """A claim by its name, or, where none is called so, by a path of names with dots between: `realm_access.roles`."""
    found: Any = claims
    if path in claims:
        found = claims[path]
    else:
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str | list) else None


def _unfit(claims: Claims, trust: Trust) -> str | None:
    """Why a token is not for us. Its own words are in no reason: they are the bearer's until the issuer is known."""
    if claims.get("iss") != trust.issuer:
        return "the token is of another issuer"
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if trust.audience not in audiences:
        return "the token is for another audience"
    party = claims.get("azp")
    must_be_named = len(audiences) > 1 or bool(trust.clients)
    if must_be_named and (not isinstance(party, str) or party not in {trust.audience, *trust.clients}):
        return "the token was issued to a client (azp) that is not let in"
    return None


def _untimely(claims: Claims, trust: Trust, now: datetime) -> str | None:
    at = now.timestamp()
    for name, required in (("exp", True), ("iat", True), ("nbf", False)):
        value = claims.get(name)
        if value is None and not required:
            continue
        if not _is_time(value):
            return f"the token has no {name} that is a time"
    if claims["exp"] + trust.leeway <= at:
        return "the token is expired"
    if claims["iat"] - trust.leeway > at or (claims.get("nbf") or 0) - trust.leeway > at:
        return "the token does not count yet"
    return None


def _is_time(value: object) -> bool:
    """Whether it is seconds since 1970 (NumericDate); comparisons alone, for JSON has integers that no float holds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST and name.isprintable() and name == name.strip()
