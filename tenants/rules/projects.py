"""Rules about projects: what they refer to exists and fits, and each is held once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step, child, nearest
from tenants.language.report import Chooser, choose
from tenants.names import CloudName
from tenants.problems import Problem
from tenants.resources import UNLIMITED, Limits, Service
from tenants.rules.manifests import Manifests
from tenants.spec import CloudSpec, MemberSpec, ProjectSpec, ProjectState, TenantSpec

#: Keystone's longest project name (identity API reference v3, `projects`).
LONGEST_PROJECT_NAME: Final = 64


def _projects(manifests: Manifests) -> Iterator[tuple[Manifest[TenantSpec], tuple[Step, ...], ProjectSpec]]:
    """Every project with its manifest and its place in it."""
    for manifest in manifests.every_tenant():
        for index, project in enumerate(manifest.spec.projects):
            yield manifest, ("spec", "projects", index), project


def clouds_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every cloud that a project or an envelope names is described."""
    known = Chooser(manifests.clouds)
    for manifest in manifests.every_tenant():
        named: list[tuple[tuple[Step, ...], CloudName]] = [
            (("spec", "envelope", cloud), cloud) for cloud in manifest.spec.envelopes
        ]
        named += [(("spec", "projects", i, "cloud"), each.cloud) for i, each in enumerate(manifest.spec.projects)]
        for steps, cloud in named:
            if cloud and not manifests.has(CLOUD.name, cloud):
                yield manifest.error(steps, f'no cloud is called "{cloud}"', known.choose(cloud))


def zones_fit(manifests: Manifests) -> Iterator[Problem]:
    """A project's zone is one of its cloud's, and allows its protection level (a warning, where an exception says why not)."""
    for manifest, place, project in _projects(manifests):
        cloud = manifests.clouds.get(project.cloud)
        if cloud is None or not project.zone:
            continue
        zones = cloud.spec.zones
        zone = zones.get(project.zone)
        if zone is None:
            message = f'the cloud "{project.cloud}" has no zone "{project.zone}"'
            yield manifest.error((*place, "zone"), message, choose(project.zone, zones))
        elif (
            project.protection_level
            and zone.protection_levels
            and project.protection_level not in zone.protection_levels
        ):
            yield _level_not_allowed(manifest, place, project, cloud.spec)
        elif project.zone_exception and project.protection_level and zone.protection_levels:
            message = f'the zone "{project.zone}" may hold level {project.protection_level}: nothing needs an exception'
            yield manifest.warning((*place, "zoneException"), message, "leave it out")


def _level_not_allowed(
    manifest: Manifest[TenantSpec], place: tuple[Step, ...], project: ProjectSpec, cloud: CloudSpec
) -> Problem:
    allowed = ", ".join(str(each) for each in sorted(cloud.zones[project.zone].protection_levels))
    right = [each.name for each in cloud.zones.values() if project.protection_level in each.protection_levels]
    remedy = f"level {project.protection_level} may be in: {', '.join(right)}" if right else "no zone of this cloud may"
    message = f'the zone "{project.zone}" may hold level {allowed}, not level {project.protection_level}'
    if project.zone_exception:
        reason = f"{message}; the reason given: {project.zone_exception}"
        return manifest.warning((*place, "zoneException"), reason, remedy)
    own = child(nearest(manifest.root, place), "protectionLevel")
    return manifest.error((*place, "zone" if own is None else "protectionLevel"), message, remedy)


def volume_types_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every volume type that a quota or an envelope names is offered by its cloud."""
    for manifest in manifests.every_tenant():
        for cloud, limits in manifest.spec.envelopes.items():
            yield from _unknown_types(manifests, manifest, ("spec", "envelope", cloud), (cloud, limits))
    for manifest, place, project in _projects(manifests):
        yield from _unknown_types(manifests, manifest, (*place, "quota"), (project.cloud, project.limits))


def _unknown_types(
    manifests: Manifests,
    manifest: Manifest[TenantSpec],
    place: tuple[Step, ...],
    asked: tuple[CloudName, Limits],
) -> Iterator[Problem]:
    name, limits = asked
    cloud = manifests.clouds.get(name)
    if cloud is None:
        return
    offered = cloud.spec.volume_types
    for volume_type in {each.volume_type: None for each in limits}:
        if volume_type is not None and volume_type not in offered:
            steps = (*place, Service.BLOCK_STORAGE, "types", volume_type)
            message = f'the cloud "{name}" offers no volume type "{volume_type}"'
            yield manifest.error(steps, message, choose(volume_type, sorted(offered)))


def dates_are_in_order(manifests: Manifests) -> Iterator[Problem]:
    """No project ends before it begins."""
    for manifest, place, project in _projects(manifests):
        if project.valid_from and project.valid_until and project.valid_until < project.valid_from:
            message = f"ends on {project.valid_until}, before it begins on {project.valid_from}"
            yield manifest.error(
                (*place, "validUntil"), message, "name a later day, or leave it out if it is permanent"
            )


def projects_are_held_once(manifests: Manifests) -> Iterator[Problem]:
    """No project of a cloud is held twice, by whatever tenants; and Keystone has room for its name."""
    first: dict[tuple[str, str], str] = {}
    for manifest, place, project in _projects(manifests):
        name = project.keystone_name
        if not name or not project.cloud:
            continue
        named = "projectName" if child(nearest(manifest.root, place), "projectName") is not None else "name"
        steps = (*place, named)
        if len(name) > LONGEST_PROJECT_NAME:
            message = f'the name in Keystone, "{name}", has {len(name)} characters of {LONGEST_PROJECT_NAME} at most'
            yield manifest.error(steps, message, "give it a shorter projectName")
        here = str(manifest.location(*steps))
        earlier = first.setdefault((project.cloud, name), here)
        if earlier != here and not _same_name_before(manifest, place):
            message = f'the project "{name}" of the cloud "{project.cloud}" is held already, at {earlier}'
            yield manifest.error(steps, message, "let one tenant hold it, or give it a projectName of its own")


def _same_name_before(manifest: Manifest[TenantSpec], place: tuple[Step, ...]) -> bool:
    """Whether the reader has said already that the project's name stands a second time in its tenant."""
    *_, index = place
    projects = manifest.spec.projects
    return any(each.name == projects[int(index)].name for each in projects[: int(index)])


def members_agree(manifests: Manifests) -> Iterator[Problem]:
    """No membership is both wanted and unwanted (or, as a warning, said twice)."""
    for manifest, place, project in _projects(manifests):
        first: dict[tuple[str, str, str], MemberSpec] = {}
        for index, member in enumerate(project.members):
            earlier = first.setdefault((member.kind, member.name, member.role), member)
            if earlier is member or not member.name or not member.role:
                continue
            steps = (*place, "members", index)
            who = f'the {member.kind} "{member.name}" as {member.role}'
            if earlier.presence is member.presence:
                yield manifest.warning(steps, f"names {who} a second time", "leave one of them")
            else:
                yield manifest.error(steps, f"{who} is to be both present and absent", "decide for one of them")


def retired_projects_hold_nothing(manifests: Manifests) -> Iterator[Problem]:
    """The quota of a retired project counts for nothing (a warning)."""
    for manifest, place, project in _projects(manifests):
        if project.state is ProjectState.RETIRED and project.limits:
            message = "the quota of a retired project is not applied: its limits go down to what it still holds"
            yield manifest.warning((*place, "quota"), message, "leave the quota out")


def types_fit_into_the_whole(manifests: Manifests) -> Iterator[Problem]:
    """No volume type's limit is above that of all types, where it could never be reached (a warning)."""
    for manifest, place, project in _projects(manifests):
        for resource, limit in project.limits.items():
            whole = project.limits.get(replace(resource, volume_type=None))
            if resource.volume_type is None or whole is None or whole == UNLIMITED:
                continue
            if limit > whole:
                steps = (*place, "quota", resource.service, "types", resource.volume_type, resource.name)
                yield manifest.warning(steps, f"is more than the {resource.name} of all types", "raise those too")


RULES = (
    clouds_exist,
    zones_fit,
    volume_types_exist,
    dates_are_in_order,
    projects_are_held_once,
    members_agree,
    retired_projects_hold_nothing,
    types_fit_into_the_whole,
)
