"""One execution of an approved section of a plan, and its steps: the journal's records. Pure.

The journal says what was about to happen before it happens and what came of it afterwards, so that whatever dies in
between, the next look knows where to go on.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from provisioner.objects import Properties
from provisioner.plan import Action, Fingerprint
from tenants.names import CloudName, TenantName

RevisionId = NewType("RevisionId", str)
PlanId = NewType("PlanId", str)
OperationId = NewType("OperationId", str)
#: Who acted: the operating-system user, as `user@host`.
Actor = NewType("Actor", str)


class OperationState(StrEnum):
    """Where an operation is. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: The operator stopped it between two steps; what was done stays, the rest was not begun.
    STOPPED = "stopped"
    #: The cloud was no longer as the plan had seen it; nothing was written after that was found.
    PLAN_CHANGED = "plan-changed"

    @property
    def final(self) -> bool:
        """Whether nothing more happens to the operation by itself."""
        return self not in {OperationState.QUEUED, OperationState.RUNNING}


class StepState(StrEnum):
    """Where a step is. `STARTED` with nobody at work on it means that its effect is unknown: look before acting."""

    PENDING = "pending"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something failed, as a person needs it."""

    message: str
    #: OpenStack's request id, where a cloud said no.
    request_id: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves a step's effect: the cloud's request ids, and the values read back after writing."""

    request_ids: tuple[str, ...] = ()
    values: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of an operation, with its fate."""

    position: int
    action: Action
    state: StepState = StepState.PENDING
    #: How often it was begun; more than 1 after a crash or a resumption.
    attempts: int = 0
    evidence: Evidence | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One section of one plan under execution."""

    id: OperationId
    plan_id: PlanId
    tenant: TenantName
    cloud: CloudName
    fingerprint: Fingerprint
    state: OperationState
    created_at: datetime
    steps: tuple[Step, ...] = ()
    finished_at: datetime | None = None
    failure: Failure | None = None
