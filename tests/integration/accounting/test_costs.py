"""What the running month costs up to now, as metrics show it: to the cent what a statement of the same time would say."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from api.accounting.statements import Statements
from api.exposition.board import Board
from api.exposition.costs import Costs, accrued
from api.exposition.reading import Exposing
from monitoring.exposition.catalogue import named
from monitoring.exposition.family import Endpoint
from provisioner.baseline import Baselines
from provisioner.clouds.interface import ProjectId
from provisioner.operation import Actor
from provisioner.reconciliation.force import CityInForce
from provisioner.statements.months import Month
from provisioner.store.database import Database

Day = Callable[[int, int], datetime]
Cost = Callable[[datetime], Costs]
MARKET, ARCHIVE = ("market", "city", "CNY"), ("archive", "city", "CNY")


@pytest.fixture
def cost(database: Database, metered: Any) -> Cost:
    """What metrics say at some time."""

    def cost(now: datetime) -> Costs:
        metered.now = now
        _, city = CityInForce(database).read()
        assert city
        with database.transaction() as connection:
            return accrued(connection, city, now)

    return cost


def test_a_month_that_is_half_over_costs_half(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """Of 30 days 15: 4 cores at 30.00 and 8 GiB at 7.77 a month; what has no price costs nothing."""
    metered.days(day(9, 26), day(10, 11), see())
    assert cost(day(10, 11)) == {MARKET: Decimal("60.00") + Decimal("31.08")}


def test_what_is_no_longer_there_costs_no_more(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """A server that was deleted after 10 days; the cost of these stays."""
    metered.days(day(9, 26), day(10, 5), see())
    metered.days(day(10, 6), day(10, 11))
    assert cost(day(10, 11)) == {MARKET: Decimal("40.00") + Decimal("20.72")}


def test_prices_that_change_within_the_month_count_from_their_day(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """November's 31 days: 16 at the old prices, and 5 at the new, by which memory is free."""
    metered.days(day(10, 26), day(11, 16), see())
    old = [Decimal(each * 16 * 4) / 31 for each in (30,)] + [Decimal("7.77") * 8 * 16 / 31]
    expected = sum((round(each, 2) for each in (*old, Decimal(20 * 5 * 4) / 31)), Decimal(0))
    assert cost(day(11, 16)) == {MARKET: expected}


def test_it_begins_anew_with_the_month_that_statements_are_about(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """On the twenty-sixth, not on the first."""
    metered.days(day(9, 26), day(10, 27), see())
    assert cost(day(10, 27)) == {MARKET: Decimal("3.87") + Decimal("2.01")}


@pytest.mark.usefixtures("october")
def test_a_later_cut_off_day_does_not_count_a_closed_month_again(
    statements: Statements, cost: Cost, day: Day, cut_off: Callable[[int], None]
) -> None:
    """October ended on the twenty-fifth and is closed, whatever is said of it since; and nothing of November is known."""
    assert cost(day(10, 27)) == {}
    statements.close(Month(2026, 10), Actor("li.na"))
    cut_off(28)
    assert cost(day(10, 27)) == {}


def test_departments_costs_are_apart_and_nobody_s_are_left_out(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """A project that nobody is known to hold has no series."""
    metered.days(day(9, 26), day(10, 11), see(), see(project=ProjectId("q"), vcpus=1), see(project=ProjectId("z")))
    assert cost(day(10, 11)) == {MARKET: Decimal("91.08"), ARCHIVE: Decimal("15.00") + Decimal("31.08")}


def test_where_no_prices_hold_nothing_is_said(metered: Any, cost: Cost, see: Any, day: Day) -> None:
    """Of 2025 there is no list; and 0 would be a price."""
    metered.days(day(9, 26), day(9, 27), see())
    assert cost(datetime(2025, 5, 5, tzinfo=day(1, 1).tzinfo)) == {}


def test_metrics_say_what_the_statement_of_the_same_moment_says(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """The page's own figure, by the way that a scrape takes."""
    metered.days(day(10, 26), day(11, 16), see(), see(project=ProjectId("q"), vcpus=3))
    metered.now = day(11, 16)
    board = Board(
        metered.database, Baselines(metered.database), Exposing(limit=10_000, version="0"), lambda: metered.now
    )
    [piece] = board.newest(Endpoint.CITY).families[named("cost_accrued").name]
    stated = {each.tenant: each.cost for each in statements.of_month(Month(2026, 11))[0] if each.cost}
    assert piece.lines.decode().splitlines() == [
        f'tenantry_cost_accrued{{cloud="city",currency="CNY",tenant="{tenant}"}} {float(cost)}'
        for tenant, cost in sorted(stated.items())
    ]
