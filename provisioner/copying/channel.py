"""A bounded queue of pieces between two threads: it counts bytes, for pieces differ in size, and it can be stopped from outside.

It is what keeps a copy's memory the same whatever a disk's size: whoever reads waits until what was read has gone on.
"""

import threading
from collections import deque
from collections.abc import Iterator


class ChannelStopped(Exception):
    """Nobody wants the pieces any more."""


class Channel:
    """Pieces from one thread to another, in order."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes; one piece more than that may wait."""
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._failure: Exception | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def put(self, piece: bytes) -> None:
        """Wait for room and leave a piece there. Raises ChannelStopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._size < self._limit)
            if self._stopped:
                raise ChannelStopped
            self._waiting.append(piece)
            self._size += len(piece)
            self._changed.notify_all()

    def end(self, failure: Exception | None = None) -> None:
        """No more pieces come, because those were all or because of a failure, which whoever takes them is to get."""
        with self._changed:
            self._ended, self._failure = True, failure
            self._changed.notify_all()

    def stop(self) -> None:
        """Both sides raise ChannelStopped from now on."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        """The pieces until the end; then raises the failure, if there was one. Raises ChannelStopped."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._waiting or self._ended)
                if self._stopped:
                    raise ChannelStopped
                if not self._waiting:
                    if self._failure is not None:
                        raise self._failure
                    return
                piece = self._waiting.popleft()
                self._size -= len(piece)
                self._changed.notify_all()
            yield piece
