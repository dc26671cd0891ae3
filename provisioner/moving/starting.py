"""A wave planned, and started: its applications looked at, mapped, and written down as migrations with all their steps.

Planning changes nothing anywhere. Starting looks again, and writes everything in one transaction, or nothing where one
application has no place to go.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from provisioner.audit import Event
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId
from provisioner.errors import InputError
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import Unresolved, networks_of, resolve
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.moving.inspecting import Place, Wanted, inspect_application
from provisioner.moving.viewing import view
from provisioner.operation import Actor
from provisioner.store import audit, migration_events, migration_records
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from provisioner.store.migration_events import Happening
from provisioner.survey import Connect
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.spec import City, ProjectSpec
from tenants.wave import WaveMember, WaveName, WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an application cannot move as the wave says."""

    application: ApplicationName
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One application with where it is and where it goes."""

    member: WaveMember
    workload: Workload
    bindings: Bindings
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """All of a wave that has not moved yet."""

    wave: WaveSpec
    planned: tuple[Planned, ...]
    obstacles: tuple[Obstacle, ...]
    #: The applications that moved with an earlier start of the wave.
    moved: tuple[ApplicationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """Plans and starts waves."""

    database: Database
    connect: Connect
    now: Callable[[], datetime]

    def plan(self, city: City, name: WaveName) -> WavePlan:
        """Look at all of a wave. Raises InputError for a wave that is not in force, and CloudError where a cloud is away."""
        wave = city.waves.get(name)
        if wave is None:
            raise InputError(
                f"no wave called {name} is in force; apply its manifest, or have a request for it carried out"
            )
        moved = self._moved(name)
        planned: list[Planned] = []
        obstacles: list[Obstacle] = []
        for member in wave.members:
            if member.application in moved:
                continue
            found = self._plan_one(city, wave, member)
            if isinstance(found, Planned):
                planned.append(found)
            else:
                obstacles.extend(found)
        return WavePlan(wave=wave, planned=tuple(planned), obstacles=tuple(obstacles), moved=tuple(sorted(moved)))

    def start(self, city: City, plan: WavePlan, actor: Actor, *, authority: str = "") -> Run:
        """Write a wave that was planned down as under way. Raises InputError for one with obstacles, or with nothing to move."""
        if plan.obstacles:
            told = "; ".join(f"{each.application}: {each.message}" for each in plan.obstacles)
            raise InputError(f"the wave cannot start: {told}")
        if not plan.planned:
            raise InputError(f"wave {plan.wave.name} has nothing left to move")
        at = self.now()
        run = Run(
            id=RunId(new_id(at)),
            wave=plan.wave,
            state=RunState.RUNNING,
            started_by=actor,
            started_at=at,
            order=dict(_order(city, plan.planned)),
            authority=authority,
        )
        self._write(run, [_migration(run, each, at) for each in plan.planned], actor)
        return run

    def _write(self, run: Run, migrations: list[Migration], actor: Actor) -> None:
        names = [each.name for each in migrations]
        with self.database.transaction() as connection:
            if any(each.finished_at is None for each in migration_records.runs_of(connection, run.wave.name)):
                raise InputError(f"wave {run.wave.name} is under way already")
            busy = {each.application for each in migration_records.unfinished(connection)} & set(names)
            if busy:
                raise InputError(f"{', '.join(sorted(map(str, busy)))}: on the way with another wave already")
            migration_records.create(connection, run, migrations)
            detail = {"wave": run.wave.name, "mode": run.wave.mode.value, "applications": names}
            started = Happening(
                run=run.id, migration=None, at=run.started_at, actor=actor, what="started", detail=detail
            )
            migration_events.note(connection, started)
            event = Event(at=run.started_at, actor=actor, action="wave.started", subject=run.id, detail=detail)
            audit.append(connection, event)

    def _moved(self, name: WaveName) -> frozenset[ApplicationName]:
        with self.database.transaction() as connection:
            return frozenset(
                each.application
                for run in migration_records.runs_of(connection, name)
                for each in migration_records.of_run(connection, run.id)
                if each.application is not None and each.state.serves
            )

    def _plan_one(self, city: City, wave: WaveSpec, member: WaveMember) -> Planned | tuple[Obstacle, ...]:
        application = city.applications[member.application]
        owner = city.tenants[application.owner]
        own = next(
            each for each in owner.projects if each.name == application.project and application in each.applications
        )
        goal = own if wave.mode.within else _goal(owner.projects, wave, member, application.project)
        source, target = (self._place(city, each, owner.name) for each in (own, goal))
        if isinstance(source, str) or isinstance(target, str):
            told = next(each for each in (source, target) if isinstance(each, str))
            return (Obstacle(application=member.application, message=told),)
        cloud = self._cloud(city, own.cloud)
        host = wave.source.host if wave.source else None
        wanted = Wanted(application=application, servers=member.servers, host=host)
        inspection = inspect_application(cloud.resources, source, wanted)
        if inspection.obstacles:
            return tuple(Obstacle(application=member.application, message=each) for each in inspection.obstacles)
        workload = replace(inspection.workload, probes=application.probes if wave.probes else ())
        seen = view(self._cloud(city, goal.cloud), target, goal, networks_of(wave, workload))
        bindings = resolve(wave, workload, seen)
        if isinstance(bindings, tuple):
            return tuple(_unresolved(member.application, each) for each in bindings)
        steps = tuple(Step(spec=each) for each in script(wave, workload, bindings))
        return Planned(member=member, workload=workload, bindings=bindings, steps=steps)

    def _cloud(self, city: City, name: CloudName) -> Cloud:
        return self.connect(city.clouds[name])

    def _place(self, city: City, project: ProjectSpec, tenant: TenantName) -> Place | str:
        cloud = city.clouds[project.cloud]
        found = self._cloud(city, project.cloud).identity.project(cloud.domain, project.keystone_name)
        if found is None:
            return f"cloud {project.cloud} has no project {project.keystone_name}: apply its manifest first"
        return Place(
            cloud=project.cloud,
            tenant=tenant,
            project=project.name,
            project_id=ProjectId(found.id),
        )


def _goal(projects: Iterable[ProjectSpec], wave: WaveSpec, member: WaveMember, own: ProjectName) -> ProjectSpec:
    """The project that an application goes to: rules hold that there is one."""
    name = member.project or wave.target.project or own
    return next(each for each in projects if each.name == name and each.cloud == wave.target.cloud)


def _unresolved(application: ApplicationName, each: Unresolved) -> Obstacle:
    return Obstacle(application=application, message=f"{each.subject}: {each.message}", remedy=each.remedy)


def _order(city: City, planned: Iterable[Planned]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each application of the wave, those of the wave that it depends on."""
    names = {each.member.application for each in planned}
    for each in planned:
        needs = city.applications[each.member.application].depends_on
        yield each.member.application, tuple(name for name in needs if name in names)


def _migration(run: Run, planned: Planned, at: datetime) -> Migration:
    return Migration(
        id=MigrationId(new_id(at)),
        run=run.id,
        name=planned.member.application,
        application=planned.member.application,
        tenant=planned.workload.tenant,
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=planned.workload,
        bindings=planned.bindings,
        steps=planned.steps,
        created_at=at,
    )
