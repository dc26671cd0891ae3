"""What an import says of itself."""

import io

import pytest
from rich.console import Console

from api.render.imported import holdings_text, render_left_out
from api.render.page import Page
from provisioner.adoption.documents import LeftOut


@pytest.fixture
def written() -> io.StringIO:
    """What was written."""
    return io.StringIO()


def test_each_reason_stands_once(written: io.StringIO) -> None:
    """With all that it is true of."""
    left_out = [LeftOut("scjg: server a", "no name"), LeftOut("old", "disabled"), LeftOut("scjg: server b", "no name")]
    render_left_out(Page(Console(file=written)), left_out)
    assert written.getvalue().splitlines() == [
        "Left out 2 times: no name",
        "  scjg: server a",
        "  scjg: server b",
        "Left out: old: disabled",
    ]


def test_what_was_taken_is_counted() -> None:
    """In the order of a manifest; what there is none of is not named."""
    assert holdings_text({"server": 1, "project": 2, "network": 0}) == "2 projects, 1 server"
