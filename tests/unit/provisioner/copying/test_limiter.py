"""A limit of bytes a second, on a clock that only moves while somebody waits."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.copying.limiter import Bucket, Limiter

_RATE = 1000.0
#: What may pass at once.
_BURST = 100


@dataclass
class Clock:
    """Seconds that pass when somebody sleeps."""

    now: float = 0.0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """It stands at 0."""
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    """A thousand bytes a second."""
    return Limiter(_RATE, monotonic=clock.monotonic, sleep=clock.sleep)


def test_a_burst_passes_at_once(limiter: Limiter, clock: Clock) -> None:
    """A tenth of a second's worth."""
    limiter.take(_BURST)
    assert clock.now == 0


def test_more_has_to_be_paid_for(limiter: Limiter, clock: Clock) -> None:
    """Even a piece that is larger than any burst."""
    limiter.take(5 * int(_RATE))
    assert clock.now == pytest.approx(4.9)


def test_silence_saves_no_more_than_a_burst(limiter: Limiter, clock: Clock) -> None:
    """An hour's worth is not sent at once."""
    clock.now += 3600
    limiter.take(int(_RATE))
    assert clock.now == pytest.approx(3600.9)


def test_another_rate_holds_from_then_on(limiter: Limiter, clock: Clock) -> None:
    """Ten times as fast."""
    limiter.take(_BURST)
    limiter.change(10 * _RATE)
    limiter.take(int(_RATE))
    assert clock.now == pytest.approx(0.1)


def test_whoever_is_cancelled_does_not_wait(limiter: Limiter, clock: Clock) -> None:
    """But for the slice of its pause."""
    limiter.take(100 * int(_RATE), lambda: clock.now >= 0.3)
    assert clock.now == pytest.approx(0.3)


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 3)), min_size=1, max_size=60))
def test_no_stretch_of_time_has_more_than_the_rate_and_a_burst(takes: list[tuple[int, float]]) -> None:
    """Whatever is taken, and whenever: bytes count when they are paid for, as they pass then."""
    bucket, now, passed = Bucket.full(_RATE, 0.0), 0.0, []
    for size, idle in takes:
        now += idle
        bucket, wait = bucket.taken(size, now)
        now += wait
        passed.append((now, size))
    for first, (began, _) in enumerate(passed):
        # The first piece of a stretch was paid for before it.
        for last in range(first + 1, len(passed)):
            size = sum(each for _, each in passed[first + 1 : last + 1])
            assert size <= (passed[last][0] - began) * _RATE + _BURST + 1e-3
