"""Reviews by rule: as many different people as it takes, none of them twice, and only where it takes nobody, nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.operation import Actor
from provisioner.plan import Fingerprint
from provisioner.requests.progress import Doing, Terms, advance, passed
from provisioner.requests.request import Event, Papers, Party, Request, RequestId
from provisioner.requests.route import Route
from provisioner.requests.states import Act, Forbidden, Role, State
from tenants.names import TenantName
from tenants.policy import Need, PersonName

_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
_TERMS = Terms()
_SYSTEM = Party(actor=Actor("tenantry"))
_NAMES = ("li", "wang", "zhao", "chen", "liu")
_PEOPLE = st.sampled_from([Actor(name) for name in _NAMES])
_PARTIES = st.builds(Party, actor=_PEOPLE, stands_for=st.none() | _PEOPLE)
# Approvals come often, or hardly anything would ever be approved.
_DEEDS = st.tuples(st.sampled_from([*Act, *[Act.APPROVE] * 12]), st.sampled_from(Role), _PARTIES)
_NEEDS = st.builds(
    Need, approvals=st.integers(0, 3), among=st.just(()) | st.just(tuple(PersonName(each) for each in _NAMES[1:]))
)
_ROUTES = st.builds(Route, administrative=_NEEDS, technical=_NEEDS)
_REVIEWS = {State.ADMINISTRATIVE_REVIEW: Role.ADMINISTRATIVE_REVIEWER, State.TECHNICAL_REVIEW: Role.TECHNICAL_REVIEWER}
_APPROVED = {State.APPROVED, State.EXECUTING, State.TESTING, State.OPEN}


def need(approvals: int = 1, *names: str) -> Need:
    """So many approvals, by these."""
    return Need(approvals=approvals, among=tuple(PersonName(each) for each in names))


def under_review(administrative: Need, technical: Need) -> Request:
    """Submitted by li under such a rule."""
    route = Route(rule="r", policy="city", administrative=administrative, technical=technical)
    request = Request(
        id=RequestId("r"),
        tenant=TenantName("market"),
        requester=Actor("li"),
        state=State.DRAFT,
        created_at=_NOON,
        papers=Papers(files={}),
        fingerprint=Fingerprint("a" * 64),
        route=route,
    )
    submitted = must(request, Act.SUBMIT, Role.REQUESTER, "li")
    return passed(must(submitted, Act.TAKE_UP, Role.SYSTEM, "tenantry"), _SYSTEM, _NOON, _TERMS)


def doing(act: Act, role: Role, actor: str, **more: Any) -> Doing:
    """Somebody does something."""
    return Doing(act=act, role=role, by=Party(actor=Actor(actor), **more), at=_NOON)


def must(request: Request, act: Act, role: Role, actor: str, **more: Any) -> Request:
    """What has to be possible."""
    after = advance(request, doing(act, role, actor, **more), _TERMS)
    assert isinstance(after, Request), after
    return after


def approve(request: Request, actor: str, **more: Any) -> Request | Forbidden:
    """In the review that it is in."""
    return advance(request, doing(Act.APPROVE, _REVIEWS[request.state], actor, **more), _TERMS)


def lived(route: Route, deeds: list[tuple[Act, Role, Party]]) -> Request:
    """A request after all of these that were possible, with what passes by rule passed."""
    request = under_review(route.administrative, route.technical)
    for act, role, party in deeds:
        after = advance(request, Doing(act=act, role=role, by=party, at=_NOON), _TERMS)
        request = request if isinstance(after, Forbidden) else passed(after, _SYSTEM, _NOON, _TERMS)
    return request


def _recent(request: Request) -> list[Event]:
    """What happened since the reviews last began."""
    begins = [n for n, each in enumerate(request.history) if each.act in {Act.SUBMIT, Act.REVIEW_AGAIN}]
    return list(request.history[begins[-1] :])


@given(_ROUTES, st.lists(_DEEDS, max_size=60))
def test_nothing_is_approved_by_fewer_than_it_takes(route: Route, deeds: list[tuple[Act, Role, Party]]) -> None:
    """Whatever anybody tries: each review by as many different people, and passed only where it takes nobody."""
    request = lived(route, deeds)
    if request.state not in _APPROVED:
        return
    for state, role in _REVIEWS.items():
        wanted = route.need(state)
        approvals = [each for each in _recent(request) if each.act is Act.APPROVE and each.role is role]
        passes = [each for each in _recent(request) if each.act is Act.PASS and each.before is state]
        assert wanted is not None
        assert len({each.by.actor for each in approvals}) == wanted.approvals
        assert len(passes) == (not wanted.approvals)


@given(_ROUTES, st.lists(_DEEDS, max_size=60))
def test_nobody_has_a_hand_in_it_twice(route: Route, deeds: list[tuple[Act, Role, Party]]) -> None:
    """Neither who approves nor in whose place: not twice in one round, and never who asked for it."""
    request = lived(route, deeds)
    people = [person for each in _recent(request) if each.act is Act.APPROVE for person in each.moved.people]
    askers = {person for each in request.history if each.role is Role.REQUESTER for person in each.moved.people}
    assert len(people) == len(set(people))
    assert request.requester not in people
    before_review = {person for each in request.history if each.act is Act.SUBMIT for person in each.moved.people}
    assert before_review <= askers
    assert not before_review & set(people)


@given(_ROUTES, st.lists(_DEEDS, max_size=60))
def test_only_those_named_review(route: Route, deeds: list[tuple[Act, Role, Party]]) -> None:
    """Or those who stand for one of them."""
    for each in lived(route, deeds).history:
        wanted = route.need(each.before)
        if wanted and wanted.among and each.act in {Act.APPROVE, Act.REJECT, Act.ASK_CHANGES}:
            assert each.moved.people & set[str](wanted.among)


def test_a_review_takes_as_many_approvals_as_the_rule_says() -> None:
    """Until then the request stays where it is, and its deadline too."""
    request = under_review(need(2), need(1))
    once = approve(replace(request), "wang")
    assert isinstance(once, Request)
    assert (once.state, once.review_due) == (State.ADMINISTRATIVE_REVIEW, request.review_due)
    later = Doing(
        act=Act.APPROVE,
        role=Role.ADMINISTRATIVE_REVIEWER,
        by=Party(actor=Actor("zhao")),
        at=_NOON + timedelta(days=2),
    )
    twice = advance(once, later, _TERMS)
    assert isinstance(twice, Request)
    assert (twice.state, str(twice.review_due)) == (State.TECHNICAL_REVIEW, "2026-03-11")


def test_one_rejection_is_enough() -> None:
    """Whatever others approved."""
    once = must(under_review(need(2), need()), Act.APPROVE, Role.ADMINISTRATIVE_REVIEWER, "wang")
    assert must(once, Act.REJECT, Role.ADMINISTRATIVE_REVIEWER, "zhao").state is State.REJECTED


@pytest.mark.parametrize(
    ("administrative", "technical", "state", "passes"),
    [
        (0, 0, State.APPROVED, 2),
        (0, 1, State.TECHNICAL_REVIEW, 1),
        (1, 0, State.ADMINISTRATIVE_REVIEW, 0),
    ],
)
def test_review_that_takes_nobody_is_passed(administrative: int, technical: int, state: State, passes: int) -> None:
    """By Tenantry itself, as a step of the history that names the rule."""
    request = under_review(need(administrative), need(technical))
    found = [each for each in request.history if each.act is Act.PASS]
    assert (request.state, len(found)) == (state, passes)
    assert all(each.comment == 'the rule "r" of the policy "city"' for each in found)


def test_review_that_takes_somebody_is_not_passed() -> None:
    """Not even by Tenantry itself."""
    after = advance(under_review(need(), need()), doing(Act.PASS, Role.SYSTEM, "tenantry"), _TERMS)
    assert isinstance(after, Forbidden)


def test_who_is_not_named_is_told_who_is() -> None:
    """With the rule that names them."""
    said = approve(under_review(need(1, "wang", "zhao"), need()), "chen")
    assert isinstance(said, Forbidden)
    assert said.message == 'chen is not among those whom the rule "r" names for the administrative review: wang, zhao'


@pytest.mark.parametrize(
    ("actor", "giver", "said"),
    [
        ("chen", "wang", None),
        ("li", "wang", "li asked for this, and nobody reviews a request of their own"),
        ("wang", "li", "li asked for this, and nobody reviews a request of their own"),
    ],
)
def test_whoever_stands_in_may_do_no_more_than_both(actor: str, giver: str, said: str | None) -> None:
    """The one who is named, and the one who acts."""
    after = approve(under_review(need(1, "wang"), need()), actor, stands_for=Actor(giver))
    assert (after.message if isinstance(after, Forbidden) else None) == said


@pytest.mark.parametrize(("actor", "giver"), [("wang", "zhao"), ("zhao", "wang"), ("chen", "wang"), ("wang", None)])
def test_stand_in_and_stood_for_count_as_both(actor: str, giver: str | None) -> None:
    """Where chen approved for wang, neither of them makes the other review."""
    once = must(
        under_review(need(), need()), Act.APPROVE, Role.ADMINISTRATIVE_REVIEWER, "chen", stands_for=Actor("wang")
    )
    after = approve(once, actor, stands_for=Actor(giver) if giver else None)
    assert isinstance(after, Forbidden)
    assert after.message.endswith("made the other review, and two different people make them")
