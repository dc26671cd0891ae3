"""Two reviews by two people, each bound to the plan that was looked at; every end gives back what was reserved, once."""

from typing import TYPE_CHECKING, Any

import pytest

from provisioner.asking import Declined
from provisioner.operation import Actor
from provisioner.requests.deeds import Review
from provisioner.requests.progress import Notice
from provisioner.requests.request import Party, Request
from provisioner.requests.states import Act, Role, State
from provisioner.store import audit

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office


@pytest.fixture
def request_(office: "Office", words: Any) -> Request:
    """A request of li's for 20 cores more."""
    return office.submitted(words.tenant("market", cores=50, a=30))


def test_two_people_approve(office: "Office", request_: Request) -> None:
    """First administratively, then technically; what is reserved stays so."""
    assert office.approved(request_).state is State.APPROVED
    assert office.reserved["*"] == 20
    assert office.actions()[-2:] == ["request.approve", "request.approve"]


def test_nobody_reviews_a_request_of_their_own(office: "Office", request_: Request) -> None:
    """Not even to reject it."""
    declined = office.review(request_, "li")
    assert isinstance(declined, Declined)
    assert "li asked for this" in declined.message
    assert isinstance(office.review(request_, "li", act=Act.REJECT), Declined)


def test_nobody_makes_both_reviews(office: "Office", request_: Request) -> None:
    """The second is another person's."""
    office.review(request_, "wang")
    declined = office.review(request_, "wang", technical=True)
    assert isinstance(declined, Declined)
    assert "wang made the other review" in declined.message


def test_no_review_is_skipped(office: "Office", request_: Request) -> None:
    """The technical one is not made first."""
    assert isinstance(office.review(request_, "zhao", technical=True), Declined)


def test_a_decision_about_another_plan_is_none(office: "Office", request_: Request) -> None:
    """Changed meanwhile, the request is looked at again."""
    review = Review(
        request=request_.id,
        act=Act.APPROVE,
        role=Role.ADMINISTRATIVE_REVIEWER,
        by=Party(actor=Actor("wang")),
        fingerprint="0" * 64,
    )
    declined = office.deciding.review(review)
    assert isinstance(declined, Declined)
    assert "look at it again" in declined.message


def test_approving_twice_is_approving_once(office: "Office", request_: Request) -> None:
    """An answer that was lost is asked for again."""
    office.review(request_, "wang")
    again = office.review(request_, "wang")
    assert (again.state, len(again.history)) == (State.TECHNICAL_REVIEW, 3)


def test_a_rejection_has_a_reason_and_gives_back(office: "Office", request_: Request) -> None:
    """The reason is in the history and in the audit log."""
    rejected = office.review(request_, "wang", act=Act.REJECT)
    assert (rejected.state, rejected.history[-1].comment, office.reserved) == (State.REJECTED, "不符合规划", {})


def test_a_rejection_without_reason_is_none(office: "Office", request_: Request) -> None:
    """Whoever is refused is told why."""
    review = Review(
        request=request_.id,
        act=Act.REJECT,
        role=Role.ADMINISTRATIVE_REVIEWER,
        by=Party(actor=Actor("wang")),
        fingerprint=request_.fingerprint or "",
    )
    assert isinstance(office.deciding.review(review), Declined)


def test_a_withdrawal_gives_back_once(office: "Office", request_: Request) -> None:
    """The second time nothing happens."""
    by = Party(actor=Actor("li"))
    assert [office.deciding.withdraw(request_.id, by) for _ in range(2)][-1].state is State.WITHDRAWN  # type: ignore[union-attr]
    assert (office.reserved, office.actions().count("request.withdraw")) == ({}, 1)


def test_a_request_that_waited_too_long_expires(office: "Office", request_: Request) -> None:
    """What it reserved is free again for whoever asks next."""
    office.now.pass_(days=30)
    assert office.deciding.expire_due() == (request_.id,)
    assert (office.reserved, office.deciding.expire_due()) == ({}, ())


def test_what_expired_is_not_approved(office: "Office", request_: Request) -> None:
    """Even where nothing has looked for expired requests since."""
    office.now.pass_(days=30)
    assert isinstance(office.review(request_, "wang"), Declined)
    assert office.actions()[-2:] == ["request.expire", "request.refused"]


def test_what_somebody_may_not_do_is_noted(office: "Office", request_: Request) -> None:
    """Who tried it, and why it was refused: somebody who approves their own request, say."""
    refused = office.review(request_, request_.requester)
    assert isinstance(refused, Declined)
    with office.database.transaction() as connection:
        event = list(audit.read(connection))[-1].event
    assert (event.action, event.actor, event.subject) == ("request.refused", request_.requester, request_.id)
    assert event.detail["comment"] == refused.message


def test_a_review_that_takes_long_is_noted_once(office: "Office", request_: Request) -> None:
    """On the last two working days that it is due, and after them that it is overdue, whoever looks however often."""
    seen = []
    for _ in range(10):
        seen += [notice.value for _, notice in (*office.deciding.remind(), *office.deciding.remind())]
        office.now.pass_(days=1)
    assert seen == ["request.due", "request.overdue"]
    assert [each for each in office.actions() if each in seen] == seen
    office.review(request_, "wang")
    office.now.pass_(days=8)
    assert office.deciding.remind() == ((request_.id, Notice.OVERDUE),)


def test_who_was_at_the_keyboard_is_on_record(office: "Office", request_: Request) -> None:
    """Beside the name that counts for the rules."""
    office.deciding.withdraw(request_.id, Party(actor=Actor("li"), entered_by=Actor("root@ops")))
    with office.database.transaction() as connection:
        event = list(audit.read(connection))[-1].event
    assert (event.actor, event.detail["on behalf of"]) == ("root@ops", "li")
