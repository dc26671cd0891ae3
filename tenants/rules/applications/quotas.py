"""Rules about quotas: what a project's applications need fits what its manifest asks for, before any cloud is looked at."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tenants import members
from tenants.application import ApplicationSpec
from tenants.names import ApplicationName
from tenants.problems import Problem
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Resource, Service, definition
from tenants.rules.applications.holding import Held, held_once, is_made, is_wanted
from tenants.rules.manifests import Manifests

_PER_VOLUME = Resource(service=Service.BLOCK_STORAGE, name="per_volume_gigabytes")


def needs(application: ApplicationSpec) -> Mapping[Resource, int]:
    """What an application uses of its project's quota, in the units of the APIs, as far as its manifest tells.

    Cores and memory are the flavors' and only known in the cloud; so is the type of a volume that names none.
    """
    total: Counter[Resource] = Counter()
    if not is_made(application):
        return total
    servers = [each for each in members.servers(application) if is_wanted(application, each)]
    volumes = [each for each in members.volumes(application) if is_wanted(application, each)]
    groups = [each for each in application.server_groups if is_wanted(application, each)]
    total[_compute("instances")] = len(servers)
    total[_compute("server_groups")] = len(groups)
    total[Resource(service=Service.NETWORK, name="port")] = sum(len(each.interfaces) for each in servers)
    total[Resource(service=Service.NETWORK, name="floatingip")] = len(application.floating_ips)
    for volume in volumes:
        for volume_type in {None, volume.volume_type or None}:
            for name, amount in (("volumes", 1), ("gigabytes", volume.size)):
                total[Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=volume_type)] += amount
    return total


def _compute(name: str) -> Resource:
    return Resource(service=Service.COMPUTE, name=name)


def applications_fit_their_quota(manifests: Manifests) -> Iterator[Problem]:
    """What all applications of a project need together is within the quota that the project's manifest names."""
    projects: dict[tuple[str, str], list[Held]] = {}
    for each in held_once(manifests):
        projects.setdefault(each.key, []).append(each)
    for applications in projects.values():
        needed = {each.application.name: needs(each.application) for each in applications}
        first = applications[0]
        for resource, limit in sorted(first.project.limits.items()):
            shares = {name: share for name, all_needs in needed.items() if (share := all_needs.get(resource, 0))}
            excess = sum(shares.values()) - limit
            if limit != UNLIMITED and excess > 0:
                yield _exceeded(first, resource, limit, shares)


def _exceeded(of: Held, resource: Resource, limit: Limit, shares: Mapping[ApplicationName, int]) -> Problem:
    whole = sum(shares.values())
    parts = ", ".join(
        f"{name} {_spelt(share, resource)}"
        for name, share in sorted(shares.items(), key=lambda each: (-each[1], each[0]))
    )
    message = (
        f"the applications of this project need {_spelt(whole, resource)} of {_spelt(limit, resource)}, "
        f"{_spelt(whole - limit, resource)} too much: {parts}"
    )
    typed = () if resource.volume_type is None else ("types", resource.volume_type)
    steps = (*of.place, "quota", str(resource.service), *typed, resource.name)
    return of.tenant.error(steps, message, "raise the quota, or let the applications need less")


def volumes_fit_the_largest(manifests: Manifests) -> Iterator[Problem]:
    """No volume is larger than the project's quota lets one volume be."""
    for each in held_once(manifests):
        limit = each.project.limits.get(_PER_VOLUME, UNLIMITED)
        if limit == UNLIMITED or not is_made(each.application):
            continue
        for index, volume in enumerate(each.application.volumes):
            if volume.size > limit and is_wanted(each.application, volume):
                message = f"is more than the {_spelt(limit, _PER_VOLUME)} that one volume of the project may have"
                yield each.manifest.error(
                    ("spec", "volumes", index, "size"), message, "ask for less, or raise that quota"
                )


def _spelt(amount: int, resource: Resource) -> str:
    return spell(Limit(amount), definition(resource).unit)


RULES = (applications_fit_their_quota, volumes_fit_the_largest)
