"""How a tenant stands in a cloud, in one word. Pure."""

from enum import StrEnum

from provisioner.operation import OperationState
from provisioner.store.reconciliation import Known


class Condition(StrEnum):
    """How a tenant stands in a cloud. The first of them that is true, from the top."""

    #: Something is being done for it, or is still to be planned again: wait, or apply.
    PENDING = "pending"
    #: The last operation failed.
    FAILED = "failed"
    #: It could not be read, or what was found could not be corrected: somebody has to look.
    BLOCKED = "blocked"
    #: Something is not as it was applied.
    DRIFTED = "drifted"
    #: Nobody has looked yet since Tenantry began to.
    UNKNOWN = "unknown"
    IN_SYNC = "in-sync"


_PENDING = frozenset(
    {OperationState.QUEUED, OperationState.RUNNING, OperationState.STOPPED, OperationState.PLAN_CHANGED}
)


def condition_of(known: Known) -> Condition:
    """The word for what is on record."""
    if known.operation in _PENDING:
        return Condition.PENDING
    if known.operation is OperationState.FAILED:
        return Condition.FAILED
    if known.obstacle is not None:
        return Condition.BLOCKED
    if known.drifted:
        return Condition.DRIFTED
    return Condition.UNKNOWN if known.looked_at is None else Condition.IN_SYNC
