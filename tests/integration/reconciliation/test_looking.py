"""Looks that come again: who is looked at when, what is recorded, what is corrected."""

from datetime import timedelta

import pytest

from provisioner.errors import CloudError, CloudUnavailable
from provisioner.operation import OperationState
from provisioner.store import observations, reconciliation, schedules
from provisioner.store.schedules import Subject
from tenants.names import TenantName
from tenants.resources import Resource, Service
from tests.integration.reconciliation.conftest import CITY, CORRECTING, TOWN, Bureau, policy
from tests.integration.requests.conftest import tenant

CORES = Resource(service=Service.COMPUTE, name="cores")


def test_what_is_as_applied_is_in_sync(town: Bureau) -> None:
    """Before anybody looked nobody knows."""
    assert town.conditions() == {"harbour": "unknown", "market": "unknown"}
    town.look("market")
    assert town.conditions() == {"harbour": "unknown", "market": "in-sync"}


def test_drift_is_recorded_and_by_itself_only_reported(town: Bureau) -> None:
    """The cloud stays as somebody made it."""
    town.change("market-a", cores=12)
    found = town.look("market", "harbour")
    assert [(each.difference.expected, each.difference.actual) for each in found.drifts] == [(10, 12)]
    assert town.conditions() == {"harbour": "in-sync", "market": "drifted"}
    assert (town.cores("market-a"), found.operations) == (12, ())


def test_after_an_operation_its_tenant_is_due_at_once(town: Bureau) -> None:
    """Whoever carried it out."""
    with town.database.transaction() as connection:
        assert reconciliation.due(connection, CITY, within=timedelta(0)) == {"market", "harbour"}


def test_whoever_is_due_shares_one_look(town: Bureau) -> None:
    """And is not due again afterwards."""
    town.keep()
    found = town.looking.look_due(CITY)
    assert found
    assert found.tenants == {"market", "harbour"}
    assert town.looking.look_due(CITY) is None


def test_after_ones_own_operation_only_ones_own_projects_are_read(town: Bureau) -> None:
    """One project costs two requests in place of four, and the cloud's own listings."""
    whole = town.look("market", "harbour").requests
    with town.database.transaction() as connection:
        reconciliation.keep(connection, reconciliation.pairs(connection), within=timedelta(0))
        this = schedules.Round(task=reconciliation.TENANT, began=schedules.clock(connection), after=timedelta(hours=1))
        reconciliation.note(connection, this, CITY, {TenantName("harbour"): None, TenantName("market"): None})
        reconciliation.ask(connection, [(TenantName("market"), CITY)])
    found = town.looking.look_due(CITY)
    assert found
    assert found.tenants == {"market"}
    assert found.requests < whole


def test_the_record_shows_all_after_a_look_at_some(town: Bureau) -> None:
    """What was not read this time is as it was read before."""
    town.look("market", "harbour")
    town.change("market-a", cores=12)
    town.look("market")
    with town.database.transaction() as connection:
        latest = observations.latest(connection, CITY)
    assert latest
    limits = {
        name: usage.limit
        for name, view in latest.projects.items()
        for reading in view.readings.values()
        for resource, usage in reading.items()
        if resource.name == "cores"
    }
    assert limits == {"market-a": 12, "harbour-b": 20}


def test_whoever_asks_during_a_look_is_looked_at_once_more(town: Bureau) -> None:
    """The look under way may have passed them already."""
    town.keep()
    looking, see = town.looking, town.seeing.see

    def ask_meanwhile(*arguments: object) -> object:
        with town.database.transaction() as connection:
            reconciliation.ask(connection, [(TenantName("market"), CITY)])
        return see(*arguments)  # type: ignore[arg-type]

    object.__setattr__(looking, "seeing", type("Meanwhile", (), {"see": staticmethod(ask_meanwhile)})())
    assert looking.look_due(CITY)
    again = town.looking.look_due(CITY)
    assert again
    assert again.tenants == {"market"}


def test_whoever_is_being_worked_for_is_left_out(town: Bureau) -> None:
    """Half of an operation is no drift; once it has ended they are looked at, whatever was due before."""
    town.change("market-a", cores=12)
    with town.database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE tenantry.operations SET state = 'running', finished_at = NULL WHERE tenant = 'market'"
        )
    found = town.look("market", "harbour")
    assert (found.tenants, found.drifts) == ({"harbour"}, ())
    assert town.conditions()["market"] == "pending"


def test_what_ended_while_somebody_looked_is_not_judged(town: Bureau) -> None:
    """What was seen may be older than what was done."""
    looking, see = town.looking, town.seeing.see

    def apply_meanwhile(*arguments: object) -> object:
        seen = see(*arguments)  # type: ignore[arg-type]
        town.apply(TOWN, tenant("market", a=30), tenant("harbour", b=20))
        return seen

    object.__setattr__(looking, "seeing", type("Meanwhile", (), {"see": staticmethod(apply_meanwhile)})())
    assert looking.look_now(CITY, [TenantName("market"), TenantName("harbour")]).tenants == set()
    assert not town.look("market", "harbour").drifts


def test_a_cloud_that_cannot_be_read_blocks_its_tenants(town: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason, and drift that was known stays known."""
    town.change("market-a", cores=12)
    town.look("market")

    def away(_: object) -> object:
        raise CloudUnavailable("503")

    monkeypatch.setattr(town.cloud.identity, "projects", away)
    with pytest.raises(CloudError, match="503"):
        town.look("market")
    with town.database.transaction() as connection:
        schedules.keep(connection, reconciliation.LOOK, [Subject(CITY)], within=timedelta(0))
        this = schedules.Round(task=reconciliation.LOOK, began=schedules.clock(connection), after=timedelta(0))
        schedules.note(connection, this, {Subject(CITY): "503"})
    assert town.obstacles() == {"harbour": "503", "market": "503"}
    assert set(town.conditions().values()) == {"blocked"}


def test_policy_has_drift_corrected(strict: Bureau) -> None:
    """By an operation as people's are, in Tenantry's name; the audit log says what and why."""
    strict.change("market-a", cores=12)
    [ended] = strict.follow(strict.look("market", "harbour"))
    assert (ended.state, strict.cores("market-a")) == (OperationState.DONE, 10)
    [event] = strict.events("drift.corrected")
    assert (event.actor, event.subject) == ("tenantry", "city/market/a/quota/compute")
    assert {key: event.detail[key] for key in ("property", "expected", "actual", "rule", "operation")} == {
        "property": "cores",
        "expected": 10,
        "actual": 12,
        "rule": "all",
        "operation": ended.id,
    }
    assert not strict.look("market").drifts


def test_corrections_change_nothing_that_is_in_force(strict: Bureau) -> None:
    """Requests that are being checked need not look again."""
    with strict.database.transaction() as connection:
        before = connection.exec_driver_sql("SELECT standing, settled FROM tenantry.reservation_ledger").one()
    strict.change("market-a", cores=12)
    strict.follow(strict.look("market"))
    with strict.database.transaction() as connection:
        after = connection.exec_driver_sql("SELECT standing, settled FROM tenantry.reservation_ledger").one()
    assert before == after


def test_what_is_corrected_again_and_again_is_contested(strict: Bureau) -> None:
    """Somebody else's tool writes it: after three times within a day people are told; the day after it is tried again."""
    for _ in range(3):
        strict.change("market-a", cores=12)
        strict.follow(strict.look("market"))
    strict.change("market-a", cores=12)
    strict.keep()
    assert strict.look("market").operations == ()
    assert (strict.obstacles()["market"] or "").startswith(
        "contested: cores of city/market/a/quota/compute was corrected 3"
    )
    assert strict.conditions()["market"] == "blocked"
    strict.now.pass_(days=1, minutes=1)
    strict.follow(strict.look("market"))
    assert strict.cores("market-a") == 10


def test_what_is_only_reported_is_not_corrected_along_with_the_rest(bureau: Bureau) -> None:
    """A plan is made whole or not at all."""
    only_cores = policy(drift=[{"name": "cores", "when": 'property == "cores"', "action": "correct"}])
    bureau.apply(TOWN, tenant("market", a=10).replace("cores: 10", "{cores: 10, instances: 5}"), only_cores)
    bureau.keep()
    bureau.change("market-a", cores=12, instances=7)
    assert bureau.look("market").operations == ()
    assert "instances of city/market/a/quota/compute is only to be reported" in (bureau.obstacles()["market"] or "")
    bureau.change("market-a", instances=5)
    bureau.follow(bureau.look("market"))
    assert bureau.cores("market-a") == 10


def test_what_is_in_force_and_not_applied_yet_is_not_applied_by_a_correction(strict: Bureau) -> None:
    """People decide when that is."""
    strict.enforce(TOWN, tenant("market", a=30), CORRECTING)
    strict.keep()
    strict.change("market-a", cores=12)
    assert strict.look("market").operations == ()
    assert "not applied yet" in (strict.obstacles()["market"] or "")


def test_nothing_is_lowered_below_use(strict: Bureau) -> None:
    """What a plan refuses is told."""
    strict.change("market-a", cores=50)
    project = strict.cloud.identity.project(strict.domain, "market-a")
    assert project
    strict.cloud.set_usage(project.id, CORES, 40)
    strict.keep()
    assert strict.look("market").operations == ()
    assert "40 in use" in (strict.obstacles()["market"] or "")
