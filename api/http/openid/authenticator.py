"""The authenticator: a token's header read with suspicion, its signature checked by the issuer's key, its claims judged."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from api.http.authentication import Admitted, Presented, Refused
from api.http.openid.claims import judge
from api.http.openid.issuer import published_keys
from api.http.openid.keys import ALGORITHMS, KeyRing
from api.http.openid.trust import Trust

#: Three parts of base64url. What else a bearer may be, is not ours.
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
#: Characters; issuers that put hundreds of groups into a token stay below it.
_LONGEST: Final = 32 * 1024
_LONGEST_NAME: Final = 300
#: What a token may say that it is (`typ`, RFC 7519 and 9068): no logout token, no proof of possession.
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_JWS: Final = PyJWS()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdAuthenticator:
    """Tokens that one issuer signed."""

    trust: Trust
    keys: KeyRing
    now: Callable[[], datetime]

    def authenticate(self, presented: Presented) -> Admitted | Refused | None:
        """As the interface says. May wait some seconds for the issuer, where a token names a new key."""
        token = presented.bearer
        if token is None or len(token) > _LONGEST or not _FORM.fullmatch(token):
            return None
        header = _header(token)
        if isinstance(header, Refused):
            return header
        name, algorithm = header
        key = self.keys.find(name, algorithm)
        if key is None:
            return Refused(
                reason="no key of the issuer fits the token"
                if self.keys.known
                else "the issuer of tokens cannot be reached: try again, or use a token of `tenantry token`"
            )
        try:
            decoded = _JWS.decode_complete(token, key=key.material, algorithms=[algorithm])
            claims = json.loads(decoded["payload"])
        except (PyJWTError, ValueError, TypeError, RecursionError):
            return Refused(reason="the token's signature does not count")
        if not isinstance(claims, dict):
            return Refused(reason="the token says nothing")
        return judge(claims, self.trust, self.now())


def open_id(trust: Trust, now: Callable[[], datetime]) -> OpenIdAuthenticator:
    """The authenticator for an issuer on the network; begins to fetch its keys."""
    keys = KeyRing(fetch=partial(published_keys, trust.issuer))
    keys.start()
    return OpenIdAuthenticator(trust=trust, keys=keys, now=now)


def _header(token: str) -> tuple[str, str] | Refused:
    """The names of key and algorithm: all that is taken from a header. Keys in it, and addresses of keys, are not read."""
    try:
        header: dict[str, Any] = _JWS.get_unverified_header(token)
    except (PyJWTError, ValueError, TypeError, RecursionError):
        return Refused(reason="the token is malformed")
    algorithm, name, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        return Refused(reason="the token's algorithm is not let in")
    if "crit" in header or "b64" in header:
        return Refused(reason="the token asks for what is not understood here (crit)")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        return Refused(reason="the token is of another kind (typ)")
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return Refused(reason="the token does not name its key (kid)")
    return name, algorithm
