"""Times and durations for reading."""

from datetime import timedelta

import pytest

from api.render.moments import lasting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 seconds"), (1, "1 second"), (59.9, "59 seconds"), (60, "1 minute"), (7200, "2 hours"), (200000, "2 days")],
)
def test_durations_have_one_unit(seconds: float, text: str) -> None:
    """The largest that fits, rounded down; a clock that went back counts as no time."""
    assert lasting(timedelta(seconds=seconds)) == text
