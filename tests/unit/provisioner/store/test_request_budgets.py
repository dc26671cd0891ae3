"""The budget of requests, as arithmetic: no minute has more, wherever it begins, and no time is wasted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from provisioner.store.request_budgets import next_turn

_START = datetime(2027, 6, 1, tzinfo=UTC)
_WINDOW = timedelta(seconds=60)


def _turns(asked: list[float], most: int) -> list[datetime]:
    """When requests go that are asked for after these pauses, in seconds."""
    now, sent, turns = _START, list[datetime](), list[datetime]()
    for pause in asked:
        now += timedelta(seconds=pause)
        turn = next_turn(sent, now, most=most, window=_WINDOW)
        sent = [*(each for each in sent if each > now - _WINDOW), turn]
        turns.append(turn)
    return turns


@given(st.lists(st.floats(0, 90), max_size=60), st.integers(1, 10))
def test_no_window_has_more_than_the_budget(asked: list[float], most: int) -> None:
    """Of any `most + 1` requests after one another, the last comes a whole window after the first, or later."""
    turns = _turns(asked, most)
    assert turns == sorted(turns)
    assert all(later - earlier >= _WINDOW for earlier, later in zip(turns, turns[most:], strict=False))


def test_within_the_budget_nobody_waits() -> None:
    """The whole of it may go at once."""
    sent = [_START] * 4
    assert next_turn(sent, _START, most=5, window=_WINDOW) == _START


def test_one_too_many_waits_for_the_window_and_no_longer() -> None:
    """Until the request that many before it is a minute old."""
    sent = [_START + timedelta(seconds=each) for each in range(5)]
    assert next_turn(sent, sent[-1], most=5, window=_WINDOW) == _START + _WINDOW
