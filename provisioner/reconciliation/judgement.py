"""Whether what drifted is made as it was applied, by the city's policy; never where that could destroy anything. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from provisioner.diff import Verb
from provisioner.objects import Address, Value
from provisioner.plan import Section
from provisioner.store.drift import Drift
from tenants.facts import Facts
from tenants.names import TenantName
from tenants.policy import DriftAction, PolicySpec
from tenants.ruling import DriftRuling, drift_ruling

#: One property of one object.
Property = tuple[Address, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """Make all of it as it was applied."""

    #: The rules that say so, by what each is about.
    rules: Mapping[Property, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave it, and tell."""

    #: Why what policy would have corrected is not; None where policy would not.
    obstacle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """Keeps Tenantry from fighting with somebody who changes the same thing again and again."""

    #: How often each property was corrected within the last day.
    corrected: Mapping[Property, int]
    #: More than this it is not.
    most: int


def judge(
    policy: PolicySpec, drifts: Iterable[Drift], above: Collection[TenantName], *, brake: Brake, now: datetime
) -> Correct | Leave:
    """What becomes of all that drifted for one tenant in one cloud; `above` are the tenant and all tenants above it.

    A correction is a plan for the tenant in the cloud, and a plan is made whole or not at all: so where something of it is
    only to be reported, nothing is corrected.
    """
    rulings = {
        (each.difference.address, each.difference.property): _ruling(policy, each, above, now) for each in drifts
    }
    correct = {key: each for key, each in rulings.items() if each.action is DriftAction.CORRECT}
    if not correct:
        return Leave()
    if left := sorted(rulings.keys() - correct.keys()):
        return Leave(
            obstacle=f"not corrected: {_spoken(left[0])} is only to be reported, and would be corrected with it"
        )
    if contested := sorted(key for key in correct if brake.corrected.get(key, 0) >= brake.most):
        times = brake.corrected[contested[0]]
        return Leave(
            obstacle=f"contested: {_spoken(contested[0])} was corrected {times} times within a day, and somebody changes it "
            "again and again; find out who, and change the manifest or stop them"
        )
    return Correct(rules={key: each.rule or "" for key, each in correct.items()})


def objection(section: Section) -> str | None:
    """Why a correction is not made by itself, whatever the policy says; None where nothing speaks against it."""
    if section.refusals:
        first = section.refusals[0]
        return f"not corrected: {first.address}: {first.message} ({first.remedy})"
    dangerous = [each for each in section.actions if each.destructive or each.change.verb is Verb.DELETE]
    if dangerous:
        return (
            f"not corrected: {dangerous[0].change.address} would be deleted, or something of it lost or cut off; people "
            "decide about that, with `tenantry apply`"
        )
    return None


def facts_of(drift: Drift, now: datetime) -> Facts:
    """What a policy's conditions may ask about it."""
    difference = drift.difference
    return {
        "tenant": difference.address.tenant,
        "cloud": difference.address.cloud,
        "project": difference.address.project,
        "kind": difference.address.kind,
        "name": difference.address.key,
        "property": difference.property,
        "expected": _text(difference.expected),
        "actual": _text(difference.actual),
        "ageDays": max(0, (now - drift.first_seen).days),
    }


def _ruling(policy: PolicySpec, drift: Drift, above: Collection[TenantName], now: datetime) -> DriftRuling:
    return drift_ruling(policy, facts_of(drift, now), above)


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spoken(key: Property) -> str:
    address, name = key
    return f"{name} of {address}" if name else str(address)
