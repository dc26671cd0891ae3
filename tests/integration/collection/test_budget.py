"""The budget of requests, kept by several workers at once on one database; counters over processes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select

from api.collection.politeness import Permits
from provisioner.counting import Tally
from provisioner.errors import CloudUnavailable, StoreUnavailable
from provisioner.store import request_budgets, service_counters
from provisioner.store.database import Database
from provisioner.store.schema_usage import request_budgets as request_budgets_table
from provisioner.store.service_counters import Count
from tests.integration.collection.conftest import CITY

_MOST = 5
_WINDOW = timedelta(seconds=1)


def test_workers_together_keep_to_the_budget_in_any_window(database: Database) -> None:
    """Of any six requests after one another, the last goes a whole window after the first, whoever sends them."""

    def take(_: int) -> float:
        with database.transaction() as connection:
            wait = request_budgets.turn(connection, CITY, most=_MOST, window=_WINDOW).total_seconds()
        return monotonic() + wait

    with ThreadPoolExecutor(8) as pool:
        turns = sorted(pool.map(take, range(23)))
    # The turns are exact; how long the answer takes to arrive is not.
    slack = 0.05
    assert all(b - a >= _WINDOW.total_seconds() - slack for a, b in zip(turns, turns[_MOST:], strict=False))
    assert turns[-1] - turns[0] < 5


def test_turns_by_the_database_never_come_too_soon(database: Database) -> None:
    """The turns that are kept are as far apart as they must be, to the microsecond."""
    turns = []
    for _ in range(12):
        with database.transaction() as connection:
            request_budgets.turn(connection, CITY, most=_MOST, window=_WINDOW)
            turns.append(_last(connection))
    assert all(b - a >= _WINDOW for a, b in zip(turns, turns[_MOST:], strict=False))


def test_a_wait_is_counted_and_ends_with_the_process(database: Database) -> None:
    """Whoever waits for the budget does not hold up the end."""
    tally, ending = Tally(), threading.Event()
    permits = Permits(database=database, cloud=CITY, most=1, tally=tally, ending=ending)
    permits()
    threading.Timer(0.2, ending.set).start()
    with pytest.raises(CloudUnavailable, match="ends"):
        permits()
    assert [(each.name, each.value) for each in tally.taken()] == [("api_budget_waits", 1.0)]


def test_without_the_database_nothing_is_sent() -> None:
    """The budget cannot be kept then."""
    permits = Permits(database=_Gone(), cloud=CITY, most=1, tally=Tally())  # type: ignore[arg-type]  # as far as it is used
    with pytest.raises(CloudUnavailable, match="budget"):
        permits()


def test_counters_of_several_processes_add_up(database: Database) -> None:
    """Written at once, over and over, with the same names and labels in another order."""

    def write(number: int) -> None:
        counts = [Count(name=name, labels={"x": "1"}, value=1) for name in ("a", "b", "c")]
        with database.transaction() as connection:
            service_counters.add(connection, counts if number % 2 else reversed(counts))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with database.transaction() as connection:
        assert [each.value for each in service_counters.listed(connection)] == [40.0, 40.0, 40.0]


def test_what_could_not_be_written_is_written_later(database: Database) -> None:
    """A database that is away for a while loses no count."""
    tally = Tally()
    tally.count("a", {})
    tally.flush(_Gone())  # type: ignore[arg-type]  # as far as it is used
    tally.count("a", {})
    tally.flush(database)
    with database.transaction() as connection:
        assert [each.value for each in service_counters.listed(connection)] == [2.0]


class _Gone:
    """A database that cannot be reached."""

    def transaction(self) -> None:
        """Say so."""
        raise StoreUnavailable("gone")


def _last(connection: Any) -> datetime:
    sent: list[datetime] = connection.execute(select(request_budgets_table.c.sent)).scalar_one()
    return sent[-1]
