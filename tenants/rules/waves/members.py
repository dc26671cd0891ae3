"""Rules about what a wave moves: applications of its owner that are where it says, into projects that can take them."""

from collections.abc import Iterator, Sequence

from tenants import members
from tenants.application import ApplicationSpec, Management
from tenants.kinds.applications.application import APPLICATION
from tenants.language.nodes import Step
from tenants.language.report import Chooser, choose
from tenants.names import VolumeName
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.placement import unfit, unserved
from tenants.rules.manifests import Manifests
from tenants.rules.waves.moving import MEMBERS, Moving, is_import, moving
from tenants.wave import Mode


def waves_move_applications_that_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every application of a wave is described, is to be there, and is kept as described (`manage: full`)."""
    known = Chooser(manifests.applications)
    for wave in manifests.every_wave():
        for index, member in enumerate(wave.spec.members):
            name, found = member.application, manifests.applications.get(member.application)
            steps = (*MEMBERS, index, "name")
            if name and not manifests.has(APPLICATION.name, name):
                yield wave.error(steps, f'no application is called "{name}"', known.choose(name))
            elif found is not None and found.spec.presence is Presence.ABSENT:
                message = f'the {APPLICATION.name.lower()} "{name}" is to be taken away'
                yield wave.error(steps, message, "leave it out here, or let it stay")
            elif found is not None and found.spec.management is Management.OBSERVE:
                message = f'the application "{name}" is only described, and nothing of it is ever changed'
                yield wave.error(steps, message, "write manage: full in its manifest first")


def waves_move_their_owners_applications(manifests: Manifests) -> Iterator[Problem]:
    """A wave's applications are its owner's, or of tenants below it."""
    for each in moving(manifests):
        owner = each.wave.spec.owner
        if owner in manifests.tenants and owner not in manifests.upwards(each.owner.name):
            message = f'belongs to "{each.owner.name}", which is neither "{owner}" nor below it'
            yield each.error(("name",), message, "leave it out, or let a tenant above both own the wave")


def waves_find_applications_in_their_source(manifests: Manifests) -> Iterator[Problem]:
    """A wave's applications are in its source's cloud; one that is in the target project already moves no more (a warning)."""
    for each in moving(manifests):
        source, project = each.wave.spec.source, each.project
        if source is None or project is None or source.cloud not in manifests.clouds or is_import(each.wave):
            continue
        if each.is_there:
            message = f'is in the project "{project.name}" of the cloud "{project.cloud}" already'
            yield each.warning(("name",), message, "leave it out")
        elif project.cloud != source.cloud:
            message = f'is in the cloud "{project.cloud}", and the wave takes it from "{source.cloud}"'
            yield each.error(("name",), message, f'leave it out, or make a wave from "{project.cloud}"')


def waves_reach_projects_that_take_them(manifests: Manifests) -> Iterator[Problem]:
    """The project that an application goes to is its owner's, in the target's cloud, in use, another than before, and may hold its protection level."""
    for each in moving(manifests):
        known = each.wave.spec.target.cloud in manifests.clouds
        if each.wave.spec.mode.within or not known or not each.application.project:
            continue
        names = [project.name for project in each.owner.projects if project.cloud == each.wave.spec.target.cloud]
        if each.target is None:
            message = f'the tenant "{each.owner.name}" has no project "{each.target_name}"'
            yield each.wave.error(_place_of_target(each), message, choose(each.target_name, names))
        elif (why := _unreachable(manifests, each)) is not None:
            yield each.wave.error(_place_of_target(each), why, _another(each, names))


def waves_move_servers_that_exist(manifests: Manifests) -> Iterator[Problem]:
    """The servers of an application that a wave names are described in its manifest."""
    for each in moving(manifests):
        single = {server.name for server in members.servers(each.application)}
        known = {server.name: None for server in each.application.servers} | dict.fromkeys(sorted(single))
        for index, name in enumerate(each.member.servers):
            if name and name not in known:
                message = f'the application "{each.application.name}" has no server "{name}"'
                yield each.error(("servers", index), message, choose(name, known))


def applications_change_their_project_whole(manifests: Manifests) -> Iterator[Problem]:
    """An application that changes its project does so with all of its servers, for a manifest has it in one project; a volume that no server has stays (a warning)."""
    for each in moving(manifests):
        if not each.wave.spec.mode.copies or each.is_there:
            continue
        along = set(members.wanted(each.application, each.member.servers))
        staying = [name for name in members.wanted(each.application) if name not in along]
        if staying:
            message = f"{', '.join(staying)} would stay behind, and an application is in one project"
            remedy = "leave servers out, so that all of it moves, or describe what moves as an application of its own"
            yield each.error(("servers",), message, remedy)
        for volume in _without_server(each.application):
            message = (
                f'its volume "{volume}" is attached to no server, and stays behind: an empty one would be made there'
            )
            yield each.warning(("name",), message, "attach it to one of its servers, or copy what it holds yourselves")


def imports_are_built_where_the_application_is(manifests: Manifests) -> Iterator[Problem]:
    """Servers from disk images are built in the project that their application's manifest names."""
    for each in moving(manifests):
        if is_import(each.wave) and each.application.project and each.target_name != each.application.project:
            message = f'the application "{each.application.name}" is in the project "{each.application.project}"'
            yield each.wave.error(_place_of_target(each), message, "leave project out, or change it in its manifest")


def _without_server(application: ApplicationSpec) -> Iterator[VolumeName]:
    """The volumes that are to be there and that nothing is attached to or boots from."""
    booted = {server.boot_volume for server in application.servers}
    for volume in application.volumes:
        if volume.server is None and volume.name not in booted and volume.presence is not Presence.ABSENT:
            yield volume.name


def _place_of_target(each: Moving) -> tuple[Step, ...]:
    """Where the target project is named; the application's own place where nothing names one."""
    if each.member.project is not None:
        return (*each.place, "project")
    return ("spec", "target", "project") if each.is_named else each.place


def _another(each: Moving, names: Sequence[str]) -> str:
    """How to name a project that may do, of those in the target's cloud."""
    if not names:
        return f'"{each.owner.name}" needs a project in the cloud "{each.wave.spec.target.cloud}" first'
    choice = choose("", names)
    return f"name another: {choice}" if each.is_named else f"name one by project: {choice}"


def _unreachable(manifests: Manifests, each: Moving) -> str | None:
    """Why an application cannot go to the project that it would."""
    target, cloud = each.target, each.wave.spec.target.cloud
    if target is None:
        return None
    if target.cloud != cloud:
        return f'the project "{target.name}" of "{each.owner.name}" is in the cloud "{target.cloud}", not in "{cloud}"'
    if target is each.project and each.wave.spec.mode is Mode.CROSS_PROJECT and not each.is_named:
        return f'the application "{each.application.name}" is in the project "{target.name}" as it is'
    if not target.is_active:
        return f'the project "{target.name}" is retired, and can hold no application'
    own = each.project.protection_level if each.project is not None else 0
    level = each.application.protection_level or own
    found = manifests.clouds.get(target.cloud)
    why = unfit(level, target, found.spec if found is not None else None) if level else None
    return why or unserved(each.application.system, target)


RULES = (
    waves_move_applications_that_exist,
    waves_move_their_owners_applications,
    waves_find_applications_in_their_source,
    waves_reach_projects_that_take_them,
    waves_move_servers_that_exist,
    applications_change_their_project_whole,
    imports_are_built_where_the_application_is,
)
