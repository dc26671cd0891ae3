"""Rules about what applications depend on: it exists, it stays, and no application waits for itself."""

from collections.abc import Iterator, Mapping

from tenants.kinds.applications.application import APPLICATION
from tenants.language.report import Chooser
from tenants.names import ApplicationName
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.manifests import Manifests

_DEPENDS_ON = ("spec", "dependsOn")


def dependencies_exist(manifests: Manifests) -> Iterator[Problem]:
    """Every application depends on others that are described and are to be there."""
    known = Chooser(manifests.applications)
    for each in manifests.every_application():
        for index, name in enumerate(each.spec.depends_on):
            steps = (*_DEPENDS_ON, index)
            found = manifests.applications.get(name)
            if name and name == each.spec.name:
                yield each.error(steps, "an application cannot depend on itself", "leave it out")
            elif name and not manifests.has(APPLICATION.name, name):
                yield each.error(steps, f'no application is called "{name}"', known.choose(name))
            elif found is not None and each.spec.presence is Presence.PRESENT is not found.spec.presence:
                message = f'the application "{name}" is to be taken away, and this one needs it'
                yield each.error(steps, message, "leave it out here, or let it stay")


def dependencies_have_no_circle(manifests: Manifests) -> Iterator[Problem]:
    """No application waits for itself by way of others. Of circles that share an application, one is told."""
    for circle in circles(manifests):
        manifest = manifests.applications[circle[0]]
        steps = (*_DEPENDS_ON, manifest.spec.depends_on.index((*circle, circle[0])[1]))
        way = " → ".join((*circle, circle[0]))
        yield manifest.error(steps, f"applications would wait for one another: {way}", "leave one of them out")


def circles(manifests: Manifests) -> Iterator[tuple[ApplicationName, ...]]:
    """Circles of applications that share none, from the name that sorts first on, each followed by what it needs."""
    waiting = {
        name: sorted({each for each in manifest.spec.depends_on if each in manifests.applications and each != name})
        for name, manifest in manifests.applications.items()
    }
    _drop_free(waiting)
    while waiting:
        way: dict[ApplicationName, None] = {}
        name = min(waiting)
        while name not in way:
            way[name] = None
            name = next(each for each in waiting[name] if each in waiting)
        members = list(way)
        circle = members[members.index(name) :]
        turn = circle.index(min(circle))
        yield (*circle[turn:], *circle[:turn])
        for each in circle:
            del waiting[each]
        _drop_free(waiting)


def _drop_free(waiting: dict[ApplicationName, list[ApplicationName]]) -> None:
    """Leave out, again and again, what waits for nothing that is left: what remains holds a circle on every way."""
    needed_by = _turned(waiting)
    count = {name: sum(each in waiting for each in needs) for name, needs in waiting.items()}
    free = [name for name, number in count.items() if not number]
    while free:
        name = free.pop()
        del waiting[name]
        for each in needed_by.get(name, ()):
            count[each] -= 1
            if not count[each]:
                free.append(each)


def _turned(waiting: Mapping[ApplicationName, list[ApplicationName]]) -> dict[ApplicationName, list[ApplicationName]]:
    """Who waits for each."""
    turned: dict[ApplicationName, list[ApplicationName]] = {}
    for name, needs in waiting.items():
        for each in needs:
            turned.setdefault(each, []).append(name)
    return turned


RULES = (dependencies_exist, dependencies_have_no_circle)
