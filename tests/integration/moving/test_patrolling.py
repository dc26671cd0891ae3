"""Leftovers looked for by themselves: counted for metrics, told in the log, and never touched."""

import logging
from threading import Event
from typing import Any

import pytest

from api.bootstrap import Tenantry
from api.settings import Settings
from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.migration.collections import VOLUMES
from provisioner.migration.identifiers import MigrationId, Subject, made_name, marks
from provisioner.migration.orphans import ORPHANS
from provisioner.moving.orphans import Orphanage
from provisioner.moving.patrolling import TASK, Patrolling
from provisioner.routine import EVERYTHING
from provisioner.store import usage_snapshots
from provisioner.store.database import Database
from tenants.spec import City
from tests.portal import AT, CITY, MUNICIPAL, record

THE_CITY = City(clouds={CITY: MUNICIPAL}, tenants={})
PROJECT = ProjectId("p1")


@pytest.fixture
def cloud() -> MemoryCloud:
    """With a clone that bears the mark of a migration which nobody here knows."""
    cloud = MemoryCloud(CITY, sleep=lambda _: None)
    other, disk = MigrationId("0ther"), Subject("web#1")
    body = {"name": made_name(other, "clone", disk), "size": 1, "metadata": marks(other, "clone", disk)}
    cloud.resources.create(VOLUMES, PROJECT, body)
    return cloud


@pytest.fixture
def patrolling(database: Database, cloud: Any) -> Patrolling:
    """In the city's only cloud."""
    orphanage = Orphanage(database=database, connect=lambda _: cloud, now=lambda: AT)
    return Patrolling(database=database, orphanage=orphanage, city=lambda: THE_CITY)


def _seen(database: Database) -> Any:
    with database.transaction() as connection:
        found = usage_snapshots.latest(connection, CITY, ORPHANS)
    return None if found is None else found.content["orphans"]


def test_leftovers_are_counted_and_stay(
    patrolling: Patrolling, cloud: MemoryCloud, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """For metrics, and in the log with what to do; deleting is people's."""
    with database.transaction() as connection:
        record(connection)
    with caplog.at_level(logging.WARNING):
        patrolling.routine().run(EVERYTHING)
    assert _seen(database) == {"volume": 1}
    assert "leftovers of migrations: 1; tenantry migrate orphans lists them" in caplog.text
    (volume,) = cloud.items(VOLUMES, PROJECT)
    assert cloud.resources.fetch(VOLUMES, PROJECT, ItemId(volume["id"])) is not None


def test_a_city_that_never_moved_anything_is_not_looked_at(patrolling: Patrolling, database: Database) -> None:
    """A look lists everything that its clouds have."""
    patrolling.patrol()
    assert _seen(database) is None


def test_every_worker_has_it_and_no_command_that_carries_a_wave_on(database_url: str) -> None:
    """Once a day, by whichever of them; whoever starts a wave only carries that on."""
    with Tenantry(Settings(database_url=database_url)) as tenantry:
        execution = tenantry.execution()
        tasks = [each.task for rota in tenantry.rotas(execution, Event()) for each in rota.routines]
        carrying = [each.task for each in tenantry.conducting(execution.engine).routines]
    assert (tasks.count(TASK), carrying.count(TASK)) == (1, 0)
