"""Stands in front of a service: logs every request, and acts out latency and faults for its clients.

A WSGI application around the service's own, which it leaves as it is. The services call one another through a port of
their own, whose gate logs but never disturbs: so 300 ms of latency meet a client's request once, not once for each
service behind it.
"""

import contextlib
import errno
import json
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from devcloud.faultrules import FaultKind, FaultRule
from devcloud.records import RequestRecord, ServiceSettings
from devcloud.services.faultfile import FaultFile
from devcloud.services.server import CONNECTION_KEY, WsgiApplication

_STREAM_ABOVE = 4 * 1024 * 1024
"""Answers up to this size are logged before they are sent, so that a client that has its answer finds it logged."""

_LONGEST_HANG_S = 3600.0
_DRAIN_CHUNK = 1024 * 1024
_ERRORS = {
    FaultKind.ERROR_500: "500 Internal Server Error",
    FaultKind.ERROR_503: "503 Service Unavailable",
    FaultKind.ERROR_429: "429 Too Many Requests",
}


class RequestLog:
    """Appends one JSON object a line to a service's request log."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, record: RequestRecord) -> None:
        """Append a record; one write, so that threads never mix their lines."""
        os.write(self._fd, (json.dumps(asdict(record), ensure_ascii=False) + "\n").encode())


@dataclass(slots=True)
class _Answer:
    """What a service answered, before it is sent on."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)

    def start(self, status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[[bytes], None]:
        """Note the answer's head (PEP 3333's ``start_response``)."""
        self.status, self.headers = status, list(headers)
        return self.written.append

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One request, from its arrival to its log line."""

    environ: dict[str, Any]
    arrived: float
    started: float
    delay_ms: float = 0.0
    rule: FaultRule | None = None

    @property
    def path(self) -> str:
        """The path with its query."""
        query = self.environ.get("QUERY_STRING")
        path: str = self.environ.get("REQUEST_URI") or self.environ.get("PATH_INFO", "")
        return path if not query or "?" in path else f"{path}?{query}"


@dataclass(slots=True, kw_only=True)
class Gate:
    """The WSGI application in front of one port of one service."""

    application: WsgiApplication
    settings: ServiceSettings
    log: RequestLog
    #: None on the port that the services use among themselves.
    faults: FaultFile | None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        exchange = _Exchange(environ=environ, arrived=time.time(), started=time.monotonic())
        if self.faults is not None:
            exchange.delay_ms, exchange.rule = self.faults.decide(method=environ["REQUEST_METHOD"], path=exchange.path)
            if exchange.delay_ms:
                time.sleep(exchange.delay_ms / 1000)
        if exchange.rule is not None:
            return self._strike(exchange, exchange.rule, start_response)
        try:
            return self._answer(exchange, start_response)
        except Exception:
            self._record(exchange, status=500, sent=0)  # what the server makes of it
            raise

    def _answer(self, exchange: _Exchange, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = _Answer()
        body = self.application(exchange.environ, answer.start)
        if _is_large(answer):
            return self._stream(exchange, answer, body, start_response)
        content = _collect(answer, body)
        _drain(exchange.environ)
        self._record(exchange, status=_code(answer), sent=len(content), request_id=_request_id(answer))
        start_response(answer.status, answer.headers)
        return [content]

    def _stream(
        self, exchange: _Exchange, answer: _Answer, body: Iterable[bytes], start_response: Callable[..., Any]
    ) -> Iterator[bytes]:
        start_response(answer.status, answer.headers)
        sent = 0
        try:
            for chunk in body:
                sent += len(chunk)
                yield chunk
        finally:
            _close(body)
            self._record(exchange, status=_code(answer), sent=sent, request_id=_request_id(answer))

    def _strike(self, exchange: _Exchange, rule: FaultRule, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Act out a fault, after letting the service act when the rule says so."""
        if rule.after_bytes is not None:
            return self._cut(exchange, rule.after_bytes, start_response)
        if rule.after_acting:
            _exhaust(self.application(exchange.environ, _Answer().start))
        _drain(exchange.environ)
        if rule.kind in _ERRORS:
            content = json.dumps({"error": {"message": f"devcloud fault {rule.id}", "code": int(rule.kind)}}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
            if rule.retry_after_s is not None:
                headers.append(("Retry-After", str(rule.retry_after_s)))
            self._record(exchange, status=int(rule.kind), sent=len(content))
            start_response(_ERRORS[rule.kind], headers)
            return [content]
        self._record(exchange, status=None, sent=0)
        connection: socket.socket = exchange.environ[CONNECTION_KEY]
        if rule.kind is FaultKind.HANG:
            self._hang(connection, rule)
        _reset(connection)
        raise ConnectionResetError(errno.ECONNRESET, "reset by devcloud fault")

    def _cut(self, exchange: _Exchange, after_bytes: int, start_response: Callable[..., Any]) -> Iterator[bytes]:
        """Let so many bytes of the request's body pass, and of the answer's, and cut the connection where there are more."""
        connection: socket.socket = exchange.environ[CONNECTION_KEY]
        exchange.environ["wsgi.input"] = _Cut(exchange.environ["wsgi.input"], after_bytes, connection)
        answer, sent = _Answer(), 0
        body = self.application(exchange.environ, answer.start)
        try:
            start_response(answer.status, answer.headers)
            for chunk in body:
                passing = chunk[: after_bytes - sent]
                sent += len(passing)
                if passing:
                    yield passing
                if len(passing) < len(chunk):
                    # An orderly end, so that what was let pass arrives; the client finds that bytes are missing.
                    connection.shutdown(socket.SHUT_RDWR)
                    raise ConnectionResetError(errno.ECONNRESET, "cut by devcloud fault")
        finally:
            _close(body)
            self._record(exchange, status=_code(answer), sent=sent, request_id=_request_id(answer))

    def _hang(self, connection: socket.socket, rule: FaultRule) -> None:
        """Say nothing until the client leaves, the rule is cleared, or an hour has passed."""
        deadline = time.monotonic() + _LONGEST_HANG_S
        while self.faults is not None and self.faults.in_force(rule) and time.monotonic() < deadline:
            if select.select([connection], [], [], 0.1)[0]:
                return  # the client closed, or sent something it has no answer to wait for

    def _record(self, exchange: _Exchange, *, status: int | None, sent: int, request_id: str = "") -> None:
        environ = exchange.environ
        self.log.write(
            RequestRecord(
                time=exchange.arrived,
                cloud=self.settings.cloud,
                service=self.settings.service,
                method=environ["REQUEST_METHOD"],
                path=exchange.path,
                status=status,
                duration_ms=round((time.monotonic() - exchange.started) * 1000, 3),
                bytes_in=int(environ.get("CONTENT_LENGTH") or 0),
                bytes_out=sent,
                user_agent=environ.get("HTTP_USER_AGENT", ""),
                request_id=request_id,
                inner=self.faults is None,
                fault=exchange.rule.kind if exchange.rule else None,
                delay_ms=exchange.delay_ms,
            )
        )


@dataclass(slots=True)
class _Cut:
    """A request's body whose connection breaks after so many bytes."""

    body: Any
    left: int
    connection: socket.socket

    def read(self, size: int = -1) -> bytes:
        """Read as `wsgi.input` does, as far as it goes."""
        wanted = self.left + 1 if size < 0 else min(size, self.left + 1)
        data: bytes = self.body.read(wanted)
        if len(data) > self.left:
            _reset(self.connection)
            raise ConnectionResetError(errno.ECONNRESET, "cut by devcloud fault")
        self.left -= len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.body, name)


def _is_large(answer: _Answer) -> bool:
    return int(answer.header("content-length") or 0) > _STREAM_ABOVE


def _collect(answer: _Answer, body: Iterable[bytes]) -> bytes:
    try:
        content = b"".join(body)
    finally:
        _close(body)
    return b"".join(answer.written) + content


def _exhaust(body: Iterable[bytes]) -> None:
    """Let a service finish its answer, which nobody gets, without keeping it."""
    try:
        for _ in body:
            pass
    finally:
        _close(body)


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _drain(environ: dict[str, Any]) -> None:
    """Read what the service left of the request's body, or it would be taken for the next request."""
    with contextlib.suppress(OSError, ValueError):
        while environ["wsgi.input"].read(_DRAIN_CHUNK):
            pass


def _code(answer: _Answer) -> int:
    return int(answer.status.split(" ", 1)[0])


def _request_id(answer: _Answer) -> str:
    return answer.header("x-openstack-request-id") or answer.header("x-compute-request-id") or ""


def _reset(connection: socket.socket) -> None:
    """Cut a connection with RST, and leave an unconnected socket in its place for the server to close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with socket.socket() as stand_in:
        os.dup2(stand_in.fileno(), connection.fileno())
