"""Every HTTP request to a cloud passes here: counted, limited in number at a time, timed, and repeated where safe.

Bodies that are made as they go (an image's data) are the exception: they are sent once, for nobody has their first bytes any more,
and they take no part in the limit, which is for short requests. An upload that lasts hours would hold a place for hours, and
uploads that wait for a download from the same cloud would never end if they held all places.

Mounted under keystoneauth's session, so that authentication and version discovery are included. Below it is
`requests`' pooled adapter, above it `connection`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from provisioner.clouds.exchanges import Exchange
from provisioner.clouds.openstack.retry import Attempt, Failure, RetryPolicy, pause_before_next, seconds_to_wait
from provisioner.clouds.openstack.timing import Timing

_FIRST_ERROR: Final = 400
#: Where Keystone gives tokens, whichever service they are for.
_TOKENS: Final = "/auth/tokens"
_IDENTITY: Final = "identity"
#: A `Date` header drops the fraction of its second: half of one, on average.
_DROPPED: Final = 0.5
#: Different addresses to keep connections to: one for each service, and some to spare.
_ADDRESSES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    """How to speak to one cloud. Times are in seconds."""

    #: Requests under way at any time, over all threads.
    concurrency: int = 16
    connect_timeout: float = 5.0
    #: Without a byte of answer for this long, a request counts as failed. `api_timeout` in clouds.yaml goes before it.
    read_timeout: float = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timing: Timing = field(default_factory=Timing)
    #: Called before each request, repetitions included; returns when it may be sent, and may raise a CloudError instead.
    permit: Callable[[], None] | None = None
    #: Told of each request that was sent.
    heard: Callable[[Exchange], None] | None = None


class Transport(HTTPAdapter):
    """`requests`' adapter with a count, a limit and patience. Safe to share between threads."""

    def __init__(self, settings: TransportSettings) -> None:
        super().__init__(pool_connections=_ADDRESSES, pool_maxsize=settings.concurrency)
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._counting = threading.Lock()
        self._sent = 0
        self._serving = threading.local()
        self._ahead: dict[str, timedelta] = {}

    @property
    def sent(self) -> int:
        """How many requests have left so far, repeated ones included."""
        with self._counting:
            return self._sent

    @contextmanager
    def serving(self, service: str) -> Iterator[None]:
        """What this thread sends meanwhile is for a service, but for the tokens that it needs."""
        before = getattr(self._serving, "service", None)
        self._serving.service = service
        try:
            yield
        finally:
            self._serving.service = before

    def clock_ahead(self, service: str) -> timedelta | None:
        """How far the service's clock was ahead of ours when it last answered, exact to a second; None before it did."""
        with self._counting:
            return self._ahead.get(service)

    def send(  # noqa: PLR0913, PLR0917 -- the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 -- as above
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 -- as above
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send, and send again where the policy says so; the last answer or failure is the caller's."""
        options = {
            "stream": stream,
            "timeout": self._timeout(timeout),
            "verify": verify,
            "cert": cert,
            "proxies": proxies,
        }
        if _is_made_as_it_goes(request):
            self._permitted()
            return self._upload(request, options)
        timing, began = self._settings.timing, self._settings.timing.monotonic()
        number, waited = 0, 0.0
        while True:
            number += 1
            waited += self._permitted()
            answer: requests.Response | None = None
            failure: requests.RequestException | None = None
            try:
                with self._slots:
                    answer = self._exchange(request, options)
                if answer.status_code < _FIRST_ERROR:
                    return answer
            except requests.RequestException as error:
                failure = error
            attempt = self._attempt(request, number, answer, failure)
            elapsed = timing.monotonic() - began - waited
            pause = pause_before_next(self._settings.retry, attempt, elapsed=elapsed, dice=timing.random())
            if pause is None:
                return _outcome(answer, failure)
            timing.sleep(pause)

    def _exchange(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        """One attempt, with the answer read to its end, so that a connection lost half-way counts as a failed attempt.

        An answer that is to be a stream is read by whoever asked for it, unless it is an error.
        """
        timing, service = self._settings.timing, self._service(request)
        began = timing.monotonic()
        try:
            answer = super().send(request, **options)
            self._note_clock(service, answer)
            if not options["stream"] or answer.status_code >= _FIRST_ERROR:
                _ = answer.content
        except requests.RequestException as error:
            if how_it_failed(error) is Failure.PERHAPS_SENT:
                self._count(Exchange(service=service, status=None, seconds=timing.monotonic() - began))
            raise
        self._count(Exchange(service=service, status=answer.status_code, seconds=timing.monotonic() - began))
        return answer

    def _upload(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        """One attempt, the only one. While a body is sent, urllib3 waits for the other side as long as for a connection."""
        read = options["timeout"][1]
        return self._exchange(request, {**options, "timeout": (read, read)})

    def _permitted(self) -> float:
        """Wait until a request may be sent; gives the seconds that this took, which are not those of the request."""
        permit, monotonic = self._settings.permit, self._settings.timing.monotonic
        if permit is None:
            return 0.0
        began = monotonic()
        permit()
        return monotonic() - began

    def _count(self, exchange: Exchange) -> None:
        with self._counting:
            self._sent += 1
        if self._settings.heard is not None:
            self._settings.heard(exchange)

    def _service(self, request: requests.PreparedRequest) -> str:
        if request.path_url.partition("?")[0].endswith(_TOKENS):
            return _IDENTITY
        return getattr(self._serving, "service", None) or _IDENTITY

    def _note_clock(self, service: str, answer: requests.Response) -> None:
        """As soon as the headers are there: a long body must not count as a slow clock."""
        said = answer.headers.get("Date")
        if not said:
            return
        try:
            theirs = parsedate_to_datetime(said).timestamp() + _DROPPED
        except (ValueError, OverflowError):
            return
        with self._counting:
            self._ahead[service] = timedelta(seconds=theirs - self._settings.timing.wall())

    def _timeout(self, configured: Any) -> tuple[float, float]:
        read = float(configured) if isinstance(configured, int | float) else self._settings.read_timeout
        return self._settings.connect_timeout, read

    def _attempt(
        self,
        request: requests.PreparedRequest,
        number: int,
        answer: requests.Response | None,
        failure: requests.RequestException | None,
    ) -> Attempt:
        header = None if answer is None else answer.headers.get("Retry-After")
        return Attempt(
            method=str(request.method),
            path=request.path_url.partition("?")[0],
            number=number,
            failure=None if failure is None else how_it_failed(failure),
            status=None if answer is None else answer.status_code,
            retry_after=seconds_to_wait(header, wall=self._settings.timing.wall()),
        )


def _is_made_as_it_goes(request: requests.PreparedRequest) -> bool:
    return request.body is not None and not isinstance(request.body, bytes | str)


def how_it_failed(error: requests.RequestException) -> Failure:
    """Whether a request that brought no answer can have arrived."""
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.InvalidURL):
        return Failure.HOPELESS
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return Failure.NOT_SENT
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return Failure.NOT_SENT
    return Failure.PERHAPS_SENT


def _outcome(answer: requests.Response | None, failure: requests.RequestException | None) -> requests.Response:
    if answer is not None:
        return answer
    if failure is None:
        raise AssertionError("an attempt either brings an answer or fails")
    raise failure
