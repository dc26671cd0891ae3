"""Serves a WSGI application on a listening socket that the supervisor opened."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cheroot import wsgi

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""PEP 3333's application."""

CONNECTION_KEY = "devcloud.connection"
"""Where the WSGI environment holds the client's socket, which a cut or hanging answer needs."""

_PUBLIC_THREADS = 128
"""A request that is being delayed holds a thread, so this many can be delayed side by side."""
_INTERNAL_THREADS = 24
_KEEP_ALIVE_S = 120


class _Gateway(wsgi.Gateway_10):  # type: ignore[misc] # cheroot is untyped
    """Adds the client's socket to the WSGI environment."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ[CONNECTION_KEY] = self.req.conn.socket
        environ["wsgi.input"] = _LeftOpen(environ["wsgi.input"])
        return environ


class _LeftOpen:
    """A request's body that a service may close without closing the connection, on which the client goes on.

    Glance closes what it has read; cheroot would then answer the next request of the connection with 500.
    """

    def __init__(self, body: Any) -> None:
        self._body = body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Do nothing."""


class _Server(wsgi.Server):  # type: ignore[misc] # cheroot is untyped
    """cheroot on an inherited socket."""

    keep_alive_conn_limit = 1000

    def __init__(self, application: WsgiApplication, *, inherited: socket.socket, threads: int) -> None:
        self._inherited = inherited
        super().__init__(
            inherited.getsockname(),
            application,
            numthreads=threads,
            request_queue_size=512,
            timeout=_KEEP_ALIVE_S,
        )
        self.gateway = _Gateway

    def bind(self, _family: int, _type: int, _proto: int = 0) -> socket.socket:
        """Use the inherited socket instead of making one."""
        self.socket = self._inherited
        return self._inherited


def serve_in_background(application: WsgiApplication, *, fd: int, inner: bool) -> None:
    """Serve an application on an inherited listening socket, in threads of its own."""
    threads = _INTERNAL_THREADS if inner else _PUBLIC_THREADS
    server = _Server(application, inherited=socket.socket(fileno=fd), threads=threads)
    server.prepare()
    threading.Thread(target=server.serve, name=f"serve-{'internal' if inner else 'public'}", daemon=True).start()
