"""All bytes of a source along a path, by as many attempts as patience allows.

Which bytes is a `Source`'s to say, how they travel is a `Path`'s, and this only has them meet: a source of changed blocks, or a
path from host to host, changes nothing here.
"""

from collections.abc import Callable, Iterable
from threading import Event
from typing import Final, Protocol

from provisioner.copying.digests import Pass, first_difference
from provisioner.copying.extents import total
from provisioner.copying.meter import Meter
from provisioner.copying.reading import Source, pause_after
from provisioner.copying.records import Conduct, ContentDiffers, CopyCancelled, Phase
from provisioner.copying.transfer import Transfer
from provisioner.copying.watching import Work, watch
from provisioner.errors import CloudConflict, CloudError

#: How long whoever begins anew waits for the threads of the attempt before.
_COMING_TO_REST: Final = 5.0
_BETWEEN_LOOKS: Final = 0.1


class Path(Protocol):
    """How bytes get to where they are to be: all of them, from the first on."""

    def begin(self) -> None:
        """Make the target ready for the first byte, whatever an earlier attempt has left there."""

    def carry(self, pieces: Iterable[bytes], size: int) -> None:
        """Take so many bytes there. Raises what the pieces raise, and CloudErrors of its own."""

    def arrived(self) -> bool:
        """Whether the target has them, after the last one was taken and its answer was lost."""


class Moving:
    """One source, one path. What it counts is of all attempts, but for `seconds`, which are those of the last."""

    def __init__(self, source: Source, path: Path, conduct: Conduct, *, algorithm: str | None) -> None:
        """`algorithm` is of one more hash, beside SHA-256."""
        self._source = source
        self._path = path
        self._conduct = conduct
        self._algorithm = algorithm
        self._size = total(source.extents)
        self._before = b""
        self.resumptions = 0
        self.restarts = 0
        self.seconds = 0.0

    def done(self) -> Pass:
        """The hashes of what was read and carried.

        Raises CopyCancelled, ContentDiffers where a source that was read again was not the same, and the CloudError that patience
        did not outlast.
        """
        while True:
            failure, final = self._attempt()
            if isinstance(failure, Pass):
                return failure
            if final or not self._worth_another(failure):
                raise failure
            self.restarts += 1
            pause(pause_after(self._conduct.patience, self.restarts), self._conduct.cancelled)

    def _attempt(self) -> tuple[Pass | CloudError, bool]:
        """The hashes, or why there are none; and whether that is for good."""
        must_go_on(self._conduct.cancelled)
        try:
            self._path.begin()
        except CloudError as error:
            return error, False
        must_go_on(self._conduct.cancelled)
        meter = Meter(Phase.COPYING, self._size, self._conduct, restarts=self.restarts)
        transfer = Transfer(self._source, meter, self._conduct, algorithm=self._algorithm)
        failure = self._carried(transfer, meter)
        self.resumptions += transfer.resumptions
        self._must_be_the_same(transfer.journal)
        return (transfer.found() if failure is None else failure), failure is transfer.failure

    def _carried(self, transfer: Transfer, meter: Meter) -> CloudError | None:
        """Why the bytes did not get there, if they did not."""
        began = self._conduct.monotonic()
        carrying = Work("copy-carry", lambda: self._path.carry(transfer.pieces(), self._size))
        try:
            watch([carrying], meter.look, transfer.stop)
        except CloudError as error:
            at_rest = transfer.stopped(_COMING_TO_REST)
            if not (at_rest and transfer.whole and error.retryable and self._path.arrived()):
                return error
        finally:
            transfer.stop()
            self.seconds = self._conduct.monotonic() - began
        return None

    def _must_be_the_same(self, journal: bytes) -> None:
        """What was read by an earlier attempt has to be read again."""
        at = first_difference(self._before, journal, chunk=self._conduct.chunk)
        if at is not None:
            raise ContentDiffers(f"the source changed while it was copied: at byte {at} it is not what it was")
        self._before = max(self._before, journal, key=len)

    def _worth_another(self, error: CloudError) -> bool:
        """Whether another attempt may succeed. A conflict is that of a target still busy with the attempt before."""
        return (
            error.retryable or isinstance(error, CloudConflict)
        ) and self.restarts + 1 < self._conduct.patience.uploads


def must_go_on(cancelled: Callable[[], bool]) -> None:
    """Raises CopyCancelled where nobody wants the copy any more."""
    if cancelled():
        raise CopyCancelled("the copy was cancelled")


def pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    """Wait. Raises CopyCancelled."""
    never = Event()
    for _ in range(int(seconds / _BETWEEN_LOOKS)):
        must_go_on(cancelled)
        never.wait(_BETWEEN_LOOKS)
    must_go_on(cancelled)
