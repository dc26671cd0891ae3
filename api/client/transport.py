"""One service over HTTP: requests sent, and sent again, until there is an answer; refusals raised as errors.

The only module of the client that knows httpx. One transport serves any number of threads, and any number of servers behind one
URL: no attempt expects the server of the last one.
"""

import json
import logging
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx

from api.client import problem as problems
from api.client.errors import ServiceError, ServiceFailed, Unreachable, of_problem
from api.client.retrying import IN_PROGRESS, Patience, pause, told
from provisioner.errors import InputError

_log = logging.getLogger(__name__)
#: Seconds. A connection is there at once or not at all; an answer may need a look at all clouds.
_CONNECT: Final = 5.0
_ANSWER: Final = 180.0
#: Seconds without a byte after which a stream counts as broken: the service gives a sign of life every 15.
_SILENCE: Final = 45.0
#: Seconds: a service that never answered is more likely misnamed than about to start.
_FIRST: Final = 8.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
NO_CONTENT: Final = 204
_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a service is, and what to show it."""

    url: str
    #: Never in what is printed or logged.
    token: str | None = field(default=None, repr=False)
    #: Certificates of the authorities to trust in place of the common ones.
    ca_file: Path | None = None
    #: An `Accept-Language`.
    language: str | None = None
    patience: Patience = field(default_factory=Patience)
    #: Seconds that one attempt may take.
    timeout: float = _ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """What time and chance are, and what carries bytes; tests have their own."""

    sleep: Callable[[float], None] = time.sleep
    #: Seconds from any beginning.
    clock: Callable[[], float] = time.monotonic
    #: From 0 to 1.
    chance: Callable[[], float] = random.random
    carrier: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a POST sends."""

    content: bytes
    media_type: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """A document as JSON."""
        return cls(content=json.dumps(document, ensure_ascii=False).encode(), media_type="application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from a request that was not refused."""

    status: int
    headers: Mapping[str, str]
    #: None where the answer has no body.
    document: Any


class Transport:
    """Asks one service. Use it as a context manager, or close it."""

    def __init__(self, access: Access, clockwork: Clockwork | None = None) -> None:
        """Opens no connection yet. Raises InputError for a URL, a token or a certificate file that cannot be used."""
        self._access = access
        self._means = clockwork or Clockwork()
        self._answered = False
        url = _checked(access.url)
        if access.token is not None and url.scheme == "http" and not _is_loopback(url.host):
            _log.warning("The token goes to %s without TLS: whoever is on the way can read it and use it.", url.host)
        self._client = httpx.Client(
            base_url=url,
            headers=_headers(access),
            timeout=httpx.Timeout(access.timeout, connect=_CONNECT),
            verify=_trust(access.ca_file),
            # A proxy is for the world outside, and none of the variables that name one is about this machine.
            trust_env=not _is_loopback(url.host),
            transport=self._means.carrier,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """The document at a path. Raises ServiceError."""
        wanted = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._sent(self._client.build_request("GET", path, params=wanted)).document

    def post(
        self, path: str, body: Body | None = None, *, key: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send something once, however often it has to be sent. Raises ServiceError.

        `key` is the `Idempotency-Key`; a new one unless it is given.
        """
        more = {"idempotency-key": key or uuid4().hex, **(headers or {})}
        if body is not None:
            more["content-type"] = body.media_type
        return self._sent(self._client.build_request("POST", path, content=body.content if body else b"", headers=more))

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[bytes] | None]:
        """The bytes of a stream as they come, tried once; None where there is nothing to tell any more. Raises ServiceError."""
        timeout = httpx.Timeout(_CONNECT, read=_SILENCE)
        asked = {"accept": _STREAM, **headers}
        try:
            with self._client.stream("GET", path, headers=asked, timeout=timeout) as response:
                if response.status_code == NO_CONTENT:
                    yield None
                    return
                if not _is_stream(response):
                    raise of_problem(problems.read(response.status_code, response.read()))
                self._answered = True
                yield response.iter_bytes()
        except httpx.RequestError as error:
            raise self._unreachable(error) from error

    def _sent(self, request: httpx.Request) -> Answer:
        """Send until there is an answer that will not pass by itself. Patience counts from the first failure on."""
        attempt, failed_at = 0, None
        while True:
            attempt += 1
            outcome, asked = self._attempt(request)
            if isinstance(outcome, Answer):
                return outcome
            if not outcome.retryable:
                raise outcome
            now = self._means.clock()
            failed_at = now if failed_at is None else failed_at
            seconds = pause(
                attempt,
                elapsed=now - failed_at,
                asked=asked,
                chance=self._means.chance(),
                patience=self._patience(outcome),
            )
            if seconds is None:
                raise outcome
            _log.info("%s %s is sent again in %.1f s: %s", request.method, request.url.path, seconds, outcome)
            self._means.sleep(seconds)

    def _patience(self, failure: ServiceError) -> Patience:
        """Short with a service that never answered, long with one that is at work on just this."""
        usual = self._access.patience
        if failure.problem and failure.problem.name == IN_PROGRESS:
            return replace(usual, whole=max(usual.whole, self._access.timeout))
        return usual if self._answered else replace(usual, whole=min(usual.whole, _FIRST))

    def _attempt(self, request: httpx.Request) -> tuple[Answer | ServiceError, float | None]:
        """One answer, and the seconds to wait that it speaks of."""
        try:
            response = self._client.send(request)
        except httpx.RequestError as error:
            failure = self._unreachable(error)
            failure.__cause__ = error
            return failure, None
        self._answered = True
        if httpx.codes.is_success(response.status_code):
            return _answer(response), None
        found = problems.read(response.status_code, response.content)
        return of_problem(found), told(response.headers.get("retry-after"), datetime.now(UTC))

    def _unreachable(self, error: httpx.RequestError) -> ServiceError:
        where = self._client.base_url
        if distrust := _distrust(error):
            said = f"{where}: its certificate is not trusted: {distrust}; TENANTRY_CA_FILE names the authority's certificate"
            return ServiceError(said)
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return ServiceError(f"{where}: {error}")
        return Unreachable(f"{where} does not answer: {str(error) or type(error).__name__}")


def _answer(response: httpx.Response) -> Answer | ServiceFailed:
    if not response.content:
        return Answer(status=response.status_code, headers=response.headers, document=None)
    try:
        document = response.json()
    except ValueError:
        said = "this is no answer of Tenantry's: check TENANTRY_URL, and whatever stands before the service"
        return ServiceFailed(f"{response.request.url.host} answered something else than JSON: {said}")
    return Answer(status=response.status_code, headers=response.headers, document=document)


def _is_stream(response: httpx.Response) -> bool:
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status_code == httpx.codes.OK and media == _STREAM


def _checked(text: str) -> httpx.URL:
    rule = "write https://HOST, with the path if it has one"
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise InputError(f"TENANTRY_URL is {text!r}: {error}; {rule}") from error
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        raise InputError(f"TENANTRY_URL is {text!r}, which is not a service's address; {rule}")
    if url.userinfo:
        raise InputError(
            "TENANTRY_URL has a name or password in it; the service knows people by tokens: TENANTRY_TOKEN"
        )
    return url


def _headers(access: Access) -> dict[str, str]:
    headers = {"user-agent": f"tenantry/{version('tenantry')}", "accept": "application/json"}
    if access.token is not None:
        if not _TOKEN.fullmatch(access.token):
            raise InputError("the token for the service is empty or has characters that no token has")
        headers["authorization"] = f"Bearer {access.token}"
    if access.language:
        headers["accept-language"] = access.language
    return headers


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise InputError(f"TENANTRY_CA_FILE: {ca_file}: no certificates can be read: {error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _distrust(error: BaseException) -> str:
    """Why a server's certificate is refused; empty where that is not what went wrong."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return str(found.verify_message)
        found = found.__cause__ or found.__context__
    return ""
