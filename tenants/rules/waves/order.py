"""Rules about what applications of a wave depend on: what stays behind is told, for the way to it becomes another."""

from collections.abc import Iterator

from tenants.names import ApplicationName
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.rules.waves.moving import Moving, moving
from tenants.spec import ProjectSpec


def dependencies_move_along(manifests: Manifests) -> Iterator[Problem]:
    """What an application depends on moves with it, or is where it can be reached afterwards as well (a warning)."""
    for each in moving(manifests):
        if each.wave.spec.mode.within or each.is_there:
            continue
        along = {member.application for member in each.wave.spec.members}
        for name in each.application.depends_on:
            needed = _project(manifests, name) if name not in along else None
            if needed is not None and (where := _left_behind(each, needed)) is not None:
                message = f'depends on "{name}", which is not in this wave and stays in {where}'
                remedy = f'take "{name}" along, or see that it is reached from there before the cutover'
                yield each.warning(("name",), message, remedy)


def _project(manifests: Manifests, name: ApplicationName) -> ProjectSpec | None:
    """The project that holds an application, where it is described."""
    application = manifests.applications.get(name)
    owner = manifests.tenants.get(application.spec.owner) if application is not None else None
    if application is None or owner is None:
        return None
    return next((each for each in owner.spec.projects if each.name == application.spec.project), None)


def _left_behind(each: Moving, needed: ProjectSpec) -> str | None:
    """Where something stays that was reached from beside it and will be reached from elsewhere."""
    cloud = each.wave.spec.target.cloud
    if needed.cloud != cloud:
        return f'the cloud "{needed.cloud}"'
    is_left = needed is each.project and each.target is not None and each.target is not needed
    return f'the project "{needed.name}"' if is_left else None


RULES = (dependencies_move_along,)
