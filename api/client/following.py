"""An operation followed to its end over a stream that may break, move to another server, or be behind one that restarts.

An event's id says all that was told before it, so whichever server comes next goes on exactly there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from api.client import records, works
from api.client.errors import ServiceFailed, Unreachable
from api.client.records import Lost
from api.client.retrying import LASTING, Patience, pause
from api.client.sse import Flood, Parser, ServerEvent
from api.client.transport import Clockwork, Transport
from provisioner.operation import Operation, OperationId

#: Seconds to stay away after a stream ended; the most that a server may ask for.
_USUAL: Final = 1.0
_MOST: Final = 30.0


@dataclass(slots=True)
class Following:
    """Follows one operation."""

    transport: Transport
    clockwork: Clockwork
    operation: OperationId
    patience: Patience = LASTING
    _last: str | None = field(default=None, init=False)
    _since: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)
    #: Whether the service has nothing more to tell.
    _told_all: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[Operation | Lost]:
        """The operation each time that it is different, the last time as it ended; Lost when a stream broke.

        After that the operation is told again, as soon as there is another stream.
        Raises Unreachable once the service has been away for longer than patience lasts, and ServiceError where it refuses.
        """
        current = self._whole()
        yield current
        while not (current.state.final or self._told_all):
            parser = Parser()
            try:
                for after in self._changes(current, parser):
                    current = after
                    if current.state.final:
                        break
                    yield current
                else:
                    self._rest(parser)
            except Unreachable as error:
                if self._since is None:
                    yield Lost(reason=str(error))
                self._wait(error)
        if current.state.final and current.finished_at is not None:
            return
        yield self._whole()

    def _changes(self, current: Operation, parser: Parser) -> Iterator[Operation]:
        """The operation after each event of one stream that changes it; and first as it is, where a stream broke before."""
        for event in self._events(parser):
            after = current if event is None else _after(current, event)
            if event is None or after != current:
                current = after
                yield current

    def _whole(self) -> Operation:
        document = self.transport.get(_path(self.operation))
        return records.read(works.operation, document)

    def _events(self, parser: Parser) -> Iterator[ServerEvent | None]:
        """The events of one stream; None before them where the last one broke."""
        headers = {} if self._last is None else {"last-event-id": self._last}
        with self.transport.stream(f"{_path(self.operation)}/events", headers) as chunks:
            if chunks is None:
                self._told_all = True
                return
            for chunk in chunks:
                if self._since is not None:
                    self._since, self._failures = None, 0
                    yield None
                try:
                    for event in parser.feed(chunk):
                        self._last = event.id
                        yield event
                except Flood as error:
                    raise ServiceFailed(str(error)) from error

    def _rest(self, parser: Parser) -> None:
        """A stream that ended though the operation has not: its server is to end."""
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


def _path(operation: OperationId) -> str:
    return f"/v1/operations/{quote(operation, safe='')}"


def _after(current: Operation, event: ServerEvent) -> Operation:
    return records.read(lambda data: works.told(current, event.name, json.loads(data)), event.data)
