"""From valid manifests to a recorded plan: look at the clouds, check what only they can tell, plan, write it down.

This is what `plan` shows and what `apply` asks consent for. Nothing here changes a cloud.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.audit import Event
from provisioner.errors import CloudError
from provisioner.holdings import observed_breaches
from provisioner.looks import Looks
from provisioner.migration.passage import Moved, Passage, left_alone, unnamed
from provisioner.operation import Actor
from provisioner.passing import moved_away, passages
from provisioner.plan import Plan, Refusal, Section, decision_about
from provisioner.planning import KeystoneNames, make_plan, named_projects
from provisioner.requirements import locate, missing_requirements
from provisioner.store import applied, audit, observations, plans, revisions
from provisioner.store.database import Database
from provisioner.store.plans import StoredPlan
from provisioner.survey import Connect, Survey, clouds_in_use, recorded_survey, shared_survey, survey
from tenants.kinds.applications.application import APPLICATION
from tenants.names import CloudName, TenantName
from tenants.problems import Problem, Severity
from tenants.spec import City, Sources
from tenants.wave import WaveName


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """Manifests that passed validation."""

    city: City
    sources: Sources
    #: File name to text, for the record.
    files: Mapping[str, str]
    #: File name to text of what the files name, for the record as well.
    attached: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan on record, or the problems that left none."""

    survey: Survey
    #: What the manifests ask for and the clouds cannot give; errors leave no plan.
    problems: tuple[Problem, ...] = ()
    stored: StoredPlan | None = None
    #: What was on its way, and so left alone.
    moving: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    """Makes proposals; holds what all of them need."""

    database: Database
    connect: Connect
    actor: Actor
    now: Callable[[], datetime]
    #: Look at the clouds anew, or take the last recorded look at each.
    recorded: bool = False
    #: Where others may ask at the same time: looks are shared with them.
    looks: Looks | None = None

    def propose(
        self,
        manifests: Manifests,
        only: frozenset[TenantName] = frozenset(),
        waves: frozenset[WaveName] = frozenset(),
    ) -> Proposal:
        """Look, check, plan and record, for all tenants, or for these and for waves alone. Checks are always made over all."""
        city = manifests.city
        with self.database.transaction() as connection:
            moving, away = passages(connection, city), moved_away(connection, city)
        before = self._applied_before()
        # A cloud that no project is in any more may still hold some that were: they are to be reported as orphaned.
        clouds = clouds_in_use(city) | {cloud for cloud, _ in before if cloud in city.clouds}
        seen = self._seen(city, clouds)
        problems = (
            *missing_requirements(city, seen.observations, manifests.sources),
            *observed_breaches(city, seen.observations, manifests.sources),
            *_unnamed(city, moving, manifests.sources),
            *_outdated(away, manifests.sources),
        )
        if any(each.severity is Severity.ERROR for each in problems):
            return Proposal(survey=seen, problems=problems, moving=moving)
        # Waves alone are about no tenant's resources.
        chosen = only if only or waves else None
        plan = make_plan(
            left_alone(city, moving),
            seen.observations,
            unreachable=seen.unreachable,
            applied_before=before,
            only=chosen,
        )
        plan = replace(plan, waves=tuple(decision_about(each, city.waves.get(each)) for each in sorted(waves)))
        plan = self._with_holders(plan, city, seen)
        return Proposal(survey=seen, problems=problems, stored=self._record(manifests, seen, plan), moving=moving)

    def _seen(self, city: City, clouds: frozenset[CloudName]) -> Survey:
        if self.recorded:
            return recorded_survey(self.database, clouds)
        if self.looks is not None:
            return shared_survey(city, clouds, self.looks)
        return survey(city, clouds, self.connect, now=self.now)

    def _applied_before(self) -> KeystoneNames:
        with self.database.transaction() as connection:
            return named_projects(each.spec for each in applied.load_all(connection))

    def _with_holders(self, plan: Plan, city: City, seen: Survey) -> Plan:
        """The plan with its refusals saying who holds what: asked of the cloud only where there is a refusal."""
        return replace(plan, sections=tuple(self._section_with_holders(each, city, seen) for each in plan.sections))

    def _section_with_holders(self, section: Section, city: City, seen: Survey) -> Section:
        if self.recorded or section.cloud not in seen.observations or not section.refusals:
            return section
        refusals = tuple(self._refusal_with_holders(each, city, seen) for each in section.refusals)
        return replace(section, refusals=refusals)

    def _refusal_with_holders(self, refusal: Refusal, city: City, seen: Survey) -> Refusal:
        if refusal.resource is None:
            return refusal
        address = refusal.address
        project = next(each for each in city.tenants[address.tenant].projects if each.name == address.project)
        view = seen.observations[address.cloud].projects.get(project.keystone_name)
        if view is None:
            # Nobody holds anything in a project that is still to be made.
            return refusal
        try:
            keeper = self.connect(city.clouds[address.cloud]).quotas(refusal.resource.service)
            return replace(refusal, holders=tuple(keeper.holders(view.project.id, refusal.resource)))
        except CloudError:
            # The refusal stands without the names; they are a help, not its reason.
            return refusal

    def _record(self, manifests: Manifests, seen: Survey, plan: Plan) -> StoredPlan:
        at = self.now()
        with self.database.transaction() as connection:
            revision = revisions.save(connection, manifests.files, actor=self.actor, at=at, attached=manifests.attached)
            if not self.recorded:
                for observation in seen.observations.values():
                    observations.save(connection, observation)
            plan_id = plans.save(connection, plan, revision=revision, actor=self.actor, at=at)
            audit.append(
                connection,
                Event(
                    at=at,
                    actor=self.actor,
                    action="plan.made",
                    subject=plan_id,
                    detail={"revision": revision, "fingerprint": plan.fingerprint},
                ),
            )
        return StoredPlan(id=plan_id, revision=revision, created_at=at, actor=self.actor, plan=plan)


def _unnamed(city: City, moving: Iterable[Passage], sources: Sources) -> Iterator[Problem]:
    """Projects that manifests name no longer, although something is being moved out of them or into them."""
    for passage, end in unnamed(city, moving):
        place = ("Tenant", end.tenant, "") if end.tenant in city.tenants else next(iter(sources))
        yield Problem(
            location=sources[place],
            path="spec.projects",
            message=f"the project {end.project} of {end.tenant} is named no longer, and the application "
            f"{passage.application} is being migrated by the wave {passage.wave}",
            remedy="keep it until that has ended, or abort the migration (tenantry migrate abort)",
        )


def _outdated(away: Iterable[Moved], sources: Sources) -> Iterator[Problem]:
    """Applications whose manifests were not changed after a move: a copy of them from before would build them a second time, empty."""
    for each in away:
        yield Problem(
            location=locate(sources, APPLICATION.name, each.application, "spec.project"),
            path="spec.project",
            message=f"the wave {each.wave} moved it to the project {each.target.project} in {each.target.cloud}, as the manifest in "
            "force says; where it was, its source goes, and it would be built anew with nothing on its disks",
            remedy=f"write project: {each.target.project}, and what else is called otherwise there: "
            f"`tenantry migrate show {each.wave} {each.application}` has all of it, at manifest",
        )
