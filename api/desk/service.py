"""A desk at a service over the network: whoever the token is for acts, with the role and the part of the tree that it has."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from api.client import works
from api.client.client import Client
from api.client.errors import NotFound, NotPermitted, Outdated, Refused, ServiceError
from api.client.records import Judgement, OperationLine, Wanted, WantedOperations, WholeRequest, Wish, read
from api.desk.interface import Begun, Changes, Declined, DisplayNames, OnProgress, Sight, Told, Whole
from provisioner.operation import Actor, Operation, OperationId, PlanId
from provisioner.plan import Plan
from provisioner.requests.delegation import Delegation, DelegationId, Handing
from provisioner.requests.request import RequestId
from provisioner.requests.states import State
from tenants.names import TenantName

#: Seconds between two looks at operations that are waited for.
_LOOK: Final = 1.0
#: Seconds that the service may take to note the end of a request whose operations have all ended.
_NOTED: Final = 60.0
_CARRIED_OUT: Final = frozenset({State.EXECUTING, State.TESTING, State.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDesk:
    """Requests and operations of one service."""

    client: Client
    sleep: Callable[[float], None] = time.sleep

    @property
    def works(self) -> bool:
        """The service's workers do."""
        return False

    @property
    def tenant(self) -> TenantName | None:
        """The token's, where it is for one."""
        return self.client.me().tenant

    def submit(self, wish: Wish) -> Told | Declined:
        """Checked, planned, reserved, handed in."""
        return _answered(lambda: self.client.submit(wish))

    def listed(self, wanted: Wanted, limit: int) -> tuple[Told, ...]:
        """The newest requests that this token may see."""
        found = islice(self.client.requests(wanted), limit)
        return tuple(Told(request=each.request, document=each.document) for each in found)

    def show(self, request: RequestId) -> Whole:
        """All of a request that this token may see."""
        found = self.client.request(request)
        plan, names = self._plan(found.request.plan)
        return Whole(
            request=found.request,
            document=found.document,
            plan=plan,
            forms=found.forms,
            names={**names, **names_in(found.document)},
            actions=found.actions,
        )

    def changes(self, request: RequestId) -> Changes:
        """Its manifests beside those in force, and its plan."""
        found, told = self.client.request(request), self.client.difference(request)
        plan, names = self._plan(found.request.plan)
        return Changes(
            comparison=told.comparison,
            plan=plan,
            names={**names, **names_in(found.document)},
            document=told.document,
        )

    def review(self, judgement: Judgement) -> Told | Declined:
        """As whoever the token is for."""
        return _answered(lambda: self.client.review(judgement))

    def withdraw(self, request: RequestId, comment: str) -> Told | Declined:
        """Taken back."""
        return _answered(lambda: self.client.withdraw(request, comment))

    def confirm(self, request: RequestId, comment: str) -> Told | Declined:
        """Open from now on."""
        return _answered(lambda: self.client.confirm(request, comment))

    def execute(self, request: RequestId) -> Begun | Declined:
        """Looked at again, planned again, queued for the workers, who may have begun by themselves, and even have ended."""
        try:
            operations = self.client.execute(request).operations
        except (Refused, Outdated) as error:
            found = self.client.request(request)
            if found.request.state not in _CARRIED_OUT:
                return _declined(error)
            return Begun(request=found.request, document=found.document)
        found = self.client.request(request)
        return Begun(request=found.request, document=found.document, operations=operations)

    def see_through(self, begun: Begun, on_progress: OnProgress) -> Told:
        """Looked at once a second, until the operations have ended and the service has noted it."""
        under_way = begun.operations
        while not all(each.state.final for each in under_way):
            self.sleep(_LOOK)
            under_way = tuple(self.client.operations(WantedOperations(plan=begun.request.plan)))
            on_progress({each.id: each.state for each in under_way}, sum(each.steps_done for each in under_way))
        waited = 0.0
        while (found := self.client.request(begun.request.id)).request.state is State.EXECUTING and waited < _NOTED:
            self.sleep(_LOOK)
            waited += _LOOK
        return _told(found)

    def delegations(self, of: Actor | None = None) -> tuple[Delegation, ...]:
        """Those that this token may see."""
        return tuple(each for each in self.client.delegations() if of is None or of in {each.giver, each.taker})

    def delegate(self, handing: Handing) -> Delegation:
        """A reviewer's own place, or anybody's for an operator."""
        return self.client.delegate(handing)

    def revoke(self, delegation: DelegationId) -> bool:
        """From now on. The service answers alike whether it was revoked before, so that is looked up."""
        before = next((each for each in self.client.delegations() if each.id == delegation), None)
        self.client.revoke(delegation)
        return before is None or before.revoked_at is None

    def operations(self, wanted: WantedOperations, limit: int) -> tuple[OperationLine, ...]:
        """The newest operations that this token may see."""
        return tuple(islice(self.client.operations(wanted), limit))

    def operation(self, operation: OperationId) -> tuple[Operation, DisplayNames]:
        """An operation with all its steps."""
        document = self.client.get(f"/v1/operations/{quote(operation, safe='')}")
        return read(works.operation, document), names_in(document)

    def follow(self, operation: OperationId) -> Iterator[Sight]:
        """Over a stream that mends itself."""
        return self.client.follow(operation)

    def _plan(self, plan: PlanId | None) -> tuple[Plan | None, DisplayNames]:
        """A plan with the names that are said with it; nothing where it is not to be seen."""
        if plan is None:
            return None, {}
        try:
            document = self.client.get(f"/v1/plans/{quote(plan, safe='')}")
        except (NotFound, NotPermitted):
            return None, {}
        return read(works.plan, document), names_in(document)


def names_in(document: Any) -> dict[TenantName, str]:
    """The display names that an answer says of tenants, wherever in it."""
    if isinstance(document, Mapping):
        found = {name: text for each in document.values() for name, text in names_in(each).items()}
        tenant, display = document.get("tenant"), document.get("displayName")
        return {**found, TenantName(tenant): display} if tenant and display else found
    if isinstance(document, list | tuple):
        return {name: text for each in document for name, text in names_in(each).items()}
    return {}


def _answered(ask: Callable[[], WholeRequest]) -> Told | Declined:
    try:
        return _told(ask())
    except (Refused, Outdated) as error:
        return _declined(error)


def _told(found: WholeRequest) -> Told:
    return Told(request=found.request, document=found.document)


def _declined(error: ServiceError) -> Declined:
    problem = error.problem
    if problem is None:
        return Declined(message=str(error), document={"declined": str(error), "shortfalls": [], "problems": []})
    message = problem.detail or problem.title
    document = {
        "declined": message,
        "shortfalls": problem.document.get("shortfalls", []),
        "problems": [str(each) for each in problem.faults],
        "type": problem.type,
    }
    return Declined(
        message=message, problems=problem.faults, shortfalls=tuple(map(str, problem.shortfalls)), document=document
    )
