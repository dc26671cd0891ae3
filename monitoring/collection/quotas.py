"""What projects may hold, hold and have reserved, as services enforce it: for the projects that manifests name.

Nova and Cinder tell this project by project only, so it is asked for rarely, and for a tenant's own projects as soon as something
was applied for it. Neutron tells it in bulk, where that is fewer requests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import Content, reading_content
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.errors import CloudError
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Extent, Look, Scope, Sighting, Sizes, Sort, State, Variant, quota_id
from tenants.names import TenantName
from tenants.resources import UNLIMITED, Resource, Service

NAME: Final = CollectorName("quotas")
_ONLY_SOME: Final = "only some projects were asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The collector."""

    name: CollectorName = NAME
    sorts: tuple[Sort, ...] = (Sort.QUOTA, Sort.QUOTA_USE)
    #: Only these tenants' projects, where something was applied for them.
    only: frozenset[TenantName] | None = None

    def collect(self, asked: Asked) -> Harvest:
        """One request for each project to Nova and to Cinder each, about twelve to Neutron, or fewer for few projects."""
        began = asked.now()
        wanted = [
            asked.projects[name]
            for name, tenant in sorted(asked.tenants.items())
            if name in asked.projects and (self.only is None or tenant in self.only)
        ]
        readings, failed, projects = _read(asked.cloud, wanted)
        if not readings and (failed or projects):
            return Harvest(failed=failed, failed_projects=projects, anything=False)
        lacking = {each: str(error) for each, error in projects.items()}
        if failed:
            lacking |= {each: "; ".join(sorted(failed)) for each in wanted}
        return Harvest(
            looks=tuple(self._looks(asked, began, readings, lacking)),
            content=_content(asked, readings, only_some=self.only is not None),
            failed=failed,
            failed_projects=projects,
        )

    def _looks(
        self,
        asked: Asked,
        began: datetime,
        readings: Mapping[ProjectId, Mapping[Resource, Usage]],
        lacking: Mapping[ProjectId, str],
    ) -> Iterator[Look]:
        some = self.only is not None
        seen = {Sort.QUOTA: held(readings), Sort.QUOTA_USE: used(readings)}
        for sort, sightings in seen.items():
            yield Look(
                scope=Scope(cloud=asked.spec.name, sort=sort),
                extent=Extent.CHANGES if some else Extent.ALL,
                began=began,
                ended=asked.now(),
                every=asked.every,
                sightings=sightings,
                # It tells of what it saw and of nothing else.
                failed=(_ONLY_SOME,) if some else (),
                failed_projects={} if some else lacking,
            )


def held(readings: Mapping[ProjectId, Mapping[Resource, Usage]]) -> tuple[Sighting, ...]:
    """The limits that projects hold."""
    return tuple(
        _sighting(
            project,
            resource,
            State.UNLIMITED if usage.limit <= UNLIMITED else State.LIMITED,
            max(0, usage.limit),
        )
        for project, reading in readings.items()
        for resource, usage in reading.items()
    )


def used(readings: Mapping[ProjectId, Mapping[Resource, Usage]]) -> tuple[Sighting, ...]:
    """What services say is used of them; nothing where a service does not say."""
    return tuple(
        _sighting(project, resource, State.LIMITED, usage.used)
        for project, reading in readings.items()
        for resource, usage in reading.items()
        if usage.used is not None
    )


def _sighting(project: ProjectId, resource: Resource, state: State, amount: int) -> Sighting:
    variant = Variant(str(resource))
    return Sighting(
        id=quota_id(project, variant), project=project, variant=variant, state=state, sizes=Sizes(amount=amount)
    )


def _read(
    cloud: Cloud, wanted: list[ProjectId]
) -> tuple[Mapping[ProjectId, Mapping[Resource, Usage]], Mapping[str, CloudError], Mapping[ProjectId, CloudError]]:
    """Readings by project; services that failed for all of several projects; projects that failed by themselves.

    Services are asked one after another: what they have under way at a time is a limit of the cloud's as a whole.
    """
    found: dict[ProjectId, dict[Resource, Usage]] = {}
    failed: dict[str, CloudError] = {}
    projects: dict[ProjectId, CloudError] = {}
    for service in Service:
        try:
            answers = cloud.quotas(service).readings(wanted) if cloud.has(service) else {}
        except CloudError as error:
            failed[service.value] = error
            continue
        errors = {each: answer for each, answer in answers.items() if isinstance(answer, CloudError)}
        if errors and len(errors) == len(answers) > 1:
            failed[service.value] = next(iter(errors.values()))
        else:
            projects |= errors
        for project, answer in answers.items():
            if not isinstance(answer, CloudError):
                found.setdefault(project, {}).update(answer)
    return found, failed, projects


def _content(asked: Asked, readings: Mapping[ProjectId, Mapping[Resource, Usage]], *, only_some: bool) -> Content:
    """What could not be read stays as it was, project by project and resource by resource; what is wanted no more goes."""
    before: Mapping[str, Any] = asked.previous.content.get("projects", {}) if asked.previous is not None else {}
    wanted = {asked.projects[name] for name in asked.tenants if name in asked.projects}
    kept = {project: reading for project, reading in before.items() if project in wanted or only_some}
    new = {str(project): {**kept.get(project, {}), **reading_content(reading)} for project, reading in readings.items()}
    return {"projects": {**kept, **new}}
