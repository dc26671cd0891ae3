"""What `audit show` says it left out."""

from datetime import UTC, datetime

import pytest

from api.cli.audit import cut
from provisioner.audit import Entry, Event, Head, chain
from provisioner.operation import Actor


@pytest.fixture
def log() -> list[Entry]:
    """Five entries."""
    event = Event(at=datetime(2027, 6, 1, tzinfo=UTC), actor=Actor("li@ops"), action="plan.made", subject="plan-1")
    return list(chain(Head(), [event] * 5))


def test_the_newest_of_many(log: list[Entry]) -> None:
    """That there are older ones is never kept quiet."""
    said = cut(log[3:], first=3, count=5, newest=True)
    assert said == "The newest 2 of 5 entries; --all shows every one, --after 0 begins with the first."


def test_the_first_of_many(log: list[Entry]) -> None:
    """Where to go on."""
    assert cut(log[:2], first=0, count=5, newest=False) == "Entries up to 2 of 5; --after 2 goes on."


@pytest.mark.parametrize("newest", [True, False])
def test_all_of_them(log: list[Entry], newest: bool) -> None:  # noqa: FBT001
    """Nothing was left out, and nothing is said."""
    assert cut(log, first=0, count=5, newest=newest) == ""
