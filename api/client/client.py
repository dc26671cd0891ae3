"""A running service, asked from Python: who one is, requests and their reviews, plans, operations, waves; anything else by its path.

    with Client(Access(url="https://tenantry.example", token=token)) as tenantry:
        for request in tenantry.requests(Wanted(states=(State.TECHNICAL_REVIEW,))):
            print(request.display_name, tenantry.difference(request.request.id).comparison.changes)

Every call may be made again: what changes something carries an `Idempotency-Key` and is sent again by itself until there is an answer,
as long as patience lasts. Whatever goes wrong is a ServiceError.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

from api.client import records, requesting, works
from api.client.following import Following
from api.client.moving import Moving
from api.client.records import (
    Difference,
    Execution,
    Judgement,
    Lost,
    Me,
    OperationLine,
    RequestLine,
    Wanted,
    WantedOperations,
    WholeRequest,
    Wish,
)
from api.client.retrying import LASTING, Patience
from api.client.transport import Access, Body, Clockwork, Transport
from provisioner.operation import Operation, OperationId, PlanId
from provisioner.plan import Plan
from provisioner.requests.delegation import Delegation, DelegationId, Handing
from provisioner.requests.request import Papers, RequestId

#: Items of a page.
_PAGE: Final = 200


class Client:
    """One service, for any number of threads. Use it as a context manager, or close it."""

    def __init__(self, access: Access, clockwork: Clockwork | None = None) -> None:
        """Opens no connection yet. Raises InputError for a URL, a token or a certificate file that cannot be used."""
        self._clockwork = clockwork or Clockwork()
        self._transport = Transport(access, self._clockwork)
        #: Waves and migrations.
        self.moving = Moving(self._transport, self._clockwork, self.items)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._transport.close()

    def me(self) -> Me:
        """Who the token is."""
        return records.read(records.me, self.get("/v1/me"))

    # Anything

    def get(self, path: str, **parameters: Any) -> Any:
        """The document at a path, such as `/v1/clouds/city`. Parameters that are None are left out."""
        return self._transport.get(path, parameters)

    def items(self, path: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """The items of a list, such as `/v1/drift`, page by page as they are needed."""
        cursor = None
        while True:
            page = self._transport.get(path, {"limit": _PAGE, **parameters, "cursor": cursor})
            found, cursor = records.read(lambda answer: (answer["items"], answer["next"]), page)
            yield from found
            if cursor is None:
                return

    # Requests

    def requests(self, wanted: Wanted | None = None) -> Iterator[RequestLine]:
        """Requests, newest first."""
        chosen = wanted or Wanted()
        for each in self.items("/v1/requests", state=chosen.states or None, tenant=chosen.tenant):
            yield records.read(requesting.line, each)

    def request(self, request: RequestId) -> WholeRequest:
        """A request with everything that a decision needs, but for its manifests."""
        return records.read(requesting.whole, self.get(_of(request)))

    def papers(self, request: RequestId) -> Papers:
        """The manifests that a request brings."""
        return records.read(requesting.papers, self.get(f"{_of(request)}/manifests"))

    def difference(self, request: RequestId) -> Difference:
        """What a request would change: its manifests beside those in force, and its plan in words."""
        return records.read(requesting.difference, self.get(f"{_of(request)}/diff"))

    def submit(self, wish: Wish) -> WholeRequest:
        """Have manifests checked, planned and reserved, and handed to the reviewers. Who asks for the same twice gets one request.

        Raises Refused where they are declined: its problem has what is wrong with line and column, and what there is not enough of.
        """
        said = {"files": {**wish.papers.attached, **wish.papers.files}, "comment": wish.comment}
        if wish.amends is not None:
            return self._step(wish.amends, "submit", said)
        answer = self._transport.post("/v1/requests", Body.of({**said, "tenant": wish.tenant}))
        return records.read(requesting.whole, answer.document)

    def review(self, judgement: Judgement) -> WholeRequest:
        """Approve, reject or ask for changes, in one of the two reviews.

        Raises Outdated where the request's plan is another than the one named, or the request no longer waits for this.
        """
        said = {
            "review": judgement.review,
            "fingerprint": judgement.fingerprint,
            "comment": judgement.comment,
            "authority": judgement.authority,
        }
        return self._step(judgement.request, judgement.act, said)

    def withdraw(self, request: RequestId, comment: str = "") -> WholeRequest:
        """Take a request back."""
        return self._step(request, "withdraw", {"comment": comment})

    def confirm(self, request: RequestId, comment: str = "") -> WholeRequest:
        """Say, for the unit that asked, that it has what it asked for."""
        return self._step(request, "confirm", {"comment": comment})

    def execute(self, request: RequestId) -> Execution:
        """Have an approved request carried out, on a new look at the clouds."""
        return records.read(requesting.execution, self._transport.post(f"{_of(request)}/execute").document)

    def _step(self, request: RequestId, act: str, said: Mapping[str, Any]) -> WholeRequest:
        answer = self._transport.post(f"{_of(request)}/{act}", Body.of(said))
        return records.read(requesting.whole, answer.document)

    # Delegations

    def delegations(self) -> Iterator[Delegation]:
        """Places that are handed over, newest first: all, or those that the token's person gave or was given."""
        for each in self.items("/v1/delegations"):
            yield records.read(records.delegation, each)

    def delegate(self, handing: Handing) -> Delegation:
        """Let somebody review where the policy names another. Raises NotPermitted where the place is not the token's to hand over."""
        said = {
            "giver": handing.giver,
            "taker": handing.taker,
            "tenant": handing.tenant,
            "firstDay": str(handing.first_day),
            "lastDay": str(handing.last_day),
        }
        return records.read(records.delegation, self._transport.post("/v1/delegations", Body.of(said)).document)

    def revoke(self, delegation: DelegationId) -> Delegation:
        """Let a delegation count no more, from now on."""
        path = f"/v1/delegations/{quote(delegation, safe='')}/revoke"
        return records.read(records.delegation, self._transport.post(path).document)

    # Plans and operations

    def plan(self, plan: PlanId) -> Plan:
        """A plan with all its actions, refusals and notices."""
        return records.read(works.plan, self.get(f"/v1/plans/{quote(plan, safe='')}"))

    def operations(self, wanted: WantedOperations | None = None) -> Iterator[OperationLine]:
        """Operations, newest first, with their steps only counted."""
        for each in self.items("/v1/operations", **asdict(wanted or WantedOperations())):
            yield records.read(works.operation_line, each)

    def operation(self, operation: OperationId) -> Operation:
        """An operation with all its steps."""
        return records.read(works.operation, self.get(f"/v1/operations/{quote(operation, safe='')}"))

    def follow(self, operation: OperationId, patience: Patience = LASTING) -> Iterator[Operation | Lost]:
        """An operation each time that it is different, until it has ended; Lost where the connection broke, which mends itself.

        Raises Unreachable where it does not mend for longer than patience lasts.
        """
        return iter(Following(self._transport, self._clockwork, operation, patience))


def _of(request: RequestId) -> str:
    return f"/v1/requests/{quote(request, safe='')}"
