"""Names for what the store keeps: short, unique, and sorted by the time they were given, and as they were given."""

import secrets
import threading
from datetime import datetime
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS: Final = 40
#: By how much at most a number exceeds the one before it in its millisecond: none can be told from another.
_STRIDE_BITS: Final = 24


class _Sequence:
    """The numbers of a process: within a millisecond each is greater than the one before, as monotonic ULIDs are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest = 0

    def number(self, at: datetime) -> int:
        """Milliseconds since 1970, then random bits, or what follows the latest number of that millisecond."""
        millisecond = int(at.timestamp() * 1000)
        with self._lock:
            if self._latest >> _RANDOM_BITS == millisecond:
                self._latest += 1 + secrets.randbits(_STRIDE_BITS)
            else:
                self._latest = (millisecond << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
            return self._latest


_SEQUENCE: Final = _Sequence()


def new_id(at: datetime) -> str:
    """18 characters of Crockford's base 32 in lower case: 50 bits of milliseconds since 1970, then 40 random ones.

    Of one process, those of one millisecond sort in the order in which they were asked for.
    """
    number = _SEQUENCE.number(at)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(85, -1, -5))
