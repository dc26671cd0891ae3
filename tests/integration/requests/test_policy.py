"""A policy in force decides what passes by itself, who reviews, and who is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.asking import Declined
from provisioner.delegation import delegate, revoke
from provisioner.operation import Actor
from provisioner.requests.deeds import Begun
from provisioner.requests.delegation import Handing
from provisioner.requests.progress import Notice
from provisioner.requests.request import Request, RequestId
from provisioner.requests.states import Act, State
from provisioner.store import audit, requests, standing
from tenants.language.emission import emit

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office

Finish = Callable[[Begun | Declined], Request]

NOBODY = {"approvals": 0}
RULES: list[dict[str, Any]] = [
    {"name": "less", "when": "decreaseOnly", "administrative": NOBODY, "technical": NOBODY},
    {
        "name": "large",
        "below": "market",
        "when": "addedCores >= 30",
        "administrative": {"among": ["wang"]},
        "technical": {"approvals": 2},
    },
]


def policy(name: str = "city", **spec: Any) -> str:
    """A policy's manifest."""
    metadata = {"name": name, "displayName": "审批规则"}
    whole = {"reviews": RULES, "escalateTo": ["何主任"], **spec}
    return emit([{"apiVersion": "tenantry/v1", "kind": "Policy", "metadata": metadata, "spec": whole}])


@pytest.fixture
def ruled(office: "Office", words: Any) -> "Office":
    """The town, with such a policy."""
    market, harbour = words.tenant("market", cores=50, a=10), words.tenant("harbour", b=20)
    office.enforce(words.tenant("town", parent=None, cores=100), market, harbour, policy())
    return office


def test_decrease_passes_both_reviews_by_rule(ruled: "Office", words: Any, working: Finish) -> None:
    """At once, and the audit log says by which rule."""
    approved = ruled.approved(ruled.submitted(words.tenant("market", cores=50, a=20)))
    working(ruled.execute(approved))
    less = ruled.submitted(words.tenant("market", cores=50, a=15))
    assert (less.state, less.way.rule, less.way.policy) == (State.APPROVED, "less", "city")
    assert ruled.actions()[-3:] == ["request.submit", "request.pass", "request.pass"]
    assert [each.by.actor for each in less.history[-2:]] == ["service", "service"]
    working(ruled.execute(less))
    assert ruled.limits("market-a")[words.cores] == 15


def test_decrease_with_anything_else_is_reviewed(ruled: "Office", words: Any, working: Finish) -> None:
    """Another project beside it keeps it from passing."""
    working(ruled.execute(ruled.approved(ruled.submitted(words.tenant("market", cores=50, a=20)))))
    request = ruled.submitted(words.tenant("market", cores=50, a=15, b=1))
    assert (request.state, request.way.rule) == (State.ADMINISTRATIVE_REVIEW, "standard")
    assert request.way.facts["newProjects"] == 1


def test_review_takes_as_many_people_as_the_rule_says(ruled: "Office", words: Any) -> None:
    """One administrative review by whom it names, two technical ones by anybody else."""
    request = ruled.submitted(words.tenant("market", cores=50, a=40))
    assert request.way.rule == "large"
    assert isinstance(ruled.review(request, "zhao"), Declined)
    ruled.review(request, "wang")
    states = [ruled.review(request, who, technical=True).state for who in ("zhao", "zhao", "chen")]
    assert states == [State.TECHNICAL_REVIEW, State.TECHNICAL_REVIEW, State.APPROVED]


def test_as_many_approvals_count_as_it_takes(ruled: "Office", words: Any) -> None:
    """Six people at the same moment: two of them approve, and the others come too late."""
    request = ruled.submitted(words.tenant("market", cores=50, a=40))
    ruled.review(request, "wang")
    people = [f"reviewer-{number}" for number in range(6)]
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda who: ruled.review(request, who, technical=True), people))
    assert sum(isinstance(each, Request) for each in answers) == 2
    history = _stored(ruled, request.id).history
    assert [each.act for each in history].count(Act.APPROVE) == 3
    assert _stored(ruled, request.id).state is State.APPROVED


@pytest.mark.parametrize("name", ["city", "mine"])
def test_request_brings_no_policy(ruled: "Office", words: Any, name: str) -> None:
    """Neither in place of the one in force, nor another one."""
    permissive = policy(name, reviews=[{"name": "all", "administrative": NOBODY, "technical": NOBODY}])
    declined = ruled.submit(words.tenant("market", cores=50, a=40) + "---\n" + permissive)
    assert isinstance(declined, Declined)
    assert declined.problems


def test_request_under_way_keeps_its_way(ruled: "Office", words: Any) -> None:
    """A policy that changes decides about requests that come after it."""
    request = ruled.submitted(words.tenant("market", cores=50, a=40))
    passes = [{"name": "all", "administrative": NOBODY, "technical": NOBODY}]
    market, harbour = words.tenant("market", cores=50, a=10), words.tenant("harbour", b=20)
    ruled.enforce(words.tenant("town", parent=None, cores=100), market, harbour, policy(reviews=passes))
    assert isinstance(ruled.review(request, "zhao"), Declined)
    assert ruled.submitted(words.tenant("harbour", b=21), name="harbour").state is State.APPROVED
    now = ruled.deciding.route_now(request)
    assert now is not None
    assert (request.way.rule, now.rule) == ("large", "all")


def test_asking_the_same_again_is_one_request_when_it_passed(ruled: "Office", words: Any) -> None:
    """An answer that was lost is asked for again."""
    passes = [{"name": "all", "administrative": NOBODY, "technical": NOBODY}]
    market, harbour = words.tenant("market", cores=50, a=10), words.tenant("harbour", b=20)
    ruled.enforce(words.tenant("town", parent=None, cores=100), market, harbour, policy(reviews=passes))
    first, again = (ruled.submitted(words.tenant("market", cores=50, a=40)) for _ in range(2))
    assert first.id == again.id


def _large(office: "Office", words: Any) -> Request:
    """What only wang reviews first."""
    return office.submitted(words.tenant("market", cores=50, a=40))


def _hand_over(office: "Office", taker: str, tenant: str | None = None) -> Any:
    """Wang's place is taken, from the beginning of time."""
    handing = Handing(
        giver=Actor("wang"),
        taker=Actor(taker),
        tenant=None if tenant is None else tenant,  # type: ignore[arg-type]  # a name
        first_day=date(2026, 3, 1),
        last_day=date(2026, 3, 31),
    )
    return delegate(office.database, handing, by=Actor("wang"), at=office.now())


@pytest.mark.parametrize(("tenant", "may"), [(None, True), ("town", True), ("market", True), ("harbour", False)])
def test_delegation_lets_another_take_a_place(ruled: "Office", words: Any, tenant: str | None, may: object) -> None:
    """In its part of the tree; the record names both."""
    request = _large(ruled, words)
    assert isinstance(ruled.review(request, "chen"), Declined)
    _hand_over(ruled, "chen", tenant)
    after = ruled.review(request, "chen")
    assert isinstance(after, Request) is may
    if may:
        by = _stored(ruled, request.id).history[-1].by
        assert (by.actor, by.stands_for) == ("chen", "wang")
        with ruled.database.transaction() as connection:
            assert audit.has(connection, subject=request.id, action="request.approve", detail={"in place of": "wang"})


def test_delegation_gives_the_requester_nothing(ruled: "Office", words: Any) -> None:
    """Li asked for it, and stands in for wang: that is not wang's approval."""
    request = _large(ruled, words)
    _hand_over(ruled, "li")
    assert isinstance(ruled.review(request, "li"), Declined)


def test_whose_place_was_taken_does_not_review_again(ruled: "Office", words: Any) -> None:
    """Wang's word was given by chen."""
    request = _large(ruled, words)
    _hand_over(ruled, "chen")
    ruled.review(request, "chen")
    declined = ruled.review(request, "wang", technical=True)
    assert isinstance(declined, Declined)
    assert "wang made the other review" in declined.message


def test_revoked_delegation_counts_no_more(ruled: "Office", words: Any) -> None:
    """Nor does one whose days are over."""
    request = _large(ruled, words)
    made = _hand_over(ruled, "chen")
    assert revoke(ruled.database, made.id, by=Actor("wang"), at=ruled.now())
    assert not revoke(ruled.database, made.id, by=Actor("wang"), at=ruled.now())
    assert isinstance(ruled.review(request, "chen"), Declined)
    assert ruled.actions()[-3:] == ["delegation.made", "delegation.revoked", "request.refused"]


def test_rejection_tells_what_would_fit_now(ruled: "Office", words: Any) -> None:
    """Beside what others reserved since."""
    request = ruled.submitted(words.tenant("market", cores=50, a=30))
    ruled.submitted(words.tenant("harbour", b=70), name="harbour", by="chen")
    rejected = ruled.review(request, "wang", act=Act.REJECT)
    stored = _stored(ruled, rejected.id).evidence.rejected
    assert stored is not None
    assert {room.line.tenant: room.left for room in stored} == {None: 920, "town": 20, "market": 40}


def test_overdue_review_is_told_to_whom_the_policy_names(ruled: "Office", words: Any) -> None:
    """And before that to those who are to review."""
    request = _large(ruled, words)
    for days in (6, 4):
        ruled.now.pass_(days=days)
        ruled.deciding.remind()
    with ruled.database.transaction() as connection:
        told = [
            audit.has(connection, subject=request.id, action=notice, detail={"to": name})
            for notice, name in ((Notice.DUE, "wang"), (Notice.OVERDUE, "何主任"))
        ]
    assert told == [True, True]


@pytest.mark.usefixtures("idle")
def test_policy_may_get_another_name(ruled: "Office", words: Any) -> None:
    """The one in force before gives way; two would fit nothing."""
    texts = words.tenant("town", parent=None, cores=100), words.tenant("market", cores=50, a=12), policy("town")
    manifests = ruled.manifests(*texts)
    stored = ruled.proposer.propose(manifests).stored
    assert stored is not None
    assert ruled.approver is not None
    ruled.approver.approve(stored, manifests.city, Actor("operator"))
    with ruled.database.transaction() as connection:
        assert [each.name for each in standing.load_all(connection) if each.kind == "Policy"] == ["town"]
    assert ruled.submitted(words.tenant("market", cores=50, a=42)).way.policy == "town"


def _stored(office: "Office", request: RequestId) -> Request:
    with office.database.transaction() as connection:
        return requests.load(connection, request)
