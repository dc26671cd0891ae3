"""What the comparison with Nova's own account says to people."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from api.collection.crosschecking import Crosschecked
from api.render.crosscheck import print_crosschecked
from provisioner.usage.coverage import Span, coverage
from tenants.names import CloudName

START = datetime(2026, 9, 30, 16, tzinfo=UTC)
OCTOBER = Span(start=START, end=START + timedelta(days=31))


@pytest.mark.parametrize(("gap", "share"), [(0, "100.0%"), (1, "99.9%"), (60 * 60, "99.8%")])
def test_what_has_a_gap_is_never_shown_as_whole(gap: int, share: str) -> None:
    """A second of it is not known, or an hour."""
    known = coverage((Span(start=START, end=OCTOBER.end - timedelta(seconds=gap)),), OCTOBER)
    found = Crosschecked(cloud=CloudName("city"), period=OCTOBER, coverage=known, comparisons=(), names={})
    console = Console(file=StringIO(), width=140)
    print_crosschecked(console, [found])
    assert f", {share} known" in console.file.getvalue()  # type: ignore[attr-defined]  # as was given
