"""Whether, and after how long, a request is sent again. Pure: the transport asks after every failed attempt.

A request is repeated only where that cannot do harm. Reading, and writing absolute values (PUT, PATCH, DELETE), can be
repeated whatever happened. A POST makes something new each time, so it is repeated only when the cloud says that it
did nothing (429, 503) or when the connection failed before anything was sent.
"""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

#: Asking for a token is a POST that changes nothing.
_TOKENS: Final = "/auth/tokens"
_CREATING: Final = "POST"
#: Answers that say "not done, come back".
_DECLINED: Final = frozenset({429, 503})
#: Answers from something between us and the service, or from a service in trouble.
_FAILED: Final = frozenset({429, 502, 503, 504})
#: A 500 may have left a deletion half done, so only requests that set or read the whole are repeated after it.
_REPEATABLE_AFTER_500: Final = frozenset({"GET", "HEAD", "PUT", "PATCH"})
_INTERNAL_ERROR: Final = 500


class Failure(Enum):
    """How an attempt failed that brought no answer."""

    NOT_SENT = "not sent"
    #: The request may have arrived: the connection broke, or no answer came in time.
    PERHAPS_SENT = "perhaps sent"
    #: The request is wrong in itself, or the other side cannot be trusted (a certificate): not worth repeating.
    HOPELESS = "hopeless"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient to be. Times are in seconds."""

    #: How often one request is sent at most.
    attempts: int = 6
    #: Bound of the first pause; it doubles with every attempt, up to `longest_pause`.
    first_pause: float = 0.5
    longest_pause: float = 20.0
    #: No pause begins that would end later than this after the first attempt began.
    patience: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt that did not succeed: either `failure` or `status` is set."""

    method: str
    path: str
    #: 1 for the first.
    number: int
    failure: Failure | None = None
    status: int | None = None
    #: What `Retry-After` asked for, in seconds.
    retry_after: float | None = None

    @property
    def repeatable(self) -> bool:
        """Whether sending it again can do no harm."""
        if self.failure is not None:
            return self._repeatable_without_answer(self.failure)
        if self._creates:
            return self.status in _DECLINED
        return self.status in _FAILED or (self.status == _INTERNAL_ERROR and self.method in _REPEATABLE_AFTER_500)

    @property
    def _creates(self) -> bool:
        return self.method == _CREATING and not self.path.endswith(_TOKENS)

    def _repeatable_without_answer(self, failure: Failure) -> bool:
        if failure is Failure.PERHAPS_SENT:
            return not self._creates
        return failure is Failure.NOT_SENT


def pause_before_next(policy: RetryPolicy, attempt: Attempt, *, elapsed: float, dice: float) -> float | None:
    """Seconds to wait before sending the request again, or None to give up.

    `elapsed` counts from the beginning of the first attempt. `dice` is from 0 up to 1: it spreads clients that failed
    together, for `Retry-After` as well, which names the same moment to all of them.
    """
    if not attempt.repeatable or attempt.number >= policy.attempts:
        return None
    bound = min(policy.longest_pause, policy.first_pause * 2.0 ** (attempt.number - 1))
    pause = dice * bound if attempt.retry_after is None else attempt.retry_after + dice * policy.first_pause
    return None if elapsed + pause > policy.patience else pause


def seconds_to_wait(retry_after: str | None, *, wall: float) -> float | None:
    """A `Retry-After` header in seconds from `wall` (seconds since 1970): a number or an HTTP date (RFC 9110, 10.2.3).

    None where there is none, or none that can be read.
    """
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - wall)
    except (ValueError, OverflowError):
        return None
