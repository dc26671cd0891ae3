"""Rules about the city's policy: there is one, its conditions always have an answer, and its examples come out as they say."""

from collections.abc import Iterator
from typing import Any, Final

from tenants.expressions import Failure, evaluate
from tenants.facts import (
    DRIFT_FACTS,
    RESOURCES,
    REVIEW_FACTS,
    TENANT,
    TENANTS,
    Fact,
    Facts,
    FactType,
    completed,
    concerned,
    resources_in,
)
from tenants.kinds import tenant as tenant_kind
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step
from tenants.language.report import choose
from tenants.policy import NO_RULE, DriftRule, Example, PolicySpec, ReviewRule
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.ruling import review_ruling

_KIND = ("kind",)
#: A value of each type beside the one that an empty request has.
_SOME: Final[dict[FactType, Any]] = {
    FactType.TEXT: "x",
    FactType.WHOLE: 1,
    FactType.NUMBER: 1.0,
    FactType.TRUTH: True,
    FactType.TEXTS: ["x"],
    FactType.WHOLES: {"compute/cores": 1},
    FactType.NUMBERS: {"compute/cores": 1.0},
}


def there_is_one_policy(manifests: Manifests) -> Iterator[Problem]:
    """A city has one policy at most."""
    found = tuple(manifests.every_policy())
    for each in found[1:]:
        first = found[0].location(*_KIND)
        yield each.error(_KIND, f"a second policy; the first is at {first}", "make one policy of the two")


def rules_are_about_tenants_that_exist(manifests: Manifests) -> Iterator[Problem]:
    """The tenant that a policy's rule or example names is described."""
    for each in manifests.every_policy():
        for steps, name in _tenants_named(each.spec):
            if name and not manifests.has(tenant_kind.TENANT.name, name):
                yield each.error(steps, f'no tenant is called "{name}"', choose(name, manifests.tenants))


def needs_can_be_met(manifests: Manifests) -> Iterator[Problem]:
    """A review names as many people as it takes, and both reviews together as many as both take: nobody makes two."""
    for each in manifests.every_policy():
        for number, rule in enumerate(each.spec.reviews):
            yield from _unmet(each, ("spec", "reviews", number), rule)


def conditions_have_an_answer(manifests: Manifests) -> Iterator[Problem]:
    """A policy's conditions have an answer for requests that ask for little, and name resources that there are."""
    for each in manifests.every_policy():
        for part, table, rules in _parts(each.spec):
            for number, rule in enumerate(rules):
                failed = _unanswered(rule.when, table) if rule.when else None
                if failed:
                    message = f"has no answer where little is asked for: {failed.message}"
                    yield each.error(("spec", part, number, "when"), message, _remedy(failed))


def examples_come_out(manifests: Manifests) -> Iterator[Problem]:
    """Every example of a policy is decided by the rule that it names."""
    for each in manifests.every_policy():
        broken = any(rule.when == "" for rule in each.spec.reviews)
        for number, example in enumerate(each.spec.examples):
            yield from _example(manifests, each, ("spec", "examples", number), example, broken=broken)


def _example(
    manifests: Manifests, policy: Manifest[PolicySpec], steps: tuple[Step, ...], example: Example, *, broken: bool
) -> Iterator[Problem]:
    names = [rule.name for rule in policy.spec.reviews if rule.name]
    if example.rule and example.rule not in {*names, NO_RULE}:
        yield policy.error(
            (*steps, "rule"), f'no rule is called "{example.rule}"', choose(example.rule, [*names, NO_RULE])
        )
        return
    if unknown := resources_in(example.facts):
        yield policy.error((*steps, "facts"), f'there is no resource "{min(unknown)}"', "such as compute/cores")
        return
    if broken or not example.rule:
        return
    lines = [manifests.upwards(each) for each in concerned(example.facts)]
    ruling = review_ruling(policy.spec, example.facts, lines)
    if ruling.failures:
        yield policy.error(
            (*steps, "facts"), ruling.failures[0], "ask first whether there is one, or how many there are"
        )
    elif ruling.rule != example.rule:
        decides = "no rule fits" if ruling.rule == NO_RULE else f'the rule "{ruling.rule}" decides'
        message = f'is to be decided by "{example.rule}", but {decides}'
        yield policy.error((*steps, "rule"), message, "change the rules or their order, or the example")


def _parts(policy: PolicySpec) -> tuple[tuple[str, tuple[Fact, ...], tuple[ReviewRule | DriftRule, ...]], ...]:
    """The policy's lists of rules, each with the facts that they are about."""
    return ("reviews", REVIEW_FACTS, policy.reviews), ("drift", DRIFT_FACTS, policy.drift)


def _tenants_named(policy: PolicySpec) -> Iterator[tuple[tuple[Step, ...], str]]:
    for part, _, rules in _parts(policy):
        for number, rule in enumerate(rules):
            yield ("spec", part, number, "below"), rule.below or ""
    for number, example in enumerate(policy.examples):
        facts = ("spec", "examples", number, "facts")
        yield (*facts, TENANT), example.facts.get(TENANT, "")
        yield from (((*facts, TENANTS, place), name) for place, name in enumerate(example.facts.get(TENANTS, ())))


def _unmet(policy: Manifest[PolicySpec], steps: tuple[Step, ...], rule: ReviewRule) -> Iterator[Problem]:
    if rule.name == NO_RULE:
        message = f'"{NO_RULE}" is what holds where no rule fits'
        yield policy.error((*steps, "name"), message, "give the rule another name")
    needs = {"administrative": rule.administrative, "technical": rule.technical}
    for key, need in needs.items():
        if need.among and len(need.among) < need.approvals:
            message = f"takes {need.approvals} approvals, and names {len(need.among)} who may give them"
            yield policy.error((*steps, key), message, "name more people, or want fewer approvals")
            return
    wanted = rule.administrative.approvals + rule.technical.approvals
    people = {*rule.administrative.among, *rule.technical.among}
    if all(need.among for need in needs.values() if need.approvals) and people and len(people) < wanted:
        message = f"both reviews take {wanted} approvals by different people, and name {len(people)}"
        yield policy.error(steps, message, "name more people: nobody makes both reviews")


def _unanswered(condition: str, table: tuple[Fact, ...]) -> Failure | None:
    """Why a condition has no answer for one of two plain sets of facts."""
    tried: tuple[Facts, ...] = ({}, {each.name: _SOME[each.type] for each in table})
    answers = (evaluate(condition, table, completed(table, facts)) for facts in tried)
    return next((each for each in answers if isinstance(each, Failure)), None)


def _remedy(failed: Failure) -> str:
    if "/" in failed.missing:
        return choose(failed.missing, RESOURCES)
    return "ask first whether there is one, or how many there are"


RULES = (
    there_is_one_policy,
    rules_are_about_tenants_that_exist,
    needs_can_be_met,
    conditions_have_an_answer,
    examples_come_out,
)
