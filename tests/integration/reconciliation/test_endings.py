"""Projects whose time runs out: told, restricted, and given back only by people."""

from typing import Any

import pytest

from provisioner.errors import CloudUnavailable, InputError
from provisioner.operation import Actor, OperationState
from provisioner.reconciliation.endings import Endings
from provisioner.reconciliation.force import CityInForce
from provisioner.requests.states import State
from provisioner.store import requests, standing
from provisioner.store.requests import Filter
from tenants.resources import Resource, Service
from tests.integration.reconciliation.conftest import SYSTEM, TOWN, Bureau
from tests.integration.requests.conftest import tenant

CORES = Resource(service=Service.COMPUTE, name="cores")
#: The clock begins on 2026-03-02.
MARKET = tenant("market", a=10).replace("cloud: city", "cloud: city  # 市级云\n    validUntil: 2026-04-10")


def endings(bureau: Bureau) -> Endings:
    """What is tested."""
    return Endings(
        database=bureau.database,
        force=CityInForce(bureau.database),
        applying=bureau.applying,
        deciding=bureau.deciding,
        seeing=bureau.seeing,
        now=bureau.now,
    )


def run(bureau: Bureau) -> None:
    """Do what is to be done, and wait until it has been."""
    endings(bureau).run()
    assert bureau.execution
    ended = bureau.execution.follow(each.id for each in bureau.unfinished())
    assert all(each.state is OperationState.DONE for each in ended), ended


def document(bureau: Bureau) -> str:
    """The tenant's manifest in force."""
    with bureau.database.transaction() as connection:
        return next(each.text for each in standing.load_all(connection) if each.name == "market")


def asked(bureau: Bureau) -> list[Any]:
    """The requests that there are."""
    with bureau.database.transaction() as connection:
        return list(requests.listed(connection, Filter()))


@pytest.fixture
def ending(bureau: Bureau) -> Bureau:
    """`market` may use its project until 10 April, and uses 4 of its 10 cores."""
    bureau.apply(TOWN, MARKET)
    project = bureau.cloud.identity.project(bureau.domain, "market-a")
    assert project
    bureau.cloud.set_usage(project.id, CORES, 4)
    return bureau


def test_notices_are_given_once_each(ending: Bureau) -> None:
    """On the 30th, the 7th and the last day before the end, however often somebody looks."""
    for _ in range(40):
        run(ending)
        run(ending)
        ending.now.pass_(days=1)
    told = [(event.subject, event.detail["notice"], event.detail["days"]) for event in ending.events("project.ending")]
    assert told == [("market/a", 30, 30), ("market/a", 7, 7), ("market/a", 1, 1)]


def test_the_day_after_its_limits_go_down_to_what_it_uses(ending: Bureau) -> None:
    """Nobody decides that anew; the manifest says so, with its comments, and the cloud follows."""
    ending.now.pass_(days=39)
    run(ending)
    assert ending.cores("market-a") == 10
    ending.now.pass_(days=1)
    run(ending)
    assert ending.cores("market-a") == 4
    assert "state: restricted\n" in document(ending)
    assert "# 市级云" in document(ending)
    [event] = ending.events("project.restricted")
    assert (event.actor, event.subject, event.detail["until"]) == ("tenantry", "market/a", "2026-04-10")
    run(ending)
    assert len(ending.events("project.restricted")) == 1


def test_nothing_is_taken_away_on_missing_numbers(ending: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits until what is used can be read."""
    ending.now.pass_(days=40)
    with monkeypatch.context() as patched:

        def away(_: object) -> object:
            raise CloudUnavailable("503")

        patched.setattr(type(ending.cloud.quotas(Service.COMPUTE)), "readings", lambda *_: away(None))
        with pytest.raises(InputError, match=r"market/a: not corrected: .* could not be read"):
            endings(ending).run()
    assert "restricted" not in document(ending)
    assert ending.cores("market-a") == 10
    run(ending)
    assert ending.cores("market-a") == 4


def test_a_later_end_undoes_it(ending: Bureau) -> None:
    """Limits are as the manifest always said."""
    ending.now.pass_(days=40)
    run(ending)
    ending.apply(TOWN, MARKET.replace("2026-04-10", "2027-04-10"))
    run(ending)
    assert ending.cores("market-a") == 10


def test_a_month_later_people_are_asked_to_have_it_retired(ending: Bureau) -> None:
    """By a request that both reviews decide; once, whatever they say."""
    ending.now.pass_(days=40)
    run(ending)
    ending.now.pass_(days=29)
    run(ending)
    assert asked(ending) == []
    ending.now.pass_(days=1)
    run(ending)
    [request] = asked(ending)
    assert (request.tenant, request.requester, request.state) == ("market", SYSTEM, State.ADMINISTRATIVE_REVIEW)
    ending.approved(request)
    assert ending.approver
    ending.deciding.carrying.execute(request.id, ending.approver)
    assert ending.execution
    ending.execution.follow(each.id for each in ending.unfinished())
    assert ending.deciding.carrying.conclude(request.id).state is State.TESTING
    assert "state: retired" in document(ending)
    run(ending)
    assert len(asked(ending)) == 1


def test_a_rejection_is_not_asked_again(ending: Bureau) -> None:
    """As long as the manifest and its end stay what they are."""
    ending.now.pass_(days=40)
    run(ending)
    ending.now.pass_(days=31)
    run(ending)
    [request] = asked(ending)
    ending.deciding.withdraw(request.id, type(request.history[0].by)(actor=Actor("tenantry")))
    run(ending)
    assert [each.state for each in asked(ending)] == [State.WITHDRAWN]


def test_what_differs_besides_is_for_people(ending: Bureau) -> None:
    """A restriction changes nothing but the project's limits."""
    ending.now.pass_(days=40)
    project = ending.cloud.identity.project(ending.domain, "market-a")
    assert project
    ending.cloud.identity.update_project(project.id, description=None, enabled=False)
    with pytest.raises(InputError, match="city/market/a/project differs too"):
        endings(ending).run()
    assert "restricted" not in document(ending)


def test_a_restriction_waits_for_what_is_being_done(ending: Bureau) -> None:
    """Its turn comes."""
    ending.now.pass_(days=40)
    with ending.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE tenantry.operations SET state = 'running', finished_at = NULL")
    with pytest.raises(InputError, match="its turn comes"):
        endings(ending).run()
