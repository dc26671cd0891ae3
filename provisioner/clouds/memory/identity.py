"""Keystone in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from provisioner.clouds.interface import Assignment, Directory, KeystoneProject, PrincipalId, ProjectId, Receipt
from provisioner.clouds.memory.weather import Weather
from provisioner.clouds.memory.world import Project, World, new_id
from provisioner.errors import CloudConflict, CloudMisconfigured, CloudRefused
from tenants.names import CloudName, DomainName
from tenants.spec import PrincipalKind

#: Keystone's own bound on a project's name.
_LONGEST_NAME: Final = 64


class MemoryIdentity:
    """Keystone in memory; implements `Identity`."""

    def __init__(self, cloud: CloudName, world: World, weather: Weather) -> None:
        self._cloud = cloud
        self._world = world
        self._weather = weather

    def projects(self, domain: DomainName) -> Sequence[KeystoneProject]:
        """In the order of their making."""
        with self._weather.passing("identity.projects"), self._world.lock:
            return tuple(self._in(domain))

    def project(self, domain: DomainName, name: str) -> KeystoneProject | None:
        """By name."""
        with self._weather.passing("identity.project"), self._world.lock:
            return next((each for each in self._in(domain) if each.name == name), None)

    def assignments(self, project: ProjectId | None = None) -> Sequence[Assignment]:
        """Sorted."""
        with self._weather.passing("identity.assignments"), self._world.lock:
            return tuple(sorted(each for each in self._world.assignments if project in {None, each.project_id}))

    def directory(self, domain: DomainName, *, users: bool) -> Directory:
        """As Keystone lists them: three requests with users, two without."""
        with self._weather.passing("identity.directory", requests=3 if users else 2), self._world.lock:
            self._must_exist(domain)
            return Directory(
                roles=dict(self._world.roles),
                groups=dict(self._world.groups[domain]),
                users=dict(self._world.users[domain]) if users else {},
            )

    def create_project(self, domain: DomainName, *, name: str, description: str) -> tuple[KeystoneProject, Receipt]:
        """A project that is ignored has an id all the same: that of one that is not there."""
        with self._weather.passing("identity.create_project") as effective, self._world.lock:
            if any(each.name == name for each in self._in(domain)):
                raise CloudConflict(f"{self._cloud}: the domain {domain} has a project named {name} already")
            if not 0 < len(name.strip()) <= len(name) <= _LONGEST_NAME:
                raise CloudRefused(f"{self._cloud}: {name!r} is no name for a project: 1 to {_LONGEST_NAME} characters")
            project = KeystoneProject(id=ProjectId(new_id()), name=name, description=description, enabled=True)
            if effective:
                self._world.projects[project.id] = Project(seen=project, domain=domain)
            return project, _receipt()

    def update_project(
        self, project: ProjectId, *, description: str | None = None, enabled: bool | None = None
    ) -> Receipt:
        """Change what is not None."""
        with self._weather.passing("identity.update_project") as effective, self._world.lock:
            found = self._existing(project)
            if effective:
                found.seen = replace(
                    found.seen,
                    description=found.seen.description if description is None else description,
                    enabled=found.seen.enabled if enabled is None else enabled,
                )
            return _receipt()

    def grant(self, assignment: Assignment) -> Receipt:
        """Refused where project, principal or role do not exist."""
        with self._weather.passing("identity.grant") as effective, self._world.lock:
            self._existing(assignment.project_id)
            if assignment.principal_id not in self._principals(assignment.kind):
                raise CloudRefused(f"{self._cloud}: there is no {assignment.kind} {assignment.principal_id}")
            if assignment.role_id not in self._world.roles.values():
                raise CloudRefused(f"{self._cloud}: there is no role {assignment.role_id}")
            if effective:
                self._world.assignments.add(assignment)
            return _receipt()

    def revoke(self, assignment: Assignment) -> Receipt:
        """What is not there counts as taken away."""
        with self._weather.passing("identity.revoke") as effective, self._world.lock:
            if effective:
                self._world.assignments.discard(assignment)
            return _receipt()

    def _in(self, domain: DomainName) -> Iterable[KeystoneProject]:
        self._must_exist(domain)
        return (each.seen for each in self._world.projects.values() if each.domain == domain)

    def _must_exist(self, domain: DomainName) -> None:
        if domain not in self._world.domains:
            raise CloudMisconfigured(f"{self._cloud}: Keystone has no domain named {domain}")

    def _existing(self, project: ProjectId) -> Project:
        found = self._world.projects.get(project)
        if found is None:
            raise CloudRefused(f"{self._cloud}: there is no project {project}")
        return found

    def _principals(self, kind: PrincipalKind) -> set[PrincipalId]:
        by_domain = self._world.users if kind is PrincipalKind.USER else self._world.groups
        known = {principal for principals in by_domain.values() for principal in principals.values()}
        return known | ({PrincipalId(self._world.own_user)} if kind is PrincipalKind.USER else set())


def _receipt() -> Receipt:
    return Receipt(request_ids=(f"req-{new_id()}",))
