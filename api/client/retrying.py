"""Whether a request is sent again, and after how long. Pure.

Every request may be: reading changes nothing, and a POST carries an `Idempotency-Key`, so that a service which did it
already answers as it did then.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

#: Statuses that pass by themselves (RFC 9110, 15.5.9, 15.6; RFC 6585, 4).
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
#: A cloud's answer that the service passed on is an answer.
_CLOUD_FAILED: Final = "cloud-failed"
#: The same POST is being worked on, perhaps for us, before the connection broke.
IN_PROGRESS: Final = "in-progress"
#: Seconds: whoever says that we should come back tomorrow is not waited for.
_LONGEST_TOLD: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one request is tried, in seconds."""

    #: From its first attempt on.
    whole: float = 60.0
    #: Before the second attempt; doubled before each that follows.
    first: float = 0.25
    #: The most between two attempts, unless the service says more.
    longest: float = 5.0


#: For what is followed: a service may be down for as long as somebody needs to mend it.
LASTING: Final = Patience(whole=900.0, first=0.5, longest=10.0)


def may_pass(status: int, problem: str) -> bool:
    """Whether an answer, of this status and with a problem of this name, may be another one in a moment."""
    return problem == IN_PROGRESS or (status in _PASSING and problem != _CLOUD_FAILED)


def told(header: str | None, now: datetime) -> float | None:
    """Seconds that `Retry-After` says to wait (RFC 9110, 10.2.3); None where it says nothing that can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def pause(attempt: int, *, elapsed: float, asked: float | None, chance: float, patience: Patience) -> float | None:
    """Seconds until the next attempt after so many; None where patience has ended.

    `chance`, from 0 to 1, spreads clients that failed at one moment over the time that follows. What the service asked for is the
    least.
    """
    most = min(patience.longest, patience.first * 2.0 ** min(attempt - 1, 30))
    seconds = most * (0.5 + chance / 2)
    if asked is not None:
        if asked > _LONGEST_TOLD:
            return None
        seconds = max(seconds, asked)
    return seconds if elapsed + seconds <= patience.whole else None
