"""The issuer's keys: which are usable, when they are asked for anew, and that nobody waits long or asks often."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.http.openid import keys as module
from api.http.openid.issuer import Jwk, Unavailable
from api.http.openid.keys import Key, KeyRing, usable

RSA = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))
SHORT = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))  # noqa: S505
P256 = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
P384 = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))
ED = json.loads(OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate().public_key()))


def jwk(of: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A key as issuers publish it."""
    return {"kid": "one", **{name: value for name, value in of.items() if name != "key_ops"}, **changes}


@pytest.mark.parametrize(
    ("found", "algorithms"),
    [
        (jwk(RSA), {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        (jwk(RSA, alg="PS256", use="sig"), {"PS256"}),
        (jwk(P256), {"ES256"}),
        (jwk(P384, key_ops=["verify"]), {"ES384"}),
        (jwk(ED), {"EdDSA"}),
    ],
)
def test_a_key_is_used_for_what_fits_it(found: dict[str, Any], algorithms: set[str]) -> None:
    """By its type and curve, or for its own algorithm alone."""
    key = usable(found)
    assert key is not None
    assert (key.name, key.algorithms) == ("one", algorithms)


@pytest.mark.parametrize(
    "found",
    [
        jwk(RSA, use="enc"),
        jwk(RSA, alg="RSA-OAEP"),
        jwk(RSA, alg="HS256"),
        jwk(P256, alg="ES384"),
        jwk(RSA, key_ops=["sign"]),
        jwk(RSA, key_ops="verify"),
        jwk(RSA, kid=None),
        jwk(RSA, n="!"),
        jwk(RSA, n=7),
        jwk(P256, x="AA"),
        jwk(SHORT),
        {"kid": "one", "kty": "oct", "k": "c2VjcmV0"},
        {"kid": "one", "kty": ["RSA"]},
        {"kid": "one", "kty": "EC", "crv": "secp256k1"},
        {"kid": "one", "kty": "RSA"},
        {},
    ],
)
def test_any_other_key_is_left_out(found: dict[str, Any]) -> None:
    """For encryption, with a shared secret, too short, without a name, or not a key at all."""
    assert usable(found) is None


@dataclass
class Issuer:
    """Publishes what it is told to, and counts how often it is asked."""

    published: Sequence[Jwk] | Unavailable
    asked: int = 0
    gate: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> Sequence[Jwk] | Unavailable:
        """What stands there now, once the gate is open."""
        self.asked += 1
        self.gate.wait(30)
        return self.published


@dataclass
class Clock:
    """Seconds that pass when they are told to."""

    at: float = 1000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.at


@pytest.fixture
def issuer() -> Issuer:
    """An issuer with one key, that answers at once."""
    issuer = Issuer([jwk(RSA)])
    issuer.gate.set()
    return issuer


@pytest.fixture
def clock() -> Clock:
    """The ring's clock."""
    return Clock()


@pytest.fixture
def ring(issuer: Issuer, clock: Clock) -> KeyRing:
    """A ring that has the issuer's first key."""
    ring = KeyRing(fetch=issuer, clock=clock)
    assert ring.find("one", "RS256")
    return ring


def settled(ring: KeyRing) -> None:
    """Wait for the fetch under way."""
    if (under_way := ring._under_way) is not None:
        assert under_way.wait(30)


def test_known_keys_are_not_asked_for_again(ring: KeyRing, issuer: Issuer) -> None:
    """However many tokens they signed."""
    assert all(ring.find("one", "RS256") for _ in range(100))
    assert issuer.asked == 1


def test_a_new_key_is_found(ring: KeyRing, issuer: Issuer, clock: Clock) -> None:
    """By the first token that names it; and one that was withdrawn counts no longer."""
    issuer.published = [jwk(RSA, kid="two")]
    clock.at += 10
    assert ring.find("two", "RS256")
    assert ring.find("one", "RS256") is None


def test_a_flood_of_unknown_keys_asks_once(ring: KeyRing, issuer: Issuer, clock: Clock) -> None:
    """In ten seconds, whatever the tokens name."""
    clock.at += 10
    assert [ring.find(f"../{number}", "RS256") for number in range(200)] == [None] * 200
    assert issuer.asked == 2


def test_while_the_issuer_is_away_known_keys_go_on_counting(ring: KeyRing, issuer: Issuer, clock: Clock) -> None:
    """And it is asked again when it may be back."""
    issuer.published = Unavailable(reason="away")
    for _ in range(3):
        clock.at += 3600
        assert ring.find("one", "RS256")
        settled(ring)
    assert issuer.asked == 4


def test_old_keys_are_renewed_beside_the_requests(ring: KeyRing, issuer: Issuer, clock: Clock) -> None:
    """Nobody waits for it: the issuer is still thinking when the key is given."""
    issuer.gate.clear()
    issuer.published = []
    clock.at += 601
    assert ring.find("one", "RS256")
    issuer.gate.set()
    settled(ring)
    assert ring.find("one", "RS256") is None


def test_few_wait_for_a_slow_issuer(
    ring: KeyRing, issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are answered at once, so that it cannot stop the service."""
    monkeypatch.setattr(module, "_MOST_WAITING", 1)
    monkeypatch.setattr(module, "_WAIT", 30.0)
    issuer.gate.clear()
    issuer.published = [jwk(RSA, kid="two")]
    clock.at += 10
    found: list[Key | None] = []
    waiting = threading.Thread(target=lambda: found.append(ring.find("two", "RS256")))
    waiting.start()
    while ring._waiting == 0:
        waiting.join(0.01)
    assert ring.find("two", "RS256") is None
    issuer.gate.set()
    waiting.join()
    assert [key.name for key in found if key] == ["two"]


def failing(error: Exception) -> Callable[[], Sequence[Jwk]]:
    """A fetch with a defect."""

    def fetch() -> Sequence[Jwk]:
        raise error

    return fetch


def test_a_defect_leaves_nobody_waiting(clock: Clock) -> None:
    """It is logged, and tried again."""
    ring = KeyRing(fetch=failing(RuntimeError("defect")), clock=clock)
    assert ring.find("one", "RS256") is None
    assert (ring.known, ring._under_way) == (False, None)
