"""The steps of a request, looked at as a whole: no path skips a review, and nobody decides about their own request."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.operation import Actor
from provisioner.plan import Fingerprint
from provisioner.requests.progress import Doing, Terms, advance, agrees, is_overdue, repeated
from provisioner.requests.request import Papers, Party, Request, RequestId
from provisioner.requests.states import REVIEWING, STEPS, Act, Forbidden, Role, State, step_of
from tenants.names import TenantName

_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
_PEOPLE = st.sampled_from([Actor(name) for name in ("li", "wang", "zhao")])
_DEEDS = st.tuples(st.sampled_from(Act), st.sampled_from(Role), _PEOPLE)
_TERMS = Terms()


def fresh() -> Request:
    """A draft."""
    return Request(
        id=RequestId("r"),
        tenant=TenantName("market"),
        requester=Actor("li"),
        state=State.DRAFT,
        created_at=_NOON,
        papers=Papers(files={}),
        fingerprint=Fingerprint("a" * 64),
    )


def doing(act: Act, role: Role, actor: str, *, days: int = 0) -> Doing:
    """Somebody does something, so many days later."""
    return Doing(act=act, role=role, by=Party(actor=Actor(actor)), at=_NOON + timedelta(days=days))


def lived(deeds: list[tuple[Act, Role, Actor]]) -> Request:
    """A request after all of these that were possible."""
    request = fresh()
    for act, role, actor in deeds:
        after = advance(request, doing(act, role, actor), _TERMS)
        request = request if isinstance(after, Forbidden) else after
    return request


def _since_it_began(request: Request) -> list[Act]:
    """What happened since the reviews last began."""
    acts = [each.act for each in request.history]
    begins = [place for place, act in enumerate(acts) if act in {Act.SUBMIT, Act.REVIEW_AGAIN}]
    return acts[begins[-1] :] if begins else acts


@given(st.lists(_DEEDS, max_size=60))
def test_what_is_approved_passed_both_reviews_by_two_others(deeds: list[tuple[Act, Role, Actor]]) -> None:
    """Whatever anybody tries: two approvals since the reviews began, in order, by two people, none of them a requester."""
    request = lived(deeds)
    if request.state not in {State.APPROVED, State.EXECUTING, State.TESTING, State.OPEN}:
        return
    recent = request.history[-len(_since_it_began(request)) :]
    approvals = [each for each in recent if each.act is Act.APPROVE]
    assert [each.role for each in approvals] == [Role.ADMINISTRATIVE_REVIEWER, Role.TECHNICAL_REVIEWER]
    askers = {each.by.actor for each in request.history if each.role is Role.REQUESTER and each.act is Act.SUBMIT}
    assert len({each.by.actor for each in approvals} | askers) == 2 + len(askers)


@given(st.lists(st.tuples(st.sampled_from(Act), st.sampled_from(Role)), max_size=40))
def test_a_request_that_has_ended_stays_so(deeds: list[tuple[Act, Role]]) -> None:
    """Nothing leads out of a final state."""
    request = fresh()
    for number, (act, role) in enumerate(deeds):
        after = advance(request, doing(act, role, f"person-{number}"), _TERMS)
        if request.state.final:
            assert isinstance(after, Forbidden)
        request = request if isinstance(after, Forbidden) else after


def test_every_way_to_execution_leads_through_both_reviews() -> None:
    """With either review's approval and its passing by rule taken out, no path leads from the draft to execution."""
    for review in (State.ADMINISTRATIVE_REVIEW, State.TECHNICAL_REVIEW):
        ways = {(review, Act.APPROVE), (review, Act.PASS)}
        reached, waiting = {State.DRAFT}, [State.DRAFT]
        while waiting:
            here = waiting.pop()
            for (begin, act), step in STEPS.items():
                if begin is here and (begin, act) not in ways and step.to not in reached:
                    reached.add(step.to)
                    waiting.append(step.to)
        assert State.EXECUTING not in reached


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_and_left_as_it_should(state: State) -> None:
    """Each has a way in, the draft apart; the final ones alone have no way out."""
    assert state is State.DRAFT or any(step.to is state for step in STEPS.values())
    assert any(begin is state for begin, _ in STEPS) is not state.final


@pytest.mark.parametrize("state", State)
def test_what_waits_holds_and_can_be_ended(state: State) -> None:
    """Whatever waits for people has a reservation, may expire and may be withdrawn."""
    if state.waits:
        assert state.holds
        assert {(state, Act.EXPIRE), (state, Act.WITHDRAW)} <= STEPS.keys()
    assert not (state.final and state.holds)


def test_only_reviewers_review() -> None:
    """In no state does anybody else approve, reject or ask for changes."""
    roles = {step.role for (_, act), step in STEPS.items() if act in REVIEWING}
    assert roles == {Role.ADMINISTRATIVE_REVIEWER, Role.TECHNICAL_REVIEWER}


def test_a_step_that_is_not_there_is_explained() -> None:
    """With what can be done instead."""
    said = step_of(State.TESTING, Act.WITHDRAW, Role.REQUESTER)
    assert said == Forbidden(message="withdraw is not possible for a request in testing; what can be done: confirm")


def test_another_roles_step_is_explained() -> None:
    """With whose it is."""
    said = step_of(State.TECHNICAL_REVIEW, Act.APPROVE, Role.ADMINISTRATIVE_REVIEWER)
    assert said == Forbidden(message="in technical review only the technical reviewer may approve")


def under_review() -> Request:
    """With the administrative reviewer."""
    return lived([(Act.SUBMIT, Role.REQUESTER, Actor("li")), (Act.TAKE_UP, Role.SYSTEM, Actor("tenantry"))])


def test_a_review_has_five_working_days() -> None:
    """Monday to Monday; the day itself does not count."""
    request = under_review()
    assert str(request.review_due) == "2026-03-09"
    assert [is_overdue(request, _NOON + timedelta(days=days)) for days in (7, 8)] == [False, True]


def test_what_no_longer_waits_neither_is_due_nor_expires() -> None:
    """Rejected, it is over."""
    rejected = advance(under_review(), doing(Act.REJECT, Role.ADMINISTRATIVE_REVIEWER, "wang"), _TERMS)
    assert isinstance(rejected, Request)
    assert (rejected.review_due, rejected.expires_at) == (None, None)


def test_a_decision_is_about_one_plan() -> None:
    """Named by its fingerprint, or by enough of it."""
    request = under_review()
    assert [agrees(request, "a" * length) is None for length in (64, 12, 11)] == [True, True, False]
    assert agrees(request, "b" * 64) is not None
    assert agrees(replace(request, fingerprint=None), "a" * 64) is not None


def test_the_same_again_is_known() -> None:
    """By the same person, in the same capacity."""
    approving = doing(Act.APPROVE, Role.ADMINISTRATIVE_REVIEWER, "wang")
    once = advance(under_review(), approving, _TERMS)
    assert isinstance(once, Request)
    assert repeated(once, approving)
    assert not repeated(once, doing(Act.APPROVE, Role.ADMINISTRATIVE_REVIEWER, "zhao"))
    assert not repeated(fresh(), approving)
