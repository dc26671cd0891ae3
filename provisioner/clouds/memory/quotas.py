"""Nova, Cinder and Neutron in memory, as keepers of limits, each with its own manners.

Nova knows its projects, Cinder and Neutron keep limits for any id. All refuse to go below what is in use unless forced;
Cinder only where the project has that limit of its own, and forced only where nothing else would be lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from provisioner.clouds.holders import greatest_first
from provisioner.clouds.identifiers import checked
from provisioner.clouds.interface import Holder, ProjectId, Reading, Receipt, Usage
from provisioner.clouds.memory.weather import Weather
from provisioner.clouds.memory.world import Use, World, new_id
from provisioner.errors import CloudError, CloudRefused
from tenants.names import CloudName
from tenants.resources import UNLIMITED, Limit, Limits, Resource, Service, definition

#: The highest limit that the services keep (a signed 32-bit number).
_HIGHEST: Final = 2**31 - 1


class MemoryQuotas:
    """One service's limits; implements `QuotaService`."""

    def __init__(self, cloud: CloudName, service: Service, world: World, weather: Weather) -> None:
        self._cloud = cloud
        self._service = service
        self._world = world
        self._weather = weather

    def readings(self, projects: Iterable[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """A trouble with this call is every project's."""
        listed = tuple(projects)
        try:
            with self._weather.passing(self._call("readings"), requests=len(listed)), self._world.lock:
                return {project: self._reading(project) for project in listed}
        except CloudError as error:
            return dict.fromkeys(listed, error)

    def limits(self, project: ProjectId) -> Limits:
        """What holds for the project."""
        with self._weather.passing(self._call("limits")), self._world.lock:
            self._must_know(project)
            return self._world.enforced(project, self._service)

    def set_limits(self, project: ProjectId, limits: Mapping[str, Limit], *, force: bool) -> Receipt:
        """All of them or, where one is refused, none."""
        if not limits:
            return Receipt()
        with self._weather.passing(self._call("set_limits")) as effective, self._world.lock:
            self._must_know(project)
            named = {self._resource(key): _sound(self._cloud, key, limit) for key, limit in limits.items()}
            below = [each for each, limit in named.items() if self._is_below_use(project, each, limit)]
            if below and not force:
                raise CloudRefused(f"{self._cloud}: {self._told_below(project, below, named)}")
            if below and self._service is Service.BLOCK_STORAGE:
                self._must_lose_nothing(project, named)
            if effective:
                self._world.limits.setdefault(project, {}).update(named)
            return Receipt(request_ids=(f"req-{new_id()}",))

    def holders(self, project: ProjectId, resource: Resource) -> Sequence[Holder]:
        """Greatest first."""
        with self._weather.passing(self._call("holders")), self._world.lock:
            checked(self._cloud, project)
            holders = self._world.use(project, resource).holders
            return greatest_first(holders)

    def _call(self, name: str) -> str:
        return f"{self._service}.{name}"

    def _reading(self, project: ProjectId) -> Reading | CloudError:
        try:
            self._must_know(project)
        except CloudError as error:
            return error
        enforced = self._world.enforced(project, self._service)
        return {each: _usage(each, limit, self._world.use(project, each)) for each, limit in enforced.items()}

    def _must_know(self, project: ProjectId) -> None:
        checked(self._cloud, project)
        if self._service is Service.COMPUTE and project not in self._world.projects:
            raise CloudRefused(f"{self._cloud}: project {project} is not a valid project")

    def _resource(self, key: str) -> Resource:
        for each in self._world.defaults:
            if each.service is self._service and each.key == key:
                return each
        raise CloudRefused(f"{self._cloud}: {self._service} has no limit named {key}")

    def _is_below_use(self, project: ProjectId, resource: Resource, limit: Limit) -> bool:
        if self._service is Service.BLOCK_STORAGE and resource not in self._world.limits.get(project, {}):
            return False
        use = self._world.use(project, resource)
        return limit != UNLIMITED and limit < use.used + use.reserved

    def _told_below(self, project: ProjectId, below: Iterable[Resource], named: Mapping[Resource, Limit]) -> str:
        uses = ((each, self._world.use(project, each)) for each in below)
        return ", ".join(
            f"{each.key} {named[each]} is below the {use.used + use.reserved} in use" for each, use in uses
        )

    def _must_lose_nothing(self, project: ProjectId, named: Mapping[Resource, Limit]) -> None:
        """Cinder can be forced only by deleting all of a project's limits and writing them anew."""
        own = self._world.limits.get(project, {})
        others = sorted(
            each.key
            for each, limit in own.items()
            if each.service is self._service and each not in named and limit != self._world.defaults[each]
        )
        if others:
            raise CloudRefused(
                f"{self._cloud}: Cinder lowers limits below what is in use only when all of the project's own limits are "
                f"written anew; give {', '.join(others)} as well"
            )


def _sound(cloud: CloudName, key: str, limit: Limit) -> Limit:
    if not UNLIMITED <= limit <= _HIGHEST:
        raise CloudRefused(f"{cloud}: {key} cannot be {limit}: from {UNLIMITED} (unlimited) to {_HIGHEST}")
    return limit


def _usage(resource: Resource, limit: Limit, use: Use) -> Usage:
    """What counts within one thing (a server's metadata) has no use in the project."""
    if not definition(resource).additive:
        return Usage(limit=limit, used=None)
    return Usage(limit=limit, used=use.used, reserved=use.reserved)
