"""Which way a request takes through its reviews: the facts of it, and what the policy in force says to them. Pure.

Fixed when a request is submitted or returns to review, so that a policy that changes later changes no request under way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Final

from provisioner.diff import Verb
from provisioner.kinds import project as project_kind
from provisioner.kinds import quota as quota_kind
from provisioner.kinds import server_properties as server_kind
from provisioner.operation import Actor
from provisioner.plan import Plan
from provisioner.requests.documents import Asking, concerned_by, moved_by, tenants_of, waves_of
from provisioner.requests.evidence import Evidence, Use
from provisioner.requests.states import Role, State
from tenants.envelopes import upwards
from tenants.facts import BOUNDLESS, FROM_NOTHING, REVIEW_FACTS, Facts, added, completed, concerned
from tenants.names import ProjectName, TenantName
from tenants.policy import NO_RULE, Need, PolicySpec
from tenants.resources import UNLIMITED
from tenants.ruling import review_ruling
from tenants.spec import City, ProjectSpec, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the reviews of one request take."""

    #: The rule that decided, and the policy that it is of; `standard` where none did.
    rule: str = NO_RULE
    policy: str = NO_RULE
    administrative: Need = field(default_factory=Need)
    technical: Need = field(default_factory=Need)
    #: The conditions that had no answer, with the reasons.
    failures: tuple[str, ...] = ()
    #: The facts that were decided by: those that are otherwise than an empty request's.
    facts: Mapping[str, Any] = field(default_factory=dict)

    def need(self, state: State) -> Need | None:
        """What a state takes to be left; None where it is no review."""
        return {State.ADMINISTRATIVE_REVIEW: self.administrative, State.TECHNICAL_REVIEW: self.technical}.get(state)


#: What a request has that was submitted before there were rules.
STANDARD_ROUTE: Final = Route()
#: The state that each reviewer acts in.
REVIEW_OF: Final[Mapping[Role, State]] = {
    Role.ADMINISTRATIVE_REVIEWER: State.ADMINISTRATIVE_REVIEW,
    Role.TECHNICAL_REVIEWER: State.TECHNICAL_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A request as it was checked and planned."""

    asking: Asking
    requester: Actor
    plan: Plan
    evidence: Evidence


def route_of(looked: Looked) -> Route:
    """What its reviews take, by the policy that is in force and not by anything that the request brings."""
    return ruled(looked.asking.before.policy, facts_of(looked), looked.asking.after)


def ruled(policy: PolicySpec, facts: Facts, city: City) -> Route:
    """What a policy says to the facts of a request; the tree of tenants is the city's."""
    lines = (upwards(city, TenantName(each)) for each in concerned(facts))
    ruling = review_ruling(policy, facts, lines)
    return Route(
        rule=ruling.rule,
        policy=policy.name,
        administrative=ruling.administrative,
        technical=ruling.technical,
        failures=ruling.failures,
        facts=_telling(facts),
    )


def facts_of(looked: Looked) -> Facts:
    """What is true of a request, as `tenants.facts.REVIEW_FACTS` says; what follows from others is left out."""
    asking, actions = looked.asking, tuple(looked.plan.actions)
    changed = tuple(_changed(asking.before, asking.after, tenants_of(asking)))
    both = (*(project for pair in changed for project in pair if project is not None), *_left_and_reached(asking))
    limits_only = (
        not waves_of(asking)
        and _limits_only(asking)
        and all(each.change.address.kind == quota_kind.NAME for each in actions)
    )
    uses = looked.evidence.uses
    more = {name: sum(_more(each) for each in grown) for name, grown in _by_resource(uses).items()}
    created = [each.change.address.kind for each in actions if each.change.verb is Verb.CREATE]
    return {
        "tenant": str(asking.tenant),
        "tenants": sorted(map(str, concerned_by(asking))),
        "requester": str(looked.requester),
        "clouds": sorted({str(each.cloud) for each in both}),
        "zones": sorted({str(each.zone) for each in both}),
        "environments": sorted({each.environment.value for each in both}),
        "protectionLevel": max((each.protection_level for each in both), default=0),
        "limitsOnly": limits_only,
        "decreaseOnly": limits_only and not more and _only_less(changed),
        "deletes": sum(each.destructive or each.change.verb is Verb.DELETE for each in actions),
        "newProjects": created.count(project_kind.NAME),
        "newServers": created.count(server_kind.NAME),
        "migrates": bool(waves_of(asking) & asking.after.waves.keys()),
        "movedApplications": len({application.name for _, _, application in moved_by(asking)}),
        "added": {name: min(amount, BOUNDLESS) for name, amount in more.items()},
        "growth": {name: max(map(_growth, grown)) for name, grown in _by_resource(uses).items()},
        "use": {name: min(map(_use, grown)) for name, grown in _by_resource(uses).items()},
        "share": _shares(looked.evidence),
    }


_Pair = tuple[ProjectSpec | None, ProjectSpec]


def _changed(before: City, after: City, tenants: Iterable[TenantName]) -> Iterator[_Pair]:
    """The projects that are to be otherwise than in force, as they are there and as they are asked for."""
    for name in sorted(tenants):
        old = _projects(before, name)
        for project, asked in sorted(_projects(after, name).items()):
            if old.get(project) != asked:
                yield old.get(project), asked


def _left_and_reached(asking: Asking) -> Iterator[ProjectSpec]:
    """The projects that the request's waves take applications from and bring them to."""
    for wave, member, application in moved_by(asking):
        target = member.project or wave.target.project or application.project
        projects = _projects(asking.after, application.owner)
        yield from (projects[name] for name in (application.project, target) if name in projects)


def _projects(city: City, tenant: TenantName) -> dict[ProjectName, ProjectSpec]:
    found = city.tenants.get(tenant)
    return {each.name: each for each in found.projects} if found else {}


def _limits_only(asking: Asking) -> bool:
    """Whether the manifests differ in nothing but limits, of which none is left out."""
    return all(
        name in asking.before.tenants
        and _bare(asking.before.tenants[name]) == _bare(asking.after.tenants[name])
        and not any(
            each.limits.keys() - _projects(asking.after, name)[each.name].limits.keys()
            for each in asking.before.tenants[name].projects
        )
        for name in tenants_of(asking)
    )


def _bare(tenant: TenantSpec) -> TenantSpec:
    """The tenant without any limits of its projects."""
    projects = sorted((replace(each, limits={}) for each in tenant.projects), key=lambda each: each.name)
    return replace(tenant, projects=tuple(projects))


def _only_less(changed: Iterable[_Pair]) -> bool:
    """Whether limits in the manifests go down, and none goes up or is new."""
    pairs = tuple((old.limits if old else {}, new.limits) for old, new in changed)
    return bool(pairs) and all(
        resource in old and _rank(limit) <= _rank(old[resource])
        for old, new in pairs
        for resource, limit in new.items()
    )


def _rank(limit: int) -> float:
    return inf if limit == UNLIMITED else limit


def _by_resource(uses: Iterable[Use]) -> dict[str, list[Use]]:
    """The projects whose limit is to be higher than enforced, for each resource of which there is one."""
    found: dict[str, list[Use]] = {}
    for each in uses:
        if _more(each) > 0:
            found.setdefault(str(each.resource), []).append(each)
    return found


def _more(use: Use) -> int:
    return added(use.enforced or 0, use.asked)


def _growth(use: Use) -> float:
    """By which part a limit grows; capped, for who grows from nothing grows without bound."""
    return min(_more(use) / use.enforced, FROM_NOTHING) if use.enforced else FROM_NOTHING


def _use(use: Use) -> float:
    """Which part of the present limit is in use; 0 where nobody knows."""
    return (use.used or 0) / use.enforced if use.enforced and use.enforced > 0 else 0.0


def _shares(evidence: Evidence) -> dict[str, float]:
    """Which part of what its cloud may give out each resource takes; where that is nothing, all of it."""
    found: dict[str, float] = {}
    for room in evidence.cost:
        if room.bound is not None:
            share = room.asked / room.bound if room.bound > 0 else 1.0
            found[str(room.line.resource)] = max(share, found.get(str(room.line.resource), 0.0))
    return found


def _telling(facts: Facts) -> dict[str, Any]:
    """Without what is as in any request that asks for nothing."""
    empty = completed(REVIEW_FACTS, {})
    return {name: value for name, value in facts.items() if value and value != empty[name]}
