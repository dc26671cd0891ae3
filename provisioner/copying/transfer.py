"""One pass over a source: read, hashed and handed on, each in a thread of its own, with bounded memory between them.

    reading thread → channel → hashing thread → channel → whoever takes `pieces`

Hashing lets the other threads run (hashlib gives Python's lock back for all but small pieces), so it costs time only where the
processors have none to spare.
"""

import threading
from collections.abc import Callable, Iterator

from provisioner.copying.channel import Channel
from provisioner.copying.digests import Digester, Pass
from provisioner.copying.extents import total
from provisioner.copying.meter import Meter
from provisioner.copying.reading import Reader, Source
from provisioner.copying.records import Conduct
from provisioner.copying.watching import Work
from provisioner.errors import CloudError


class Transfer:
    """A pass that is under way. `stop` it, or take all of its `pieces`."""

    def __init__(self, source: Source, meter: Meter, conduct: Conduct, *, algorithm: str | None = None) -> None:
        self._stopping = threading.Event()
        self._source = source
        self._reader = Reader(source, conduct.patience, self._stopping)
        self._meter = meter
        self._digester = Digester(conduct.chunk, algorithm)
        self._read = Channel(conduct.buffer // 2)
        self._hashed = Channel(conduct.buffer // 2)
        self._taken = 0
        #: Why reading ended too early, where it did.
        self.failure: CloudError | None = None
        self._reading = Work("copy-read", lambda: self._forward(self._pieces, self._read))
        self._hashing = Work("copy-hash", lambda: self._forward(self._digested, self._hashed))

    def pieces(self) -> Iterator[bytes]:
        """All bytes, in order. Raises what reading raised, and ChannelStopped once it was stopped."""
        for piece in self._hashed:
            self._taken += len(piece)
            yield piece

    @property
    def whole(self) -> bool:
        """Whether every byte was taken."""
        return self._taken == total(self._source.extents)

    @property
    def resumptions(self) -> int:
        """How often reading went on after it had broken off."""
        return self._reader.resumptions

    @property
    def journal(self) -> bytes:
        """The hashes of the chunks that were read whole, once the pass has stopped."""
        return self._digester.so_far

    def found(self) -> Pass:
        """The hashes, once all pieces were taken."""
        return self._digester.end()

    def stop(self) -> None:
        """End it, wherever it is."""
        self._stopping.set()
        self._read.stop()
        self._hashed.stop()

    def stopped(self, seconds: float) -> bool:
        """Stop, and wait so long for the hashing to have come to rest; whether it has."""
        self.stop()
        return self._hashing.ended(seconds)

    def _pieces(self) -> Iterator[bytes]:
        try:
            for piece in self._reader.read(self._source.extents):
                self._meter.passed(piece, self._stopping)
                self._meter.resumptions = self._reader.resumptions
                yield piece
        except CloudError as error:
            self.failure = error
            raise

    def _digested(self) -> Iterator[bytes]:
        for piece in self._read:
            self._digester.add(piece)
            yield piece

    @staticmethod
    def _forward(pieces: Callable[[], Iterator[bytes]], channel: Channel) -> None:
        """Hand all pieces on, or what went wrong, to whoever takes them."""
        try:
            for piece in pieces():
                channel.put(piece)
        except Exception as error:  # noqa: BLE001 - it is raised where the pieces are taken
            channel.end(error)
        else:
            channel.end()
