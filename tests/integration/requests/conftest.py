"""A small city in force, on PostgreSQL and on clouds in memory, with an engine that carries out what is approved."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from provisioner.approval import Approver
from provisioner.asking import Declined, Preparing
from provisioner.clouds.interface import Capacity
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.deciding import Deciding
from provisioner.engine import Engine, EngineSettings, Queue
from provisioner.execution import Execution
from provisioner.operation import Actor
from provisioner.proposal import Manifests, Proposer
from provisioner.requests.deeds import Begun, Review, Submission
from provisioner.requests.increase import Line
from provisioner.requests.request import Papers, Party, Request, RequestId
from provisioner.requests.states import Act, Role
from provisioner.staging import Staging
from provisioner.store import audit, reservations, standing
from provisioner.store.database import Database
from tenants.documents import documents
from tenants.language.emission import emit
from tenants.names import CloudName, DomainName, PrincipalName, TenantName
from tenants.resources import Limits, Resource, Service
from tenants.spec import CloudSpec
from tenants.validation import validate

_CITY = CloudName("city")
_CORES = Resource(service=Service.COMPUTE, name="cores")
_DOMAIN = DomainName("government")
#: A Monday.
_BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)
_SETTINGS = EngineSettings(polling=0.05, heartbeat=0.3, patience=20)


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "tenantry/v1", "kind": kind, "metadata": {"name": name, "displayName": name}, "spec": spec}


def cloud() -> str:
    """The cloud's manifest."""
    zone = {"name": "extranet", "displayName": "政务外网", "availabilityZone": "extranet", "protectionLevels": [2]}
    return emit([_document("Cloud", "city", {"level": "municipal", "domain": _DOMAIN, "zones": [zone]})])


def tenant(name: str, /, *, parent: str | None = "town", cores: int | None = None, **projects: int) -> str:
    """A tenant's manifest: an envelope of so many cores, and projects with theirs."""
    listed = [
        {"name": each, "cloud": "city", "zone": "extranet", "purpose": "登记", "quota": {"compute": {"cores": wish}}}
        for each, wish in projects.items()
    ]
    envelope = {} if cores is None else {"envelope": {"city": {"compute": {"cores": cores}}}}
    above = {} if parent is None else {"parent": parent}
    return emit([_document("Tenant", name, {**above, "protectionLevel": 2, **envelope, "projects": listed})])


def make_cloud(cores: int = 1000) -> MemoryCloud:
    """An empty cloud with so many cores."""
    furnishing = Furnishing(
        groups=frozenset({PrincipalName("ops")}),
        capacity={_CORES: Capacity(total=cores, reserved=0, ratio=1.0, used=0)},
    )
    return MemoryCloud(_CITY, furnishing, sleep=lambda _: None)


@dataclass
class Clock:
    """Goes on by a second whenever it is looked at, and further when told."""

    at: datetime = _BEGIN
    _seconds: Any = field(default_factory=count)

    def __call__(self) -> datetime:
        """The time."""
        return self.at + timedelta(seconds=next(self._seconds))

    def pass_(self, **time: float) -> None:
        """Let time pass."""
        self.at += timedelta(**time)


@dataclass
class Office:
    """All that requests need, with short ways to say what people do."""

    database: Database
    cloud: MemoryCloud = field(default_factory=make_cloud)
    now: Clock = field(default_factory=Clock)
    approver: Approver | None = None

    def connect(self, spec: CloudSpec) -> MemoryCloud:
        """Open a cloud by its manifest."""
        del spec
        return self.cloud

    @property
    def proposer(self) -> Proposer:
        """Makes plans."""
        return Proposer(database=self.database, connect=self.connect, actor=Actor("service"), now=self.now)

    @property
    def deciding(self) -> Deciding:
        """What is tested."""
        preparing = Preparing(database=self.database, proposer=self.proposer)
        return Deciding(database=self.database, preparing=preparing, system=Actor("service"), now=self.now)

    def manifests(self, *texts: str) -> Manifests:
        """Whole manifests, as an operator has them."""
        files = {f"city-{number}.yaml": text for number, text in enumerate((cloud(), *texts))}
        validation = validate((name, text.encode()) for name, text in files.items())
        assert validation.city, validation.problems
        return Manifests(city=validation.city, sources=validation.sources, files=files)

    def enforce(self, *texts: str) -> None:
        """Bring these manifests, with the cloud's, into force, without doing anything to the cloud."""
        files = self.manifests(*texts).files
        with self.database.transaction() as connection:
            reservations.count_standing(connection)
            standing.put(connection, documents(files, {}), origin="test", at=self.now())

    def submit(self, text: str, *, name: str = "market", by: str = "li", amends: RequestId | None = None) -> Any:
        """Submit one file for a tenant."""
        papers = Papers(files={f"{name}.yaml": text})
        asked = Submission(tenant=TenantName(name), papers=papers, by=Party(actor=Actor(by)), amends=amends)
        return self.deciding.submit(asked)

    def submitted(self, text: str, **more: Any) -> Request:
        """Submit what is taken up."""
        request = self.submit(text, **more)
        assert isinstance(request, Request), request
        return request

    def review(self, request: Request, who: str, *, technical: bool = False, act: Act = Act.APPROVE) -> Any:
        """Review a request's plan as it was when it was last seen."""
        review = Review(
            request=request.id,
            act=act,
            role=Role.TECHNICAL_REVIEWER if technical else Role.ADMINISTRATIVE_REVIEWER,
            by=Party(actor=Actor(who)),
            fingerprint=request.fingerprint or "",
            comment="" if act is Act.APPROVE else "不符合规划",
        )
        return self.deciding.review(review)

    def approved(self, request: Request) -> Request:
        """Both reviews, by two people."""
        self.review(request, "wang")
        after = self.review(request, "zhao", technical=True)
        assert isinstance(after, Request), after
        return after

    def execute(self, request: Request) -> Begun | Declined:
        """Begin to carry it out."""
        assert self.approver
        return self.deciding.carrying.execute(request.id, self.approver)

    @property
    def reserved(self) -> dict[str, int]:
        """The cores that are reserved, by tenant; `*` is the whole cloud."""
        with self.database.transaction() as connection:
            return {line.tenant or "*": amount for line, amount in reservations.live(connection).items()}

    def actions(self) -> list[str]:
        """What was done, by the audit log, which is whole."""
        with self.database.transaction() as connection:
            assert audit.verify(connection) == ()
            return [entry.event.action for entry in audit.read(connection)]

    def limits(self, name: str) -> Limits:
        """What Nova enforces for a project."""
        project = self.cloud.identity.project(_DOMAIN, name)
        assert project
        return self.cloud.quotas(Service.COMPUTE).limits(project.id)


class Words:
    """Short ways to say what a test is about."""

    tenant = staticmethod(tenant)
    cores = _CORES
    domain = _DOMAIN
    #: The line of the whole cloud's cores.
    pool = Line(cloud=_CITY, tenant=None, resource=_CORES)


@pytest.fixture
def words() -> Words:
    """Short ways to say what a test is about."""
    return Words()


@pytest.fixture
def office(database: Database) -> Office:
    """A town of 100 cores, of which `market` may have 50 and has 10 asked for, and `harbour` has 20."""
    office = Office(database)
    market, harbour = tenant("market", cores=50, a=10), tenant("harbour", b=20)
    office.enforce(tenant("town", parent=None, cores=100), market, harbour)
    return office


@pytest.fixture
def idle(office: Office) -> Iterator[None]:
    """What is carried out is queued, and nobody works yet."""
    with Queue(office.database, settings=_SETTINGS) as queue:
        office.approver = Approver(database=office.database, queues=queue, now=office.now)
        yield


@pytest.fixture
def working(office: Office) -> Iterator[Callable[[Begun | Declined], Request]]:
    """Follows a request's operations to their ends, carried out by an engine, and notes what came of them."""
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(office.database, settings=_SETTINGS))
        staging = Staging(database=office.database, connect=office.connect, now=office.now)
        execution = Execution(
            database=office.database, engine=engine, staging=staging, actor=Actor("service"), now=office.now
        )
        execution.register()
        engine.launch(["city"])
        office.approver = Approver(database=office.database, queues=engine, now=office.now)

        def finish(begun: Begun | Declined) -> Request:
            assert isinstance(begun, Begun), begun
            execution.follow(each.id for each in begun.operations)
            return office.deciding.carrying.conclude(begun.request.id)

        yield finish
