"""What a policy's manifest becomes, and where its expressions' mistakes are told."""

from typing import Any

import pytest

from tenants.policy import STANDARD, DriftAction, EndOfUse, Need

HEAD = "apiVersion: tenantry/v1\nkind: Policy\nmetadata: {name: city, displayName: 全市审批规则}\nspec:\n"


def test_city_without_a_policy_has_the_standard_one(manifests: Any) -> None:
    """Two reviews of everything."""
    assert manifests.city().policy is STANDARD


def test_policy_is_read(manifests: Any) -> None:
    """What is left out has its default."""
    text = """\
  reviews:
    - {name: all, below: shenzhen, when: limitsOnly, administrative: {approvals: 0}, technical: {approvals: 2}}
  escalateTo: [何主任]
  drift: [{name: quotas, when: kind == "quota", action: correct}]
  endOfUse: {notices: [7, 60], retire: false}
"""
    policy = manifests.add("policy.yaml", HEAD + text).city().policy
    (rule,), (drift,) = policy.reviews, policy.drift
    assert (rule.below, rule.when, rule.administrative, rule.technical) == (
        "shenzhen",
        "limitsOnly",
        Need(approvals=0),
        Need(approvals=2),
    )
    assert (drift.action, policy.escalate_to) == (DriftAction.CORRECT, ("何主任",))
    assert policy.end_of_use == EndOfUse(notices=(60, 7), restrict=True, retire_after=None)


@pytest.mark.parametrize(
    "when",
    [
        "decreaseOnly || WRONG",
        "'tenant == ''市场'' || WRONG'",
        r'"tenant == \"市场\" || WRONG"',
        "|\n        decreaseOnly ||\n          WRONG",
    ],
)
def test_mistake_in_an_expression_is_told_where_it_stands(manifests: Any, when: str) -> None:
    """Plain, in quotes, or as a block."""
    changed = manifests.add("policy.yaml", f"{HEAD}  reviews:\n    - name: a\n      when: {when}\n")
    problem = changed.problem()
    assert problem.message == '"WRONG" is not a fact'
    assert problem.location == changed.place("policy.yaml", "WRONG")


@pytest.mark.parametrize("when", [">\n        decreaseOnly\n        || WRONG", '"decreaseOnly\n        || WRONG"'])
def test_mistake_in_a_folded_expression_is_told_at_its_beginning(manifests: Any, when: str) -> None:
    """YAML does not say where the lines were."""
    changed = manifests.add("policy.yaml", f"{HEAD}  reviews:\n    - name: a\n      when: {when}\n")
    begin = changed.place("policy.yaml", "decreaseOnly")
    assert changed.problem().location.line == begin.line


def test_derived_facts_are_not_given(manifests: Any) -> None:
    """What follows from others cannot contradict them."""
    example = "  examples: [{name: a, facts: {addedCores: 5}, rule: standard}]\n"
    problem = manifests.add("policy.yaml", HEAD + example).problem()
    assert (problem.message, problem.remedy) == ("cannot stand here", "it follows from `added`: give that")
