"""The Python client at the service itself, over a real socket."""

import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from api.client.client import Client
from api.client.errors import NotFound, NotLoggedIn, NotPermitted, Outdated, Refused, ServiceError
from api.client.records import Judgement, Wanted, WantedOperations, WholeRequest, Wish
from api.client.transport import Access, Clockwork
from api.desk.service import ServiceDesk
from provisioner.access import Role
from provisioner.operation import Actor, Operation, OperationState
from provisioner.requests.delegation import Handing
from provisioner.requests.request import Papers, RequestId
from provisioner.requests.states import Act, State
from tenants.names import TenantName
from tests.integration.http.conftest import LogIn, departments, serving

_GUIDE = Path(__file__).parents[3] / "docs" / "client.md"
_MARKET = TenantName("market")

Connect = Callable[..., Client]


@pytest.fixture
def url(app: FastAPI, in_force: None) -> Iterator[str]:
    """Where a server is, on a port of its own."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def connect(url: str, log_in: LogIn) -> Iterator[Connect]:
    """Makes clients of whoever is let in."""
    made: list[Client] = []

    def connect(role: Role, actor: str, tenant: str | None = None, clockwork: Clockwork | None = None) -> Client:
        token = log_in(role, tenant, actor).headers["authorization"].removeprefix("Bearer ")
        made.append(Client(Access(url=url, token=token), clockwork))
        return made[-1]

    yield connect
    for each in made:
        each.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """An authority of one's own: a certificate for this machine that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenantry")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(plain)
    return tmp_path / "ca.pem"


def test_only_a_trusted_service_is_shown_the_token(app: FastAPI, certificate: Path, log_in: LogIn) -> None:
    """With an authority of one's own it is; without, nothing is sent, and the setting is named."""
    token = log_in().headers["authorization"].removeprefix("Bearer ")
    with serving(app, ssl_certfile=certificate, ssl_keyfile=certificate.with_name("key.pem")) as port:
        url = f"https://127.0.0.1:{port}"
        with Client(Access(url=url, token=token, ca_file=certificate)) as client:
            assert client.me().role == "operator"
        with Client(Access(url=url, token=token)) as client, pytest.raises(ServiceError, match="TENANTRY_CA_FILE"):
            client.me()


def _wish(cores: int) -> Wish:
    text = departments()["market"].replace("cores: 6", f"cores: {cores}")
    return Wish(tenant=_MARKET, papers=Papers(files={"市.yaml": text}), comment="年底前上线")


@pytest.fixture
def member(connect: Connect) -> Client:
    """A department's engineer."""
    return connect(Role.MEMBER, "张伟", "market")


@pytest.fixture
def asked(member: Client) -> WholeRequest:
    """A request for 4 cores more."""
    return member.submit(_wish(10))


def _judge(client: Client, asked: WholeRequest, review: str) -> WholeRequest:
    fingerprint = asked.request.fingerprint or ""
    return client.review(
        Judgement(
            request=asked.request.id,
            act=Act.APPROVE,
            review=review,
            fingerprint=fingerprint,
            comment="同意",
            authority="市政数〔2026〕12号",
        )
    )


def test_a_request_is_read_back_as_it_is(asked: WholeRequest, member: Client, connect: Connect) -> None:
    """Evidence, form, route, history and manifests, as records."""
    found = connect(Role.REVIEWER, "王芳").request(asked.request.id)
    request = found.request
    assert (request.state, request.tenant, request.requester) == (State.ADMINISTRATIVE_REVIEW, "market", "张伟")
    assert [(each.line.tenant, each.asked) for each in request.evidence.rooms] == [("market", 4), (None, 4)]
    assert (request.history[0].act, request.history[0].comment) == (Act.SUBMIT, "年底前上线")
    assert (found.forms[0].purpose, found.actions) == ("商事登记", ("approve", "reject", "ask-changes"))
    assert request.route
    assert (request.route.technical.approvals, request.review_due is not None) == (1, True)
    assert member.papers(request.id).files == _wish(10).papers.files


def test_it_goes_its_way_and_lists_tell(asked: WholeRequest, member: Client, connect: Connect) -> None:
    """Two people approve; what it changes is told; the same again changes nothing; a colleague's is another's."""
    told = member.difference(asked.request.id).comparison
    assert "+    - {name: registration" in told.documents[0].diff
    assert "create it" in told.changes[0]
    _judge(connect(Role.REVIEWER, "王芳"), asked, "administrative")
    assert _judge(connect(Role.REVIEWER, "赵磊"), asked, "technical").request.state is State.APPROVED
    listed = list(member.requests(Wanted(states=(State.APPROVED, State.OPEN), tenant=_MARKET)))
    assert [each.request.id for each in listed] == [asked.request.id]
    assert not list(connect(Role.MEMBER, "陈明", "transport").requests())


def test_what_is_carried_out_is_followed(asked: WholeRequest, connect: Connect, carry_out: Any) -> None:
    """From the queue to the end, with the evidence of each step."""
    for name, review in (("王芳", "administrative"), ("赵磊", "technical")):
        _judge(connect(Role.REVIEWER, name), asked, review)
    operator = connect(Role.OPERATOR, "李娜")
    (begun,) = operator.execute(asked.request.id).operations
    following = operator.follow(begun.id)
    first = next(following)
    carry_out(asked.request.id)
    last = [first, *following][-1]
    assert isinstance(last, Operation)
    assert last.state is OperationState.DONE
    assert all(step.evidence for step in last.steps)
    assert [each.id for each in operator.operations(WantedOperations(plan=begun.plan))] == [begun.id]
    assert operator.plan(begun.plan).sections[0].tenant == "market"


def test_what_is_declined_has_its_places_and_numbers(member: Client) -> None:
    """In the department's own file, by its own name; and the most that would fit."""
    with pytest.raises(Refused) as short:
        member.submit(_wish(200))
    assert short.value.problem
    (lacking,) = short.value.problem.shortfalls
    assert (lacking.resource, lacking.asked, lacking.largest) == ("compute/cores", 194, 92)
    text = departments()["market"].replace("zone: extranet", "zone: extranets")
    with pytest.raises(Refused) as wrong:
        member.submit(Wish(tenant=_MARKET, papers=Papers(files={"市.yaml": text})))
    assert wrong.value.problem
    (fault,) = wrong.value.problem.faults
    line = text.splitlines()[fault.location.line - 1]
    assert (fault.location.file, line[fault.location.column - 1 :].startswith("extranets")) == ("市.yaml", True)


def test_each_may_do_what_the_token_says(asked: WholeRequest, member: Client, connect: Connect, url: str) -> None:
    """And what is others' is not there."""
    with pytest.raises(NotPermitted):
        _judge(member, asked, "technical")
    with pytest.raises(NotFound):
        connect(Role.MEMBER, "陈明", "transport").request(asked.request.id)
    with pytest.raises(Outdated, match="look at it again"):
        connect(Role.REVIEWER, "王芳").review(
            Judgement(request=asked.request.id, act=Act.APPROVE, review="technical", fingerprint="0" * 12)
        )
    with Client(Access(url=url)) as nobody, pytest.raises(NotLoggedIn, match="no token"):
        nobody.me()
    with pytest.raises(NotFound):
        member.withdraw(RequestId("../plans"))


class _Losing(httpx.HTTPTransport):
    """Loses the first answer to a POST, after the service has given it."""

    lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, and say that the connection broke."""
        response = super().handle_request(request)
        if request.method == "POST" and not self.lost:
            self.lost += 1
            response.read()
            raise httpx.ReadError("reset by peer")
        return response


def test_an_answer_that_was_lost_is_asked_for_again(connect: Connect) -> None:
    """The request is there once, and the client knows it."""
    carrier = _Losing()
    member = connect(Role.MEMBER, "张伟", "market", Clockwork(carrier=carrier, sleep=lambda _: None))
    made = member.submit(_wish(10))
    assert carrier.lost == 1
    assert [each.request.id for each in member.requests()] == [made.request.id]


def test_the_guides_example_does_what_it_says(
    asked: WholeRequest, url: str, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is written there."""
    (code,) = re.findall(r"```python\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    reviewer = log_in(Role.REVIEWER, actor="王芳")
    monkeypatch.setenv("TENANTRY_URL", url)
    monkeypatch.setenv("TENANTRY_TOKEN", reviewer.headers["authorization"].removeprefix("Bearer "))
    with redirect_stdout(StringIO()) as out:
        exec(compile(code, _GUIDE.name, "exec"), {})  # noqa: S102  # the guide is ours
    assert out.getvalue().splitlines()[:2] == ["I am 王芳", "市市场监督管理局 asks for ['compute/cores +4']"]
    assert reviewer.get(f"/v1/requests/{asked.request.id}").json()["state"] == "technical-review"


def test_a_place_is_handed_over_and_taken_back(connect: Connect) -> None:
    """By whose it is, for a time, and never by others."""
    chen, liu = connect(Role.REVIEWER, "chen"), connect(Role.REVIEWER, "liu")
    handing = Handing(giver=Actor("chen"), taker=Actor("liu"), first_day=date(2026, 11, 1), last_day=date(2027, 1, 31))
    made = chen.delegate(handing)
    assert (made.giver, made.taker, made.tenant, made.last_day) == ("chen", "liu", None, date(2027, 1, 31))
    with pytest.raises(NotPermitted, match="the place of chen"):
        liu.delegate(handing)
    assert chen.revoke(made.id).revoked_by == "chen"
    assert [each.id for each in liu.delegations()] == [made.id]


def test_a_delegation_is_revoked_once_at_a_desk(connect: Connect) -> None:
    """The desk tells whether somebody had done so before, as at the database."""
    desk = ServiceDesk(client=connect(Role.OPERATOR, "zhao"))
    made = desk.delegate(
        Handing(giver=Actor("chen"), taker=Actor("liu"), first_day=date(2026, 11, 1), last_day=date(2027, 1, 31))
    )
    assert [desk.revoke(made.id), desk.revoke(made.id)] == [True, False]
    assert ([each.id for each in desk.delegations(Actor("chen"))], desk.delegations(Actor("wang"))) == ([made.id], ())


def test_a_members_requests_are_their_tenants(connect: Connect) -> None:
    """Unless somebody says otherwise; whoever sees the whole city has to."""
    member, operator = connect(Role.MEMBER, "张伟", "market"), connect(Role.OPERATOR, "zhao")
    assert [ServiceDesk(client=each).tenant for each in (member, operator)] == [_MARKET, None]
