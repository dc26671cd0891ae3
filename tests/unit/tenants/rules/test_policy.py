"""What a policy must agree with: itself, its examples, and the tree of tenants."""

from typing import Any

import pytest

HEAD = "apiVersion: tenantry/v1\nkind: Policy\nmetadata: {name: city, displayName: 全市审批规则}\nspec:\n"


def test_second_policy_is_refused(manifests: Any) -> None:
    """With the place of the first."""
    changed = manifests.add("p.yaml", HEAD + "  reviews: []\n").add(
        "q.yaml", HEAD.replace("city,", "town,") + "  drift: []\n"
    )
    problem = changed.problem()
    assert problem.location == changed.place("q.yaml", "Policy")
    assert problem.message == "a second policy; the first is at p.yaml:2:7"


def test_rule_about_a_tenant_that_is_not_there_is_refused(manifests: Any) -> None:
    """It would never fit, and nobody would notice."""
    changed = manifests.add("p.yaml", HEAD + "  reviews: [{name: a, below: market-regulations}]\n")
    assert changed.problem().remedy == 'did you mean "market-regulation"?'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("technical: {approvals: 2, among: [陈]}", "takes 2 approvals, and names 1 who may give them"),
        (
            "administrative: {among: [陈, 刘]}, technical: {approvals: 2, among: [陈, 刘]}",
            "both reviews take 3 approvals by different people, and name 2",
        ),
        ("technical: {approvals: 2}", None),
        ("administrative: {approvals: 0}, technical: {among: [陈]}", None),
    ],
)
def test_needs_that_nobody_can_meet_are_refused(manifests: Any, rule: str, message: str | None) -> None:
    """A request under such a rule would wait for ever."""
    changed = manifests.add("p.yaml", f"{HEAD}  reviews:\n    - {{name: a, {rule}}}\n")
    assert [each.message for each in changed.validation().problems] == ([message] if message else [])


def test_name_of_what_holds_without_a_rule_is_taken(manifests: Any) -> None:
    """Examples and records use it for requests that no rule fits."""
    problem = manifests.add("p.yaml", HEAD + "  reviews: [{name: standard}]\n").problem()
    assert problem.message == '"standard" is what holds where no rule fits'


@pytest.mark.parametrize(
    ("when", "remedy"),
    [
        ('added["compute/core"] > 8', 'did you mean "compute/cores"?'),
        ('limitsOnly && zones[7] == "internet"', "ask first whether there is one, or how many there are"),
    ],
)
def test_condition_that_has_no_answer_is_refused(manifests: Any, when: str, remedy: str) -> None:
    """Better when the policy is written than when somebody asks."""
    changed = manifests.add("p.yaml", f"{HEAD}  reviews:\n    - name: a\n      when: {when}\n")
    problem = changed.problem()
    assert problem.location == changed.place("p.yaml", when)
    assert problem.message.startswith("has no answer where little is asked for: ")
    assert problem.remedy == remedy


RULES = """\
  reviews:
    - {name: large, below: market-regulation, when: addedCores > 100}
    - {name: less, when: decreaseOnly, administrative: {approvals: 0}, technical: {approvals: 0}}
  examples:
"""


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("facts: {tenant: market-regulation, added: {compute/cores: 101}}, rule: large", None),
        ("facts: {decreaseOnly: true}, rule: less", None),
        ("facts: {}, rule: standard", None),
        ("rule: less", 'is to be decided by "less", but no rule fits'),
        ("facts: {decreaseOnly: true}, rule: standard", 'is to be decided by "standard", but the rule "less" decides'),
        ("rule: lesser", 'no rule is called "lesser"'),
        ("facts: {added: {compute/corse: 1}}, rule: standard", 'there is no resource "compute/corse"'),
        ("facts: {added: {block-storage/gigabytes_ssd: 1}}, rule: standard", None),
    ],
)
def test_examples_have_to_come_out(manifests: Any, example: str, message: str | None) -> None:
    """A policy's author says what is meant, and validation holds the rules to it."""
    changed = manifests.add("p.yaml", f"{HEAD}{RULES}    - {{name: 例, {example}}}\n")
    assert [each.message for each in changed.validation().problems] == ([message] if message else [])
