"""The journal of operations on the database: each line written at once, before and after every act.

Where an operation ends, its end, the audit entry and, when all went well, the note of what is now applied are written
together, so that none of them is ever seen without the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from provisioner.audit import Event
from provisioner.operation import Actor, Evidence, Failure, Operation, OperationId, OperationState, RevisionId
from provisioner.store import applied, audit, operations
from provisioner.store.applied import Applied
from provisioner.store.database import Database
from tenants.spec import TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationJournal:
    """What `provisioner.apply` writes to, for one operation."""

    database: Database
    operation: Operation
    tenant: TenantSpec
    #: The manifests that the operation's plan was made from.
    revision: RevisionId
    #: Who had the plan applied.
    actor: Actor
    now: Callable[[], datetime]

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent; returns how often the step has been begun, this time included."""
        with self.database.autocommit() as connection:
            return operations.begin_step(connection, operation, position)

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect, with its proof."""
        with self.database.autocommit() as connection:
            operations.finish_step(connection, operation, position, evidence)

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note that it failed, and why."""
        with self.database.autocommit() as connection:
            operations.fail_step(connection, operation, position, failure)

    def set_state(self, operation: OperationId, state: OperationState, failure: Failure | None = None) -> None:
        """Note where the operation is; at its end, also in the audit log and in what is applied."""
        at = self.now()
        with self.database.transaction() as connection:
            operations.set_state(connection, operation, state, failure=failure)
            if not state.final:
                return
            if state is OperationState.DONE:
                applied.record(connection, self._applied(at))
            audit.append(
                connection,
                Event(
                    at=at,
                    actor=self.actor,
                    action=f"operation.{state}",
                    subject=operation,
                    detail=self._detail(failure),
                ),
            )

    def _applied(self, at: datetime) -> Applied:
        operation = self.operation
        return Applied(tenant=operation.tenant, cloud=operation.cloud, revision=self.revision, spec=self.tenant, at=at)

    def _detail(self, failure: Failure | None) -> Mapping[str, str | None]:
        detail: dict[str, str | None] = {
            "tenant": self.operation.tenant,
            "cloud": self.operation.cloud,
            "plan": self.operation.plan_id,
            "fingerprint": self.operation.fingerprint,
        }
        if failure:
            detail |= {"failure": failure.message, "request": failure.request_id}
        return detail
