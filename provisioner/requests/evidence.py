"""What reviewers see of a request beside its plan: what it costs, what it leaves over, and how present quota is used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.holdings import Observations
from provisioner.kinds.quota import limits_to_be
from provisioner.observation import ProjectView
from provisioner.requests.increase import Room
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Limit, Resource
from tenants.spec import City, ProjectSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One resource of one project: what is in use and enforced now, and what is asked for; in API units."""

    tenant: TenantName
    project: ProjectName
    cloud: CloudName
    resource: Resource
    #: None where the service does not tell.
    used: int | None
    #: None where the project is yet to be made.
    enforced: Limit | None
    asked: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All of it, as it was when the request was last planned."""

    #: Every line that the request adds to: the clouds' pools as well as the envelopes of its tenant and all above.
    rooms: tuple[Room, ...] = ()
    uses: tuple[Use, ...] = ()
    #: The same lines as they were when the request was rejected: the most that would have fitted. None unless it was.
    rejected: tuple[Room, ...] | None = None

    @property
    def cost(self) -> tuple[Room, ...]:
        """What the request takes of each cloud's pools altogether."""
        return tuple(room for room in self.rooms if room.line.tenant is None)


def uses(city: City, observations: Observations, tenants: Iterable[TenantName]) -> tuple[Use, ...]:
    """Present use against present quota, of every resource that these tenants' projects would have another limit of.

    What a project was restricted or retired to counts, not the limits that its manifest still names.
    """
    return tuple(
        use
        for name in sorted(tenants)
        for project in sorted(city.tenants[name].projects, key=lambda each: each.name)
        if project.cloud in observations
        for use in _changing(name, project, observations[project.cloud].projects)
    )


def _changing(tenant: TenantName, project: ProjectSpec, seen: Mapping[str, ProjectView]) -> Iterator[Use]:
    view = seen.get(project.keystone_name)
    for resource, asked in sorted(limits_to_be(project, view).items()):
        reading = view.usage(resource) if view else None
        enforced = None if reading is None else reading.limit
        if enforced != asked:
            yield Use(
                tenant=tenant,
                project=project.name,
                cloud=project.cloud,
                resource=resource,
                used=None if reading is None or reading.used is None else reading.used + reading.reserved,
                enforced=enforced,
                asked=asked,
            )
