"""Around every request: its id, in and out; its language; its line in the log; an answer where something unexpected was raised.

An ASGI middleware, so that streams pass through it as they come.
"""

import logging
import re
import time
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import TOO_LARGE, UNEXPECTED, HttpProblem, response
from api.language.choice import accepted
from api.language.spoken import current, speaking
from api.logs import REQUEST

HEADER: Final = "X-Request-Id"
#: What is taken for an id that somebody else gave: it goes into logs.
_GIVEN: Final = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
#: What every answer says to caches and browsers: it is for one person, and what it says it is.
_SAFE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
#: Bytes of a request's body: a city's manifests are a tenth of it.
LARGEST_BODY: Final = 16 * 1024 * 1024
_log = logging.getLogger("tenantry.http")
#: Whoever runs the service asks these every few seconds.
_QUIET: Final = frozenset({"/livez", "/readyz"})


class RequestContext:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request = given if _GIVEN.fullmatch(given) else uuid4().hex
        token = REQUEST.set(request)
        try:
            with speaking(accepted(", ".join(Headers(scope=scope).getlist("accept-language")))):
                await self._answer(scope, receive, send)
        finally:
            REQUEST.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = REQUEST.get() or ""
                for name, value in _SAFE.items():
                    headers.setdefault(name, value)
                if "content-type" in headers:
                    headers.setdefault("content-language", current().tag)
                headers.add_vary_header("Accept-Language")
            await send(message)

        try:
            await self._app(scope, _bounded(receive), sending)
        except Exception:
            _log.exception("unexpected")
            if status:  # half an answer cannot be taken back; the server ends the connection
                raise
            await response(HttpProblem(UNEXPECTED))(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            _count(scope, status, seconds)
            _tell(scope, status, seconds)


def _bounded(receive: Receive) -> Receive:
    """Raises HttpProblem where a body grows beyond the largest, whatever its `Content-Length` says."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HttpProblem(TOO_LARGE, f"more than {LARGEST_BODY} bytes")
        return message

    return receiving


def _count(scope: Scope, status: int, seconds: float) -> None:
    service, route = scope["app"].state.service, scope.get("route")
    if service is not None:
        service.traffic.count(scope["method"], route.path_format if route else "", status, seconds)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    state = scope.get("state", {})
    principal = state.get("principal")
    level = logging.DEBUG if scope["path"] in _QUIET and status < UNEXPECTED.status else logging.INFO
    _log.log(
        level,
        "%s %s %s",
        scope["method"],
        scope["path"],
        status or "broken off",
        extra={
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            **({} if principal is None else {"actor": principal.actor}),
        },
    )
