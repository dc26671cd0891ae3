"""A small city on PostgreSQL and on clouds in memory: whatever passes between planning and doing passes for real."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from provisioner.audit import Entry
from provisioner.clouds.interface import Capacity, ProjectId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.operation import Actor
from provisioner.proposal import Manifests, Proposal, Proposer
from provisioner.store import applied as records
from provisioner.store import audit, revisions
from provisioner.store.applied import Applied
from provisioner.store.database import Database
from provisioner.store.plans import StoredPlan
from tenants.language.emission import emit
from tenants.names import CloudName, DomainName, PrincipalName, TenantName
from tenants.resources import Limits, Resource, Service
from tenants.spec import CloudSpec
from tenants.validation import validate

_DOMAIN = DomainName("government")
_ACTOR = Actor("li@ops")
_NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def _cloud_document(name: str) -> Mapping[str, object]:
    zone = {"name": "extranet", "displayName": "政务外网", "availabilityZone": "extranet", "protectionLevels": [2]}
    return {
        "apiVersion": "tenantry/v1",
        "kind": "Cloud",
        "metadata": {"name": name, "displayName": name},
        "spec": {"level": "district", "domain": _DOMAIN, "zones": [zone]},
    }


def _tenant_document(name: str, spec: Mapping[str, object], projects: Mapping[str, Any]) -> Mapping[str, object]:
    """Each project is its cores, or its fields in the manifest's form."""
    listed = []
    for project, wish in projects.items():
        fields = wish if isinstance(wish, dict) else {"quota": {"compute": {"cores": wish}}}
        listed.append({"name": project, "cloud": "city", "zone": "extranet", "purpose": "登记", **fields})
    return {
        "apiVersion": "tenantry/v1",
        "kind": "Tenant",
        "metadata": {"name": name, "displayName": name},
        "spec": {"protectionLevel": 2, **spec, "projects": listed},
    }


def tenant(name: str = "market", /, *, parent: str = "", envelope: Any = None, **projects: Any) -> str:
    """A tenant's manifest; its projects are in the cloud `city` unless they say otherwise."""
    spec = {**({"parent": parent} if parent else {}), **({"envelope": envelope} if envelope else {})}
    return emit([_tenant_document(name, spec, projects)])


def manifests(*tenants: str, clouds: tuple[str, ...] = ("city", "district")) -> Manifests:
    """These manifests with those of the clouds, a file each."""
    files = {f"{name}.yaml": emit([_cloud_document(name)]) for name in clouds}
    files |= {f"tenant-{number}.yaml": text for number, text in enumerate(tenants)}
    validation = validate((name, text.encode()) for name, text in files.items())
    assert validation.city, validation.problems
    return Manifests(city=validation.city, sources=validation.sources, files=files)


@dataclass(frozen=True)
class Site:
    """The clouds and the records of a city, and a clock that goes on by a second whenever it is looked at."""

    database: Database
    clouds: dict[CloudName, MemoryCloud]
    actor: Actor = _ACTOR
    _seconds: Any = field(default_factory=count)

    def now(self) -> datetime:
        """Noon of some day, or a little later."""
        return _NOON + timedelta(seconds=next(self._seconds))

    def connect(self, spec: CloudSpec) -> MemoryCloud:
        """Open a cloud by its manifest."""
        return self.clouds[spec.name]

    def propose(self, *tenants: str, only: frozenset[TenantName] = frozenset(), **options: Any) -> Proposal:
        """What comes of planning for these manifests."""
        given = {"connect": self.connect, "recorded": False, "clouds": ("city", "district"), **options}
        read = manifests(*tenants, clouds=given.pop("clouds"))
        proposer = Proposer(database=self.database, actor=self.actor, now=self.now, **given)
        return proposer.propose(read, only)

    def plan(self, *tenants: str, **options: Any) -> StoredPlan:
        """The plan for these manifests, on record."""
        proposal = self.propose(*tenants, **options)
        assert proposal.stored, proposal.problems
        return proposal.stored

    def log(self) -> list[Entry]:
        """The audit log; it is whole."""
        with self.database.transaction() as connection:
            assert audit.verify(connection) == ()
            return list(audit.read(connection))

    def actions(self) -> list[str]:
        """What was done, by the audit log."""
        return [entry.event.action for entry in self.log()]

    def by_hand(self, name: str, *, cloud: str = "city") -> ProjectId:
        """Make a project as an administrator would."""
        project, _ = self.clouds[CloudName(cloud)].identity.create_project(_DOMAIN, name=name, description="")
        return project.id

    def limits(self, name: str, *, cloud: str = "city") -> Limits:
        """What Nova enforces for a project."""
        there = self.clouds[CloudName(cloud)]
        project = there.identity.project(_DOMAIN, name)
        assert project
        return there.quotas(Service.COMPUTE).limits(project.id)


class Words:
    """Short ways to say what a test is about."""

    #: A tenant's manifest: its projects by name, each with its cores, or with its fields in the manifest's form.
    tenant = staticmethod(tenant)
    #: Manifests of tenants with those of the clouds `city` and `district`.
    manifests = staticmethod(manifests)
    cores = Resource(service=Service.COMPUTE, name="cores")
    city = CloudName("city")
    district = CloudName("district")


@pytest.fixture
def words() -> Words:
    """Short ways to say what a test is about."""
    return Words()


@pytest.fixture
def site(database: Database) -> Site:
    """Two empty clouds of 100 cores with a group `ops`, and empty records."""
    cores = {Words.cores: Capacity(total=100, reserved=0, ratio=1.0, used=0)}
    furnishing = Furnishing(groups=frozenset({PrincipalName("ops")}), capacity=cores)
    names = (CloudName("city"), CloudName("district"))
    return Site(database, {name: MemoryCloud(name, furnishing, sleep=lambda _: None) for name in names})


@pytest.fixture
def applied(site: Site) -> Callable[..., None]:
    """Notes that from these tenants' manifests a tenant's, in one cloud, has been applied: each as (tenant, cloud)."""

    def note(tenants: Sequence[str], *where: tuple[str, str]) -> None:
        read, at = manifests(*tenants), site.now()
        with site.database.transaction() as connection:
            revision = revisions.save(connection, read.files, actor=site.actor, at=at)
            for name, cloud in where:
                spec = read.city.tenants[TenantName(name)]
                done = Applied(tenant=spec.name, cloud=CloudName(cloud), revision=revision, spec=spec, at=at)
                records.record(connection, done)

    return note


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses while the database is away, in seconds; none of them is slept."""
    taken: list[float] = []
    monkeypatch.setattr("provisioner.journal.time", SimpleNamespace(sleep=taken.append))
    return taken
