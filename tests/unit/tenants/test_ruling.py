"""The first rule that fits decides; what has no answer is to nobody's favour."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.names import TenantName
from tenants.policy import (
    STANDARD,
    DriftAction,
    DriftRule,
    Expression,
    Need,
    PersonName,
    PolicyName,
    PolicySpec,
    ReviewRule,
)
from tenants.ruling import drift_ruling, review_ruling

NOBODY = Need(approvals=0)
MARKET = TenantName("market")
TOWN = frozenset({MARKET, TenantName("town")})
FAILING = Expression("1 / deletes > 0")


def rule(name: str, when: str | None = None, **more: Any) -> ReviewRule:
    """A rule that passes requests, unless told otherwise."""
    needs = {"administrative": NOBODY, "technical": NOBODY, **more}
    return ReviewRule(name=name, when=None if when is None else Expression(when), **needs)


def policy(*rules: ReviewRule) -> PolicySpec:
    """A policy for reviews."""
    return PolicySpec(name=PolicyName("city"), display_name="城市", reviews=rules)


def test_without_a_rule_that_fits_there_are_two_reviews() -> None:
    """Whatever a policy does not speak of is reviewed twice."""
    for each in (STANDARD, policy(rule("a", "deletes > 0"))):
        ruling = review_ruling(each, {}, [TOWN])
        assert (ruling.rule, ruling.administrative.approvals, ruling.technical.approvals) == ("standard", 1, 1)


def test_first_rule_that_fits_decides() -> None:
    """Order counts."""
    assert review_ruling(policy(rule("a", "deletes > 0"), rule("b"), rule("c")), {}, [TOWN]).rule == "b"


@pytest.mark.parametrize(("below", "decides"), [("town", "a"), ("market", "a"), ("health", "standard")])
def test_rule_may_hold_in_one_part_of_the_tree(below: str, decides: str) -> None:
    """For a tenant and those below it."""
    assert review_ruling(policy(rule("a", below=TenantName(below))), {}, [TOWN]).rule == decides


def test_asking_from_above_gets_around_nothing() -> None:
    """A request about two tenants is decided for each, and the most demanding counts."""
    strict = rule("strict", below=MARKET, technical=Need(approvals=2))
    ruling = review_ruling(policy(strict, rule("mild")), {}, [frozenset({TenantName("town")}), TOWN])
    assert (ruling.rule, ruling.administrative, ruling.technical) == ("mild, strict", NOBODY, Need(approvals=2))


def test_condition_without_an_answer_lets_nothing_pass() -> None:
    """The rule that fits later decides, but people look at it, and as many as the doubtful rule wanted."""
    doubtful = rule("doubtful", FAILING, technical=Need(approvals=2, among=(PersonName("chen"), PersonName("liu"))))
    ruling = review_ruling(policy(doubtful, rule("passes")), {}, [TOWN])
    assert (ruling.rule, ruling.administrative) == ("passes", Need(approvals=1))
    assert ruling.technical == doubtful.technical
    assert ruling.failures == ('the condition of "doubtful" has no answer: divide by zero',)


@given(st.lists(st.sampled_from(["true", "false", FAILING, None]), max_size=5))
def test_nothing_passes_after_a_failure(conditions: list[str | None]) -> None:
    """Whatever stands around it."""
    ruling = review_ruling(policy(*(rule(f"r{n}", each) for n, each in enumerate(conditions))), {}, [TOWN])
    before = conditions[: next((n for n, each in enumerate(conditions) if each in {"true", None}), None)]
    if FAILING in before:
        assert min(ruling.administrative.approvals, ruling.technical.approvals) >= 1


def test_drift_is_reported_unless_a_rule_says_otherwise() -> None:
    """And never corrected where a condition before has no answer."""
    correct = DriftRule(name="quotas", when=Expression('kind == "quota"'), action=DriftAction.CORRECT)
    failing = DriftRule(name="doubtful", when=Expression("1 / ageDays > 0"))
    spec = PolicySpec(name=PolicyName("city"), display_name="城市", drift=(correct,))
    doubtful = PolicySpec(name=PolicyName("city"), display_name="城市", drift=(failing, correct))
    actions = [
        drift_ruling(each, {"kind": kind}, TOWN).action
        for each, kind in ((spec, "quota"), (spec, "server"), (STANDARD, "quota"), (doubtful, "quota"))
    ]
    assert actions == [DriftAction.CORRECT, *[DriftAction.REPORT] * 3]
