"""A wave planned: its applications looked at, mapped and checked, with what they take and how long; all of it told at once.

Planning changes nothing anywhere. What was found of one application counts for those that come after it in the wave.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.migration.bindings import Bindings
from provisioner.migration.checks.case import Case, Other
from provisioner.migration.checks.catalogue import examine
from provisioner.migration.checks.findings import Finding, refusals, warnings
from provisioner.migration.estimate import GIB, NOTHING, Experience, Spread, remaining, standstill, travelling
from provisioner.migration.forecast import Course, Forecast, Lanes, forecast
from provisioner.migration.headroom import Amounts, Part, Project, Share, parts, shortfalls, total
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import Unresolved, networks_of, resolve
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import StepKind, script
from provisioner.migration.source import SourceView
from provisioner.migration.states import Asked, State
from provisioner.migration.target import TargetView
from provisioner.migration.workload import Workload
from provisioner.moving.importing import imported, sized
from provisioner.moving.inspecting import Place, Wanted, inspect_application
from provisioner.moving.preflight import goal_in, mac_holders, readings_of, view_source
from provisioner.moving.viewing import view
from provisioner.operation import Actor
from provisioner.store.ids import new_id
from provisioner.survey import Connect
from tenants.names import ApplicationName, NetworkName, ProjectName, TenantName
from tenants.resources import Resource
from tenants.spec import City, ProjectSpec
from tenants.wave import Mode, WaveMember, WaveSpec


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
    #: What to know before it starts; reasons against it are obstacles of the wave.
    warnings: tuple[Finding, ...] = ()
    #: What its steps bring into projects, for good and for a while.
    parts: tuple[Part, ...] = ()
    #: Seconds that it stands still, and that it takes in all, were it alone.
    standstill: Spread = NOTHING
    whole: Spread = NOTHING

    @property
    def needed(self) -> Amounts:
        """The room that is kept for it in quotas."""
        return total(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """All of a wave that has not moved yet."""

    wave: WaveSpec
    planned: tuple[Planned, ...]
    obstacles: tuple[Obstacle, ...]
    #: The applications that moved with an earlier start of the wave.
    moved: tuple[ApplicationName, ...] = ()
    #: When they will have moved if it starts now; None where something stands against it.
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a wave is planned in."""

    city: City
    connect: Connect
    #: What was measured so far, for one migration of the wave.
    experience: Callable[[Run, Migration], Experience]
    now: datetime
    #: What is under way already, and what that keeps in quotas.
    others: tuple[Other, ...] = ()
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One application with its clouds, as they were looked at."""

    planned: Planned
    source: Cloud
    target: Cloud
    source_view: SourceView
    target_view: TargetView


@dataclass(slots=True, kw_only=True)
class Planning:
    """One wave while it is planned, application by application."""

    wave: WaveSpec
    around: Surroundings
    _planned: list[Planned] = field(default_factory=list)
    _obstacles: list[Obstacle] = field(default_factory=list)
    _courses: list[Course] = field(default_factory=list)
    _views: dict[tuple[Place, frozenset[NetworkName]], TargetView] = field(default_factory=dict)
    _readings: dict[Project, Mapping[Resource, Usage]] = field(default_factory=dict)

    def add(self, member: WaveMember) -> None:
        """One more application. Raises CloudError where a cloud is away."""
        found = self._find(member)
        if isinstance(found, _Found):
            self._judge(found)
        else:
            self._obstacles.extend(found)

    def concluded(self, moved: tuple[ApplicationName, ...]) -> WavePlan:
        """The plan, with its forecast where everything may move."""
        order = order_of(self.around.city, self._planned)
        courses = [replace(each, after=order[each.name]) for each in self._courses]
        limits = self.wave.limits
        lanes = Lanes(applications=limits.applications, link=limits.per_link, bandwidth=limits.bandwidth)
        expected = None
        if courses and not self._obstacles:
            expected = forecast(courses, lanes, self.wave.window, start=self.around.now)
        return WavePlan(
            wave=self.wave,
            planned=tuple(self._planned),
            obstacles=tuple(self._obstacles),
            moved=moved,
            forecast=expected,
        )

    def _find(self, member: WaveMember) -> _Found | tuple[Obstacle, ...]:
        """Where it is, and where it goes."""
        own, goal = self._projects(member)
        owner = self.around.city.applications[member.application].owner
        places = [self._place(each, owner) for each in (own, goal)]
        lacking = [each for each in places if isinstance(each, str)]
        if lacking:
            return (Obstacle(application=member.application, message=lacking[0]),)
        source, target = (each for each in places if isinstance(each, Place))
        workload = self._workload(member, source, goal)
        if not isinstance(workload, Workload):
            return tuple(Obstacle(application=member.application, message=each) for each in workload)
        return self._mapped(member, replace(workload, keystone_name=own.keystone_name), target, goal)

    def _projects(self, member: WaveMember) -> tuple[ProjectSpec, ProjectSpec]:
        """The project that it is in, and the one that it goes to: rules hold that there is one."""
        application = self.around.city.applications[member.application]
        projects = self.around.city.tenants[application.owner].projects
        own = next(each for each in projects if each.name == application.project and application in each.applications)
        if self.wave.mode.within:
            return own, own
        goal = _goal(projects, self.wave, member, application.project)
        return (goal if self.wave.mode is Mode.IMPORT else own), goal

    def _workload(self, member: WaveMember, source: Place, goal: ProjectSpec) -> Workload | tuple[str, ...]:
        application = self.around.city.applications[member.application]
        if self.wave.mode is Mode.IMPORT:
            found = imported(source, goal, application, member)
        else:
            host = self.wave.source.host if self.wave.source else None
            wanted = Wanted(application=application, servers=member.servers, host=host)
            inspection = inspect_application(self._cloud(source).resources, source, wanted)
            if inspection.obstacles:
                return inspection.obstacles
            found = inspection.workload
        return replace(found, probes=application.probes if self.wave.probes else ())

    def _mapped(
        self, member: WaveMember, workload: Workload, target: Place, goal: ProjectSpec
    ) -> _Found | tuple[Obstacle, ...]:
        """With what takes its place, and in which steps it does."""
        cloud = self._cloud(target)
        seen = self._view(cloud, target, goal, networks_of(self.wave, workload))
        if self.wave.mode is Mode.IMPORT:
            workload = sized(workload, seen, self.wave.mappings)
        bindings = resolve(self.wave, workload, seen)
        if isinstance(bindings, tuple):
            return tuple(_unresolved(member.application, each) for each in bindings)
        steps = tuple(Step(spec=each) for each in script(self.wave, workload, bindings))
        source = self.around.connect(self.around.city.clouds[workload.cloud])
        return _Found(
            planned=Planned(member=member, workload=workload, bindings=bindings, steps=steps),
            source=source,
            target=cloud,
            source_view=view_source(source, workload, self.wave.mode),
            target_view=seen,
        )

    def _view(self, cloud: Cloud, target: Place, goal: ProjectSpec, networks: frozenset[NetworkName]) -> TargetView:
        """Applications of a wave often go to one project, which is looked at once for all of them."""
        found = self._views.get((target, networks))
        if found is None:
            found = self._views[target, networks] = view(cloud, target, goal, networks)
        return found

    def _judge(self, found: _Found) -> None:
        """What stands against it, what it takes, and how long."""
        planned, application = found.planned, found.planned.member.application
        run = _as_run(self.wave, self.around.now)
        migration = as_migration(run, planned, self.around.now)
        known = self.around.experience(run, migration)
        findings = examine(self._case(found, migration, known))
        brought = parts(self.wave.mode, planned.workload, planned.bindings, goal_in(found.target_view))
        self._obstacles.extend(_refused(application, each) for each in refusals(findings))
        self._obstacles.extend(self._lacking(found, brought))
        self._courses.append(_course(migration, known))
        self._planned.append(
            replace(
                planned,
                warnings=warnings(findings),
                parts=brought,
                standstill=standstill(migration, known),
                whole=remaining(migration, known),
            )
        )

    def _case(self, found: _Found, migration: Migration, known: Experience) -> Case:
        with_it = tuple(
            Other(name=each.member.application, workload=each.workload, bindings=each.bindings)
            for each in self._planned
        )
        return Case(
            wave=self.wave,
            migration=migration,
            source=found.source_view,
            target=found.target_view,
            macs=mac_holders((found.source, found.target), migration.workload),
            others=(*self.around.others, *with_it),
            experience=known,
            now=self.around.now,
        )

    def _lacking(self, found: _Found, brought: Sequence[Part]) -> Iterator[Obstacle]:
        """What quotas have too little of, with all of the wave that stays there before it.

        What only passes of the others' is not counted: those of a wave that find no room for it wait for one another.
        """
        staying = total(part for each in self._planned for part in each.parts if not part.passes)
        needed = total(brought)
        clouds = {found.source.name: found.source, found.target.name: found.target}
        self._readings.update(readings_of(clouds, [each for each in needed if each not in self._readings]))
        for each in shortfalls(needed, self._readings, (Share(kept=staying), *self.around.shares)):
            application = found.planned.member.application
            yield Obstacle(application=application, message=each.message, remedy=each.remedy)

    def _cloud(self, place: Place) -> Cloud:
        return self.around.connect(self.around.city.clouds[place.cloud])

    def _place(self, project: ProjectSpec, tenant: TenantName) -> Place | str:
        cloud = self.around.city.clouds[project.cloud]
        found = self.around.connect(cloud).identity.project(cloud.domain, project.keystone_name)
        if found is None:
            return f"cloud {project.cloud} has no project {project.keystone_name}: apply its manifest first"
        return Place(cloud=project.cloud, tenant=tenant, project=project.name, project_id=ProjectId(found.id))


def order_of(city: City, planned: Iterable[Planned]) -> Mapping[str, tuple[str, ...]]:
    """For each application of the wave, those of the wave that it depends on."""
    listed = tuple(planned)
    names = {each.member.application for each in listed}
    return {
        each.member.application: tuple(
            name for name in city.applications[each.member.application].depends_on if name in names
        )
        for each in listed
    }


def as_migration(run: Run, planned: Planned, at: datetime) -> Migration:
    """What is written down of an application when its wave is started."""
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


def _as_run(wave: WaveSpec, at: datetime) -> Run:
    """The wave as if it were under way, for what is asked of one."""
    return Run(id=RunId(""), wave=wave, state=RunState.RUNNING, started_by=Actor(""), started_at=at, order={})


def _course(migration: Migration, known: Experience) -> Course:
    """What a forecast has to know of it."""
    return Course(
        name=migration.name,
        before=remaining(migration, known, until=StepKind.GATE_WINDOW),
        standstill=standstill(migration, known),
        travelling=travelling(migration, known),
        disks=sum(1 for _ in migration.workload.disks()),
        size=sum(disk.size for _, disk in migration.workload.disks()) * GIB,
    )


def _refused(application: ApplicationName, finding: Finding) -> Obstacle:
    return Obstacle(application=application, message=finding.words, remedy=finding.remedy)


def _goal(projects: Iterable[ProjectSpec], wave: WaveSpec, member: WaveMember, own: ProjectName) -> ProjectSpec:
    """The project that an application goes to: rules hold that there is one."""
    name = member.project or wave.target.project or own
    return next(each for each in projects if each.name == name and each.cloud == wave.target.cloud)


def _unresolved(application: ApplicationName, each: Unresolved) -> Obstacle:
    return Obstacle(application=application, message=f"{each.subject}: {each.message}", remedy=each.remedy)
