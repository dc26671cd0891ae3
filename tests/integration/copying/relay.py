"""A relay between Tenantry and an image service, which cuts connections after so many bytes: what no service does on demand."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal, Self

Direction = Literal["up", "down"]
_PIECE: Final = 65536


@dataclass
class Cut:
    """The connection is reset that brings the bytes in that direction, counted from now, to so many."""

    direction: Direction
    left: int


@dataclass
class Relay:
    """Listens on a port of its own and passes all bytes on. Use it as a context manager."""

    host: str
    port: int
    cuts: list[Cut] = field(default_factory=list)
    #: How many connections were cut.
    done: int = 0
    #: Set: nothing is passed on any more until it is cleared.
    frozen: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Closing alone would leave the threads where they are.
        for each in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for each in self._threads:
            each.join()
        self._listening.close()

    @property
    def address(self) -> str:
        """Where it listens: `127.0.0.1:12345`."""
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self, direction: Direction, *after: int) -> None:
        """Reset a connection after so many bytes in that direction, then one after so many more."""
        with self._lock:
            self.cuts.extend(Cut(direction, each) for each in after)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listening.accept()
            except OSError:
                return
            self._start(self._serve, ours)

    def _serve(self, ours: socket.socket) -> None:
        with ours, socket.create_connection((self.host, self.port)) as theirs:
            self._open.update({ours, theirs})
            up = self._start(self._pass, ours, theirs, "up")
            self._pass(theirs, ours, "down")
            up.join()
            self._open.difference_update({ours, theirs})

    def _start(self, function: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _pass(self, one: socket.socket, other: socket.socket, direction: Direction) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(_PIECE):
                while self.frozen.is_set():
                    threading.Event().wait(0.05)
                allowed = self._allowed(direction, len(piece))
                other.sendall(piece[:allowed])
                if allowed < len(piece):
                    _reset(one)
                    _reset(other)
                    return
            other.shutdown(socket.SHUT_WR)

    def _allowed(self, direction: Direction, size: int) -> int:
        with self._lock:
            cut = self.cuts[0] if self.cuts and self.cuts[0].direction == direction else None
            if cut is None or cut.left >= size:
                if cut is not None:
                    cut.left -= size
                return size
            self.cuts.pop(0)
            self.done += 1
            return cut.left


def _reset(connection: socket.socket) -> None:
    """Have the connection closed with RST, soon: whoever reads from it is woken, and closes it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
