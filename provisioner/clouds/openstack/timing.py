"""The clock, the pause and the dice that retries need, in one record, so that tests can act them out."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What the transport asks of the world besides HTTP."""

    #: Seconds on a clock that never goes back.
    monotonic: Callable[[], float] = time.monotonic
    #: Seconds since 1970 (UTC), to read `Retry-After` dates against.
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    #: A number from 0 up to but not including 1; jitter needs no cryptographic randomness.
    random: Callable[[], float] = random.random
