"""The app around a database of its own, asked without a socket; a little city that was applied and seen."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.exposition.board import Board
from api.exposition.reading import Exposing
from api.http.app import create_app
from api.http.authentication import TokenAuthenticator
from api.http.bodies import check
from api.http.cities import Cities
from api.http.picture import Pictures
from api.http.refusals import Refusals
from api.http.service import Service
from provisioner.access import Principal, Role
from provisioner.approval import Approver
from provisioner.asking import Preparing
from provisioner.baseline import Baselines
from provisioner.clouds.interface import Capacity
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.deciding import Deciding
from provisioner.engine import Engine, EngineSettings, Queue
from provisioner.execution import Execution
from provisioner.moving.starting import Starting
from provisioner.operation import Actor
from provisioner.proposal import Proposer
from provisioner.requests.deeds import Begun
from provisioner.requests.request import RequestId
from provisioner.staging import Staging
from provisioner.store import applied, standing
from provisioner.store.applied import Applied
from provisioner.store.database import Database
from provisioner.tokens import issue
from tenants.documents import documents
from tenants.names import CloudName
from tenants.resources import Resource
from tenants.resources import Service as CloudService

#: The manifests of a city with two departments, one of them with a unit below.
CITY = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: city, displayName: 市政务云}
spec:
  level: municipal
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网, availabilityZone: extranet, externalNetwork: extranet-external, protectionLevels: [1, 2, 3]}
  volumeTypes: [ssd]
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market, displayName: 市市场监督管理局}
spec:
  protectionLevel: 3
  envelope: {city: {compute: {cores: 100}}}
  projects:
    - {name: registration, cloud: city, zone: extranet, purpose: 商事登记, quota: {compute: {cores: 6}}}
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
kind: Tenant
metadata: {name: transport, displayName: 市交通运输局}
spec:
  protectionLevel: 2
  projects:
    - {name: buses, cloud: city, zone: extranet, purpose: 公交调度, quota: {compute: {cores: 4}}}
"""


def departments() -> dict[str, str]:
    """Each tenant's own manifest, by its name."""
    return {re.findall(r"name: (\w+)", text)[0]: text for text in CITY.split("---\n")[1:]}


AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
YAML = {"content-type": "application/yaml"}


@dataclass(slots=True)
class Clock:
    """A time that stands still until it is moved."""

    at: datetime = AT

    def __call__(self) -> datetime:
        """What time it is."""
        return self.at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the app, as whoever holds the token."""

    app: FastAPI
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request and wait for the whole answer."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://tenantry") as client:
                headers = {**self.headers, **more.pop("headers", {})}
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read."""
        return self("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """Write."""
        return self("POST", path, **more)


@pytest.fixture
def clock() -> Clock:
    """The service's time."""
    return Clock()


@pytest.fixture
def cloud() -> MemoryCloud:
    """The one cloud there is."""
    cores = Resource(service=CloudService.COMPUTE, name="cores")
    furnishing = Furnishing(capacity={cores: Capacity(total=100, reserved=0, ratio=1.0, used=0)})
    return MemoryCloud(CloudName("city"), furnishing, sleep=lambda _: None)


@pytest.fixture
def service(database: Database, cloud: MemoryCloud, clock: Clock) -> Iterator[Service]:
    """The service on the database and the cloud; nobody works."""

    def proposer(actor: Actor, recorded: bool) -> Proposer:  # noqa: FBT001  # as the service calls it
        return Proposer(database=database, connect=lambda _: cloud, actor=actor, now=clock, recorded=recorded)

    with Queue(database) as queues:
        approver = Approver(database=database, queues=queues, now=clock, lasting=timedelta(days=7))
        yield Service(
            database=database,
            authenticators=(TokenAuthenticator(database=database, now=clock),),
            pictures=Pictures(database),
            refusals=Refusals(database=database, now=clock),
            approver=approver,
            deciding=Deciding(
                database=database,
                preparing=Preparing(database=database, proposer=proposer(Actor("tenantry"), False)),
                system=Actor("tenantry"),
                now=clock,
            ),
            cities=Cities(approver),
            proposer=proposer,
            now=clock,
            board=Board(database, Baselines(database), Exposing(limit=10_000, version="0.1.0", servers=True), clock),
            starting=Starting(database=database, connect=lambda _: cloud, now=clock),
        )


@pytest.fixture
def app(service: Service) -> FastAPI:
    """The app around the service."""
    return create_app(service)


@contextmanager
def serving(app: FastAPI, **more: Any) -> Iterator[int]:
    """A server around the app; gives its port."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, **{"port": 0, **more}))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


LogIn = Callable[..., Client]


@pytest.fixture
def log_in(app: FastAPI, database: Database) -> LogIn:
    """Issues a token and gives whoever holds it."""

    def log_in(role: Role = Role.OPERATOR, tenant: str | None = None, actor: str = "李娜", at: datetime = AT) -> Client:
        principal = Principal(actor=actor, role=role, tenant=tenant)
        issued = issue(database, principal, by=Actor("ops"), at=at, lifetime=timedelta(days=1))
        return Client(app, {"authorization": f"Bearer {issued.text}"})

    return log_in


@pytest.fixture
def operator(log_in: LogIn) -> Client:
    """Somebody who may do everything."""
    return log_in()


@pytest.fixture
def nobody(app: FastAPI) -> Client:
    """Somebody without a token."""
    return Client(app)


@pytest.fixture
def settled(service: Service, database: Database) -> None:
    """The city was looked at, and counts as applied."""
    validation, manifests = check({"city.yaml": CITY})
    assert manifests, validation.problems
    stored = service.proposer(Actor("ops"), False).propose(manifests).stored
    assert stored
    with database.transaction() as connection:
        for tenant in manifests.city.tenants.values():
            applied.record(
                connection,
                Applied(tenant=tenant.name, cloud=CloudName("city"), revision=stored.revision, spec=tenant, at=AT),
            )


@pytest.fixture
def in_force(settled: None, database: Database) -> None:
    """The city's manifests are in force: requests build on them."""
    with database.transaction() as connection:
        standing.put(connection, documents({"city.yaml": CITY}, {}), origin="test", at=AT)


@pytest.fixture
def carry_out(
    service: Service, database: Database, cloud: MemoryCloud, clock: Clock
) -> Iterator[Callable[[str], None]]:
    """Has a request carried out by a worker, and waits for its end."""
    with Engine(database, settings=EngineSettings(polling=0.05, heartbeat=0.3, patience=20)) as engine:
        staging = Staging(database=database, connect=lambda _: cloud, now=clock)
        execution = Execution(database=database, engine=engine, staging=staging, actor=Actor("tenantry"), now=clock)
        execution.register()
        engine.launch(["city"])

        def carry_out(request: str) -> None:
            begun = service.deciding.carrying.execute(RequestId(request), service.approver)
            assert isinstance(begun, Begun), begun
            execution.follow(each.id for each in begun.operations)
            service.deciding.carrying.conclude(RequestId(request))

        yield carry_out


@pytest.fixture
def plan(operator: Client) -> dict[str, Any]:
    """A plan for the whole city, as the service made it."""
    made = operator.post("/v1/plans", content=CITY, headers=YAML)
    assert made.status_code == 201, made.text
    document: dict[str, Any] = made.json()
    return document
