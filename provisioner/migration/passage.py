"""What is on its way, and what manifests mean while it is: applications that a wave moves are left alone by all else. Pure.

A server that waits for its resize to be confirmed, a source that is stopped and locked, a target that is half built are nobody's
to correct. So before anything is planned or compared, the city is taken as one in which these applications are only described,
and whose projects say what room is kept for them: it is nobody else's either.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from provisioner.migration.states import State
from tenants import members
from tenants.application import ApplicationSpec, Management
from tenants.names import ApplicationName, CloudName, ProjectName, ServerName, TenantName
from tenants.presence import Presence
from tenants.resources import Resource
from tenants.spec import City, KeptRoom, ProjectSpec, TenantSpec
from tenants.wave import Mode, WaveName, WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A project that something leaves, or goes to."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName

    def is_(self, tenant: TenantName, project: ProjectSpec) -> bool:
        """Whether it is this one."""
        return (self.cloud, self.tenant, self.project) == (project.cloud, tenant, project.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A migration that has not ended."""

    wave: WaveName
    #: None where a host is drained: then the servers tell whose they are.
    application: ApplicationName | None
    servers: frozenset[ServerName]
    source: End
    target: End
    state: State
    #: What it keeps of its ends' quotas and does not use yet, in API units.
    rooms: Mapping[End, Mapping[Resource, int]] = field(default_factory=dict)

    def concerns(self, application: ApplicationSpec) -> bool:
        """Whether an application of one of its projects is what moves."""
        if self.application is not None:
            return application.name == self.application
        return any(each.name in self.servers for each in members.servers(application))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a wave brought an application, and somebody signed it off; its source is only kept, or gone."""

    wave: WaveName
    application: ApplicationName
    source: End
    target: End


def outdated(city: City, moves: Iterable[Moved]) -> tuple[Moved, ...]:
    """Those whose application the city still has where it was before: it would be built there once more, on empty disks."""
    held = {
        (project.cloud, tenant.name, project.name, each.name)
        for tenant in city.tenants.values()
        for project in tenant.projects
        for each in project.applications
        if each.presence is Presence.PRESENT and each.management is Management.FULL
    }
    return tuple(
        each for each in moves if (each.source.cloud, each.source.tenant, each.source.project, each.application) in held
    )


def left_alone(city: City, passages: Iterable[Passage]) -> City:
    """The city, whose applications that are on their way are only described, and whose projects say which these are."""
    listed = tuple(passages)
    if not listed:
        return city
    return replace(city, tenants={name: tenant_left_alone(each, listed) for name, each in city.tenants.items()})


def tenant_left_alone(tenant: TenantSpec, passages: Iterable[Passage]) -> TenantSpec:
    """The same for one tenant."""
    listed = tuple(passages)
    if not listed:
        return tenant
    return replace(tenant, projects=tuple(_project(tenant.name, each, listed) for each in tenant.projects))


def awaited(
    city: City, waves: Iterable[WaveSpec], imported: AbstractSet[tuple[WaveName, ApplicationName]]
) -> tuple[Passage, ...]:
    """What waves are yet to import, as if it were under way: built by anything else, it would have nothing on its disks."""
    return tuple(
        Passage(
            wave=wave.name,
            application=member.application,
            servers=frozenset(),
            source=end,
            target=end,
            state=State.PLANNED,
        )
        for wave in waves
        if wave.mode is Mode.IMPORT and wave.presence is Presence.PRESENT
        for member in wave.members
        if (wave.name, member.application) not in imported
        for end in _ends_of(city, member.application)
    )


def _ends_of(city: City, application: ApplicationName) -> Iterator[End]:
    for tenant in city.tenants.values():
        for project in tenant.projects:
            if any(each.name == application for each in project.applications):
                yield End(cloud=project.cloud, tenant=tenant.name, project=project.name)


def unnamed(city: City, passages: Iterable[Passage]) -> tuple[tuple[Passage, End], ...]:
    """The projects from which or to which something moves and that the city has no more."""
    known = {(each.cloud, tenant.name, each.name) for tenant in city.tenants.values() for each in tenant.projects}
    return tuple(
        (each, end)
        for each in passages
        for end in dict.fromkeys((each.source, each.target))
        if each.application is not None and (end.cloud, end.tenant, end.project) not in known
    )


def _project(tenant: TenantName, project: ProjectSpec, passages: tuple[Passage, ...]) -> ProjectSpec:
    here = [each for each in passages if each.source.is_(tenant, project) or _arrives(each, tenant, project)]
    moving = dict(project.on_the_way)
    for each in here:
        if each.application is not None:
            moving[each.application] = each.wave
    for each in passages:
        # Wherever a manifest has it: one that was written anew before the move ended counts as little as the old one.
        for application in project.applications:
            if _is_meant(each, tenant, project) and each.concerns(application):
                moving[application.name] = each.wave
    return replace(
        project,
        on_the_way=moving,
        kept_rooms=tuple(_kept(tenant, project, passages)),
        applications=_described(project.applications, moving),
    )


def _kept(tenant: TenantName, project: ProjectSpec, passages: Iterable[Passage]) -> Iterator[KeptRoom]:
    """The rooms kept in a project. Hosts that are drained, which are no application's, need none."""
    for each in passages:
        for end, amounts in each.rooms.items():
            if each.application is not None and end.is_(tenant, project) and amounts:
                yield KeptRoom(wave=each.wave, application=each.application, amounts=amounts)


def _arrives(passage: Passage, tenant: TenantName, project: ProjectSpec) -> bool:
    """Whether it goes to this project, and is not there yet: once the source is only kept, the target is as any other."""
    return passage.state is not State.RETAINED and passage.target.is_(tenant, project)


def _is_meant(passage: Passage, tenant: TenantName, project: ProjectSpec) -> bool:
    if passage.state is State.RETAINED and passage.target.is_(tenant, project):
        return False
    return passage.application is not None or passage.source.is_(tenant, project)


def _described(
    applications: Iterable[ApplicationSpec], moving: Mapping[ApplicationName, WaveName]
) -> tuple[ApplicationSpec, ...]:
    return tuple(
        replace(each, management=Management.OBSERVE, presence=Presence.PRESENT) if each.name in moving else each
        for each in applications
    )
