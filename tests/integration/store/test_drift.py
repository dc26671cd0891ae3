"""Drift: what differs, and since when."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from provisioner.diff import Difference
from provisioner.objects import Address, Value
from provisioner.store import drift
from provisioner.store.database import Connection

Look = Callable[..., datetime]


def difference(tenant: str = "market", actual: Value = 5, *, name: str = "cores") -> Difference:
    """A limit that is not as it was applied."""
    address = Address(cloud="city", tenant=tenant, project="p", kind="quota", key="compute")
    return Difference(address=address, property=name, expected=4, actual=actual)


@pytest.fixture
def look(connection: Connection, at: datetime) -> Look:
    """Records a look, so many minutes after the first, and says when it was."""

    def look(minutes: int, *differences: Difference, tenants: tuple[str, ...] = ("market", "water")) -> datetime:
        then = at + timedelta(minutes=minutes)
        drift.record(connection, "city", tenants=tenants, differences=differences, at=then)
        return then

    return look


def test_a_look_that_finds_nothing_leaves_nothing(connection: Connection, look: Look) -> None:
    """All is as it was applied."""
    look(0)
    assert drift.unresolved(connection) == ()


def test_a_difference_began_between_two_looks(connection: Connection, look: Look) -> None:
    """After the last that matched, and before the first that did not."""
    matching, found = look(0), look(1, difference())
    (entry,) = drift.unresolved(connection)
    assert entry.difference == difference()
    assert (entry.last_matching_seen, entry.first_seen, entry.last_seen) == (matching, found, found)


def test_a_difference_seen_again_keeps_its_beginning(connection: Connection, look: Look) -> None:
    """Even where the value has changed once more."""
    first, again = look(0, difference(actual=5)), look(1, difference(actual=None))
    (entry,) = drift.unresolved(connection)
    assert (entry.first_seen, entry.last_seen, entry.last_matching_seen) == (first, again, None)
    assert entry.difference.actual is None


def test_a_difference_no_longer_seen_is_resolved(connection: Connection, look: Look) -> None:
    """And begins anew when it comes back."""
    look(0, difference())
    matching = look(1)
    assert drift.unresolved(connection) == ()
    found = look(2, difference())
    (entry,) = drift.unresolved(connection)
    assert (entry.last_matching_seen, entry.first_seen) == (matching, found)


def test_a_look_at_some_tenants_says_nothing_of_others(connection: Connection, look: Look) -> None:
    """Theirs stay open, as they were."""
    look(0, difference("market"), difference("water"))
    look(1, tenants=("market",))
    assert [each.difference.address.tenant for each in drift.unresolved(connection)] == ["water"]


def test_several_properties_differ_apart(connection: Connection, look: Look) -> None:
    """Each has its own time."""
    first = look(0, difference(name="cores"))
    second = look(1, difference(name="cores"), difference(name="ram"))
    entries = drift.unresolved(connection, "city")
    assert [(each.difference.property, each.first_seen) for each in entries] == [("cores", first), ("ram", second)]
    assert drift.unresolved(connection, "district") == ()
