"""What people decide about requests: approve, reject, ask for changes; withdraw, confirm; and have one carried out."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.idempotency import OnlyOnce
from api.http.model import TEXT, Model, answer, example
from api.http.permissions import Executor, Requester, Reviewer
from api.http.problems import CHANGED, CONFLICT, HttpProblem, of_parameter
from api.http.resources import requests_models as models
from api.http.resources.operations import line as operation_line
from api.http.resources.requests import find, reader_of
from api.http.resources.submissions import refusal
from api.http.service import Here, Service
from provisioner.access import Principal
from provisioner.asking import Declined
from provisioner.requests.deeds import Review
from provisioner.requests.progress import ENOUGH, agrees
from provisioner.requests.request import Party, RequestId
from provisioner.requests.request import Request as StoredRequest
from provisioner.requests.states import Act, Role, State
from provisioner.store import pages
from provisioner.store import requests as store
from provisioner.store.pages import OperationFilter

router = APIRouter(prefix="/v1/requests/{request_id}", tags=["requests"])

_LISTED: Final = 200
_LONGEST: Final = 4000


class Which(StrEnum):
    """The two reviews."""

    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"


_ROLES: Final = {Which.ADMINISTRATIVE: Role.ADMINISTRATIVE_REVIEWER, Which.TECHNICAL: Role.TECHNICAL_REVIEWER}


class Approval(Model):
    """A reviewer's consent."""

    model_config = example(review="administrative", fingerprint=models.FINGERPRINT, comment="同意")

    review: Which = Field(description="Which of the two reviews this is.")
    fingerprint: str = Field(
        min_length=ENOUGH,
        max_length=128,
        pattern=TEXT,
        description=f"The plan that you looked at: the decision is about no other. Its first {ENOUGH} characters will do.",
    )
    comment: str = Field(default="", max_length=_LONGEST, pattern=TEXT)
    authority: str = Field(
        default="", max_length=200, pattern=TEXT, description="The number of an official document, for the audit log."
    )


class Objection(Approval):
    """A reviewer's refusal, or what is to be changed."""

    model_config = example(review="technical", fingerprint=models.FINGERPRINT, comment="请拆分为两个项目")

    comment: str = Field(
        min_length=1, max_length=_LONGEST, pattern=TEXT, description="Why: the department reads it. Required."
    )


class Word(Model):
    """A word for the record."""

    model_config = example(comment="已验收")

    comment: str = Field(default="", max_length=_LONGEST, pattern=TEXT)


class Asked:
    """A dependency: the request that a step is about, and whoever's hand it is."""

    def __init__(self, request_id: str, request: Request, service: Here, body: RawBody) -> None:
        self.service: Service = service
        self.body = body
        self._id = request_id
        self._request = request

    def found(self, principal: Principal) -> StoredRequest:
        """The request. Raises HttpProblem where it is not there for them."""
        return find(self._id, self._request, self.service, principal)

    def reviewed(self, principal: Principal, act: Act, said: Approval) -> Response:
        """The answer to a review. Raises HttpProblem where it is refused."""
        found = self.found(principal)
        _must_agree(found, said.fingerprint)
        if act is not Act.APPROVE and not said.comment.strip():
            raise of_parameter("body", "comment", "say why: the department reads it")
        review = Review(
            request=found.id,
            act=act,
            role=_ROLES[said.review],
            by=Party(actor=principal.actor, authority=said.authority),
            fingerprint=said.fingerprint,
            comment=said.comment,
        )
        return self.told(principal, self.service.deciding.review(review), said.fingerprint)

    def told(self, principal: Principal, after: StoredRequest | Declined, fingerprint: str | None = None) -> Response:
        """The request as it is after a step. Raises HttpProblem where the step was not taken."""
        if isinstance(after, StoredRequest):
            return answer(reader_of(self.service, principal).whole(after))
        if fingerprint is not None:
            with self.service.database.autocommit() as connection:
                _must_agree(store.load(connection, RequestId(self._id)), fingerprint)
        raise HttpProblem(CONFLICT, after.message)


Asking = Annotated[Asked, Depends(Asked)]


@router.post("/approve", response_model=models.Request, summary="Approve a request")
def approve_request(asked: Asking, principal: Reviewer, once: OnlyOnce, said: Approval) -> Response:
    """Approves it in one of its reviews. Nobody reviews what they asked for themselves, and nobody makes both reviews."""
    return once.answer(principal, asked.body, lambda: asked.reviewed(principal, Act.APPROVE, said))


@router.post("/reject", response_model=models.Request, summary="Reject a request")
def reject_request(asked: Asking, principal: Reviewer, once: OnlyOnce, said: Objection) -> Response:
    """Rejects it for good, with the reason. What it had reserved is free again."""
    return once.answer(principal, asked.body, lambda: asked.reviewed(principal, Act.REJECT, said))


@router.post("/ask-changes", response_model=models.Request, summary="Ask for changes of a request")
def ask_request_changes(asked: Asking, principal: Reviewer, once: OnlyOnce, said: Objection) -> Response:
    """Gives it back to be changed and submitted again; what it reserved stays so until it expires."""
    return once.answer(principal, asked.body, lambda: asked.reviewed(principal, Act.ASK_CHANGES, said))


@router.post("/withdraw", response_model=models.Request, summary="Withdraw a request")
def withdraw_request(
    asked: Asking, principal: Requester, once: OnlyOnce, said: Annotated[Word | None, Body()] = None
) -> Response:
    """Takes it back, as long as it is not carried out. What it had reserved is free again."""

    def withdraw() -> Response:
        found, by = asked.found(principal), Party(actor=principal.actor)
        return asked.told(principal, asked.service.deciding.withdraw(found.id, by, said.comment if said else ""))

    return once.answer(principal, asked.body, withdraw)


@router.post("/confirm", response_model=models.Request, summary="Confirm a request")
def confirm_request(
    asked: Asking, principal: Requester, once: OnlyOnce, said: Annotated[Word | None, Body()] = None
) -> Response:
    """Says, for the unit that asked, that it has what it asked for: the request is then open."""

    def confirm() -> Response:
        found, by = asked.found(principal), Party(actor=principal.actor)
        return asked.told(principal, asked.service.deciding.confirm(found.id, by, said.comment if said else ""))

    return once.answer(principal, asked.body, confirm)


@router.post(
    "/execute",
    response_model=models.Execution,
    status_code=202,
    responses={
        200: {
            "model": models.Execution,
            "description": "There was nothing left to do; or the plan is another one by now, and the request is back in review.",
        }
    },
    summary="Have a request carried out",
)
def execute_request(asked: Asking, principal: Executor, once: OnlyOnce) -> Response:
    """Looks at the clouds again and has an approved request carried out by the workers, who otherwise do so by themselves."""

    def execute() -> Response:
        service, found = asked.service, asked.found(principal)
        begun = service.deciding.carrying.execute(found.id, service.approver)
        if isinstance(begun, Declined):
            raise refusal(begun, reader_of(service, principal)) or HttpProblem(CONFLICT, begun.message)
        return _begun(asked, principal, begun.request)

    return once.answer(principal, asked.body, execute)


def _begun(asked: Asked, principal: Principal, request: StoredRequest) -> Response:
    reader, service = reader_of(asked.service, principal), asked.service
    executing = request.state is State.EXECUTING
    with service.database.autocommit() as connection:
        wanted = OperationFilter(plan=request.plan)
        lines = pages.operations(connection, wanted, limit=_LISTED) if executing else ()
    display = reader.picture.names.display
    begun = models.Execution(
        request=reader.line(request),
        operations=tuple(operation_line(each, display(each.tenant)) for each in lines),
    )
    headers = {"location": f"/v1/operations?plan={request.plan}"} if executing else {}
    return answer(begun, status=202 if executing else 200, headers=headers)


def _must_agree(request: StoredRequest, fingerprint: str) -> None:
    """Raises HttpProblem where the decision is about another plan than the request's."""
    stale = agrees(request, fingerprint)
    if stale is not None:
        raise HttpProblem(CHANGED, stale.message)
