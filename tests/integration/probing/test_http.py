"""Web servers that answer as expected, otherwise, slowly, or not at all."""

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioner.probing.http import ENOUGH, ask_http
from provisioner.probing.readings import Finding, Result
from tenants.application import HttpProbe
from tests.integration.probing.conftest import LOCALHOST, Handler, Listen, say_nothing


def answering(body: bytes = b"", *, status: str = "200 OK", headers: str = "") -> Handler:
    """A server that reads a request and gives this answer."""

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return handle


def ask(port: int, *, seconds: int = 5, https: bool = False, text: str | None = None, path: str = "/") -> Finding:
    """Ask this machine, expecting 200."""
    return ask_http(LOCALHOST, HttpProbe(port=port, path=path, https=https, text=text), seconds=seconds)


def test_the_expected_status_passes(listen: Listen) -> None:
    """Without a text the body is not looked at."""
    assert ask(listen(answering(b"anything"))).result is Result.PASSED


def test_another_status_fails_with_both(listen: Listen) -> None:
    """A server error, say."""
    finding = ask(listen(answering(status="500 Internal Server Error")))
    assert (finding.result, finding.reason) == (Result.FAILED, "the status is 500 in place of 200")


def test_an_expected_error_status_passes(listen: Listen) -> None:
    """A page that must be forbidden."""
    port = listen(answering(status="403 Forbidden"))
    assert ask_http(LOCALHOST, HttpProbe(port=port, status=403), seconds=5).result is Result.PASSED


def test_a_redirect_is_not_followed(listen: Listen) -> None:
    """Where it leads is another question."""
    elsewhere = listen(answering())
    port = listen(answering(status="302 Found", headers=f"Location: http://{LOCALHOST}:{elsewhere}/\r\n"))
    assert ask(port).reason == "the status is 302 in place of 200: a redirect, which is not followed"


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("declared", [True, False])
def test_text_is_found_in_the_charsets_of_chinese_pages(listen: Listen, charset: str, *, declared: bool) -> None:
    """Declared, or only used."""
    headers = f"Content-Type: text/html; charset={charset}\r\n" if declared else ""
    port = listen(answering("<h1>商事登记</h1>".encode(charset), headers=headers))
    assert ask(port, text="商事登记").result is Result.PASSED
    assert ask(port, text="社会信用").result is Result.FAILED


def test_a_body_is_read_so_far_and_no_further(listen: Listen) -> None:
    """A page without end costs a bounded amount."""
    before, after = (listen(answering(b" " * (ENOUGH - shift) + b"text")) for shift in (4, 3))
    assert [ask(port, text="text").result for port in (before, after)] == [Result.PASSED, Result.FAILED]


def test_the_path_is_asked_with_its_query(listen: Listen) -> None:
    """What addresses cannot hold is encoded, what is encoded stays."""
    lines: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        lines.append(connection.recv(65536).split(b"\r\n")[0])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    ask(listen(handle), path="/市/health?q=a%20b&c")
    assert lines == [b"GET /%E5%B8%82/health?q=a%20b&c HTTP/1.1"]


def test_silence_fails(listen: Listen) -> None:
    """After the probe's time."""
    finding = ask(listen(say_nothing), seconds=1)
    assert (finding.result, finding.reason) == (Result.FAILED, "no answer within 1 s")


def test_a_trickle_fails_like_silence(listen: Listen) -> None:
    """The whole answer must be there in time, however steadily it comes."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(30):
            connection.sendall(b" ")
            time.sleep(0.1)

    assert ask(listen(handle), seconds=1, text="text").reason == "no answer within 1 s"


def test_a_refused_connection_fails(refusing: int) -> None:
    """Nothing listens."""
    assert ask(refusing).reason.startswith("the connection was refused")


def test_a_connection_that_is_closed_fails(listen: Listen) -> None:
    """Without an answer."""
    assert ask(listen(lambda connection: connection.recv(65536) and None)).reason == (
        "the connection was closed before an answer came"
    )


def test_another_protocol_fails(listen: Listen) -> None:
    """An SSH server on the web's port, say."""
    assert ask(listen(lambda connection: connection.sendall(b"SSH-2.0-x\r\n"))).reason == (
        "what answers there does not speak HTTP"
    )


class TestTls:
    """HTTPS, with certificates made for the test."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A certificate of its own authority, for this machine's address, with its key in the same file."""
        return _certificate(tmp_path / "this.pem", x509.IPAddress(IPv4Address(LOCALHOST)))

    @pytest.fixture
    def trusted(self, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The same, on the system's list of authorities."""
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        return certificate

    @pytest.fixture
    def over_tls(self, listen: Listen) -> "OverTls":
        """Starts servers behind TLS."""
        return OverTls(listen)

    def test_a_trusted_certificate_passes(self, trusted: Path, over_tls: "OverTls") -> None:
        """The page is asked over TLS."""
        assert ask(over_tls(trusted, answering(b"text")), https=True, text="text").result is Result.PASSED

    def test_a_self_signed_certificate_fails(self, certificate: Path, over_tls: "OverTls") -> None:
        """As a browser would refuse it."""
        finding = ask(over_tls(certificate, answering()), https=True)
        assert finding.result is Result.FAILED
        assert finding.reason == "the certificate is not to be trusted for 127.0.0.1: self-signed certificate"

    def test_a_certificate_for_another_name_fails(
        self, tmp_path: Path, over_tls: "OverTls", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However much its authority is trusted."""
        other = _certificate(tmp_path / "other.pem", x509.DNSName("portal.example.com"))
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        finding = ask(over_tls(other, answering()), https=True)
        assert finding.result is Result.FAILED
        assert "IP address mismatch" in finding.reason

    def test_a_server_at_its_own_address_need_not_be_named(
        self, tmp_path: Path, over_tls: "OverTls", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its certificate names what people type; its authority counts all the same."""
        other = _certificate(tmp_path / "other.pem", x509.DNSName("portal.example.com"))
        probe = HttpProbe(port=over_tls(other, answering()), https=True)
        assert ask_http(LOCALHOST, probe, seconds=5, named=False).result is Result.FAILED
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        assert ask_http(LOCALHOST, probe, seconds=5, named=False).result is Result.PASSED

    def test_a_server_without_tls_fails(self, listen: Listen) -> None:
        """Plain HTTP on the port."""
        assert ask(listen(answering()), https=True).reason.startswith("no TLS connection came about")

    def test_a_handshake_without_end_fails(self, listen: Listen) -> None:
        """After the probe's time."""
        port = listen(say_nothing)
        assert ask(port, https=True, seconds=1).reason == "no answer within 1 s"


class OverTls:
    """Starts servers behind TLS."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen

    def __call__(self, certificate: Path, handler: Handler) -> int:
        """A server with this certificate; returns its port."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        def handle(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                handler(secured)

        return self._listen(handle)


def _certificate(path: Path, name: x509.GeneralName) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tenantry-test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
