"""Statements by business system, and lines that people enter: a part of the whole, which adds up to it."""

from decimal import Decimal
from typing import Any

import pytest

from api.accounting.statements import Statements
from api.language.spoken import Language
from api.render.statements import focus
from api.render.statements.page import Page
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.statements.account import Account
from provisioner.statements.months import Month
from provisioner.statements.statement import NO_SYSTEM
from provisioner.store import audit, usage_systems
from provisioner.store.database import Database
from provisioner.usage.sightings import ResourceId, Sort
from provisioner.usage.systems import System
from tenants.names import CloudName, TenantName

OCTOBER = Month(2026, 10)
ARCHIVE, MARKET = TenantName("archive"), TenantName("market")
LI = Actor("李娜")
ENTERED = (
    "\ufefftenant,system,item,quantity,unit,price\nmarket,SSDJ,驻场运维,1.5,人日,1200.01\narchive,,=搬迁,1,次,-10\n"
)


@pytest.fixture
def account(metered: Any, statements: Statements, see: Any, day: Any) -> Account:
    """The unit's server is of no system for half a month, and then of one."""
    metered.days(day(9, 26), day(10, 11), see(), see(project="q"))
    filing = {(Sort.SERVER, ResourceId("server-q")): System(code="filing", name="归档系统")}
    with metered.database.transaction() as connection:
        usage_systems.note(connection, CloudName("city"), filing, at=day(10, 11), before=filing.keys())
    metered.days(day(10, 12), day(10, 26), see(), see(project="q"))
    metered.now = day(10, 27)
    found = statements.account(OCTOBER, MARKET)
    assert found is not None
    return found


def test_what_changed_hands_within_a_month_is_divided(account: Account) -> None:
    """Of a project that serves one system alone, everything is that system's; what is of none has a line that says so."""
    assert [(each.system, each.name, each.cost) for each in account.systems] == [
        ("SSDJ", "商事登记", Decimal("182.16")),
        ("filing", "归档系统", Decimal("91.08")),
        ("", "", Decimal("91.08")),
    ]
    assert sum(each.cost for each in account.systems) == account.cost


def test_a_systems_statement_is_its_part_of_the_whole(account: Account, statements: Statements) -> None:
    """The parts of all systems and of none have each line once; what nothing is of has none."""
    parts = [statements.account(OCTOBER, MARKET, system=each) for each in ("SSDJ", "filing", NO_SYSTEM)]
    assert [each.cost if each else None for each in parts] == [each.cost for each in account.systems]
    lines = [line for each in parts if each for one in each.statements for line in one.charges]
    assert sorted(map(repr, lines)) == sorted(repr(line) for one in account.statements for line in one.charges)
    assert statements.account(OCTOBER, MARKET, system="unheard-of") is None


@pytest.mark.usefixtures("account")
def test_a_systems_statement_stands_beside_its_last(metered: Any, statements: Statements, see: Any, day: Any) -> None:
    """Compared, and drawn, with its own costs of the month before."""
    statements.close(OCTOBER, LI)
    metered.days(day(10, 27), day(10, 29), see(), see(project="q"))
    found = statements.account(OCTOBER.later(1), MARKET, system="filing")
    assert found
    assert found.previous_cost == Decimal("91.08")
    assert statements.history(found) == (("2026-10", Decimal("91.08")),)


def test_a_system_s_last_month_has_the_units_that_no_longer_have_it(
    metered: Any, statements: Statements, see: Any, day: Any
) -> None:
    """The unit gave up its server: what it cost is part of what all of the system cost, and of the change."""
    with metered.database.transaction() as connection:
        both = {(Sort.SERVER, ResourceId("server-q")): System(code="SSDJ", name="商事登记")}
        usage_systems.note(connection, CloudName("city"), both, at=day(9, 26), before=())
    metered.days(day(9, 26), day(10, 25), see(), see(project="q"))
    metered.days(day(10, 26), day(10, 29), see())
    statements.close(OCTOBER, LI)
    found = statements.account(OCTOBER.later(1), MARKET, system="SSDJ")
    assert found
    assert found.previous_cost == 2 * Decimal("182.16")
    assert statements.history(found) == (("2026-10", 2 * Decimal("182.16")),)


def test_what_is_divided_otherwise_among_systems_is_no_correction(
    account: Account, statements: Statements, database: Database
) -> None:
    """A closed month is not told of anew where all of it is what it was."""
    statements.close(OCTOBER, LI)
    with database.transaction() as connection:
        connection.execute(usage_systems.table.delete())
    found = statements.account(OCTOBER.later(1), MARKET)
    assert found
    assert [each.corrections for each in found.statements] == [(), ()]
    assert account.cost == Decimal("364.32")


def test_statements_name_the_manifests_that_they_stand_on(
    account: Account, statements: Statements, database: Database
) -> None:
    """Closed ones keep theirs, whatever is in force later."""
    statements.close(OCTOBER, LI)
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE tenantry.standing_documents SET text = text || E'\\n# a remark' WHERE name = 'market'"
        )
    kept, now = (statements.account(month, MARKET) for month in (OCTOBER, OCTOBER.later(1)))
    assert kept
    assert now
    assert len(kept.root.manifests) == 64
    assert kept.root.manifests == account.root.manifests == statements.months()[0].terms.manifests != now.root.manifests


def test_lines_entered_by_hand_are_closed_with_the_month(
    account: Account, statements: Statements, database: Database
) -> None:
    """Exact, under the name of who entered them, in sums, in files and in the audit log; a formula stays text."""
    statements.close(OCTOBER, LI, ENTERED)
    found = statements.account(OCTOBER, MARKET)
    assert found
    assert found.cost == account.cost + Decimal("1800.02") - 10
    assert {row["x_EnteredBy"] for row in focus.rows(found) if row["ChargeCategory"] == "Purchase"} == {"李娜"}
    assert sum(Decimal(row["BilledCost"] or 0) for row in focus.rows(found)) == found.total
    assert {(row["ConsumedQuantity"], row["PricingQuantity"]) for row in focus.rows(found) if row["x_EnteredBy"]} == {
        (None, "1.5"),
        (None, "1"),
    }
    assert "'=搬迁" in focus.csv_text(found)
    assert "人工录入" in Page(account=found, language=Language.CHINESE).html()
    with database.transaction() as connection:
        closed = [each.event for each in audit.read(connection) if each.event.action == "statements.closed"]
    assert [each.detail["manualLines"] for each in closed] == [2]
    with pytest.raises(InputError, match="nothing can be entered"):
        statements.close(OCTOBER, LI, ENTERED)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line must name the columns"),
        ("tenant,item,quantity,unit,price,colour\n", "the first line must name the columns"),
        ("tenant,item,quantity,unit,price\nnobody,a,1,b,1\n", 'line 2: no tenant is called "nobody"'),
        ("tenant,item,quantity,unit,price\nmarket,,1,b,1\n", "line 2: item is empty"),
        ("tenant,item,quantity,unit,price\nmarket,a,1e3,b,1\n", 'line 2: quantity: "1e3" is not a number'),
        ("tenant,item,quantity,unit,price\nmarket,a,1,b\n", 'line 2: price: "" is not a number'),
        ("tenant,item,quantity,unit,price\nmarket,a,1,b,1,2\n", "more cells"),
        ("tenant,system,item,quantity,unit,price\nmarket,X,a,1,b,1\n", 'market has no system "X"'),
        ('tenant,item,quantity,unit,price\nmarket,"a,1,b,1\n', "this is not CSV"),
    ],
)
def test_what_is_entered_wrong_closes_nothing(statements: Statements, text: str, message: str) -> None:
    """It is said where, and what would be right."""
    with pytest.raises(InputError, match=message):
        statements.close(OCTOBER, LI, text)
    assert statements.months() == ()
