"""A town of two departments on a cloud in memory, and all that collects from it, on PostgreSQL."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from api.collection.collecting import Collected, Collecting
from api.collection.routines import COLLECTORS, Intervals
from monitoring.collection.contents import readings
from monitoring.metering.looks import meter
from provisioner.clouds.interface import Capacity, ProjectId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.counting import Tally
from provisioner.reconciliation.force import CityInForce, city_of
from provisioner.requests.request import Papers
from provisioner.store import usage_snapshots
from provisioner.store.database import Database
from provisioner.store.usage import Recorder
from provisioner.usage.collection import CollectorName, Snapshot
from tenants.names import CloudName, DomainName
from tenants.resources import Resource, Service
from tests.integration.requests.conftest import Clock, cloud, tenant

CITY = CloudName("city")
DOMAIN = DomainName("government")
_CORES = Resource(service=Service.COMPUTE, name="cores")


@dataclass
class Town:
    """A cloud, the manifests in force, and what collects."""

    database: Database
    cloud: MemoryCloud
    now: Clock = field(default_factory=Clock)
    tally: Tally = field(default_factory=Tally)
    projects: dict[str, ProjectId] = field(default_factory=dict)

    @property
    def collecting(self) -> Collecting:
        """What is tested: each time as a worker that has just begun."""
        texts = {
            "cloud.yaml": cloud(),
            "town.yaml": tenant("town", parent=None),
            "market.yaml": tenant("market", registration=10),
            "finance.yaml": tenant("finance", ledger=10),
        }
        city = city_of(Papers(files=texts, attached={}))
        assert city is not None
        force: Any = SimpleNamespace(read=lambda: (None, city))
        in_force: CityInForce = force
        return Collecting(
            database=self.database,
            connect=lambda _: self.cloud,
            force=in_force,
            recorder=Recorder(meter),
            tally=self.tally,
            now=self.now,
            every=Intervals().of_collectors(),
        )

    def collect(self, name: str) -> Collected:
        """One run of a collector."""
        self.now.pass_(minutes=5)
        return self.collecting.collect(CITY, next(each for each in COLLECTORS if each.name == name))

    def cycle(self) -> tuple[Collected, ...]:
        """One run of each."""
        return tuple(self.collect(each.name) for each in COLLECTORS)

    def snapshot(self, name: str) -> Snapshot:
        """What a collector left."""
        with self.database.transaction() as connection:
            found = usage_snapshots.latest(connection, CITY, CollectorName(name))
        assert found is not None
        return found

    def cores(self) -> dict[str, int]:
        """The limits that metrics would show, by project."""
        names = {project: name for name, project in self.projects.items()}
        found = readings(self.snapshot("quotas").content)
        return {names[project]: int(usage.limit) for project, resource, usage in found if resource == _CORES}


@pytest.fixture
def town(database: Database) -> Town:
    """Both departments' projects are there."""
    made = MemoryCloud(
        CITY,
        replace(Furnishing(), capacity={_CORES: Capacity(total=100, reserved=0, ratio=2.0, used=5)}),
        sleep=lambda _: None,
    )
    town = Town(database=database, cloud=made)
    for name in ("market-registration", "finance-ledger"):
        project, _ = made.identity.create_project(DOMAIN, name=name, description="")
        town.projects[name.partition("-")[2]] = project.id

    return town
