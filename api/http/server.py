"""The server: uvicorn around the app, from the first connection to a graceful end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn

from api.http.app import create_app
from api.http.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens, and how long it waits for requests under way when it ends."""

    host: str
    port: int
    #: Seconds.
    patience: int


class _Server(uvicorn.Server):
    """Tells the service as soon as it is to end, so that streams end and balancers look elsewhere."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came: the first lets requests under way end, the second does not."""
        self._stopping.set()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, without sending the signals again at the end: this process is ending anyway, with code 0."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(service: Service, listening: Listening) -> bool:
    """Answer requests until a signal comes; returns whether the server could be started."""
    config = uvicorn.Config(
        create_app(service),
        host=listening.host,
        port=listening.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=listening.patience,
        lifespan="on",
    )
    server = _Server(config, service.stopping)
    server.run()
    return server.started
