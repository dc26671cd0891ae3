"""Every HTTP request to a cloud passes here: counted, limited in number at a time, timed, and repeated where safe.

Mounted under keystoneauth's session, so that authentication and version discovery are included. Below it is
`requests`' pooled adapter, above it `connection`.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from provisioner.clouds.openstack.retry import Attempt, Failure, RetryPolicy, pause_before_next, seconds_to_wait
from provisioner.clouds.openstack.timing import Timing

_FIRST_ERROR: Final = 400
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


class Transport(HTTPAdapter):
    """`requests`' adapter with a count, a limit and patience. Safe to share between threads."""

    def __init__(self, settings: TransportSettings) -> None:
        super().__init__(pool_connections=_ADDRESSES, pool_maxsize=settings.concurrency)
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._counting = threading.Lock()
        self._sent = 0

    @property
    def sent(self) -> int:
        """How many requests have left so far, repeated ones included."""
        with self._counting:
            return self._sent

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
        options = {"stream": stream, "timeout": self._timeout(timeout), "verify": verify, "cert": cert}
        timing, began = self._settings.timing, self._settings.timing.monotonic()
        number = 0
        while True:
            number += 1
            answer: requests.Response | None = None
            failure: requests.RequestException | None = None
            try:
                answer = self._exchange(request, {**options, "proxies": proxies})
                if answer.status_code < _FIRST_ERROR:
                    return answer
            except requests.RequestException as error:
                failure = error
            attempt = self._attempt(request, number, answer, failure)
            elapsed = timing.monotonic() - began
            pause = pause_before_next(self._settings.retry, attempt, elapsed=elapsed, dice=timing.random())
            if pause is None:
                return _outcome(answer, failure)
            timing.sleep(pause)

    def _exchange(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        """One attempt, with the body read to its end, so that a connection lost half-way counts as a failed attempt."""
        with self._slots:
            try:
                answer = super().send(request, **options)
                if not options["stream"]:
                    _ = answer.content
            except requests.RequestException as error:
                if how_it_failed(error) is Failure.PERHAPS_SENT:
                    self._count()
                raise
            self._count()
            return answer

    def _count(self) -> None:
        with self._counting:
            self._sent += 1

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
