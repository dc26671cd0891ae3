"""A stream of events that goes on where it broke off, at whichever server comes next.

An event's id says all that was told before it (WHATWG HTML, 9.2), so nothing is lost and nothing comes twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from api.client.errors import ServiceFailed, Unreachable
from api.client.records import Lost
from api.client.retrying import LASTING, Patience, pause
from api.client.sse import Flood, Parser, ServerEvent
from api.client.transport import Clockwork, Transport

#: Seconds to stay away after a stream ended; the most that a server may ask for.
_USUAL: Final = 1.0
_MOST: Final = 30.0


@dataclass(frozen=True, slots=True)
class Back:
    """A stream is there again, after one was lost."""


@dataclass(slots=True)
class Streaming:
    """Reads one stream until the service has nothing more to tell, or whoever reads has enough."""

    transport: Transport
    clockwork: Clockwork
    path: str
    patience: Patience = LASTING
    #: The id of the last event; None asks for all there are.
    last: str | None = None
    _since: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)
    _told_all: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[ServerEvent | Lost | Back]:
        """The events; Lost when a stream broke, and Back when there is another.

        Raises Unreachable once the service has been away for longer than patience lasts, and ServiceError where it refuses.
        """
        while not self._told_all:
            parser = Parser()
            try:
                yield from self._events(parser)
                self._rest(parser)
            except Unreachable as error:
                if self._since is None:
                    yield Lost(reason=str(error))
                self._wait(error)

    def _events(self, parser: Parser) -> Iterator[ServerEvent | Back]:
        headers = {} if self.last is None else {"last-event-id": self.last}
        with self.transport.stream(self.path, headers) as chunks:
            if chunks is None:
                self._told_all = True
                return
            for chunk in chunks:
                if self._since is not None:
                    self._since, self._failures = None, 0
                    yield Back()
                try:
                    for event in parser.feed(chunk):
                        self.last = event.id or self.last
                        yield event
                except Flood as error:
                    raise ServiceFailed(str(error)) from error

    def _rest(self, parser: Parser) -> None:
        """A stream that ended though there is more: its server is to end."""
        if not self._told_all:
            self.clockwork.sleep(_USUAL if parser.retry is None else min(_MOST, parser.retry / 1000))

    def _wait(self, error: Unreachable) -> None:
        now = self.clockwork.clock()
        self._since = now if self._since is None else self._since
        self._failures += 1
        seconds = pause(
            self._failures,
            elapsed=now - self._since,
            asked=None,
            chance=self.clockwork.chance(),
            patience=self.patience,
        )
        if seconds is None:
            raise error
        self.clockwork.sleep(seconds)
