"""Ask by one GET, and hold the answer's status and text against what is expected.

Redirects are not followed: where one leads is another question. Proxies of the environment are not used. A certificate
must come from one of the system's authorities (`SSL_CERT_FILE` names others), be valid, and be for the name or address
that is asked, unless the caller asks a server at an address that its certificate cannot be expected to name.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event, Timer
from typing import Final
from urllib.parse import quote

from provisioner.probing.connecting import Deadline, connect, explained
from provisioner.probing.readings import Finding, failed, passed
from tenants.application import HttpProbe

#: Bytes of a body in which text is looked for.
ENOUGH: Final = 1024 * 1024
_HEADERS: Final = {"User-Agent": "tenantry-probe", "Accept-Encoding": "identity", "Connection": "close"}
#: What a path keeps as it is; everything else is percent-encoded.
_KEPT: Final = "/?&=;:@!$'()*+,%~-._"
#: How a page without a declared charset may be written: as the web's standard is, or as China's.
_CHARSETS: Final = ("utf-8", "gb18030")


def ask_http(address: str, probe: HttpProbe, *, seconds: int, named: bool = True) -> Finding:
    """Send the GET; the whole answer must be there in time. `named` is whether a certificate must be for the address."""
    deadline = Deadline.after(seconds)
    late = Event()
    try:
        with connect(address, probe.port, deadline) as plain:
            connection = _layered(plain, address, named=named) if probe.https else plain
            with connection, _cut_off(connection, deadline, late):
                finding = _ask(connection, address, probe)
    except (OSError, HTTPException, ValueError) as error:
        finding = _explained(error, address, deadline)
    return explained(TimeoutError(), address, deadline) if late.is_set() else finding


def _layered(plain: socket.socket, address: str, *, named: bool) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = named
    return context.wrap_socket(plain, server_hostname=address, do_handshake_on_connect=False)


@contextmanager
def _cut_off(connection: socket.socket, deadline: Deadline, late: Event) -> Iterator[None]:
    """Shut the connection down at the deadline, however slowly and steadily it still answers, and note that in `late`."""

    def shut() -> None:
        late.set()
        # Past the TLS layer, which would forget its state under whoever is reading.
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = Timer(deadline.left, shut)
    timer.daemon = True
    timer.start()
    try:
        connection.settimeout(None)
        yield
    finally:
        timer.cancel()
        timer.join()


def _ask(connection: socket.socket, address: str, probe: HttpProbe) -> Finding:
    client = HTTPConnection(address, probe.port)
    client.sock = connection
    if isinstance(connection, ssl.SSLSocket):
        connection.do_handshake()
    client.request("GET", quote(probe.path, safe=_KEPT), headers=_HEADERS)
    with client.getresponse() as response:
        if response.status != probe.status:
            return failed(f"the status is {response.status} in place of {probe.status}{_elsewhere(response)}")
        if probe.text is not None and not _holds(response, probe.text):
            return failed(f'the status is {response.status}, but the body does not hold "{probe.text}"')
    return passed(f"status {probe.status}" if probe.text is None else f'status {probe.status}, with "{probe.text}"')


def _elsewhere(response: HTTPResponse) -> str:
    return ": a redirect, which is not followed" if response.headers["Location"] else ""


def _holds(response: HTTPResponse, text: str) -> bool:
    """Whether the body holds the text, in the charset that it declares or, without one, in those that are usual."""
    body = response.read(ENOUGH)
    declared = response.headers.get_content_charset()
    return any(_encoded(text, charset) in body for charset in ((declared,) if declared else _CHARSETS))


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except (LookupError, UnicodeEncodeError):
        # A charset that nobody knows, or that cannot say it.
        return text.encode()


def _explained(error: Exception, address: str, deadline: Deadline) -> Finding:
    match error:
        case ssl.SSLCertVerificationError(verify_message=message):
            return failed(f"the certificate is not to be trusted for {address}: {message}")
        case ssl.SSLError():
            return failed(f"no TLS connection came about: {error.reason or 'the other side does not speak it'}")
        case OSError() | UnicodeError():
            return explained(error, address, deadline)
        case _:
            return failed("what answers there does not speak HTTP")
