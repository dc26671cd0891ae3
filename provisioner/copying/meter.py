"""How far a phase of a copy came: counted by the threads that work, looked at by the one that watches them."""

import threading

from provisioner.copying.records import Conduct, CopyCancelled, Phase, Progress
from provisioner.copying.throughput import Throughput


class Meter:
    """Counts bytes, measures their rate, and lets them through no faster than the limit."""

    def __init__(self, phase: Phase, total: int, conduct: Conduct, *, restarts: int = 0) -> None:
        self._phase = phase
        self._total = total
        self._conduct = conduct
        self._restarts = restarts
        self._counting = threading.Lock()
        self._done = 0
        self._seen = 0
        self._at = conduct.monotonic()
        self._throughput = Throughput()
        self.resumptions = 0

    def passed(self, piece: bytes, stopping: threading.Event) -> None:
        """A piece was read; returns when it may go on."""
        if self._conduct.limiter is not None:
            self._conduct.limiter.take(len(piece), stopping.is_set)
        with self._counting:
            self._done += len(piece)

    def look(self) -> None:
        """Measure and tell. Raises CopyCancelled where nobody wants the copy any more."""
        now = self._conduct.monotonic()
        with self._counting:
            done = self._done
        self._throughput = self._throughput.added(done - self._seen, now - self._at)
        self._seen, self._at = done, now
        self._conduct.progress(
            Progress(
                phase=self._phase,
                done=done,
                total=self._total,
                rate=self._throughput.rate,
                resumptions=self.resumptions,
                restarts=self._restarts,
            )
        )
        if self._conduct.cancelled():
            raise CopyCancelled("the copy was cancelled")
