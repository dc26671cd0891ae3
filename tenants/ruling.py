"""Which rule of a policy decides: the first that fits. Pure; used by a policy's examples, by requests and by drift.

Where a condition cannot be answered, its rule does not fit, and nothing is decided in anybody's favour because of that:
a request is reviewed by at least one person in each step, and by as many as any such rule wanted; drift is reported.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

from tenants.expressions import Failure, evaluate
from tenants.facts import DRIFT_FACTS, REVIEW_FACTS, Fact, Facts, completed
from tenants.names import TenantName
from tenants.policy import NO_RULE, DriftAction, DriftRule, Need, PolicySpec, ReviewRule

_Rule = TypeVar("_Rule", ReviewRule, DriftRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a request needs, and by which rule."""

    #: `standard` where none fits; several where the tenants that the request is about have different ones.
    rule: str = NO_RULE
    administrative: Need
    technical: Need
    #: Conditions that could not be answered, each with the reason.
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRuling:
    """What becomes of one drifted property."""

    action: DriftAction = DriftAction.REPORT
    #: None where no rule fits.
    rule: str | None = None
    failures: tuple[str, ...] = ()


def review_ruling(policy: PolicySpec, facts: Facts, lines: Iterable[Collection[TenantName]]) -> Ruling:
    """Which reviews a request needs; `facts` are some of `REVIEW_FACTS`.

    `lines` has, for each tenant that the request is about, that one and all above it. Each is decided by itself and the most
    demanding counts: nobody gets around a rule for a part of the tree by asking from above it.
    """
    values = completed(REVIEW_FACTS, facts)
    rulings = [_review_ruling(policy, values, line) for line in lines] or [_review_ruling(policy, values, ())]
    return Ruling(
        rule=", ".join(dict.fromkeys(each.rule for each in rulings)),
        administrative=reduce(_stronger, (each.administrative for each in rulings)),
        technical=reduce(_stronger, (each.technical for each in rulings)),
        failures=tuple(dict.fromkeys(failure for each in rulings for failure in each.failures)),
    )


def drift_ruling(policy: PolicySpec, facts: Facts, above: Collection[TenantName]) -> DriftRuling:
    """What becomes of a drifted property; `facts` are some of `DRIFT_FACTS`, `above` its tenant and all tenants above.

    A condition before the rule that fits which has no answer keeps anything from being corrected.
    """
    fits, unanswered = _decide(policy.drift, DRIFT_FACTS, completed(DRIFT_FACTS, facts), above)
    if fits is None:
        return DriftRuling(failures=_told(unanswered))
    action = DriftAction.REPORT if unanswered else fits.action
    return DriftRuling(action=action, rule=fits.name, failures=_told(unanswered))


def _review_ruling(policy: PolicySpec, values: Facts, above: Collection[TenantName]) -> Ruling:
    fits, unanswered = _decide(policy.reviews, REVIEW_FACTS, values, above)
    decisive = fits or ReviewRule(name=NO_RULE)
    cautious = [rule for rule, _ in unanswered] + ([ReviewRule(name=NO_RULE)] if unanswered else [])
    return Ruling(
        rule=decisive.name,
        administrative=reduce(_stronger, (each.administrative for each in cautious), decisive.administrative),
        technical=reduce(_stronger, (each.technical for each in cautious), decisive.technical),
        failures=_told(unanswered),
    )


def _decide(
    rules: Iterable[_Rule], table: tuple[Fact, ...], values: Facts, above: Collection[TenantName]
) -> tuple[_Rule | None, list[tuple[_Rule, str]]]:
    """The first rule that fits, and those before it whose conditions have no answer."""
    unanswered: list[tuple[_Rule, str]] = []
    for rule in rules:
        if rule.below is not None and rule.below not in above:
            continue
        answer = True if rule.when is None else evaluate(rule.when, table, values)
        if isinstance(answer, Failure):
            unanswered.append((rule, answer.message))
        elif answer:
            return rule, unanswered
    return None, unanswered


def _told(unanswered: Iterable[tuple[ReviewRule | DriftRule, str]]) -> tuple[str, ...]:
    return tuple(f'the condition of "{rule.name}" has no answer: {why}' for rule, why in unanswered)


def _stronger(one: Need, other: Need) -> Need:
    """Whichever wants more approvals; of two alike, the one that names people."""
    return max(one, other, key=lambda each: (each.approvals, bool(each.among)))
