"""Statements of a small city: made of metering, closed for good, corrected in the next."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.accounting import books
from api.accounting.statements import Statements
from provisioner.archive import examine_lines, line_of
from provisioner.audit import Tampering
from provisioner.clouds.interface import ProjectId
from provisioner.errors import InputError, StoreError
from provisioner.operation import Actor
from provisioner.statements.months import Month
from provisioner.statements.statement import Statement
from provisioner.store import audit, usage_coverages, usage_sums
from provisioner.store import statements as store
from provisioner.store.database import Database
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import Sort, State
from tenants.names import CloudName, TenantName

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
MARKET, ARCHIVE = TenantName("market"), TenantName("archive")
OPS = Actor("李娜")
CITY, P = CloudName("city"), ProjectId("p")
DAY = 24 * 3600
Day = Callable[[int, int], datetime]


def lines(statement: Statement) -> list[tuple[str, str, str]]:
    """Charges as SKU, quantity and cost."""
    return [(each.rate.sku if each.rate else "-", f"{each.quantity:f}", f"{each.cost}") for each in statement.charges]


def own(statements: Statements, month: Month, tenant: TenantName = MARKET) -> Statement:
    """A tenant's own statement."""
    found = statements.account(month, tenant)
    assert found is not None
    return found.root


@pytest.mark.usefixtures("october")
def test_a_month_from_cut_off_to_cut_off_is_stated(statements: Statements, day: Day) -> None:
    """Four cores and 8 GiB all month cost four and eight times the price; a volume without a price is stated all the same."""
    found = own(statements, OCTOBER)
    assert found.period == Span(start=day(9, 26), end=day(10, 26))
    assert lines(found) == [
        ("memory", "8.000000", "62.16"),
        ("vcpu", "4.000000", "120.00"),
        ("-", "720.000000", "0.00"),
    ]
    assert (found.cost, found.total, found.currency) == (Decimal("182.16"), Decimal("182.16"), "CNY")
    assert {each.holder.system for each in found.charges} == {"SSDJ"}


@pytest.mark.usefixtures("october")
def test_quota_held_stands_beside_what_is_used_of_it(statements: Statements) -> None:
    """On average and at most."""
    (line,) = own(statements, OCTOBER).quotas
    assert (line.resource, line.held_average, line.held_peak) == ("compute/cores", Decimal("6.00"), 6)
    assert (line.used_average, line.used_peak) == (Decimal("4.00"), 4)


def test_quota_is_averaged_over_the_time_that_is_known(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """It was held through a gap, which counts neither as time nor as quota: the average is never above the most."""
    for first, last in ((day(9, 26), day(10, 5)), (day(10, 15), day(10, 26))):
        metered.days(first, last, see())
    metered.now = day(10, 27)
    (line,) = own(statements, OCTOBER).quotas
    assert line.coverage.gaps
    assert (line.held_average, line.held_peak, line.used_average) == (Decimal("6.00"), 6, Decimal("4.00"))


def test_a_stopped_server_costs_what_its_state_costs(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """Each state by its own price, to the second."""
    metered.days(day(9, 26), day(10, 10), see())
    metered.days(day(10, 11), day(10, 26), see(State.STOPPED))
    found = [each for each in lines(own(statements, OCTOBER)) if each[0].startswith("vcpu")]
    assert found == [("vcpu", "2.000000", "60.00"), ("vcpu-stopped", "2.000000", "20.00")]


def test_prices_that_change_within_a_month_count_from_their_day(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """November's 31 days are divided at the eleventh, and quantities add up to the whole."""
    metered.days(day(10, 26), day(11, 26), see())
    found = [each for each in own(statements, NOVEMBER).charges if each.rate and each.rate.sku == "vcpu"]
    assert [(each.rate.version, each.period.seconds // DAY) for each in found if each.rate] == [
        ("2026.1", 16),
        ("2027.1", 15),
    ]
    assert sum(each.used.metered for each in found) == 4 * 31 * DAY
    assert [str(each.cost) for each in found] == ["61.94", "38.71"]


def test_a_gap_is_shown_and_is_not_zero_use(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """Five days without a look: what is there after them was there, and the line says how much is known."""
    metered.days(day(9, 26), day(10, 5), see())
    metered.days(day(10, 10), day(10, 26), see())
    found = own(statements, OCTOBER)
    charge = next(each for each in found.charges if each.rate and each.rate.sku == "vcpu")
    assert charge.quantity == 4
    assert charge.coverage.gaps == (Span(start=day(10, 5), end=day(10, 10)),)
    assert charge.coverage.covered_seconds == 25 * DAY
    assert Sort.SERVER in {each.sort for each in found.unknown}


@pytest.mark.parametrize("now", [12, 20])
def test_what_is_yet_to_come_of_a_month_is_no_gap(
    metered: Any, statements: Statements, see: Any, day: Day, *, now: int
) -> None:
    """Nor is the day since the last look, where one comes each day; nine days without one are, up to now."""
    metered.days(day(9, 26), day(10, 11), see())
    metered.now = day(10, now)
    found = own(statements, OCTOBER)
    missing = (Span(start=day(10, 11), end=day(10, now)),) if now == 20 else ()
    assert {each.coverage.gaps for each in (*found.charges, *found.unknown, *found.quotas)} == {missing}
    assert {each.coverage.covered_seconds for each in (*found.charges, *found.quotas)} == {15 * DAY}
    assert bool(found.unknown) == bool(missing)
    assert [(each.held_average, each.used_average) for each in found.quotas] == [(Decimal("6.00"), Decimal("4.00"))]


def test_a_cloud_that_was_never_looked_at_is_unknown(metered: Any, statements: Statements, day: Day) -> None:
    """It is said of each project that was held."""
    metered.now = day(10, 1)
    found = own(statements, OCTOBER)
    assert found.charges == ()
    assert {(each.sort, each.coverage.covered_seconds) for each in found.unknown} == {
        (Sort.SERVER, 0),
        (Sort.VOLUME, 0),
    }


@pytest.mark.usefixtures("october")
def test_closing_again_gives_the_same(statements: Statements) -> None:
    """Whoever closes a second time changes nothing."""
    first = statements.close(OCTOBER, OPS)
    before = own(statements, OCTOBER)
    assert statements.close(OCTOBER, Actor("somebody else")) == first
    assert own(statements, OCTOBER) == before
    assert first.count == 2


@pytest.mark.usefixtures("october")
def test_a_closed_statement_is_what_was_shown_before(statements: Statements) -> None:
    """To the last digit."""
    shown = own(statements, OCTOBER)
    statements.close(OCTOBER, OPS)
    assert own(statements, OCTOBER) == shown


@pytest.mark.usefixtures("october")
def test_closing_is_in_the_audit_log_with_the_chain_s_head(statements: Statements) -> None:
    """So that the audit log's anchors hold statements too."""
    closed = statements.close(OCTOBER, OPS)
    with statements.database.transaction() as connection:
        entry = list(audit.read(connection))[-1]
    assert (entry.event.actor, entry.event.action, entry.event.subject) == (OPS, "statements.closed", "2026-10")
    assert entry.event.detail == {"statements": 2, "head": f"3:{closed.digest}"}


@pytest.mark.usefixtures("metered")
def test_the_first_month_to_be_closed_is_one_that_was_metered(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """A closing cannot be taken back. Later a month in which Tenantry was away is closed as well, for others follow it."""
    metered.days(day(9, 26), day(10, 26), see())
    metered.now = day(12, 26)
    with pytest.raises(InputError, match="nothing was metered in 2026-08, and no month before it is closed"):
        statements.close(Month(2026, 8), OPS)
    for month in (OCTOBER, NOVEMBER):
        assert statements.close(month, OPS).count == 2


def test_a_month_that_has_not_ended_is_not_closed(statements: Statements) -> None:
    """Its end is told."""
    with pytest.raises(InputError, match="cannot be closed before it ends, 2026-10-26T00:00:00"):
        statements.close(OCTOBER, OPS)


@pytest.mark.usefixtures("october")
def test_no_month_is_left_out(metered: Any, statements: Statements, day: Day) -> None:
    """The next one to close is told."""
    statements.close(OCTOBER, OPS)
    metered.now = day(12, 31)
    with pytest.raises(InputError, match="does not follow 2026-10, which was closed last: close 2026-11"):
        statements.close(Month(2026, 12), OPS)


def test_late_evidence_corrects_the_next_month(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """The cloud was away when October was closed: what turns out later is in November, at October's price, once."""
    metered.days(day(9, 26), day(10, 21), see())
    metered.now = day(10, 27)
    statements.close(OCTOBER, OPS)
    assert own(statements, OCTOBER).cost == Decimal("151.80")
    metered.days(day(10, 28), day(11, 26), see())
    found = own(statements, NOVEMBER)
    told = {each.rate.sku: (each.month, each.cost) for each in found.corrections if each.rate}
    assert told == {"memory": ("2026-10", Decimal("10.36")), "vcpu": ("2026-10", Decimal("20.00"))}
    assert found.total == found.cost + Decimal("30.36")
    assert own(statements, OCTOBER).cost == Decimal("151.80")
    metered.now = day(11, 27)
    statements.close(NOVEMBER, OPS)
    assert own(statements, Month(2026, 12)).corrections == ()


def test_a_correction_is_told_of_by_one_month_alone(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """While November waits to be closed, December does not have what November will have: whoever adds up both counts it once."""
    metered.days(day(9, 26), day(10, 21), see())
    metered.now = day(10, 27)
    statements.close(OCTOBER, OPS)
    metered.days(day(10, 28), day(11, 27), see())
    assert own(statements, NOVEMBER).corrections != ()
    assert own(statements, Month(2026, 12)).corrections == ()


@pytest.fixture(params=[20, 26])
def closed(request: pytest.FixtureRequest, metered: Any, statements: Statements, see: Any, day: Day) -> None:  # noqa: PLR0917  # fixtures
    """Two months: the first one seen to its end or not, and a cloud that was away at the second one's end."""
    metered.days(day(9, 26), day(10, request.param), see(), see(project="q"))
    metered.now = day(10, 27)
    statements.close(OCTOBER, Actor("li.na"))
    metered.days(day(10, 29), day(11, 20), see(), see(State.STOPPED, project="q"))
    metered.now = day(11, 27)
    statements.close(OCTOBER.later(1), Actor("li.na"))
    metered.days(day(11, 28), day(12, 5), see(), see(project="q"))


@pytest.mark.usefixtures("closed")
def test_only_what_something_came_out_about_is_added_up_anew(
    statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The corrections are those that adding up everything anew would give."""
    quick = statements.of_month(OCTOBER.later(2))
    monkeypatch.setattr(books, "_late", lambda *_: None)
    assert quick == statements.of_month(OCTOBER.later(2))
    assert any(each.corrections for each in quick[0])


@pytest.mark.usefixtures("october")
def test_the_next_month_is_compared_with_the_last(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """Each line, and the whole."""
    statements.close(OCTOBER, OPS)
    metered.days(day(10, 27), day(11, 26), see(vcpus=2))
    found = own(statements, NOVEMBER)
    assert found.previous_cost == Decimal("182.16")
    assert found.change == found.cost - Decimal("182.16")
    assert next(each.previous_cost for each in found.charges if each.rate and each.rate.sku == "vcpu") == Decimal(
        "120.00"
    )


def test_a_part_of_the_tree_is_the_sum_of_its_statements(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """A department's account has its units'."""
    metered.days(day(9, 26), day(10, 26), see(), see(project="q"))
    account = statements.account(OCTOBER, MARKET)
    assert account is not None
    assert [each.tenant for each in account.statements] == [MARKET, ARCHIVE]
    assert account.total == 2 * Decimal("182.16")


@pytest.mark.usefixtures("october")
def test_what_nobody_holds_has_a_statement_of_its_own(metered: Any, statements: Statements, see: Any, day: Day) -> None:
    """Nothing that was used is lost."""
    metered.look(day(10, 27), Sort.SERVER, see(), see(project="stranger"))
    metered.look(day(10, 28), Sort.SERVER, see(), see(project="stranger"))
    found = own(statements, NOVEMBER, TenantName("_unassigned"))
    assert {each.holder.project for each in found.charges} == {"stranger"}


@pytest.mark.usefixtures("october")
def test_a_closed_statement_cannot_be_changed(statements: Statements) -> None:
    """Not even by our own mistake."""
    statements.close(OCTOBER, OPS)
    with pytest.raises((IntegrityError, StoreError)), statements.database.transaction() as connection:
        connection.execute(text("UPDATE tenantry.statements SET actor = 'x'"))


@pytest.mark.usefixtures("october")
def test_a_change_behind_the_database_s_back_is_found(statements: Statements) -> None:
    """By the chain, in the database and in a file."""
    statements.close(OCTOBER, OPS)
    assert statements.verify().findings == ()
    with statements.database.transaction() as connection:
        exported = [line_of(each) for each in store.read(connection)]
        connection.execute(text("ALTER TABLE tenantry.statements DISABLE TRIGGER USER"))
        change = "UPDATE tenantry.statements SET content = jsonb_set(content, '{total}', '\"0.00\"') WHERE seq = 3"
        connection.execute(text(change))
    assert [(each.kind, each.seq) for each in statements.verify().findings] == [(Tampering.ALTERED, 3)]
    assert examine_lines(exported).findings == ()
    assert examine_lines([each.replace('"182.16"', '"82.16"') for each in exported]).findings != ()


@pytest.mark.usefixtures("october")
def test_coverage_of_all_projects_is_that_of_each(metered: Any, see: Any, day: Day) -> None:
    """Read at once or one by one."""
    metered.days(day(11, 5), day(11, 7), see())
    period = Span(start=day(9, 26), end=day(11, 26))
    with metered.database.transaction() as connection:
        known = usage_coverages.within(connection, period)
        for sort in (Sort.SERVER, Sort.QUOTA, Sort.IMAGE):
            one = usage_sums.coverage_of(connection, CITY, sort, period=period, project=P)
            assert known.of(CITY, sort, P, period) == one


@pytest.fixture
def late(database: Database, metered: Any, day: Day) -> None:
    """Whose the projects are is known since the twelfth of October, from a listing."""
    with database.transaction() as connection:
        connection.execute(text("UPDATE tenantry.usage_tenancies SET since = :at"), {"at": day(10, 12)})
    metered.now = day(10, 27)


@pytest.mark.usefixtures("late")
def test_a_month_that_began_before_the_first_look_says_what_nobody_knows(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """Beside its charges; and so does one that had ended by then."""
    metered.days(day(10, 12), day(10, 26), see())
    for month in (OCTOBER, OCTOBER.later(-1)):
        found = own(statements, month)
        gaps = {each.coverage.gaps for each in found.unknown if each.sort is Sort.SERVER}
        assert gaps == {(Span(start=found.period.start, end=min(found.period.end, day(10, 12))),)}
        assert all(each.coverage.covered_seconds < each.coverage.asked_seconds for each in found.charges)


@pytest.mark.usefixtures("late")
def test_a_project_that_is_made_while_its_cloud_is_watched_has_no_gap_before_it(
    metered: Any, statements: Statements, see: Any, day: Day
) -> None:
    """It was not there."""
    metered.days(day(9, 26), day(10, 26), see())
    assert Sort.SERVER not in {each.sort for each in own(statements, OCTOBER).unknown}
