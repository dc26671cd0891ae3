"""Rates smoothed, with bounds, and what they let expect."""

from hypothesis import given
from hypothesis import strategies as st

from provisioner.copying.throughput import Eta, Rate, Throughput

_MEASUREMENTS = st.lists(st.tuples(st.integers(0, 10**9), st.floats(0.01, 10.0)), min_size=1, max_size=50)


def _after(measurements: list[tuple[int, float]]) -> Throughput:
    throughput = Throughput()
    for size, seconds in measurements:
        throughput = throughput.added(size, seconds)
    return throughput


def test_nothing_is_known_at_first() -> None:
    """So that there is no estimate either."""
    assert Throughput().rate == Rate()
    assert Rate().seconds_for(1) is None


def test_what_takes_no_time_says_nothing() -> None:
    """Two looks at one moment."""
    assert Throughput().added(5, 0.0) == Throughput()


def test_one_measurement_has_wide_bounds() -> None:
    """Half of it, and one and a half."""
    assert _after([(100, 1.0)]).rate == Rate(low=50.0, likely=100.0, high=150.0)


def test_bounds_become_narrow_where_the_rate_is_steady() -> None:
    """Within a tenth after a few minutes."""
    rate = _after([(100, 1.0)] * 240).rate
    assert 90 < rate.low <= rate.likely <= rate.high < 110


def test_a_half_life_ago_counts_half() -> None:
    """Twenty seconds at a new rate come half-way to it."""
    assert round(_after([(100, 1.0), *[(300, 1.0)] * 20]).rate.likely) == 200


@given(_MEASUREMENTS)
def test_the_likely_rate_is_between_its_bounds_and_what_was_measured(measurements: list[tuple[int, float]]) -> None:
    """Whatever was measured."""
    rate, speeds = _after(measurements).rate, [size / seconds for size, seconds in measurements]
    assert rate.low <= rate.likely <= rate.high
    assert min(speeds) - 1e-3 <= rate.likely <= max(speeds) + 1e-3


def test_the_time_left_has_the_same_bounds() -> None:
    """The lowest rate is the latest end."""
    assert Rate(low=1.0, likely=2.0, high=4.0).seconds_for(8) == Eta(soonest=2.0, likely=4.0, latest=8.0)


def test_nothing_left_takes_no_time() -> None:
    """Even where no rate is known."""
    assert Rate().seconds_for(0) == Eta(soonest=0.0, likely=0.0, latest=0.0)
