"""Use, capacity and statements over HTTP: who sees what, in which form, and who closes a month."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitoring.metering.looks import meter
from provisioner.access import Role
from provisioner.store import standing, usage, usage_tenancies
from provisioner.store.database import Database
from provisioner.usage.sightings import Look, Scope, Sighting, Sizes, Sort, State
from provisioner.usage.tenancy import Tenancy
from tenants.documents import documents

PRICES = """\
apiVersion: tenantry/v1
kind: PriceList
metadata: {name: prices, displayName: 价格目录}
spec:
  version: "1"
  currency: CNY
  validFrom: 2026-01-01
  prices:
    - {sku: vcpu, displayName: 核, resource: server, measure: vcpus, amount: "1", per: month, price: "31.00"}
"""
#: October, by days of China.
FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)
WHOLE = {"start": "2026-10-01T00:00:00+08:00", "end": "2026-11-01T00:00:00+08:00"}


@pytest.fixture
def metered(in_force: None, database: Database) -> None:
    """October of three departments' projects, a server of two cores each, looked at every five days."""
    servers = tuple(
        Sighting(
            id=f"server-{tenant}", project=f"project-{tenant}", variant="c2", state=State.ACTIVE, sizes=Sizes(vcpus=2)
        )
        for tenant in ("market", "archive", "transport")
    )
    held = [
        Tenancy(cloud="city", project=f"project-{name}", tenant=name, name=f"{name}-project", since=FIRST)
        for name in ("market", "archive", "transport")
    ]
    with database.transaction() as connection:
        standing.put(connection, documents({"prices.yaml": PRICES}, {}), origin="test", at=FIRST)
        usage_tenancies.note(connection, held)
        recorder = usage.Recorder(meter)
        for day in (0, 5, 10, 15, 20, 25, 30, 31):
            at = FIRST + timedelta(days=day)
            scope = Scope(cloud="city", sort=Sort.SERVER)
            look = Look(scope=scope, began=at, ended=at, every=timedelta(days=5), sightings=servers)
            recorder.record(connection, look)


@pytest.mark.usefixtures("metered")
def test_a_statement_has_those_below(operator: Any) -> None:
    """Money is text."""
    found = operator.get("/v1/statements/2026-10/market").json()
    assert (found["total"], found["state"], found["currency"]) == ("124.00", "provisional", "CNY")
    assert [each["tenant"] for each in found["statements"]] == ["market", "archive"]
    assert found["start"], found["end"] == WHOLE.values()
    assert found["statements"][0]["charges"][0]["BilledCost"] == "62.00"


@pytest.mark.usefixtures("metered")
@pytest.mark.parametrize(
    ("accept", "type_", "begins"),
    [
        ("text/csv", "text/csv; charset=utf-8", "\ufeffBillingAccountId,"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("application/json, text/csv;q=0.5", "application/json", "{"),
        ("*/*", "application/json", "{"),
    ],
)
def test_a_statement_comes_as_it_is_liked(operator: Any, accept: str, type_: str, begins: str) -> None:
    """JSON, CSV or a page; each with a tag that spares it the next time."""
    answer = operator.get("/v1/statements/2026-10/market", headers={"accept": accept})
    assert answer.headers["content-type"] == type_
    assert answer.text.startswith(begins)
    again = {"accept": accept, "if-none-match": answer.headers["etag"]}
    assert operator.get("/v1/statements/2026-10/market", headers=again).status_code == 304


@pytest.mark.usefixtures("metered")
def test_a_page_is_in_the_readers_language(operator: Any) -> None:
    """As `Accept-Language` has it."""
    headers = {"accept": "text/html", "accept-language": "zh-CN"}
    assert '<html lang="zh-CN">' in operator.get("/v1/statements/2026-10/market", headers=headers).text


@pytest.mark.usefixtures("metered")
def test_a_department_sees_its_own_part(log_in: Any) -> None:
    """Others' statements and use are not there for it, nor is what nobody holds, nor what clouds have left."""
    member = log_in(Role.MEMBER, "market")
    assert member.get("/v1/statements/2026-10/archive").status_code == 200
    for hidden in ("transport", "_unassigned", "nobody"):
        assert member.get(f"/v1/statements/2026-10/{hidden}").status_code == 404
    assert member.get("/v1/usage?tenant=transport").status_code == 404
    assert member.get("/v1/capacity").status_code == 403
    seen = member.get("/v1/usage?month=2026-10").json()["lines"]
    assert {each["tenant"] for each in seen} == {"market", "archive"}


@pytest.mark.usefixtures("metered")
def test_use_is_in_whole_resource_seconds(operator: Any) -> None:
    """Beside how much of the time is known."""
    found = operator.get("/v1/usage?tenant=transport&month=2026-10").json()
    line = next(each for each in found["lines"] if each["measure"] == "vcpus")
    assert (line["resourceSeconds"], line["tenant"]) == (2 * 31 * 86400, "transport")
    assert line["coverage"] == {"coveredSeconds": 31 * 86400, "askedSeconds": 31 * 86400, "gaps": []}


@pytest.mark.usefixtures("metered")
@pytest.mark.parametrize("query", ["month=2026-13", "from=2026-10-01T00:00:00", "from=2027-01-01T00:00:00Z"])
def test_periods_that_are_none_are_refused(operator: Any, query: str) -> None:
    """With the parameter."""
    answer = operator.get(f"/v1/usage?{query}")
    assert (answer.status_code, answer.json()["parameters"][0]["in"]) == (422, "query")


@pytest.mark.usefixtures("metered")
def test_clouds_tell_what_they_have_left(operator: Any) -> None:
    """From the last look, where nothing was collected."""
    (row,) = operator.get("/v1/capacity?cloud=city").json()["capacity"]
    assert (row["resource"], row["allocatable"], row["left"]) == ("compute/cores", 100, 88)
    assert operator.get("/v1/capacity?cloud=citi").status_code == 404


@pytest.mark.usefixtures("metered")
def test_a_month_is_closed_once(operator: Any) -> None:
    """And shown so from then on; whoever closes again is told the same."""
    closed = operator.post("/v1/statements/2026-10/close")
    assert (closed.status_code, closed.json()["statements"]) == (200, 3)
    assert operator.post("/v1/statements/2026-10/close").json() == closed.json()
    assert operator.get("/v1/statements").json()["items"] == [closed.json()]
    assert operator.get("/v1/statements/2026-10/market").json()["state"] == "closed"


@pytest.mark.usefixtures("metered")
def test_lines_are_entered_when_a_month_is_closed(operator: Any) -> None:
    """As CSV; afterwards there is nothing to enter them in, and nothing is lost in silence."""
    lines = "tenant,system,item,quantity,unit,price\r\nmarket,,驻场运维服务,12,人日,1200.00\r\n"
    close, csv = "/v1/statements/2026-10/close", {"content-type": "text/csv"}
    assert operator.post(close, content=lines, headers=csv).status_code == 200
    (line,) = [
        each
        for each in operator.get("/v1/statements/2026-10/market").json()["statements"][0]["charges"]
        if each["ChargeDescription"] == "驻场运维服务"
    ]
    assert line["BilledCost"] == "14400.00"
    assert operator.post(close, content=lines, headers=csv).status_code == 422


@pytest.mark.usefixtures("metered")
@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        ("tenant,item,quantity,unit,price\nnobody,驻场,1,人日,1\n", "text/csv; charset=utf-8", 422),
        ("驻场".encode("gb18030"), "text/csv", 400),
        ("{}", "application/json", 415),
    ],
)
def test_lines_that_are_wrong_close_nothing(operator: Any, content: Any, media: str, status: int) -> None:
    """Whatever is wrong with them."""
    answer = operator.post("/v1/statements/2026-10/close", content=content, headers={"content-type": media})
    assert answer.status_code == status
    assert operator.get("/v1/statements").json()["items"] == []


@pytest.mark.usefixtures("metered")
def test_only_operators_of_the_whole_city_close(log_in: Any) -> None:
    """A month is everybody's."""
    for who in (log_in(Role.REVIEWER), log_in(Role.AUDITOR), log_in(Role.MEMBER, "market"), log_in(tenant="market")):
        assert who.post("/v1/statements/2026-10/close").status_code == 403


@pytest.mark.usefixtures("metered")
def test_a_month_that_has_not_ended_is_refused(operator: Any) -> None:
    """With its end; and what is no month is not there."""
    answer = operator.post("/v1/statements/2026-11/close")
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "2026-11 cannot be closed before it ends, 2026-12-01T00:00:00+08:00",
    )
    assert operator.get("/v1/statements/october/market").status_code == 404
