"""What a manifest needs of its cloud and the cloud does not have: problems found before any plan. Pure.

A service that does not answer is not judged: what it has is unknown, and the plan refuses what depends on it.
"""

from collections.abc import Iterable, Iterator, Mapping

from provisioner.clouds.interface import Capabilities
from provisioner.observation import Observation
from tenants.names import CloudName
from tenants.presence import Presence
from tenants.problems import Location, Problem
from tenants.resources import Resource, Service, definition
from tenants.spec import City, CloudSpec, MemberSpec, PrincipalKind, ProjectSpec, Sources, ZoneSpec

_NOWHERE = Location(file="(no file)", line=1, column=1)


def missing_requirements(
    city: City, observations: Mapping[CloudName, Observation], sources: Sources
) -> tuple[Problem, ...]:
    """Every need that an observed cloud cannot meet, at its place in the manifests."""
    found = [
        *(
            _problem(sources, ("Cloud", name, path), message, remedy)
            for name, observation in observations.items()
            for path, message, remedy in _cloud_needs(city.clouds[name], observation.capabilities)
        ),
        *(
            _problem(sources, ("Tenant", tenant.name, f"spec.projects[{index}]{path}"), message, remedy)
            for tenant in city.tenants.values()
            for index, project in enumerate(tenant.projects)
            if project.cloud in observations and project.is_active
            for path, message, remedy in _project_needs(project, observations[project.cloud])
        ),
    ]
    return tuple(sorted(found))


#: (path below the document or project, what is missing, what to do)
_Need = tuple[str, str, str]


def _cloud_needs(cloud: CloudSpec, has: Capabilities) -> Iterator[_Need]:
    for index, zone in enumerate(cloud.zones.values()):
        if Service.COMPUTE not in has.unreachable and zone.availability_zone not in has.availability_zones:
            yield (
                f"spec.zones[{index}].availabilityZone",
                f"the cloud has no availability zone {zone.availability_zone}",
                f"it has {_listed(has.availability_zones)}",
            )
        if _has_no_external_network(zone, has):
            yield (
                f"spec.zones[{index}].externalNetwork",
                f"the cloud has no external network {zone.external_network}",
                f"it has {_listed(has.external_networks)}",
            )
    if Service.BLOCK_STORAGE in has.unreachable:
        return
    for name in sorted(cloud.volume_types - has.volume_types):
        yield "spec.volumeTypes", f"the cloud has no volume type {name}", f"it has {_listed(has.volume_types)}"


def _has_no_external_network(zone: ZoneSpec, has: Capabilities) -> bool:
    return (
        Service.NETWORK not in has.unreachable
        and zone.external_network is not None
        and zone.external_network not in has.external_networks
    )


def _project_needs(project: ProjectSpec, observation: Observation) -> Iterator[_Need]:
    for resource in sorted(project.limits, key=str):
        yield from _resource_needs(resource, observation)
    for index, member in enumerate(project.members):
        yield from _member_needs(f".members[{index}]", member, observation)


def _resource_needs(resource: Resource, observation: Observation) -> Iterator[_Need]:
    has, path = observation.capabilities, f".quota.{resource.service}"
    extension = definition(resource).extension
    if resource.service in has.unreachable:
        return
    if resource.service not in has.services:
        yield path, f"the cloud has no {resource.service} service", "leave its quota out"
    elif resource.volume_type is not None and resource.volume_type not in has.volume_types:
        yield (
            f"{path}.types.{resource.volume_type}",
            f"the cloud has no volume type {resource.volume_type}",
            f"it has {_listed(has.volume_types)}",
        )
    elif extension is not None and extension not in has.network_extensions:
        yield (
            f"{path}.{resource.name}",
            f"the cloud's Neutron has no extension {extension}, which {resource.name} needs",
            "leave it out, or have the extension loaded",
        )


def _member_needs(path: str, member: MemberSpec, observation: Observation) -> Iterator[_Need]:
    if member.presence is Presence.ABSENT:
        return
    directory = observation.directory
    if member.role not in directory.roles:
        yield f"{path}.role", f"the cloud has no role {member.role}", f"it has {_listed(directory.roles)}"
    known = directory.groups if member.kind is PrincipalKind.GROUP else directory.users
    if member.name not in known:
        yield (
            f"{path}.{member.kind}",
            f"the cloud's domain has no {member.kind} {member.name}",
            "have it made in Keystone first, or name one that exists",
        )


def _listed(names: Iterable[str]) -> str:
    shown = ", ".join(sorted(names)[:10])
    return shown or "none"


def _problem(sources: Sources, place: tuple[str, str, str], message: str, remedy: str) -> Problem:
    kind, name, path = place
    return Problem(location=locate(sources, kind, name, path), path=path, message=message, remedy=remedy)


def locate(sources: Sources, kind: str, name: str, path: str) -> Location:
    """The place of a path, or of the nearest part around it that the sources know."""
    while True:
        if (kind, name, path) in sources:
            return sources[kind, name, path]
        if not path:
            return _NOWHERE
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
