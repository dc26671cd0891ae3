"""A small city that is metered by made-up looks, day by day, and its statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from api.accounting.statements import Statements
from monitoring.metering.looks import meter
from provisioner.clouds.interface import ProjectId
from provisioner.reconciliation.force import CityInForce
from provisioner.store import standing, usage, usage_tenancies
from provisioner.store.database import Connection, Database
from provisioner.usage.sightings import Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant
from provisioner.usage.tenancy import Tenancy
from tenants.days import ZONE
from tenants.documents import documents
from tenants.names import CloudName, TenantName

GIB = 2**30
CITY = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: city, displayName: 市政务云}
spec:
  level: municipal
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网, availabilityZone: extranet, externalNetwork: e, protectionLevels: [1, 2, 3]}
  volumeTypes: [ssd]
---
apiVersion: tenantry/v1
kind: Policy
metadata: {name: rules, displayName: 规则}
spec: {statements: {cutOffDay: 25}}
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market, displayName: 市市场监督管理局}
spec:
  protectionLevel: 3
  projects:
    - {name: registration, cloud: city, zone: extranet, purpose: 商事登记, systems: [{code: SSDJ, name: 商事登记}], quota: {compute: {cores: 6}}}
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: archive, displayName: 档案室}
spec:
  parent: market
  protectionLevel: 2
  projects:
    - {name: files, cloud: city, zone: extranet, purpose: 档案, quota: {compute: {cores: 2}}}
---
apiVersion: tenantry/v1
kind: PriceList
metadata: {name: prices-2026, displayName: 价格目录}
spec:
  version: "2026.1"
  currency: CNY
  validFrom: 2026-01-01
  validBefore: 2026-11-11
  prices:
    - {sku: vcpu-stopped, displayName: 核（关机）, resource: server, measure: vcpus, states: [stopped], amount: "1", per: month, price: "10.00"}
    - {sku: vcpu, displayName: 核, resource: server, measure: vcpus, amount: "1", per: month, price: "30.00"}
    - {sku: memory, displayName: 内存, resource: server, measure: memory, amount: GiB, per: month, price: "7.77"}
---
apiVersion: tenantry/v1
kind: PriceList
metadata: {name: prices-2027, displayName: 新价格目录}
spec:
  version: "2027.1"
  currency: CNY
  validFrom: 2026-11-11
  prices:
    - {sku: vcpu, displayName: 核, resource: server, measure: vcpus, amount: "1", per: month, price: "20.00"}
    - {sku: memory, displayName: 内存, resource: server, measure: memory, amount: GiB, per: month, price: "0"}
"""
P, Q = ProjectId("p"), ProjectId("q")


def midnight(month: int, day: int) -> datetime:
    """In China."""
    return datetime(2026, month, day, tzinfo=ZONE)


@dataclass(slots=True)
class Metered:
    """What is looked at day by day, and whose time it is."""

    database: Database
    now: datetime = field(default_factory=lambda: midnight(9, 26))
    recorder: usage.Recorder = field(default_factory=lambda: usage.Recorder(meter))

    def look(self, at: datetime, sort: Sort, *seen: Sighting) -> None:
        """One look that took no time."""
        with self.database.transaction() as connection:
            self._record(connection, at, sort, *seen)

    def days(self, first: datetime, last: datetime, *servers: Sighting) -> None:
        """A look at everything each midnight from the first to the last, both included; all in one transaction, to be quick."""
        seen = {Sort.SERVER: servers, Sort.VOLUME: (volume(),), Sort.QUOTA: (quota(6),), Sort.QUOTA_USE: (quota(4),)}
        at = first
        with self.database.transaction() as connection:
            while at <= last:
                for sort, sightings in seen.items():
                    self._record(connection, at, sort, *sightings)
                at += timedelta(days=1)

    def _record(self, connection: Connection, at: datetime, sort: Sort, *seen: Sighting) -> None:
        scope = Scope(cloud=CloudName("city"), sort=sort)
        look = Look(scope=scope, began=at, ended=at, every=timedelta(days=1), sightings=seen)
        self.recorder.record(connection, look)
        self.now = max(self.now, at)


def server(state: State = State.ACTIVE, vcpus: int = 4, project: ProjectId = P) -> Sighting:
    """A server that has been there for long."""
    sizes = Sizes(vcpus=vcpus, memory_bytes=8 * GIB)
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Sighting(
        id=ResourceId(f"server-{project}"),
        project=project,
        variant=Variant("c4"),
        state=state,
        sizes=sizes,
        created_at=made,
    )


def volume() -> Sighting:
    """A volume, which has no price."""
    return Sighting(
        id=ResourceId("v"), project=P, variant=Variant("ssd"), state=State.IN_USE, sizes=Sizes(size_bytes=GIB)
    )


def quota(amount: int) -> Sighting:
    """A quota, or its use."""
    return Sighting(
        id=ResourceId("p/compute/cores"),
        project=P,
        variant=Variant("compute/cores"),
        state=State.LIMITED,
        sizes=Sizes(amount=amount),
    )


@pytest.fixture
def metered(database: Database) -> Metered:
    """The city in force, its projects known to be its tenants'."""
    held = [(P, "market", "market-registration"), (Q, "archive", "archive-files")]
    found = [
        Tenancy(cloud=CloudName("city"), project=project, tenant=TenantName(tenant), name=name, since=midnight(1, 1))
        for project, tenant, name in held
    ]
    with database.transaction() as connection:
        standing.put(connection, documents({"city.yaml": CITY}, {}), origin="test", at=midnight(1, 1))
        usage_tenancies.note(connection, found)
    return Metered(database)


@pytest.fixture
def cut_off(metered: Metered) -> Callable[[int], None]:
    """Sets another cut-off day."""

    def cut_off(day: int) -> None:
        change = text("UPDATE tenantry.standing_documents SET text = replace(text, 'cutOffDay: 25', :other)")
        with metered.database.transaction() as connection:
            connection.execute(change, {"other": f"cutOffDay: {day}"})

    return cut_off


@pytest.fixture
def statements(metered: Metered) -> Statements:
    """What makes statements, at the time that `metered` says."""
    return Statements(database=metered.database, force=CityInForce(metered.database), now=lambda: metered.now)


@pytest.fixture(scope="session")
def see() -> Callable[..., Sighting]:
    """Makes servers."""
    return server


@pytest.fixture(scope="session")
def day() -> Callable[[int, int], datetime]:
    """A month's day."""
    return midnight


@pytest.fixture
def october(metered: Metered) -> Sequence[datetime]:
    """October's days, metered: a server all the time, known to the end."""
    metered.days(midnight(9, 26), midnight(10, 26), server())
    metered.now = midnight(10, 27)
    return midnight(9, 26), midnight(10, 26)
