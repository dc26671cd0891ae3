"""What each project was asked to have, what its cloud enforces and what is used, and what envelopes have left. Pure.

Made from manifests and observations for `tenantry status`; what cannot be read is said to be so, never left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from provisioner.clouds.interface import Capabilities
from provisioner.diff import diff
from provisioner.holdings import capacities, observed_holdings
from provisioner.kinds.interface import Asked
from provisioner.kinds.quota import QuotaKind
from provisioner.observation import Observation
from tenants.envelopes import CloudTotal, Row, account
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import CATALOGUE, UNLIMITED, Limit, Limits, Resource, Service
from tenants.spec import City, ProjectSpec, ProjectState, TenantSpec

#: Of a cloud that was not observed nothing is known.
_NO_CAPABILITIES: Final = Capabilities(services=frozenset())


class AllocationState(StrEnum):
    """How the cloud stands to the manifest in one resource of one project."""

    MATCHES = "matches"
    DIFFERS = "differs"
    #: The cloud has no such project.
    MISSING = "missing"
    #: The cloud, or its service, did not say.
    UNREADABLE = "unreadable"
    #: The cloud limits it, and no manifest names it.
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """One resource of one project, in the unit of its service's API."""

    tenant: TenantName
    cloud: CloudName
    project: ProjectName
    #: The project's name in Keystone.
    keystone_name: str
    resource: Resource
    #: None where no manifest names it. Of a retired project, what its limit goes down to: what it still holds.
    asked: Limit | None
    #: None where it was not read.
    enforced: Limit | None
    used: int | None
    reserved: int
    state: AllocationState
    #: Whether the project stands still, though its manifest has it active: nobody can use what is allocated.
    disabled: bool = False
    #: Whether its manifest has the project retired.
    retired: bool = False


def allocations(city: City, observations: Mapping[CloudName, Observation]) -> tuple[Allocation, ...]:
    """Every resource of every project that a manifest or the project's cloud limits, by tenant, cloud and project.

    A cloud without an observation is unreadable as a whole.
    """
    held = observed_holdings(city, observations)
    projects = [(tenant, project) for tenant in city.tenants.values() for project in tenant.projects]
    projects.sort(key=lambda each: (each[0].name, each[1].cloud, each[1].name))
    return tuple(
        row
        for tenant, project in projects
        for row in _of_project(tenant, project, observations.get(project.cloud), held[tenant.name, project.name][1])
    )


def envelope_shares(city: City, observations: Mapping[CloudName, Observation]) -> tuple[Row, ...]:
    """Every resource of every finite envelope with what is held of it, counted as plans count it, by tenant and cloud."""
    ledger = account(city, observed_holdings(city, observations))
    bounded = (row for row in ledger.rows if row.envelope is not None)
    return tuple(sorted(bounded, key=lambda row: (row.tenant, row.cloud, _order(row.resource))))


def cloud_totals(city: City, observations: Mapping[CloudName, Observation]) -> tuple[CloudTotal, ...]:
    """What is held of each observed cloud beside what it can give out, where that is known; by cloud."""
    ledger = account(city, observed_holdings(city, observations), capacities(city, observations))
    known = (total for total in ledger.totals if total.allocatable is not None)
    return tuple(sorted(known, key=lambda total: (total.cloud, _order(total.resource))))


def _of_project(
    tenant: TenantSpec, project: ProjectSpec, observation: Observation | None, held: Limits
) -> Iterator[Allocation]:
    view = observation.projects.get(project.keystone_name) if observation else None
    capabilities = observation.capabilities if observation else _NO_CAPABILITIES
    asked = _Comparison(Asked(tenant=tenant, project=project, view=view, capabilities=capabilities), held)
    retired = project.state is ProjectState.RETIRED
    for resource in asked.resources(there=observation is None or view is not None):
        usage = asked.read.get(resource)
        yield Allocation(
            tenant=tenant.name,
            cloud=project.cloud,
            project=project.name,
            keystone_name=project.keystone_name,
            resource=resource,
            asked=asked.limits.get(resource),
            enforced=usage.limit if usage else None,
            used=usage.used if usage else None,
            reserved=usage.reserved if usage else 0,
            state=AllocationState.UNREADABLE if observation is None else asked.state(resource),
            disabled=view is not None and not view.project.enabled and not retired,
            retired=retired,
        )


class _Comparison:
    """One project's limits, asked and read, compared as a plan compares them."""

    def __init__(self, asked: Asked, held: Limits) -> None:
        self._project = asked.project
        self._view = asked.view
        kind = QuotaKind()
        readings = asked.view.readings if asked.view else {}
        self.read = {resource: usage for reading in readings.values() for resource, usage in reading.items()}
        named = {(each.service.value, each.key): each for each in (*asked.project.limits, *self.read)}
        desired = tuple(kind.desired(asked))
        goals = {
            named[each.address.key, key]: Limit(int(limit or 0))
            for each in desired
            for key, limit in each.properties.items()
        }
        self.limits = {**self._settled(held), **goals}
        changes = diff(desired, dict(kind.observed(asked)))
        self._differing = {named[change.address.key, key] for change in changes for key in change.after}

    def _settled(self, held: Limits) -> Limits:
        """What a retired project's limits are to be that a plan leaves alone: what it holds, or lower where they are."""
        if self._project.state is not ProjectState.RETIRED:
            return {}
        limits = {resource: self.read[resource].limit for resource in held.keys() & self.read.keys()}
        return {each: held[each] if limit == UNLIMITED else min(held[each], limit) for each, limit in limits.items()}

    def resources(self, *, there: bool) -> Sequence[Resource]:
        """All that was asked, read, or should have been read where the project is `there`, in the catalogue's order."""
        services = self._view.readings if self._view else {}
        unread = {each for each in self._project.limits if there and each.service not in services}
        return sorted(self.limits.keys() | self.read.keys() | unread, key=_order)

    def state(self, resource: Resource) -> AllocationState:
        """How the cloud, which was observed, stands to the manifest."""
        if self._view is None:
            return AllocationState.MISSING
        if resource.service not in self._view.readings:
            return AllocationState.UNREADABLE
        if resource not in self.limits:
            return AllocationState.UNMANAGED
        return AllocationState.DIFFERS if resource in self._differing else AllocationState.MATCHES


def _order(resource: Resource) -> tuple[int, int, Resource]:
    """The catalogue's order, in which people look for resources; what it does not know comes last."""
    names = list(CATALOGUE[resource.service])
    position = names.index(resource.name) if resource.name in names else len(names)
    return list(Service).index(resource.service), position, resource
