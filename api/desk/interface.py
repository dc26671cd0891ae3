"""What can be done with requests, delegations and operations, wherever they are kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.client.records import Form, Judgement, Lost, OperationLine, Wanted, WantedOperations, Wish
from provisioner.operation import Actor, Operation, OperationId, OperationState
from provisioner.plan import Plan
from provisioner.requests.comparison import Comparison
from provisioner.requests.delegation import Delegation, DelegationId, Handing
from provisioner.requests.request import Request, RequestId
from tenants.names import TenantName
from tenants.problems import Problem

Document = Mapping[str, Any]
DisplayNames = Mapping[TenantName, str]
#: Is told where operations are, and how many of their steps are done.
OnProgress = Callable[[Mapping[OperationId, OperationState], int], None]
#: An operation each time that it is different, or that it cannot be seen for a while.
Sight = Operation | Lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A request as it is now, for people and as a document for programs."""

    request: Request
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Why nothing was done."""

    message: str
    #: What is wrong with the manifests, with places.
    problems: tuple[Problem, ...] = ()
    #: What there is not enough of, a sentence for each.
    shortfalls: tuple[str, ...] = ()
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Told):
    """A request with everything that a decision needs."""

    plan: Plan | None
    forms: tuple[Form, ...]
    names: DisplayNames
    #: What whoever asks may do now; None where nobody is held to a role.
    actions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a request changes."""

    comparison: Comparison
    plan: Plan | None
    names: DisplayNames
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun(Told):
    """A request under execution, or one for which there was nothing to do."""

    operations: tuple[OperationLine, ...] = field(default=())


class Desk(Protocol):
    """A place where requests are handed in, decided and carried out, places handed over, and operations watched.

    What cannot be found, and a record or service that cannot be reached, raises a TenantryError.
    """

    @property
    def works(self) -> bool:
        """Whether operations that are begun here are carried out by this process."""

    @property
    def tenant(self) -> TenantName | None:
        """Whose requests are handed in here where nobody says otherwise; None where somebody has to."""

    def submit(self, wish: Wish) -> Told | Declined:
        """Have manifests checked, planned, reserved and handed to the reviewers."""

    def listed(self, wanted: Wanted, limit: int) -> tuple[Told, ...]:
        """The newest requests."""

    def show(self, request: RequestId) -> Whole:
        """All of a request."""

    def changes(self, request: RequestId) -> Changes:
        """What a request changes against what is in force."""

    def review(self, judgement: Judgement) -> Told | Declined:
        """Approve, reject or ask for changes."""

    def withdraw(self, request: RequestId, comment: str) -> Told | Declined:
        """Take a request back."""

    def confirm(self, request: RequestId, comment: str) -> Told | Declined:
        """Say for the unit that it has what it asked for."""

    def execute(self, request: RequestId) -> Begun | Declined:
        """Have an approved request carried out."""

    def see_through(self, begun: Begun, on_progress: OnProgress) -> Told:
        """Wait for the ends of what was begun; the request as it is then."""

    def delegations(self, of: Actor | None = None) -> tuple[Delegation, ...]:
        """Places that are handed over, the newest first; with `of` only those that somebody gave or was given."""

    def delegate(self, handing: Handing) -> Delegation:
        """Let somebody review where the policy names another."""

    def revoke(self, delegation: DelegationId, /) -> bool:
        """Let a delegation count no more. Returns whether nobody had revoked it."""

    def operations(self, wanted: WantedOperations, limit: int) -> tuple[OperationLine, ...]:
        """The newest operations."""

    def operation(self, operation: OperationId) -> tuple[Operation, DisplayNames]:
        """An operation with all its steps, and the names that are known of whose it is."""

    def follow(self, operation: OperationId) -> Iterator[Sight]:
        """An operation as it goes on, until it has ended."""
