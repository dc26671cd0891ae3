"""From manifests and observations to a plan. Pure: it decides, and touches nothing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from provisioner.demand import Demand, shortfalls
from provisioner.diff import Change, diff
from provisioner.kinds.catalogue import KINDS, kind_of
from provisioner.kinds.interface import Asked
from provisioner.objects import Address, KindName, Observed
from provisioner.observation import Observation
from provisioner.plan import Action, Notice, Plan, Refusal, Section
from tenants.days import day_of
from tenants.names import CloudName, TenantName
from tenants.spec import City, ProjectSpec, ProjectState, TenantSpec, is_furnished

#: Keystone projects by cloud, as (cloud, Keystone name).
KeystoneNames = frozenset[tuple[CloudName, str]]


def make_plan(
    city: City,
    observations: Mapping[CloudName, Observation],
    *,
    unreachable: Mapping[CloudName, str] | None = None,
    applied_before: KeystoneNames = frozenset(),
    only: frozenset[TenantName] | None = None,
) -> Plan:
    """The plan that makes the observed clouds match the city's manifests.

    `unreachable` gives the reason for each cloud that could not be observed: its sections are refused.
    `applied_before` are the projects of earlier, applied manifests: those no longer named are reported as orphaned.
    `only` these tenants have sections; None is all.
    """
    sections = tuple(
        _section(tenant, cloud, observations.get(cloud), (unreachable or {}).get(cloud, "it was not observed"))
        for tenant, cloud in _pairs(city)
        if only is None or tenant.name in only
    )
    unnamed = _unnamed(city, observations)
    return Plan(
        sections=sections,
        unmanaged=tuple(sorted(unnamed - applied_before)),
        orphaned=tuple(sorted(unnamed & applied_before)),
    )


def plan_section(tenant: TenantSpec, observation: Observation) -> Section:
    """The plan for one tenant in the observed cloud."""
    asked = tuple(Asked.of(tenant, project, observation) for project in projects_in(tenant, observation.cloud))
    parts = [_project_part(each) for each in asked]
    today = day_of(observation.at)
    return Section(
        tenant=tenant.name,
        cloud=observation.cloud,
        actions=tuple(chain.from_iterable(actions for actions, _, _ in parts)),
        refusals=tuple(chain.from_iterable(refusals for _, refusals, _ in parts)),
        notices=(
            *chain.from_iterable(notices for _, _, notices in parts),
            *chain.from_iterable(map(_on_the_way, asked)),
            *chain.from_iterable(_over(each, today) for each in asked),
        ),
    )


def projects_in(tenant: TenantSpec, cloud: CloudName) -> tuple[ProjectSpec, ...]:
    """A tenant's projects in one cloud, by name."""
    return tuple(sorted((each for each in tenant.projects if each.cloud == cloud), key=lambda each: each.name))


def _pairs(city: City) -> list[tuple[TenantSpec, CloudName]]:
    """Every tenant with every cloud that it has projects in, in an order that does not depend on the files'."""
    pairs = {(tenant.name, project.cloud) for tenant in city.tenants.values() for project in tenant.projects}
    return [(city.tenants[name], cloud) for name, cloud in sorted(pairs)]


def _section(tenant: TenantSpec, cloud: CloudName, observation: Observation | None, missing: str) -> Section:
    if observation is not None:
        return plan_section(tenant, observation)
    return Section(
        tenant=tenant.name,
        cloud=cloud,
        refusals=tuple(
            Refusal(
                address=Address(cloud=cloud, tenant=tenant.name, project=project.name, kind=KindName("project")),
                message=f"cloud {cloud} could not be observed: {missing}",
                remedy="mend the cause, or wait until the cloud answers; then run the command again",
            )
            for project in projects_in(tenant, cloud)[:1]
        ),
    )


def _project_part(asked: Asked) -> tuple[list[Action], list[Refusal], list[Notice]]:
    """One project's actions in the order they are made, refusals and notices."""
    desired = list(chain.from_iterable(kind.desired(asked) for kind in KINDS))
    observed = observed_objects(asked)
    obstacles = [
        *_given_back(asked),
        *_unoffered(asked),
        *_unlisted(asked),
        *chain.from_iterable(kind.obstacles(asked) for kind in KINDS),
    ]
    notices = list(chain.from_iterable(kind.notices(asked) for kind in KINDS))
    if obstacles:
        return [], obstacles, notices
    changes = sorted(diff(desired, observed), key=_order)
    assessed = [(change, kind_of(change.address.kind).assess(change, asked)) for change in changes]
    actions = [
        Action(change=change, reason=assessment.reason, destructive=assessment.destructive)
        for change, assessment in assessed
        if not assessment.refusals
    ]
    refusals = list(chain.from_iterable(assessment.refusals for _, assessment in assessed))
    demands = (
        Demand(address=each.address, amounts=kind_of(each.address.kind).demand(each, asked))
        for each in (action.change for action in actions)
    )
    return actions, [*refusals, *shortfalls(asked, demands)], notices


def _over(asked: Asked, today: date) -> Iterator[Notice]:
    """That a project's time is over, while its manifest asks for all of it: Tenantry restricted it, or will."""
    project = asked.project
    if project.state is ProjectState.ACTIVE and project.valid_until is not None and project.valid_until < today:
        yield Notice(
            address=asked.address(KindName("project")),
            message=f"its time was over on {project.valid_until}, and it is asked for in full; name a later validUntil, or "
            "state: restricted, or workers will restrict it again",
        )


def _on_the_way(asked: Asked) -> Iterator[Notice]:
    """That applications of the project are left alone, whatever their manifests ask, for waves move them."""
    for application, wave in sorted(asked.project.on_the_way.items()):
        yield Notice(
            address=asked.address(KindName("project")),
            message=f"the wave {wave} moves or imports the application {application}: it is left alone until that has ended",
        )


def _given_back(asked: Asked) -> Iterator[Refusal]:
    """That a project is given back from which, or to which, something is just being moved."""
    for application, wave in sorted(() if asked.project.is_active else asked.project.on_the_way.items()):
        yield Refusal(
            address=asked.address(KindName("project")),
            message=f"cannot be retired: the wave {wave} moves or imports the application {application}",
            remedy="wait until that has ended, abort it (tenantry migrate abort), or give the wave up (state: absent)",
        )


def observed_objects(asked: Asked) -> Observed:
    """What was seen of a project, as objects of all kinds."""
    return dict(chain.from_iterable(kind.observed(asked) for kind in KINDS))


def _unoffered(asked: Asked) -> Iterator[Refusal]:
    """What the cloud offers and nobody could read: a project that may need it waits until it can be."""
    for service, reason in sorted(asked.offers.unread.items() if is_furnished(asked.project) else ()):
        yield Refusal(
            address=asked.address(KindName("project")),
            message=f"what the cloud's {service} service offers could not be read: {reason}",
            remedy="run the command again when the service answers",
        )


def _unlisted(asked: Asked) -> Iterator[Refusal]:
    """What the project holds and nobody could read: it is not taken for absent."""
    for collection, reason in sorted(asked.view.unlisted.items() if asked.view else ()):
        yield Refusal(
            address=asked.address(KindName("project")),
            message=f"its {collection} could not be listed: {reason}",
            remedy="run the command again when the service answers",
        )


def _order(change: Change) -> tuple[int, Address]:
    return kind_of(change.address.kind).rank(change), change.address


def _unnamed(city: City, observations: Mapping[CloudName, Observation]) -> KeystoneNames:
    named = named_projects(city.tenants.values())
    seen = {(cloud, name) for cloud, observation in observations.items() for name in observation.projects}
    return frozenset(seen) - named


def named_projects(tenants: Iterable[TenantSpec]) -> KeystoneNames:
    """The Keystone projects that these tenants' manifests name."""
    return frozenset((each.cloud, each.keystone_name) for tenant in tenants for each in tenant.projects)
