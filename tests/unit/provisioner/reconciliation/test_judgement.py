"""What becomes of drift: the policy's word, the brake, and what is never done by itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provisioner.diff import Change, Difference, Verb
from provisioner.objects import Address, Value
from provisioner.plan import Action, Refusal, Section
from provisioner.reconciliation.judgement import Brake, Correct, Leave, facts_of, judge, objection
from provisioner.store.drift import Drift
from tenants.policy import STANDARD, DriftAction, DriftRule, Expression, PolicySpec

FREE = Brake(corrected={}, most=3)
QUOTA = Address.parse("city/market/registration/quota/compute")
ROUTER = Address.parse("city/market/registration/router/edge")


def drifted(build: Any, address: Address = QUOTA, name: str = "cores", actual: Value = 12) -> Drift:
    """A property that was first seen to differ two and a half days ago."""
    return Drift(
        difference=Difference(address=address, property=name, expected=10, actual=actual),
        first_seen=build.now() - timedelta(days=2, hours=12),
        last_seen=build.now(),
        last_matching_seen=None,
        resolved_at=None,
    )


def policy(*rules: tuple[str, DriftAction]) -> PolicySpec:
    """A rule for each condition."""
    listed = (
        DriftRule(name=f"r{number}", when=Expression(when), action=action)
        for number, (when, action) in enumerate(rules)
    )
    return replace(STANDARD, drift=tuple(listed))


LIMITS = policy(('kind == "quota"', DriftAction.CORRECT))


def decided(build: Any, policy: PolicySpec, *drifts: Drift, brake: Brake = FREE) -> Correct | Leave:
    """What is done."""
    return judge(policy, drifts, ["market", "town"], brake=brake, now=build.now())


def test_without_a_policy_drift_is_reported(build: Any) -> None:
    """Nothing is in the way of anything."""
    assert decided(build, STANDARD, drifted(build)) == Leave()


def test_what_policy_says_is_corrected(build: Any) -> None:
    """With the rule that says so."""
    assert decided(build, LIMITS, drifted(build)) == Correct(rules={(QUOTA, "cores"): "r0"})


def test_all_or_nothing(build: Any) -> None:
    """What is only reported would be changed along with the rest."""
    left = decided(build, LIMITS, drifted(build), drifted(build, ROUTER, "external"))
    assert isinstance(left, Leave)
    assert left.obstacle is not None
    assert left.obstacle.startswith("not corrected: external of city/market/registration/router/edge is only")


@pytest.mark.parametrize(("times", "corrected"), [(0, True), (2, True), (3, False), (9, False)])
def test_the_brake(build: Any, times: int, corrected: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """So often within a day, and no more."""
    brake = Brake(corrected={(QUOTA, "cores"): times}, most=3)
    came = decided(build, LIMITS, drifted(build), brake=brake)
    assert isinstance(came, Correct) is corrected
    assert corrected or (isinstance(came, Leave) and (came.obstacle or "").startswith("contested: cores of"))


def test_the_brake_is_for_each_property_by_itself(build: Any) -> None:
    """Another one is another matter."""
    brake = Brake(corrected={(QUOTA, "ram"): 9}, most=3)
    assert isinstance(decided(build, LIMITS, drifted(build), brake=brake), Correct)


def test_conditions_speak_of_values_and_age(build: Any) -> None:
    """As text, and in whole days."""
    facts: Mapping[str, Any] = facts_of(drifted(build, actual=None), build.now())
    assert (facts["expected"], facts["actual"], facts["ageDays"], facts["name"]) == ("10", "", 2, "compute")
    old = policy(("ageDays >= 3", DriftAction.CORRECT))
    assert decided(build, old, drifted(build)) == Leave()


def section(*actions: Action, refusals: tuple[Refusal, ...] = ()) -> Section:
    """A plan for one tenant in one cloud."""
    return Section(tenant=QUOTA.tenant, cloud=QUOTA.cloud, actions=actions, refusals=refusals)


def action(verb: Verb = Verb.UPDATE, *, destructive: bool = False) -> Action:
    """Something to be done."""
    change = Change(address=ROUTER, verb=verb, before={}, after={})
    return Action(change=change, reason="drift", destructive=destructive)


def test_what_may_be_done_by_itself() -> None:
    """Changes that lose nothing, and making again what is gone."""
    assert objection(section(action(), action(Verb.CREATE))) is None


@pytest.mark.parametrize("bad", [action(Verb.DELETE), action(destructive=True)])
def test_nothing_is_destroyed_by_itself(bad: Action) -> None:
    """Whatever the policy says."""
    assert "city/market/registration/router/edge would be deleted" in (objection(section(action(), bad)) or "")


def test_what_a_plan_refuses_is_told() -> None:
    """With its remedy."""
    refused = Refusal(address=QUOTA, message="40 in use", remedy="free some first")
    expected = "not corrected: city/market/registration/quota/compute: 40 in use (free some first)"
    assert objection(section(action(), refusals=(refused,))) == expected
