"""Requests that reach a service in the end, or an error that says what to do."""

import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client.client import Client
from api.client.errors import (
    NotFound,
    NotLoggedIn,
    NotPermitted,
    Outdated,
    Refused,
    ServiceError,
    ServiceFailed,
    Unreachable,
)
from api.client.transport import Access
from provisioner.errors import InputError
from provisioner.requests.request import RequestId

_ME = {"actor": "李娜", "role": "operator", "tenant": None, "permissions": [], "until": "2027-11-21T08:30:00Z"}


def _ok() -> httpx.Response:
    return httpx.Response(200, json=_ME)


def test_who_asks_and_how_is_in_every_request(ask: Any, service: Any) -> None:
    """Token, version and language; the URL's path stays."""
    service.replies = [_ok()]
    assert ask(language="zh-CN").me().actor == "李娜"
    (sent,) = service.asked
    assert str(sent.url) == "https://tenantry.example/base/v1/me"
    assert sent.headers["authorization"] == "Bearer tnt_geheim"
    assert sent.headers["user-agent"] == f"tenantry/{version('tenantry')}"
    assert sent.headers["accept-language"] == "zh-CN"


@pytest.mark.parametrize("lost", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("reset")])
def test_a_post_is_sent_again_under_the_same_key(client: Client, service: Any, lost: Exception) -> None:
    """So that a service that did it already does not do it twice."""
    service.replies = [
        lost,
        service.problem(503, "unavailable"),
        service.problem(409, "in-progress"),
        service.problem(422, "declined"),
    ]
    with pytest.raises(Refused):
        client.withdraw(RequestId("r"), "doch nicht")
    assert len({each.headers["idempotency-key"] for each in service.asked}) == 1
    assert [each.content for each in service.asked] == [b'{"comment": "doch nicht"}'] * 4
    with pytest.raises(Refused):
        client.withdraw(RequestId("r"), "doch nicht")
    assert len({each.headers["idempotency-key"] for each in service.asked}) == 2


def test_the_service_says_when_to_come_back(client: Client, service: Any) -> None:
    """`Retry-After` is waited for."""
    service.replies = [service.problem(503, "unavailable", headers={"retry-after": "4"}), _ok()]
    client.me()
    assert service.slept == [4.0]


def test_patience_ends_with_the_last_reason(client: Client, service: Any) -> None:
    """After a minute, where the service is there but cannot."""
    service.replies = [service.problem(503, "unavailable", requestId="r-1")]
    with pytest.raises(Unreachable, match="r-1 in the service's log"):
        client.me()
    assert 50 < service.now <= 60


def test_what_is_being_worked_on_is_waited_for_longer(ask: Any, service: Any) -> None:
    """As long as one answer may take: a look at all clouds takes a while, and a proxy may have lost patience."""
    service.replies = [service.problem(409, "in-progress", headers={"retry-after": "2"})]
    with pytest.raises(Unreachable):
        ask(timeout=120).execute(RequestId("r"))
    assert 110 < service.now <= 120


def test_a_service_that_never_answered_is_given_up_soon(client: Client, service: Any) -> None:
    """Its address is more likely wrong."""
    service.replies = [httpx.ConnectError("[Errno 111] Connection refused")]
    with pytest.raises(Unreachable, match=r"does not answer: .*refused"):
        client.me()
    assert service.now <= 8


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ((401, "unauthenticated"), NotLoggedIn),
        ((403, "forbidden"), NotPermitted),
        ((404, "not-found"), NotFound),
        ((409, "conflict"), Outdated),
        ((412, "fingerprint-mismatch"), Outdated),
        ((422, "declined"), Refused),
        ((400, "malformed-request"), Refused),
        ((500, "unexpected"), ServiceFailed),
        ((502, "cloud-failed"), ServiceFailed),
    ],
)
def test_each_problem_is_its_error(
    client: Client, service: Any, said: tuple[int, str], error: type[ServiceError]
) -> None:
    """At once, with the service's own words."""
    service.replies = [service.problem(*said, detail="so ist es")]
    with pytest.raises(error, match="so ist es") as caught:
        client.me()
    assert type(caught.value) is error
    assert caught.value.problem
    assert caught.value.problem.name == said[1]
    assert len(service.asked) == 1


def test_who_is_not_let_in_learns_where_the_token_comes_from(client: Client, service: Any) -> None:
    """And the token is not repeated."""
    service.replies = [service.problem(401, "unauthenticated", detail="expired")]
    with pytest.raises(NotLoggedIn, match="expired; TENANTRY_TOKEN") as caught:
        client.me()
    assert "geheim" not in str(caught.value)


def test_problems_of_manifests_have_their_places(client: Client, service: Any) -> None:
    """And what there is not enough of has its numbers, as far as they may be seen."""
    fault = {
        "file": "a.yaml",
        "line": 3,
        "column": 7,
        "severity": "error",
        "path": "spec",
        "message": "no",
        "remedy": "",
    }
    short = {"cloud": "city", "resource": "compute/ram", "unit": "MiB", "asked": 9216, "largest": 7168}

    def short_of(why: str = "") -> str:
        return "compute/ram: 9GiB more asked for, and at most 7GiB would fit" + (f":{why}" if why else "")

    whole = {**short, "tenant": "market", "total": 10240, "held": 2048, "reserved": 1024}
    service.replies = [service.problem(422, "x", problems=[fault], shortfalls=[short, whole])]
    with pytest.raises(Refused) as caught:
        client.me()
    found = caught.value.problem
    assert found
    assert [str(each) for each in found.faults] == ["a.yaml:3:7: error: spec: no"]
    assert [str(each) for each in found.shortfalls] == [
        short_of(),
        short_of(" of the 10GiB that market may hold in city, 2GiB are held and 1GiB reserved for other requests"),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, text="<html>Willkommen</html>"),
        httpx.Response(302, headers={"location": "https://login.example"}),
        httpx.Response(404, text="<html>nginx</html>"),
        httpx.Response(403, json=["?"]),
    ],
)
def test_whoever_else_answers_is_told_from_the_service(client: Client, service: Any, reply: httpx.Response) -> None:
    """A proxy, a login page, another program."""
    service.replies = [reply]
    with pytest.raises(ServiceError, match="no answer of Tenantry's"):
        client.me()


def test_an_answer_of_another_version_is_no_crash(client: Client, service: Any) -> None:
    """What is missing is named; what is more is passed over."""
    service.replies = [httpx.Response(200, json={**_ME, "colour": "red"}), httpx.Response(200, json={"actor": "x"})]
    assert client.me().role == "operator"
    with pytest.raises(ServiceFailed, match="role"):
        client.me()


def test_a_certificate_that_is_not_trusted_is_not_tried_again(client: Client, service: Any) -> None:
    """The setting that names another authority is told."""
    distrust = ssl.SSLCertVerificationError()
    distrust.verify_message = "self-signed certificate"
    error = httpx.ConnectError("TLS")
    error.__cause__ = distrust
    service.replies = [error]
    with pytest.raises(ServiceError, match="self-signed certificate; TENANTRY_CA_FILE"):
        client.me()
    assert len(service.asked) == 1


def test_lists_are_read_page_by_page(client: Client, service: Any) -> None:
    """A page is asked for when the last one is used up."""
    service.replies = [
        httpx.Response(200, json={"items": [{"n": 1}, {"n": 2}], "next": "c"}),
        httpx.Response(200, json={"items": [{"n": 3}], "next": None}),
    ]
    found = client.items("/v1/drift", cloud="city", tenant=None)
    assert next(found) == {"n": 1}
    assert len(service.asked) == 1
    assert [each["n"] for each in found] == [2, 3]
    assert dict(service.asked[1].url.params) == {"limit": "200", "cloud": "city", "cursor": "c"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("tenantry.example", "https://HOST"),
        ("ftp://a", "https://HOST"),
        ("https://", "https://HOST"),
        ("https://a?b=c", "https://HOST"),
        ("https://li:pw@a", "TENANTRY_TOKEN"),
        ("https://a:port", "https://HOST"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InputError, match=said):
        Client(Access(url=url))


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "市"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    """And not shown."""
    with pytest.raises(InputError) as caught:
        Client(Access(url="http://a", token=token))
    assert not token or token not in str(caught.value)


def test_a_token_is_in_nothing_that_is_printed() -> None:
    """Nor in a traceback that shows local values."""
    assert "geheim" not in repr(Access(url="http://a", token="geheim"))  # noqa: S106  # a test's


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """The setting and the file."""
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("none.pem", "ca.pem"):
        with pytest.raises(InputError, match=f"TENANTRY_CA_FILE.*{name}"):
            Client(Access(url="https://a", ca_file=tmp_path / name))


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://tenantry.example", True), ("https://tenantry.example", False), ("http://127.0.0.1:8780", False)],
)
def test_a_token_that_would_be_read_on_the_way_is_warned_of(
    caplog: pytest.LogCaptureFixture, url: str, *, warned: bool
) -> None:
    """Wherever there is a network between."""
    with Client(Access(url=url, token="geheim")):  # noqa: S106  # a test's
        assert ("without TLS" in caplog.text, "geheim" in caplog.text) == (warned, False)
