"""Rules about envelopes: nobody asks for more than is allowed, and everybody knows what nothing bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tenants.envelopes import Breach, Contribution, account, downwards
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step, nearest
from tenants.names import CloudName, TenantName
from tenants.problems import Problem
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Resource, definition
from tenants.rules.hierarchy import circles
from tenants.rules.manifests import Manifests
from tenants.spec import City, ProjectSpec, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """The nearest envelope that bounds a resource."""

    tenant: TenantName
    limit: Limit


#: What bounds the projects of one tenant; a cloud stands here if any envelope on the way up names it.
_Bounds = Mapping[CloudName, Mapping[Resource, _Bound]]


def envelopes_hold(manifests: Manifests) -> Iterator[Problem]:
    """What a tenant and all below it ask for is within its envelope."""
    for breach in account(_city(manifests)).breaches:
        if breach.excess:
            row = breach.row
            manifest = manifests.tenants[row.tenant]
            steps = _resource_steps(("spec", "envelope", row.cloud), row.resource)
            yield manifest.error(steps, _told(breach), "raise the envelope, or ask for less")


def _told(breach: Breach) -> str:
    """A breach in one sentence."""
    row = breach.row
    whole, excess = _spelt(row.allocated.total, row.resource), _spelt(breach.excess, row.resource)
    bound = _spelt(row.envelope or 0, row.resource)
    most = ", ".join(_contribution(each, row.resource) for each in breach.contributors)
    return f"the projects of this tenant and those below ask for {whole} of {bound}, {excess} too much: {most}"


def _contribution(each: Contribution, resource: Resource) -> str:
    return f"{each.tenant}/{each.project} {_spelt(each.limit, resource)}"


def _spelt(amount: int, resource: Resource) -> str:
    return spell(Limit(amount), definition(resource).unit)


def unlimited_is_not_bounded(manifests: Manifests) -> Iterator[Problem]:
    """No project asks for `unlimited` where an envelope above it bounds the resource."""
    for manifest, place, project, bounds in _bounded_projects(manifests):
        for resource, bound in bounds.get(project.cloud, {}).items():
            if project.limits.get(resource) == UNLIMITED:
                steps = _resource_steps((*place, "quota"), resource)
                allowed = _spelt(bound.limit, resource)
                message = f'unlimited cannot be within the envelope of "{bound.tenant}", {allowed}'
                yield manifest.error(steps, message, f"write an amount of {allowed} at most")


def bounded_is_named(manifests: Manifests) -> Iterator[Problem]:
    """A quota names every resource that an envelope bounds; what it leaves open counts as the cloud has it (a warning)."""
    for manifest, place, project, bounds in _bounded_projects(manifests):
        quota = (*place, "quota")
        unnamed = [
            each
            for each in bounds.get(project.cloud, {})
            if nearest(manifest.root, steps := _resource_steps(quota, each)).steps() != steps
        ]
        if unnamed:
            names = ", ".join(str(each) for each in sorted(unnamed))
            message = f"leaves open what an envelope bounds: {names}"
            yield manifest.warning(quota, message, "name them; until then, what the cloud has counts")


def clouds_are_bounded(manifests: Manifests) -> Iterator[Problem]:
    """Of every cloud that a tenant has projects in, some envelope of it or those above speaks (a warning)."""
    told: set[tuple[str, CloudName]] = set()
    for manifest, place, project, bounds in _bounded_projects(manifests):
        known = project.cloud in manifests.clouds
        if known and project.cloud not in bounds and (manifest.name, project.cloud) not in told:
            told.add((manifest.name, project.cloud))
            message = f'no envelope of this tenant or those above speaks of the cloud "{project.cloud}"'
            yield manifest.warning((*place, "cloud"), message, "without one, nothing bounds what is asked for")


def envelopes_nest(manifests: Manifests) -> Iterator[Problem]:
    """No envelope is larger than the one above it, where it could never be filled (a warning)."""
    city = _city(manifests)
    bounds = _bounds(city)
    for name, parent in downwards(city):
        above = bounds[parent] if parent is not None else {}
        for cloud, limits in city.tenants[name].envelopes.items():
            for resource, limit in limits.items():
                bound = above.get(cloud, {}).get(resource)
                if bound is not None and limit > bound.limit:
                    steps = _resource_steps(("spec", "envelope", cloud), resource)
                    message = (
                        f'is more than the envelope above it, of "{bound.tenant}": {_spelt(bound.limit, resource)}'
                    )
                    yield manifests.tenants[name].warning(steps, message, "it can never be filled")


def _bounded_projects(
    manifests: Manifests,
) -> Iterator[tuple[Manifest[TenantSpec], tuple[Step, ...], ProjectSpec, _Bounds]]:
    """Every project in use, with its place and what bounds it."""
    bounds = _bounds(_city(manifests))
    for name, manifest in manifests.tenants.items():
        for index, project in enumerate(manifest.spec.projects):
            if project.is_active:
                yield manifest, ("spec", "projects", index), project, bounds[name]


def _bounds(city: City) -> dict[TenantName, _Bounds]:
    """For every tenant, the nearest finite envelope of each resource, its own before those above."""
    found: dict[TenantName, _Bounds] = {}
    for name, parent in downwards(city):
        bounds = {cloud: dict(each) for cloud, each in (found[parent] if parent is not None else {}).items()}
        for cloud, limits in city.tenants[name].envelopes.items():
            own = {resource: _Bound(tenant=name, limit=limit) for resource, limit in limits.items() if limit >= 0}
            bounds[cloud] = {**bounds.get(cloud, {}), **own}
        found[name] = bounds
    return found


def _city(manifests: Manifests) -> City:
    """The tenants as a city, circles cut open, so that one mistake hides no other."""
    tenants = {name: manifest.spec for name, manifest in manifests.tenants.items()}
    for circle in circles(manifests):
        for name in circle:
            tenants[name] = replace(tenants[name], parent=None)
    return City(clouds={}, tenants=tenants)


def _resource_steps(place: tuple[Step, ...], resource: Resource) -> tuple[Step, ...]:
    """The way to a resource in a mapping by service."""
    if resource.volume_type is None:
        return (*place, str(resource.service), resource.name)
    return (*place, str(resource.service), "types", resource.volume_type, resource.name)


RULES = (envelopes_hold, unlimited_is_not_bounded, bounded_is_named, clouds_are_bounded, envelopes_nest)
