"""A limit of bytes a second for all that shares it, kept over any stretch of time but for a small burst.

A token bucket that may go into debt: whoever takes bytes is told how long to wait until they are paid for, and those who come
later wait longer. So pieces of any size pass, in the order in which they came, and no byte is lost to rounding. `Bucket` decides,
`Limiter` waits.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

#: Seconds of traffic that may pass at once after a silence.
_BURST: Final = 0.1
#: A wait is cut into slices of so many seconds, to see whether it is still wanted.
_SLICE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Tokens for bytes: so many at a moment, more with time, never more than a burst; less than none is a debt."""

    #: Bytes a second.
    rate: float
    tokens: float
    #: Seconds on a clock that never goes back.
    at: float

    @classmethod
    def full(cls, rate: float, at: float) -> "Bucket":
        """A bucket that nobody took from yet."""
        return cls(rate=rate, tokens=rate * _BURST, at=at)

    def taken(self, size: int, at: float) -> tuple["Bucket", float]:
        """The bucket after so many bytes were taken, and the seconds until they are paid for."""
        tokens = min(self.tokens + (at - self.at) * self.rate, self.rate * _BURST) - size
        return replace(self, tokens=tokens, at=at), max(0.0, -tokens / self.rate)


class Limiter:
    """Lets so many bytes a second pass, over all threads that share it."""

    def __init__(
        self,
        rate: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`rate` is in bytes a second, above 0."""
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._bucket = Bucket.full(rate, monotonic())

    def change(self, rate: float) -> None:
        """Another rate from now on; what waits already waits as long as it was told."""
        with self._lock:
            settled, _ = self._bucket.taken(0, self._monotonic())
            self._bucket = replace(settled, rate=rate)

    def take(self, size: int, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Wait until so many more bytes may pass; returns early, for nothing, once it is cancelled."""
        with self._lock:
            now = self._monotonic()
            self._bucket, wait = self._bucket.taken(size, now)
        end = now + wait
        while (left := end - self._monotonic()) > 0 and not cancelled():
            self._sleep(min(left, _SLICE))
