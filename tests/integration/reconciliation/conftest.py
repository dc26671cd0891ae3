"""A small town that was applied, on PostgreSQL and a cloud in memory, with everything that keeps it so."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from provisioner.approval import Approver
from provisioner.baseline import Baselines
from provisioner.engine import Engine, EngineSettings
from provisioner.execution import Execution
from provisioner.looks import Looks
from provisioner.operation import Actor, Operation, OperationState
from provisioner.reconciliation.applying import Applying
from provisioner.reconciliation.conditions import condition_of
from provisioner.reconciliation.correcting import Correcting
from provisioner.reconciliation.force import CityInForce
from provisioner.reconciliation.looking import Found, Looking
from provisioner.reconciliation.seeing import Seeing
from provisioner.staging import Staging
from provisioner.store import audit, operations, reconciliation
from provisioner.store.database import Database
from tenants.language.emission import emit
from tenants.names import CloudName, TenantName
from tenants.resources import Limit, Service
from tests.integration.requests.conftest import Office, tenant

SETTINGS = EngineSettings(polling=0.05, heartbeat=0.3, patience=20)
CITY = CloudName("city")
SYSTEM = Actor("tenantry")
EVERY = timedelta(minutes=10)


def policy(**spec: Any) -> str:
    """A policy's manifest."""
    head = {"apiVersion": "tenantry/v1", "kind": "Policy", "metadata": {"name": "town", "displayName": "town"}}
    return emit([{**head, "spec": spec}])


#: Corrects whatever drifts.
CORRECTING = policy(drift=[{"name": "all", "action": "correct"}])
TOWN = tenant("town", parent=None, cores=100)


@dataclass
class Bureau(Office):
    """All that reconciliation needs, with short ways to say what happens."""

    execution: Execution | None = None
    files: list[str] = field(default_factory=list)

    @property
    def applying(self) -> Applying:
        """What applies in Tenantry's own name."""
        assert self.approver
        return Applying(database=self.database, approver=self.approver, system=SYSTEM, now=self.now)

    @property
    def seeing(self) -> Seeing:
        """What looks at the cloud."""
        return Seeing(database=self.database, looks=Looks(connect=self.connect, now=self.now))

    @property
    def looking(self) -> Looking:
        """What is tested."""
        force = CityInForce(self.database)
        correcting = Correcting(database=self.database, force=force, applying=self.applying, now=self.now)
        baselines = Baselines(self.database)
        return Looking(
            database=self.database,
            seeing=self.seeing,
            baselines=baselines,
            now=self.now,
            every=EVERY,
            correcting=correcting,
        )

    def apply(self, *texts: str) -> tuple[Operation, ...]:
        """As an operator does it: plan, consent, and follow to the end."""
        manifests = self.manifests(*texts)
        stored = self.proposer.propose(manifests).stored
        assert stored
        assert self.execution
        ended = self.execution.follow(each.id for each in self.execution.approve(stored, manifests.city))
        assert all(each.state is OperationState.DONE for each in ended), ended
        return ended

    def follow(self, found: Found) -> tuple[Operation, ...]:
        """Wait until what corrects has ended."""
        assert self.execution
        return self.execution.follow(found.operations)

    def look(self, *tenants: str) -> Found:
        """Look at these now."""
        return self.looking.look_now(CITY, [TenantName(each) for each in tenants])

    def change(self, project: str, **limits: int) -> None:
        """Somebody changes a project's limits by hand."""
        found = self.cloud.identity.project(self.domain, project)
        assert found
        keeper = self.cloud.quotas(Service.COMPUTE)
        keeper.set_limits(found.id, {name: Limit(limit) for name, limit in limits.items()}, force=True)

    def cores(self, project: str) -> int:
        """The cores that Nova enforces."""
        return next(int(limit) for resource, limit in self.limits(project).items() if resource.name == "cores")

    @property
    def domain(self) -> Any:
        """Where the projects are."""
        return self.manifests(TOWN).city.clouds[CITY].domain

    def conditions(self) -> dict[str, str]:
        """How each tenant stands, in a word."""
        with self.database.transaction() as connection:
            return {each.tenant: condition_of(each).value for each in reconciliation.known(connection)}

    def obstacles(self) -> dict[str, str | None]:
        """What is in the way, by tenant."""
        with self.database.transaction() as connection:
            return {each.tenant: each.obstacle for each in reconciliation.known(connection)}

    def events(self, action: str) -> list[Any]:
        """What the audit log says of one kind of event."""
        with self.database.transaction() as connection:
            return [each.event for each in audit.read(connection) if each.event.action == action]

    def keep(self) -> None:
        """Begin to keep everybody's looks."""
        with self.database.transaction() as connection:
            reconciliation.keep(connection, reconciliation.pairs(connection), within=timedelta(0))

    def unfinished(self) -> tuple[Operation, ...]:
        """What is under way."""
        with self.database.transaction() as connection:
            return operations.unfinished(connection)


@pytest.fixture
def bureau(database: Database) -> Iterator[Bureau]:
    """A town of which nothing was applied yet, and an engine at work."""
    bureau = Bureau(database)
    with ExitStack() as stack:
        engine = stack.enter_context(Engine(database, settings=SETTINGS))
        staging = Staging(database=database, connect=bureau.connect, now=bureau.now)
        bureau.execution = Execution(
            database=database, engine=engine, staging=staging, actor=Actor("service"), now=bureau.now
        )
        bureau.execution.register()
        engine.launch(["city"])
        bureau.approver = Approver(database=database, queues=engine, now=bureau.now)
        yield bureau


@pytest.fixture
def town(bureau: Bureau) -> Bureau:
    """`market` with 10 cores and `harbour` with 20 were applied."""
    bureau.apply(TOWN, tenant("market", a=10), tenant("harbour", b=20))
    return bureau


@pytest.fixture
def strict(bureau: Bureau) -> Bureau:
    """The same, and drift is corrected."""
    bureau.apply(TOWN, tenant("market", a=10), tenant("harbour", b=20), CORRECTING)
    return bureau
