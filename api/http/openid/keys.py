"""The issuer's keys, kept and renewed: known ones go on counting while the issuer is away, and nobody can have it hammered.

One fetch at a time runs in a thread of its own. It begins at the start, when the keys have grown old, and when a token names
a key that is not known, but never sooner than some seconds after the one before. Few requests wait for it, and not for long.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from api.http.openid.issuer import Jwk, Unavailable

#: Seconds after which known keys are asked for again, beside the requests: a key that was withdrawn counts no longer then.
_OLD: Final = 600.0
#: Seconds between the beginnings of two fetches, whatever tokens name.
_PAUSE: Final = 10.0
#: Seconds that a request waits for a fetch, and how many may wait: threads that wait answer nobody else.
_WAIT: Final = 5.0
_MOST_WAITING: Final = 8
_RSA_BITS: Final = 2048
#: The algorithms (RFC 7518, 8037) that a key may be used with, by its type and curve; all others are refused, those with a
#: shared secret first of all.
_FITTING: Final[dict[tuple[str, str | None], frozenset[str]]] = {
    ("RSA", None): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
ALGORITHMS: Final = frozenset().union(*_FITTING.values())
#: The members that make a public key; private ones that somebody published by mistake are not read.
_PUBLIC: Final = ("kty", "n", "e", "crv", "x", "y")
_log = logging.getLogger("tenantry.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A public key to check signatures with."""

    name: str
    #: What it may be used with: its own `alg`, or all that fits its type.
    algorithms: frozenset[str]
    #: As the library of signatures takes it.
    material: Any


def usable(jwk: Jwk) -> Key | None:
    """The key, where it has a name, is for signatures, and is of a type and strength that are let in."""
    name, curve = jwk.get("kid"), jwk.get("crv")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(name, str) or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    fitting = _FITTING.get((str(jwk.get("kty")), curve if isinstance(curve, str) else None), frozenset())
    algorithms = fitting & {jwk["alg"]} if isinstance(jwk.get("alg"), str) else fitting
    if not algorithms:
        return None
    try:
        public = {each: jwk[each] for each in _PUBLIC if each in jwk}
        material = PyJWK(public, algorithm=min(algorithms)).key
    # OverflowError and AttributeError: numbers and members that are none.
    except (PyJWTError, ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        _log.warning("a key of the issuer cannot be read: %s", error)
        return None
    if jwk.get("kty") == "RSA" and material.key_size < _RSA_BITS:
        _log.warning("a key of the issuer is too short: %s bits", material.key_size)
        return None
    return Key(name=name, algorithms=algorithms, material=material)


@dataclass(slots=True, kw_only=True)
class KeyRing:
    """The keys of one issuer. Safe to share between threads."""

    fetch: Callable[[], Sequence[Jwk] | Unavailable]
    #: Seconds that only grow.
    clock: Callable[[], float] = time.monotonic
    #: Whether keys were ever had.
    known: bool = False
    _keys: tuple[Key, ...] = ()
    _had_at: float = 0.0
    _begun_at: float = float("-inf")
    _under_way: threading.Event | None = None
    _waiting: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin to fetch, so that the first token finds keys."""
        with self._lock:
            self._begin()

    def find(self, name: str, algorithm: str) -> Key | None:
        """The key of that name for that algorithm. For one that is not known, waits some seconds at most."""
        with self._lock:
            found = self._pick(name, algorithm)
            if found is None or self.clock() - self._had_at >= _OLD:
                self._begin()
            fetching = self._under_way
            if found is not None or fetching is None or self._waiting >= _MOST_WAITING:
                return found
            self._waiting += 1
        fetching.wait(_WAIT)
        with self._lock:
            self._waiting -= 1
            return self._pick(name, algorithm)

    def _pick(self, name: str, algorithm: str) -> Key | None:
        return next((each for each in self._keys if each.name == name and algorithm in each.algorithms), None)

    def _begin(self) -> None:
        """Start a fetch unless one is under way or was a moment ago. Holds the lock."""
        if self._under_way is not None or self.clock() - self._begun_at < _PAUSE:
            return
        self._begun_at = self.clock()
        self._under_way = threading.Event()
        threading.Thread(target=self._fetch, args=(self._under_way,), name="openid-keys", daemon=True).start()

    def _fetch(self, ended: threading.Event) -> None:
        try:
            found = self.fetch()
            if isinstance(found, Unavailable):
                _log.warning("the issuer's keys cannot be had, those known go on counting: %s", found.reason)
                return
            keys = tuple(key for key in map(usable, found) if key is not None)
            with self._lock:
                self._keys, self._had_at, self.known = keys, self.clock(), True
        except Exception:  # noqa: BLE001  # a defect here must not leave others waiting
            _log.exception("the issuer's keys cannot be had, those known go on counting")
        finally:
            with self._lock:
                self._under_way = None
            ended.set()
