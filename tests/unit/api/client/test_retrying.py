"""When a request is sent again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.retrying import Patience, may_pass, pause, told

_NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_PATIENCE = Patience(whole=60, first=1, longest=5)


@pytest.mark.parametrize(
    ("status", "problem", "passes"),
    [
        (503, "unavailable", True),
        (503, "", True),
        (502, "", True),
        (429, "", True),
        (409, "in-progress", True),
        (409, "conflict", False),
        (502, "cloud-failed", False),
        (500, "unexpected", False),
        (422, "declined", False),
        (404, "not-found", False),
    ],
)
def test_what_may_pass_by_itself(status: int, problem: str, *, passes: bool) -> None:
    """A service or its database that is away; the same request being worked on; and nothing that was decided."""
    assert may_pass(status, problem) is passes


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        ("Sun, 22 Nov 2026 08:00:09 GMT", 9.0),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    """Seconds or a date; what is neither counts for nothing."""
    assert told(header, _NOW) == seconds


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1), elapsed=st.floats(0, 50))
def test_a_pause_is_never_long_nor_nothing(attempt: int, chance: float, elapsed: float) -> None:
    """However many attempts there were."""
    seconds = pause(attempt, elapsed=elapsed, asked=None, chance=chance, patience=_PATIENCE)
    assert seconds is not None
    assert 0.5 <= seconds <= 5


def test_pauses_double_and_spread() -> None:
    """From half of it on, by chance."""
    told_by = [pause(each, elapsed=0, asked=None, chance=1, patience=_PATIENCE) for each in (1, 2, 3, 4)]
    assert told_by == [1, 2, 4, 5]
    assert pause(2, elapsed=0, asked=None, chance=0, patience=_PATIENCE) == 1


def test_patience_ends() -> None:
    """Where the next attempt would come too late, or the service wants us to come back much later."""
    assert pause(9, elapsed=57, asked=None, chance=1, patience=_PATIENCE) is None
    assert pause(1, elapsed=0, asked=7, chance=1, patience=_PATIENCE) == 7
    assert pause(1, elapsed=0, asked=3600, chance=1, patience=_PATIENCE) is None
