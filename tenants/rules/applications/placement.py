"""Rules about where applications live: a project of a tenant, at a protection level that both allow."""

from collections.abc import Iterator

from tenants.application import Management
from tenants.kinds.tenant import TENANT
from tenants.language.report import Chooser, choose
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import held
from tenants.rules.manifests import Manifests
from tenants.spec import CloudSpec, ProjectSpec, ProjectState

_OWNER = ("spec", "owner")
_PROJECT = ("spec", "project")
_LEVEL = ("spec", "protectionLevel")
_SYSTEM = ("spec", "system")


def owners_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every application's owner is a tenant, and its project one of the owner's."""
    known = Chooser(manifests.tenants)
    projects: dict[str, tuple[frozenset[str], Chooser]] = {}
    for each in manifests.every_application():
        owner, project = each.spec.owner, each.spec.project
        if owner and not manifests.has(TENANT.name, owner):
            yield each.error(_OWNER, f'no tenant is called "{owner}"', known.choose(owner))
        elif owner in manifests.tenants and project:
            if owner not in projects:
                listed = frozenset(item.name for item in manifests.tenants[owner].spec.projects if item.name)
                projects[owner] = listed, Chooser(listed)
            names, chooser = projects[owner]
            if project not in names:
                message = f'the tenant "{owner}" has no project "{project}"'
                yield each.error(_PROJECT, message, chooser.choose(project))


def levels_fit(manifests: Manifests) -> Iterator[Problem]:
    """An application's protection level is at most its project's, and one that the project's zone may hold."""
    for each in held(manifests):
        level, highest = each.application.protection_level, each.project.protection_level
        if level and (message := unfit(level, each.project, each.cloud)) is not None:
            above = f"write {highest} at most, or raise the project's"
            yield each.manifest.error(
                _LEVEL, message, above if level > highest else "leave it out: then it is the project's"
            )


def unfit(level: int, project: ProjectSpec, cloud: CloudSpec | None) -> str | None:
    """Why a project is no place for an application of a protection level; a level of the project's own is its zone's business."""
    highest = project.protection_level
    if not highest or level == highest:
        return None
    if level > highest:
        return f'level {level} is above that of the project "{project.name}", {highest}'
    zone = cloud.zones.get(project.zone) if cloud is not None else None
    if zone is None or not zone.protection_levels or level in zone.protection_levels or project.zone_exception:
        return None
    allowed = ", ".join(str(item) for item in sorted(zone.protection_levels))
    return f'the zone "{zone.name}" of its project may hold level {allowed}, not level {level}'


def systems_are_the_projects(manifests: Manifests) -> Iterator[Problem]:
    """The system that an application is of is one that its project serves."""
    for each in held(manifests):
        message = unserved(each.application.system, each.project)
        if message is not None:
            known = [system.code for system in each.project.systems if system.code]
            remedy = choose(each.application.system or "", known) if known else "name it in the project's systems first"
            yield each.manifest.error(_SYSTEM, message, remedy)


def unserved(system: str | None, project: ProjectSpec) -> str | None:
    """Why a project is no place for an application of a system."""
    if not system or any(each.code == system for each in project.systems):
        return None
    return f'the project "{project.name}" serves no system "{system}"'


def retired_projects_hold_no_applications(manifests: Manifests) -> Iterator[Problem]:
    """A retired project holds no application that is to be there; one that is to be taken away stays (a warning)."""
    for each in held(manifests):
        if each.project.state is not ProjectState.RETIRED:
            continue
        if each.application.presence is Presence.PRESENT:
            message = f'the project "{each.project.name}" is retired, and can hold no application'
            remedy = "take it away first, by state: absent while the project is active"
            yield each.manifest.error(_PROJECT, message, remedy)
        else:
            message = "the applications of a retired project are not applied: what is there stays as it is"
            yield each.manifest.warning(_PROJECT, message, "retire the project once it is gone")


def observed_applications_stay(manifests: Manifests) -> Iterator[Problem]:
    """An application that is only described (`manage: observe`) is not to be taken away."""
    for each in manifests.every_application():
        if each.spec.management is Management.OBSERVE and each.spec.presence is Presence.ABSENT:
            message = "what is only described is never taken away"
            yield each.error(("spec", "state"), message, "write manage: full, or leave state out")


RULES = (
    owners_exist,
    levels_fit,
    systems_are_the_projects,
    retired_projects_hold_no_applications,
    observed_applications_stay,
)
