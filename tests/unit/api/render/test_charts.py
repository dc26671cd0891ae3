"""What is known of a time, drawn as a line."""

import re
from datetime import UTC, datetime, timedelta

from api.render.statements.charts import strip
from provisioner.usage.coverage import Coverage, Span

_BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
_MONTH = Span(start=_BEGIN, end=_BEGIN + timedelta(days=30))


def drawn(days: int, gap: int = 0) -> list[tuple[int, str]]:
    """The bars of a month of which so many days have passed, and were unknown: how wide, in which colour."""
    gaps = (Span(start=_BEGIN, end=_BEGIN + timedelta(days=gap)),) if gap else ()
    seconds = days * 86400
    coverage = Coverage(covered_seconds=seconds - gap * 86400, asked_seconds=seconds, gaps=gaps)
    found = re.findall(r'<rect [^>]*width="([0-9]+)"[^>]*fill="([^"]+)"', strip(coverage, _MONTH, "50 %"))
    return [(int(width), colour) for width, colour in found]


def test_what_is_yet_to_come_is_not_shown_as_known() -> None:
    """Of a month that is half over, half the line is known."""
    whole, known = drawn(days=15)
    assert (whole[0], known[0]) == (80, 40)
    assert whole[1] != known[1]


def test_a_month_that_is_over_is_known_throughout() -> None:
    """And gaps cover what is not known."""
    _, known, gap = drawn(days=30, gap=15)
    assert (known[0], gap[0]) == (80, 40)
