"""The keys that an issuer publishes, found by discovery (OpenID Connect Discovery 1.0, 4)."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from api.http.openid.trust import must_be_safe
from provisioner.errors import InputError

_DISCOVERY: Final = "/.well-known/openid-configuration"
#: Seconds for a connection, and between two pieces of an answer.
_PATIENCE: Final = 3.0
#: Seconds for all of it, however slowly an issuer drips.
_LONGEST: Final = 8.0
#: Bytes of one answer.
_LARGEST: Final = 1024 * 1024

#: One key of a set, as JSON has it (RFC 7517).
Jwk = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The keys could not be had now."""

    reason: str


def published_keys(issuer: str) -> Sequence[Jwk] | Unavailable:
    """The keys that stand at the issuer now. Asks the network; returns within ten seconds or so."""
    deadline = time.monotonic() + _LONGEST
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    try:
        with httpx.Client(timeout=_PATIENCE, follow_redirects=False, headers=headers) as client:
            about = _document(client, issuer.rstrip("/") + _DISCOVERY, deadline)
            if about.get("issuer") != issuer:
                return Unavailable(reason="its discovery document is another issuer's")
            address = about.get("jwks_uri")
            if not isinstance(address, str):
                return Unavailable(reason="its discovery document has no jwks_uri")
            must_be_safe(address, what="jwks_uri")
            keys = _document(client, address, deadline).get("keys")
    # RecursionError: JSON may be nested deeper than Python follows.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, OSError, InputError) as error:
        return Unavailable(reason=f"{type(error).__name__}: {error}")
    if not isinstance(keys, list):
        return Unavailable(reason="what it publishes is no set of keys")
    return tuple(each for each in keys if isinstance(each, dict))


def _document(client: httpx.Client, url: str, deadline: float) -> Mapping[str, Any]:
    """A JSON object. Raises ValueError for anything else, and httpx's errors."""
    taken = bytearray()
    with client.stream("GET", url) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"{url} answered {answer.status_code}")
        for piece in answer.iter_raw():
            taken += piece
            if len(taken) > _LARGEST:
                raise ValueError(f"{url} answered more than {_LARGEST} bytes")
            if time.monotonic() > deadline:
                raise ValueError(f"{url} took too long")
    found = json.loads(taken)
    if not isinstance(found, dict):
        raise ValueError(f"{url} is not a JSON object")  # noqa: TRY004  # what came is wrong, not what was given
    return found
