"""Runs of collectors on a cloud in memory: what is recorded, what a failure costs, what goes on over restarts."""

from datetime import datetime, timedelta

import pytest

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import servers
from monitoring.collection.quotas import Quotas
from monitoring.collection.volumes import VOLUMES
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudRefused, CloudUnavailable
from provisioner.store import service_counters, usage_months, usage_snapshots, usage_sums, usage_tenancies
from provisioner.store.schema_usage import usage_intervals
from provisioner.store.usage_months import later, month_of
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import Sort
from tenants.names import TenantName
from tenants.resources import Limit, Service
from tests.integration.collection.conftest import CITY, Town

_AWAY = CloudUnavailable("no answer")


def test_one_cycle_collects_everything(town: Town) -> None:
    """Every collector has a run and a snapshot, and each project a holder."""
    assert all(each.run.complete for each in town.cycle())
    with town.database.transaction() as connection:
        assert len(usage_snapshots.everything(connection)) == len(usage_snapshots.runs(connection)) == 11
        held = usage_tenancies.within(connection, Span(start=town.now(), end=town.now()))
    assert held[CITY, town.projects["ledger"]][0].tenant == TenantName("finance")


def test_what_is_collected_twice_is_metered_between(town: Town) -> None:
    """Quotas held, from look to look."""
    for _ in range(2):
        town.collect("projects")
        town.collect("quotas")
    with town.database.transaction() as connection:
        period = Span(start=town.now() - timedelta(days=1), end=town.now())
        known = usage_sums.coverage_of(connection, CITY, Sort.QUOTA, period=period)
        assert known.covered_seconds > 0
        assert {line.tenant for line in usage_sums.totals(connection, period)} == {"market", "finance"}


def test_a_cloud_that_is_away_leaves_the_last_snapshot_with_its_time(town: Town) -> None:
    """The run says that it failed and when one last did not; whoever tries again is told by an error."""
    before = town.collect("volumes").run
    town.cloud.weather.fail("resources.everything.collected-volumes", _AWAY, times=2)
    assert not town.collect("volumes").anything
    assert town.snapshot("volumes").at == before.ended
    with town.database.transaction() as connection:
        (stands,) = usage_snapshots.runs(connection)
    assert (stands.succeeded_at, stands.run.reasons) == (before.ended, {"unavailable"})
    with pytest.raises(CloudUnavailable, match="no answer"):
        town.collecting.collect_or_raise(CITY, VOLUMES)


def test_one_collectors_failure_costs_no_other(town: Town) -> None:
    """Cinder is away; all else is collected."""
    for kind in ("volumes", "snapshots", "backups"):
        town.cloud.weather.fail(f"resources.everything.collected-{kind}", _AWAY)
    failed = {each.run.collector for each in town.cycle() if not each.run.complete}
    assert failed == {"volumes", "snapshots", "backups"}


def test_a_project_that_is_gone_costs_itself(town: Town) -> None:
    """Its quotas cannot be read; the other's are, and of the one that is gone the last known stay."""
    town.cycle()
    town.cloud.forget_project(town.projects["ledger"])
    run = town.collect("quotas").run
    assert set(run.failed_projects) == {town.projects["ledger"]}
    assert run.reasons == {"refused"}
    assert set(town.cores()) == {"registration", "ledger"}


def test_failures_are_counted_by_reason(town: Town) -> None:
    """And runs, over processes."""
    refused = CloudRefused("HTTP 403")
    town.cloud.weather.fail("resources.everything.collected-ports", refused)
    for _ in range(2):
        town.collect("ports")
        town.tally.flush(town.database)
    with town.database.transaction() as connection:
        found = {(each.name, each.labels.get("reason")): each.value for each in service_counters.listed(connection)}
    assert found == {("collector_runs", None): 2.0, ("collector_failures", "refused"): 1.0}


def test_servers_that_are_known_stay_known_between_full_passes(town: Town) -> None:
    """Three looks: all, then what changed; a worker that has just begun builds upon what another left."""
    for _ in range(3):
        assert town.collect("servers").run.complete
    assert list(servers(town.snapshot("servers").content)) == []
    assert town.cloud.weather.calls["resources.everything.collected-servers"] == 3


def _read_before_an_operation(town: Town, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """All quotas are read, then all change and one tenant's operation has ended; gives when they were read."""
    town.cycle()
    at = town.snapshot("quotas").at
    ended = {TenantName("market"): town.now()}
    monkeypatch.setattr(usage_snapshots, "operations_ended", lambda *_, **__: ended)
    for project in town.projects.values():
        town.cloud.quotas(Service.COMPUTE).set_limits(project, {"cores": Limit(77)}, force=True)
    return at


def test_after_an_operation_its_tenants_quotas_are_read_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each operation, and nobody else's; as old as it was is the snapshot as a whole."""
    at = _read_before_an_operation(town, monkeypatch)
    town.now.pass_(minutes=1)
    town.collecting.collect_changed(CITY)
    cores, requests = town.cores(), town.cloud.requests_sent()
    assert (cores["registration"], cores["ledger"] == 77) == (77, False)
    assert town.snapshot("quotas").at - at < timedelta(seconds=1)
    town.collecting.collect_changed(CITY)
    assert town.cloud.requests_sent() == requests


def test_quotas_of_a_few_that_are_read_meanwhile_do_not_cost_those_of_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation ends while everybody's are being read: the others' would have been as old as before, and called new."""

    class Overtaken(Quotas):
        """Reads all, and then somebody else is faster to write."""

        def collect(self, asked: Asked) -> Harvest:
            """As it is."""
            harvest = Quotas.collect(self, asked)
            town.collecting.collect_changed(CITY)
            return harvest

    at = _read_before_an_operation(town, monkeypatch)
    town.now.pass_(hours=1)
    town.collecting.collect(CITY, Overtaken())
    assert town.cores() == {"registration": 77, "ledger": 77}
    assert town.snapshot("quotas").at - at >= timedelta(hours=1)


def test_an_older_snapshot_does_not_take_a_newer_ones_place(town: Town) -> None:
    """A worker that was frozen may come late."""
    town.collect("ports")
    newer = town.snapshot("ports")
    town.now.pass_(days=-1)
    town.collect("ports")
    assert town.snapshot("ports") == newer


def test_ids_in_snapshots_are_keystones(town: Town) -> None:
    """What metrics join names to."""
    town.collect("projects")
    ids = {ProjectId(row[0]) for row in town.snapshot("projects").content["projects"]}
    assert set(town.projects.values()) <= ids


def test_months_to_come_have_room_and_old_ones_go(town: Town) -> None:
    """What a worker does every day: nothing is left to be made while a look is written."""
    old = later(month_of(town.now()), -usage_months.INTERVALS_KEPT - 1)
    with town.database.transaction() as connection:
        usage_months.ensure(connection, usage_intervals.name, [old])
    town.collecting.keep_months()
    with town.database.transaction() as connection:
        kept = usage_months.partitions(connection, usage_intervals.name)
    assert old not in kept
    assert {later(month_of(town.now()), ahead) for ahead in range(3)} <= kept
