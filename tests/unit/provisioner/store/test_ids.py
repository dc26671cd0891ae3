"""Ids: short, unique, and in the order of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from provisioner.store.ids import new_id

INSTANTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is given beside it


@given(at=INSTANTS, later=st.timedeltas(min_value=timedelta(milliseconds=2), max_value=timedelta(days=9999)))
def test_a_later_id_sorts_after_an_earlier_one(at: datetime, later: timedelta) -> None:
    """Sorting ids sorts what they name by age."""
    assert new_id(at) < new_id(at + later)


def test_ids_of_one_instant_sort_as_they_were_given() -> None:
    """What was written down first is listed first, and no two are the same."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    given_out = [new_id(at) for _ in range(1000)]
    assert given_out == sorted(set(given_out))


def test_an_id_can_be_read_out() -> None:
    """Eighteen characters, none of which is taken for another."""
    text = new_id(datetime(2026, 11, 21, tzinfo=UTC))
    assert len(text) == 18
    assert not set(text) & set("ilouILOU")
