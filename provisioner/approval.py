"""Consent to a plan: the decision, its operations, the audit entry and the queueing, all in one transaction.

After a crash there is either all of it or nothing. Whoever consents need not work: operations are carried out by whichever
process has the queues.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from provisioner import standing
from provisioner.audit import Event
from provisioner.engine import Job
from provisioner.errors import PlanExpired, StoreError
from provisioner.operation import Actor, Operation, OperationId, OperationState, RevisionId, Step
from provisioner.plan import Section
from provisioner.store import applied, audit, operations, plans, revisions
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.plans import Decision, StoredPlan
from provisioner.store.schema_operations import Verdict
from tenants.names import CloudName
from tenants.spec import City
from tenants.validation import validate


class Queues(Protocol):
    """Where operations are queued: `provisioner.engine` has one for those who work and one for those who do not."""

    def open(self, clouds: Iterable[CloudName]) -> None:
        """Have the queues of these clouds made where they are not there."""

    def enqueue(self, connection: Connection, jobs: Iterable[Job]) -> None:
        """Queue operations when the caller's transaction commits, and only then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What came of consent."""

    operations: tuple[Operation, ...]
    #: Whether it is new; a plan is applied once, and later consent changes nothing.
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Writes consent down."""

    database: Database
    queues: Queues
    now: Callable[[], datetime]
    #: How long a plan may be applied after it was made; None: as long as the clouds are as it saw them.
    lasting: timedelta | None = None

    def expiry(self, stored: StoredPlan) -> datetime | None:
        """When a plan can no longer be applied; None where it always can."""
        return None if self.lasting is None else stored.created_at + self.lasting

    def approve(self, stored: StoredPlan, city: City, actor: Actor, *, authority: str = "") -> Approved:
        """Record the actor's consent to the plan, by authority of an official document, and queue its applicable sections.

        A tenant that the plan leaves unchanged counts as applied from now on. Where consent was given before, in whatever
        process, nothing is done and the operations of then are returned. Raises PlanExpired for one that is too old.
        """
        self.open_queues(stored)
        with self.database.transaction() as connection:
            plans.take(connection, stored.id)
            if plans.decisions(connection, stored.id):
                return Approved(operations=operations.of_plan(connection, stored.id), now=False)
            self._must_be_fresh(stored)
            standing.apply_revision(connection, stored.revision, stored.plan, city, at=self.now())
            made = self.approve_within(connection, stored, city, actor, authority=authority)
        return Approved(operations=made, now=True)

    def _must_be_fresh(self, stored: StoredPlan) -> None:
        expiry = self.expiry(stored)
        if expiry is not None and self.now() >= expiry:
            raise PlanExpired(f"plan {stored.id} could be applied until {expiry:%Y-%m-%d %H:%M %Z}: make a new one")

    def open_queues(self, stored: StoredPlan) -> None:
        """Have the queues made that the plan's operations go to. Before a transaction that approves it."""
        self.queues.open({section.cloud for section in stored.plan.sections if section.applicable})

    def approve_within(
        self, connection: Connection, stored: StoredPlan, city: City, actor: Actor, *, authority: str = ""
    ) -> tuple[Operation, ...]:
        """As `approve`, in a transaction of the caller, who took the plan and brings into force what is to be."""
        at = self.now()
        made = tuple(_operation(stored, section, at) for section in stored.plan.sections if section.applicable)
        plans.decide(
            connection,
            Decision(plan=stored.id, fingerprint=stored.plan.fingerprint, actor=actor, at=at, verdict=Verdict.APPROVED),
        )
        operations.create(connection, made)
        _note_unchanged(connection, stored, city, at)
        self.queues.enqueue(connection, (Job(operation=each.id, cloud=each.cloud, tenant=each.tenant) for each in made))
        # Last, for other appends wait until the transaction ends.
        audit.append(
            connection,
            Event(
                at=at,
                actor=actor,
                action="plan.approved",
                subject=stored.id,
                detail={
                    "fingerprint": stored.plan.fingerprint,
                    "operations": len(made),
                    **({"authority": authority} if authority else {}),
                },
            ),
        )
        return made

    def city_of(self, stored: StoredPlan) -> City:
        """The manifests that the plan was made from. Raises StoreError where this version's rules refuse them."""
        with self.database.transaction() as connection:
            revision = revisions.load(connection, stored.revision)
        city = validate(revision.manifests(), revision.lookup).city
        if city is None:
            raise StoreError(f"the manifests of plan {stored.id} are not valid under this version's rules")
        return city


def _operation(stored: StoredPlan, section: Section, at: datetime) -> Operation:
    return Operation(
        id=OperationId(new_id(at)),
        plan_id=stored.id,
        tenant=section.tenant,
        cloud=section.cloud,
        fingerprint=section.fingerprint,
        state=OperationState.QUEUED,
        created_at=at,
        steps=tuple(Step(position=position, action=action) for position, action in enumerate(section.actions)),
    )


def _note_unchanged(connection: Connection, stored: StoredPlan, city: City, at: datetime) -> None:
    for section in stored.plan.sections:
        if not section.actions and not section.refusals:
            tenant = city.tenants[section.tenant]
            revision: RevisionId = stored.revision
            applied.record(
                connection,
                Applied(tenant=section.tenant, cloud=section.cloud, revision=revision, spec=tenant, at=at),
            )
