"""Single sign-on against an issuer on this machine, with real keys: who is let in, and every forgery that is not."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.bootstrap import Tenantry
from api.http.app import create_app
from api.http.authentication import Admitted, Presented, Refused
from api.http.openid import issuer as issuer_module
from api.http.openid.authenticator import OpenIdAuthenticator, open_id
from api.http.openid.trust import Trust, grants_of
from api.http.service import Service
from api.settings import CONFIG_FILE, Settings
from provisioner.access import Role
from provisioner.errors import InputError
from provisioner.store.database import Database
from tests.integration.http.conftest import AT, Client, Clock
from tests.integration.http.test_access import audited

NOW = int(AT.timestamp())
KEYS: dict[str, Any] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "rsa2": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed": ed25519.Ed25519PrivateKey.generate(),
}
FORMS = {"rsa": RSAAlgorithm, "ec": ECAlgorithm, "ed": OKPAlgorithm}


def jwk(name: str, **more: str) -> dict[str, Any]:
    """A public key as it is published."""
    form = FORMS[name.rstrip("2")]
    return {**json.loads(form.to_jwk(KEYS[name].public_key())), "kid": name, "use": "sig", **more}


@dataclass
class Issuer:
    """Publishes keys, and does whatever else issuers do."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk("rsa"), jwk("ec"), jwk("ed")])
    #: What its discovery document says beside or in place of the usual.
    about: dict[str, Any] = field(default_factory=dict)
    up: bool = True
    #: Set while it answers; what asks otherwise waits.
    quick: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def answer(self, path: str) -> tuple[int, bytes]:
        """What stands at a path."""
        self.asked += 1
        self.quick.wait(30)
        if not self.up:
            return 503, b"down"
        documents = {
            "/realms/gov/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/certs",
                **self.about,
            },
            "/realms/gov/certs": {"keys": self.keys},
        }
        return (200, json.dumps(documents[path]).encode()) if path in documents else (404, b"")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that answers at once."""
    issuer = Issuer()
    issuer.quick.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}/realms/gov"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield issuer
    issuer.quick.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def authenticator(issuer: Issuer, clock: Clock) -> OpenIdAuthenticator:
    """Trusts that issuer."""
    grants = grants_of({"cloud-office": "operator", "scjg": "member:market", "shenji": "auditor"})
    return open_id(Trust(issuer=issuer.url, audience="tenantry", grants=grants), clock)


@pytest.fixture
def service(service: Service, authenticator: OpenIdAuthenticator) -> Service:
    """The service, with single sign-on beside its own tokens."""
    return replace(service, authenticators=(*service.authenticators, authenticator))


@dataclass(frozen=True)
class Signing:
    """Makes tokens as the issuer does, and as attackers do."""

    issuer: Issuer

    def claims(self, **changes: object) -> dict[str, Any]:
        """What a good token says."""
        usual = {"iss": self.issuer.url, "aud": "tenantry", "sub": "f5a1", "preferred_username": "li.na"}
        return {**usual, "groups": ["scjg"], "iat": NOW, "exp": NOW + 300, **changes}

    def __call__(
        self, key: str = "rsa", algorithm: str = "RS256", *, header: dict[str, Any] | None = None, **more: object
    ) -> str:
        """A token that one of the keys signed."""
        return jwt.encode(self.claims(**more), KEYS[key], algorithm=algorithm, headers={"kid": key, **(header or {})})

    def by_hand(self, header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
        """A token that no library would make."""
        parts = b".".join(_base64(json.dumps(each).encode()) for each in (header, self.claims()))
        return (parts + b"." + _base64(sign(parts))).decode()


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@pytest.fixture
def sign(issuer: Issuer) -> Signing:
    """Makes tokens."""
    return Signing(issuer)


@pytest.fixture
def ask(service: Service) -> Callable[[str], tuple[int, dict[str, Any]]]:
    """Asks who the bearer of a token is."""
    app = create_app(service)

    def ask(token: str) -> tuple[int, dict[str, Any]]:
        answer = Client(app, {"authorization": f"Bearer {token}"}).get("/v1/me")
        return answer.status_code, answer.json()

    return ask


Ask = Callable[[str], tuple[int, dict[str, Any]]]


@pytest.mark.parametrize(("key", "algorithm"), [("rsa", "RS256"), ("rsa", "PS512"), ("ec", "ES256"), ("ed", "EdDSA")])
def test_a_token_of_the_issuer_is_let_in(ask: Ask, sign: Signing, key: str, algorithm: str) -> None:
    """By any of its keys; under a name that only an issuer gives."""
    status, me = ask(sign(key, algorithm, header={"typ": "at+jwt"}))
    assert (status, me["actor"], me["role"], me["tenant"]) == (200, "oidc:li.na", "member", "market")
    assert me["until"] == "2026-11-21T08:35:30Z"  # with the leeway


def test_the_services_own_tokens_go_on_counting(operator: Client, issuer: Issuer) -> None:
    """Whatever becomes of the issuer."""
    issuer.up = False
    assert operator.get("/v1/me").json()["actor"] == "李娜"


def test_a_token_ends_with_its_time(ask: Ask, sign: Signing, clock: Clock) -> None:
    """Thirty seconds later, for clocks differ."""
    token = sign()
    clock.move(timedelta(seconds=329))
    assert ask(token)[0] == 200
    clock.move(timedelta(seconds=1))
    status, problem = ask(token)
    assert (status, problem["detail"]) == (401, "the token is expired")


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Path:
    """A file of settings."""
    monkeypatch.setenv("TENANTRY_DATABASE_URL", database_url)
    monkeypatch.setenv(CONFIG_FILE, str(tmp_path / "tenantry.toml"))
    return tmp_path / "tenantry.toml"


def test_settings_make_it(file: Path, sign: Signing, clock: Clock) -> None:
    """From the file, with roles as a table."""
    file.write_text(f"""oidc_issuer = "{sign.issuer.url}"
oidc_audience = "tenantry"
oidc_clients = ["portal"]
oidc_roles_claim = "realm_access.roles"
[oidc_roles]
"市大数据局" = "operator"
""")
    with Tenantry(Settings(), now=clock) as tenantry:
        _, single_sign_on = tenantry._authenticators()
    token = sign(azp="portal", realm_access={"roles": ["市大数据局"]})
    found = single_sign_on.authenticate(Presented(bearer=token, source="192.0.2.1"))
    assert isinstance(found, Admitted)
    assert (found.principal.actor, found.principal.role) == ("oidc:li.na", Role.OPERATOR)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('oidc_issuer = "https://sso.city.example"', "TENANTRY_OIDC_AUDIENCE"),
        ('oidc_issuer = "http://sso.city.example"\noidc_audience = "tenantry"', "https"),
        (
            'oidc_issuer = "https://127.0.0.1:9"\noidc_audience = "tenantry"\noidc_roles = {a = "king"}',
            "no role 'king'",
        ),
    ],
)
def test_settings_that_let_the_wrong_in_are_refused(file: Path, text: str, said: str) -> None:
    """Before anything is served."""
    file.write_text(text)
    with Tenantry(Settings()) as tenantry, pytest.raises(InputError, match=said):
        tenantry._authenticators()


def test_a_refusal_is_noted_without_the_token(ask: Ask, sign: Signing, service: Service, database: Database) -> None:
    """In the audit log, as a failed login."""
    token = sign(groups=["nothing"])
    assert ask(token)[1]["detail"] == "oidc:li.na: nothing in the token's groups stands for a role here"
    assert audited(service, database) == [("nobody", "login.failed", "GET /v1/me")]


def _public_pem() -> bytes:
    return (
        KEYS["rsa"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _hmac_with_the_public_key(sign: Signing) -> str:
    header = {"alg": "HS256", "kid": "rsa", "typ": "JWT"}
    return sign.by_hand(header, lambda parts: hmac.digest(_public_pem(), parts, hashlib.sha256))


def _with_last_claims_changed(sign: Signing) -> str:
    head, _, signature = sign().split(".")
    claims = json.dumps(sign.claims(groups=["cloud-office"])).encode()
    return f"{head}.{_base64(claims).decode()}.{signature}"


def _own_key_in_the_header(sign: Signing) -> str:
    header = {"jwk": jwk("rsa2"), "jku": "http://127.0.0.1:1/certs", "x5u": "http://127.0.0.1:1/cert"}
    return jwt.encode(sign.claims(), KEYS["rsa2"], algorithm="RS256", headers={"kid": "rsa", **header})


FORGERIES: dict[str, Callable[[Signing], str]] = {
    "no signature": lambda sign: sign.by_hand({"alg": "none", "kid": "rsa"}, lambda _: b""),
    "no signature, in other letters": lambda sign: sign.by_hand({"alg": "nOnE", "kid": "rsa"}, lambda _: b""),
    "the signature cut off": lambda sign: sign().rpartition(".")[0] + ".",
    "HMAC with the public key": _hmac_with_the_public_key,
    "an RSA key's name on another algorithm": lambda sign: sign("ec", "ES256", header={"kid": "rsa"}),
    "another key's signature": lambda sign: sign("rsa2", header={"kid": "rsa"}),
    "a key of the attacker's in the header": _own_key_in_the_header,
    "claims changed afterwards": _with_last_claims_changed,
    "an algorithm that is none": lambda sign: sign.by_hand({"alg": ["RS256"], "kid": "rsa"}, lambda _: b"x"),
    "no key named": lambda sign: sign.by_hand({"alg": "RS256"}, lambda _: b"x"),
    "a path for a key": lambda sign: sign(header={"kid": "../../../../dev/null"}),
    "a statement for a key": lambda sign: sign(header={"kid": "x' UNION SELECT 'secret"}),
    "a list for a key": lambda sign: sign.by_hand({"alg": "RS256", "kid": ["rsa"]}, lambda _: b"x"),
    "critical extensions": lambda sign: sign.by_hand({"alg": "RS256", "kid": "rsa", "crit": ["exp"]}, lambda _: b"x"),
    "a detached payload": lambda sign: sign.by_hand({"alg": "RS256", "kid": "rsa", "b64": False}, lambda _: b"x"),
    "a logout token": lambda sign: sign(header={"typ": "logout+jwt"}),
    "a header of depth": lambda _: f"{_base64(b'[' * 20000).decode()}.e30.eA",
    "a header that is no JSON": lambda _: "eA.eA.eA",
    "five parts": lambda sign: sign() + ".eA.eA",
    "another issuer": lambda sign: sign(iss="http://127.0.0.1:1/realms/gov"),
    "another audience": lambda sign: sign(aud="account"),
    "another client": lambda sign: sign(aud=["tenantry", "portal"], azp="portal"),
    "not yet": lambda sign: sign(nbf=NOW + 60),
    "from the future": lambda sign: sign(iat=NOW + 60),
    "long ago": lambda sign: sign(iat=NOW - 900, exp=NOW - 600),
    "for ever": lambda sign: sign(exp=float("inf")),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forgery_is_refused(authenticator: OpenIdAuthenticator, sign: Signing, how: str) -> None:
    """Or is not known at all; after it a good token still counts."""
    found = authenticator.authenticate(Presented(bearer=FORGERIES[how](sign), source="192.0.2.1"))
    assert found is None or isinstance(found, Refused)
    assert isinstance(authenticator.authenticate(Presented(bearer=sign(), source="192.0.2.1")), Admitted)


def test_a_forgery_is_answered_as_one(ask: Ask, sign: Signing) -> None:
    """As whoever shows no token at all is."""
    for how in ("no signature", "HMAC with the public key", "five parts"):
        status, problem = ask(FORGERIES[how](sign))
        assert (status, problem["type"]) == (401, "tag:tenantry,2026:unauthenticated")


def test_a_key_for_encryption_signs_nothing(ask: Ask, sign: Signing, issuer: Issuer) -> None:
    """Nor does one that is for another algorithm."""
    issuer.keys = [jwk("rsa", use="enc"), jwk("rsa2", alg="PS256")]
    assert ask(sign())[0] == 401
    assert ask(sign("rsa2"))[0] == 401


@pytest.fixture
def patient(authenticator: OpenIdAuthenticator) -> Callable[[], None]:
    """Lets the time pass in which the issuer is not asked again."""

    def pass_by() -> None:
        authenticator.keys._begun_at = float("-inf")

    return pass_by


def test_keys_change_while_the_service_runs(
    ask: Ask, sign: Signing, issuer: Issuer, patient: Callable[[], None]
) -> None:
    """A new key counts with its first token, and what was withdrawn counts no longer."""
    assert ask(sign())[0] == 200
    issuer.keys = [jwk("rsa2")]
    patient()
    assert ask(sign("rsa2"))[0] == 200
    assert ask(sign())[0] == 401


def test_unknown_keys_do_not_hammer_the_issuer(ask: Ask, sign: Signing, issuer: Issuer) -> None:
    """Fifty tokens, one look at its two documents."""
    assert ask(sign())[0] == 200
    for number in range(50):
        assert ask(sign(header={"kid": f"unknown-{number}"}))[0] == 401
    assert issuer.asked == 2


def test_while_the_issuer_is_down_its_keys_count(
    ask: Ask, sign: Signing, issuer: Issuer, patient: Callable[[], None]
) -> None:
    """Those that are known; others are refused, and no more than that."""
    assert ask(sign())[0] == 200
    issuer.up = False
    patient()
    assert ask(sign("rsa2"))[0] == 401
    assert ask(sign())[0] == 200


@pytest.mark.parametrize(
    "broken",
    [
        {"up": False},
        {"about": {"issuer": "https://elsewhere.example"}},
        {"about": {"jwks_uri": "http://elsewhere.example/certs"}},
        {"about": {"jwks_uri": 7}},
        {"keys": {"rsa": 1}},
        {"keys": ["rsa", None, 7]},
    ],
)
def test_an_issuer_that_is_not_right_lets_nobody_in(sign: Signing, issuer: Issuer, broken: dict[str, Any]) -> None:
    """Not even with a good token; and it says so."""
    for name, value in broken.items():
        setattr(issuer, name, value)
    found = issuer_module.published_keys(issuer.url)
    assert isinstance(found, issuer_module.Unavailable) or found == ()


def test_before_any_key_is_had_the_reason_is_honest(
    ask: Ask, sign: Signing, issuer: Issuer, authenticator: OpenIdAuthenticator
) -> None:
    """It is not the token that is wrong."""
    issuer.up = False
    authenticator.keys.known, authenticator.keys._keys = False, ()
    status, problem = ask(sign())
    assert status == 401
    assert "cannot be reached" in problem["detail"]


def test_a_slow_issuer_is_given_up(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds; the service's other threads never wait for it."""
    monkeypatch.setattr(issuer_module, "_PATIENCE", 0.2)
    issuer.quick.clear()
    assert isinstance(issuer_module.published_keys(issuer.url), issuer_module.Unavailable)


def test_an_issuer_that_floods_is_given_up(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a size that no set of keys has."""
    monkeypatch.setattr(issuer_module, "_LARGEST", 500)
    found = issuer_module.published_keys(issuer.url)
    assert isinstance(found, issuer_module.Unavailable)
    assert "more than" in found.reason


def test_nobody_is_there(issuer: Issuer) -> None:
    """Nothing listens at the port."""
    found = issuer_module.published_keys("http://127.0.0.1:9/realms/gov")
    assert isinstance(found, issuer_module.Unavailable)


@pytest.fixture
def path(plan: dict[str, Any], operator: Client) -> str:
    """The events of an operation that nobody carries out."""
    applied = operator.post(f"/v1/plans/{plan['id']}/apply", headers={"if-match": f'"{plan["fingerprint"]}"'}).json()
    return f"/v1/operations/{applied['operations'][0]['id']}/events"


def test_a_stream_ends_with_the_token(service: Service, sign: Signing, path: str, clock: Clock) -> None:
    """And not before it is let in no more: else who follows with the old one would come back to it again and again."""
    follower = Client(create_app(service), {"authorization": f"Bearer {sign(groups=['cloud-office'])}"})
    moving = threading.Timer(3.0, clock.move, [timedelta(seconds=330)])  # let in by then
    moving.start()
    # Nobody works, so the operation does not end: the stream does, when the token has.
    answer = follower.get(path)
    assert (answer.status_code, "event: operation" in answer.text, clock() > AT) == (200, True, True)
    assert follower.get(path).status_code == 401
