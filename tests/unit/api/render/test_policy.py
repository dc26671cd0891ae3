"""Policies and delegations, shown."""

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from api.render.delegations import as_document, print_delegations
from api.render.policy import Tried, facts_as_document, needed, print_facts, print_tried, tried_as_document
from provisioner.operation import Actor
from provisioner.requests.delegation import Delegation, DelegationId
from provisioner.requests.request import Papers, Request, RequestId
from provisioner.requests.route import Route
from provisioner.requests.states import State
from tenants.names import TenantName
from tenants.policy import Need, PersonName
from tenants.ruling import Ruling

AT = datetime(2026, 9, 30, 8, tzinfo=UTC)
TWO = Need(approvals=2, among=(PersonName("陈静"), PersonName("刘洋")))
ROUTE = Route(
    rule="large",
    policy="shenzhen",
    technical=TWO,
    facts={"added": {"compute/cores": 300}, "limitsOnly": True, "zones": ["extranet", "internet"], "use": {"a/b": 0.5}},
)
REQUEST = Request(
    id=RequestId("r"),
    tenant=TenantName("market"),
    requester=Actor("li"),
    state=State.ADMINISTRATIVE_REVIEW,
    created_at=AT,
    papers=Papers(files={}),
    route=ROUTE,
)
DELEGATION = Delegation(
    id=DelegationId("d"),
    giver=Actor("陈静"),
    taker=Actor("刘洋"),
    tenant=None,
    first_day=date(2026, 10, 1),
    last_day=date(2026, 10, 8),
    created_at=AT,
    created_by=Actor("陈静"),
)


@pytest.fixture
def console() -> Console:
    """A wide page."""
    return Console(file=io.StringIO(), width=200)


def text(console: Console) -> str:
    """What was printed."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("need", "said"),
    [
        (Need(approvals=0), "nobody"),
        (Need(), "1 reviewer"),
        (Need(approvals=2), "2 reviewers"),
        (TWO, "2 of 陈静, 刘洋"),
    ],
)
def test_need_in_words(need: Need, said: str) -> None:
    """How many, and of whom."""
    assert needed(need) == said


def test_facts_are_shown_with_both_rules(console: Console) -> None:
    """The one that decided, the one that would now, and what had no answer."""
    print_facts(console, REQUEST, Route(failures=('the condition of "x" has no answer: divide by zero',)))
    said = text(console)
    for each in (
        "added: compute/cores 300",
        "limitsOnly: yes",
        "zones: extranet, internet",
        'decided by the rule "large": administrative 1 reviewer, technical 2 of 陈静, 刘洋',
        "would now be decided by no rule, which is two reviews",
        "divide by zero",
    ):
        assert each in said


def test_facts_for_programs() -> None:
    """As they are, with both ways."""
    document = facts_as_document(REQUEST, None)
    assert (document["facts"], document["now"]) == (ROUTE.facts, None)
    decided = document["decided"]
    assert isinstance(decided, dict)
    assert decided["technical"] == {"approvals": 2, "among": ["陈静", "刘洋"]}


def test_examples_are_listed_with_what_decides(console: Console) -> None:
    """For people and for programs."""
    tried = Tried(name="大额", ruling=Ruling(rule="large", administrative=Need(approvals=0), technical=TWO))
    print_tried(console, [tried])
    assert [each for each in ("大额", "large", "nobody", "2 of 陈静, 刘洋") if each not in text(console)] == []
    assert tried_as_document([tried])["examples"][0]["rule"] == "large"


def test_delegations_are_listed_with_where_they_stand(console: Console) -> None:
    """For people and for programs."""
    print_delegations(console, [DELEGATION], today=date(2026, 10, 8))
    assert [each for each in ("陈静", "刘洋", "2026-10-01", "current") if each not in text(console)] == []
    listed = as_document([DELEGATION], today=date(2026, 10, 9))["delegations"]
    assert isinstance(listed, list)
    assert listed[0]["state"] == "over"


def test_nothing_to_list_says_how_to_make_one(console: Console) -> None:
    """No empty tables."""
    print_delegations(console, [], today=date(2026, 10, 8))
    print_tried(console, [])
    assert "delegation create" in text(console)
    assert "no examples" in text(console)
