"""Tenantry applies something by itself: plan, consent and operations as for people, in its own name.

Only what destroys nothing; the rest is for people to apply.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from provisioner.approval import Approver
from provisioner.audit import Event
from provisioner.operation import Actor, Operation
from provisioner.plan import Plan, Section
from provisioner.requests.request import Papers
from provisioner.store import audit, plans, reconciliation, reservations, revisions, standing
from provisioner.store.database import Connection, Database
from provisioner.store.plans import StoredPlan
from provisioner.store.reservations import Mark
from tenants.documents import Document
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What Tenantry would apply."""

    section: Section
    #: All documents as they are to be in force, and the city that they make.
    papers: Papers
    city: City
    #: How far the ledger was when they were read.
    mark: Mark
    #: Those of the documents that come into force with it.
    brought: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Applies what Tenantry itself decided."""

    database: Database
    approver: Approver
    #: Who Tenantry is.
    system: Actor
    now: Callable[[], datetime]

    def apply(
        self, intent: Intent, told: Callable[[Sequence[Operation]], Iterable[Event]]
    ) -> tuple[Operation, ...] | None:
        """Plan, consent and queue; returns the operations, or None where something else moved on in the meantime.

        `told` says what the audit log is to have beside the consent.
        """
        stored = self._recorded(intent)
        self.approver.open_queues(stored)
        with self.database.transaction() as connection:
            plans.take(connection, stored.id)
            if not self._still(connection, intent):
                return None
            if intent.brought:
                reservations.count_standing(connection)
                standing.put(connection, intent.brought, origin=stored.revision, at=self.now())
            made = self.approver.approve_within(connection, stored, intent.city, self.system)
            audit.append_all(connection, told(made))
        return made

    def _recorded(self, intent: Intent) -> StoredPlan:
        at, plan = self.now(), Plan(sections=(intent.section,))
        with self.database.transaction() as connection:
            revision = revisions.save(
                connection, intent.papers.files, actor=self.system, at=at, attached=intent.papers.attached
            )
            plan_id = plans.save(connection, plan, revision=revision, actor=self.system, at=at)
        return StoredPlan(id=plan_id, revision=revision, created_at=at, actor=self.system, plan=plan)

    def _still(self, connection: Connection, intent: Intent) -> bool:
        """Whether what is in force is as it was read, and nothing is being done for the tenant. Locks the ledger."""
        if reservations.lock(connection) != intent.mark:
            return False
        return intent.section.tenant not in reconciliation.busy(connection, intent.section.cloud)
