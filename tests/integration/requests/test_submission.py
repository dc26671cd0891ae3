"""Requests are checked against what is in force, what others reserved and what the cloud has, and enter whole or not at all."""

from typing import TYPE_CHECKING, Any

import pytest

from provisioner.asking import Declined
from provisioner.operation import Actor
from provisioner.requests.deeds import Submission
from provisioner.requests.request import Papers, Party
from provisioner.requests.states import Act, State
from tenants.names import TenantName

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office


def test_a_request_comes_to_the_reviewers_with_its_increase_reserved(office: "Office", words: Any) -> None:
    """At its tenant, at every tenant above, and in the cloud."""
    request = office.submitted(words.tenant("market", cores=50, a=30))
    assert (request.state, office.reserved) == (State.ADMINISTRATIVE_REVIEW, {"*": 20, "market": 20, "town": 20})
    assert [each.act for each in request.history] == [Act.SUBMIT, Act.TAKE_UP]
    assert office.actions() == ["plan.made", "request.submit"]


def test_what_reviewers_see_adds_up(office: "Office", words: Any) -> None:
    """Total, held, reserved by others, this request's share: of the pool and of each envelope."""
    office.submitted(words.tenant("harbour", b=25), name="harbour")
    request = office.submitted(words.tenant("market", cores=50, a=30))
    shown = {each.line.tenant: (each.bound, each.held, each.reserved, each.asked) for each in request.evidence.rooms}
    assert shown == {None: (1000, 30, 5, 20), "town": (100, 30, 5, 20), "market": (50, 10, 0, 20)}
    assert [(each.enforced, each.asked) for each in request.evidence.uses] == [(None, 30)]


def test_too_much_is_declined_with_what_would_fit(office: "Office", words: Any) -> None:
    """The envelope of the tenant is 50, and 10 are held."""
    declined = office.submit(words.tenant("market", cores=50, a=70))
    assert isinstance(declined, Declined)
    assert [(each.room.line.tenant, each.largest) for each in declined.shortfalls] == [("market", 40)]
    assert "at most 40 would fit" in declined.message
    assert (office.reserved, office.actions()) == ({}, ["request.declined"])


def test_what_others_reserved_is_not_given_twice(office: "Office", words: Any) -> None:
    """The town has 100: 30 are held and 60 reserved, so 10 are left, though nothing is built yet."""
    office.submitted(words.tenant("harbour", b=80), name="harbour")
    declined = office.submit(words.tenant("market", cores=50, a=21))
    assert isinstance(declined, Declined)
    assert [(each.room.reserved, each.largest) for each in declined.shortfalls] == [(60, 10)]
    office.submitted(words.tenant("market", cores=50, a=20))


def test_the_cloud_bounds_where_no_envelope_does(office: "Office", words: Any) -> None:
    """A root without envelope may take what the cloud has, and no more."""
    office.enforce(words.tenant("free", parent=None, c=100))
    declined = office.submit(words.tenant("free", parent=None, c=971), name="free")
    assert isinstance(declined, Declined)
    assert [(each.room.line, each.largest) for each in declined.shortfalls] == [(words.pool, 870)]


def test_less_is_always_possible(office: "Office", words: Any) -> None:
    """A decrease reserves nothing."""
    assert office.submitted(words.tenant("market", cores=50, a=5)).state is State.ADMINISTRATIVE_REVIEW
    assert office.reserved == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("harbour", "neither market nor below it"),
        ("envelope", "a request cannot change an envelope"),
        ("parent", "a request cannot move a tenant"),
        ("project", "the project a is left out, which gives nothing back"),
    ],
)
def test_what_is_not_a_departments_to_change_is_declined(office: "Office", words: Any, text: str, said: str) -> None:
    """Others' manifests, envelopes, and the place in the tree."""
    texts = {
        "harbour": words.tenant("harbour", b=25),
        "envelope": words.tenant("market", cores=90, a=20),
        "project": words.tenant("market", cores=50, c=10),
        "parent": words.tenant("market", parent=None, cores=50, a=20),
    }
    declined = office.submit(texts[text])
    assert isinstance(declined, Declined)
    assert [each.message for each in declined.problems] == [said if text != "harbour" else f"harbour is {said}"]


def test_a_broken_manifest_is_declined_with_its_place(office: "Office") -> None:
    """As validation says it."""
    declined = office.submit("kind: Tenant\nmetadata: [")
    assert isinstance(declined, Declined)
    assert {each.location.file for each in declined.problems} == {"market.yaml"}


def test_what_is_in_force_already_is_no_request(office: "Office", words: Any) -> None:
    """There is nothing to decide."""
    declined = office.submit(words.tenant("market", cores=50, a=10))
    assert isinstance(declined, Declined)
    assert "nothing to ask for" in declined.message


def test_asking_twice_is_asking_once(office: "Office", words: Any) -> None:
    """An answer that was lost is asked for again; nothing is reserved twice."""
    first, second = (office.submitted(words.tenant("market", cores=50, a=30)) for _ in range(2))
    assert (first.id, office.reserved["*"]) == (second.id, 20)
    assert office.submitted(words.tenant("market", cores=50, a=30), by="chen").id != first.id


def test_changes_that_were_asked_for_are_submitted_again(office: "Office", words: Any) -> None:
    """The request stays the same one; what it reserves is what it asks for now."""
    request = office.submitted(words.tenant("market", cores=50, a=30))
    asked = office.review(request, "wang", act=Act.ASK_CHANGES)
    assert (asked.state, office.reserved["*"]) == (State.CHANGES_ASKED, 20)
    again = office.submitted(words.tenant("market", cores=50, a=15), amends=request.id)
    assert (again.id, again.state, office.reserved["*"]) == (request.id, State.ADMINISTRATIVE_REVIEW, 5)


def test_a_draft_is_submitted_when_it_is_ready(office: "Office", words: Any) -> None:
    """Until then it reserves nothing."""
    text = words.tenant("market", cores=50, a=30)
    asked = Submission(
        tenant=TenantName("market"), papers=Papers(files={"market.yaml": text}), by=Party(actor=Actor("li"))
    )
    draft = office.deciding.draft(asked)
    assert (draft.state, office.reserved) == (State.DRAFT, {})
    assert office.submitted(text, amends=draft.id).id == draft.id
