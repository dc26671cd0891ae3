"""Set the scene for an operation from what the store kept: its manifest, its cloud, the look its plan was made from.

Any process can carry out any operation, for nothing but the store passes between the one that planned and the one that
works.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from provisioner.apply import Scene
from provisioner.errors import StoreError
from provisioner.journal import OperationJournal
from provisioner.migration.passage import Passage, tenant_left_alone
from provisioner.observation import Observation
from provisioner.operation import Actor, Operation, PlanId
from provisioner.passing import passages
from provisioner.store import migration_holds, observations, plans, revisions
from provisioner.store.database import Database
from provisioner.store.plans import StoredPlan
from provisioner.survey import Connect
from tenants.names import CloudName
from tenants.spec import City
from tenants.validation import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """Builds scenes and journals; what many operations of one plan share is loaded once."""

    database: Database
    connect: Connect
    now: Callable[[], datetime]
    _lock: Lock = field(default_factory=Lock)
    _plans: dict[PlanId, tuple[StoredPlan, City]] = field(default_factory=dict)
    _observations: dict[tuple[PlanId, CloudName], Observation] = field(default_factory=dict)

    def stage(self, operation: Operation) -> tuple[Scene, OperationJournal]:
        """The scene of an operation and the journal to keep about it. Raises StoreError where a part is missing."""
        plan, city = self._plan(operation.plan_id)
        tenant, cloud_spec = city.tenants[operation.tenant], city.clouds[operation.cloud]
        scene = Scene(
            tenant=tenant_left_alone(tenant, self._passages(city)),
            cloud_spec=cloud_spec,
            cloud=self.connect(cloud_spec),
            planned_from=self._planned_from(operation),
            now=self.now,
        )
        journal = OperationJournal(
            database=self.database,
            operation=operation,
            tenant=tenant,
            revision=plan.revision,
            actor=self._consenter(operation.plan_id),
            now=self.now,
        )
        return scene, journal

    def _passages(self, city: City) -> tuple[Passage, ...]:
        """What is on its way now, whatever was when the plan was made. Room that anybody keeps from here on waits for the operation."""
        with self.database.transaction() as connection:
            migration_holds.let_end(connection)
            return passages(connection, city)

    def _plan(self, plan_id: PlanId) -> tuple[StoredPlan, City]:
        """A plan with the manifests it was made from, which were valid then and are read again by the same rules."""
        with self._lock:
            if plan_id not in self._plans:
                with self.database.transaction() as connection:
                    plan = plans.load(connection, plan_id)
                    revision = revisions.load(connection, plan.revision)
                validation = validate(revision.manifests(), revision.lookup)
                if validation.city is None:
                    raise StoreError(f"the manifests of plan {plan_id} are not valid under this version's rules")
                self._plans[plan_id] = plan, validation.city
            return self._plans[plan_id]

    def _consenter(self, plan_id: PlanId) -> Actor:
        """Who had the plan applied: not always who made it."""
        with self.database.autocommit() as connection:
            return plans.consenter(connection, plan_id)

    def _planned_from(self, operation: Operation) -> Observation:
        """The newest look at the cloud. Should it be newer than the plan, the look before writing tells."""
        key = operation.plan_id, operation.cloud
        with self._lock:
            if key not in self._observations:
                with self.database.transaction() as connection:
                    newest = observations.latest(connection, operation.cloud)
                if newest is None:
                    raise StoreError(
                        f"cloud {operation.cloud} was never observed: operation {operation.id} cannot start"
                    )
                self._observations[key] = newest
            return self._observations[key]
