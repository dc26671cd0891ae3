"""Which business system resources are of, by what a look tells of them. Pure.

Intervals do not know systems: renaming a server or moving an application ends none. A resource is of a system from the end
of the look that finds it so; what was not there before, from its beginning.
"""

from collections.abc import Iterable, Mapping

from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import ResourceId, Sort
from provisioner.usage.systems import Clue, Register, ResourceKey, System
from tenants import members
from tenants.application import ApplicationSpec
from tenants.names import CloudName
from tenants.spec import City, ProjectSpec


def register_of(city: City, cloud: CloudName, projects: Mapping[str, ProjectId]) -> Register:
    """What manifests have in a cloud; `projects` are Keystone's ids by name."""
    named: dict[tuple[ProjectId, Sort, str], System] = {}
    held: dict[ProjectId, frozenset[str]] = {}
    for spec in (each for tenant in city.tenants.values() for each in tenant.projects if each.cloud == cloud):
        project = projects.get(spec.keystone_name)
        if project is not None and spec.applications:
            held[project] = frozenset(_system_of(each, spec).code for each in spec.applications)
            named |= {(project, sort, name): system for sort, name, system in _named(spec)}
    return Register(named=named, held=held)


def systems_of(
    clues: Iterable[Clue], known: Mapping[ResourceKey, System], register: Register
) -> Mapping[ResourceKey, System | None]:
    """The system of each, or None; `known` is what every resource was of till now.

    Rule "named": a server or volume is of the application that names it. Rule "beside": what no application names is of the
    same as what it is attached to, or was made from. Rule "stays": else it stays what it was, renamed or detached, for as long
    as its project holds that application.
    """
    return {(each.sort, each.id): _system(each, known, register) for each in clues}


def _system(clue: Clue, known: Mapping[ResourceKey, System], register: Register) -> System | None:
    named = register.named.get((clue.project, clue.sort, clue.name)) if clue.name else None
    if named is not None:
        return named
    beside = next((known[each] for each in clue.beside if each in known), None)
    if beside is not None:
        return beside
    before = known.get((clue.sort, ResourceId(clue.id)))
    stays = before is not None and before.code in register.held.get(clue.project, frozenset())
    return before if stays else None


def _system_of(application: ApplicationSpec, spec: ProjectSpec) -> System:
    """The declared system that the application says it is of, or one of its own."""
    declared = next((each for each in spec.systems if each.code == application.system), None)
    if declared is not None:
        return System(code=declared.code, name=declared.name)
    return System(code=application.name, name=application.display_name)


def _named(spec: ProjectSpec) -> Iterable[tuple[Sort, str, System]]:
    for application in spec.applications:
        system = _system_of(application, spec)
        yield from ((Sort.SERVER, each.name, system) for each in members.servers(application))
        yield from ((Sort.VOLUME, each.name, system) for each in members.volumes(application))
