"""An operation followed to its end over a stream that may break, move to another server, or be behind one that restarts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from api.client import records, works
from api.client.records import Lost
from api.client.retrying import LASTING, Patience
from api.client.sse import ServerEvent
from api.client.streaming import Back, Streaming
from api.client.transport import Clockwork, Transport
from provisioner.operation import Operation, OperationId


@dataclass(frozen=True, slots=True)
class Following:
    """Follows one operation."""

    transport: Transport
    clockwork: Clockwork
    operation: OperationId
    patience: Patience = LASTING

    def __iter__(self) -> Iterator[Operation | Lost]:
        """The operation each time that it is different, the last time as it ended; Lost when a stream broke.

        After that the operation is told again, as soon as there is another stream.
        Raises Unreachable once the service has been away for longer than patience lasts, and ServiceError where it refuses.
        """
        current = self._whole()
        yield current
        for each in self._events(current):
            if isinstance(each, Lost):
                yield each
                continue
            after = current if isinstance(each, Back) else _after(current, each)
            if after == current and not isinstance(each, Back):
                continue
            current = after
            if current.state.final:
                break
            yield current
        if current.state.final and current.finished_at is not None:
            return
        yield self._whole()

    def _events(self, current: Operation) -> Iterator[ServerEvent | Lost | Back]:
        if current.state.final:
            return iter(())
        path = f"{_path(self.operation)}/events"
        return iter(Streaming(self.transport, self.clockwork, path, self.patience))

    def _whole(self) -> Operation:
        document = self.transport.get(_path(self.operation))
        return records.read(works.operation, document)


def _path(operation: OperationId) -> str:
    return f"/v1/operations/{quote(operation, safe='')}"


def _after(current: Operation, event: ServerEvent) -> Operation:
    return records.read(lambda data: works.told(current, event.name, json.loads(data)), event.data)
