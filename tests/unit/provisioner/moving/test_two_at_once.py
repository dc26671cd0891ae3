"""One server in two migrations: a wave's, and that of its host, which is drained. The second does not begin."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Act, ItemId
from provisioner.migration.collections import SERVERS
from provisioner.migration.identifiers import MigrationId, tag
from provisioner.migration.migration import Migration
from provisioner.migration.script import StepKind
from provisioner.moving.starting import already_moving
from tenants.names import ApplicationName
from tenants.wave import Mode
from tests import cases


def test_a_server_under_another_migrations_lock_does_not_move(estate: Any) -> None:
    """Each would take the other's lock for somebody's own, and put it back at its end for good."""
    server = estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    lock = Act(below="/action", body={"lock": {"locked_reason": tag(MigrationId("m0"))}})
    estate.cloud.resources.act(SERVERS, estate.place.project_id, ItemId(server), lock)
    failure = journey.forward(StepKind.LOCK).failure
    assert failure is not None
    assert "is locked by the migration m0" in failure.message
    assert journey.backward(StepKind.LOCK).failure is None
    assert estate.seen(server)["locked_reason"] == tag(MigrationId("m0"))


@pytest.fixture
def wanted() -> Migration:
    """An application that a wave is to move."""
    return cases.case(Mode.CROSS_CLOUD).migration


def test_a_server_that_is_on_its_way_from_a_host_starts_no_second_time(wanted: Migration) -> None:
    """That migration names no application."""
    drained = replace(wanted, id=MigrationId("m0"), application=None, name="网页-1")
    assert already_moving([drained], [wanted]) == [wanted.name]


def test_imports_of_two_applications_start_side_by_side(wanted: Migration) -> None:
    """Their servers have no ids yet."""
    machines = tuple(replace(each, id="") for each in wanted.workload.machines)
    one = replace(wanted, workload=replace(wanted.workload, machines=machines))
    assert already_moving([replace(one, application=ApplicationName("credit"))], [one]) == []
