"""What each project was asked to have, what its cloud enforces and what is used, and what envelopes have left. Pure.

Made from manifests and observations for `tenantry status`; what cannot be read is said to be so, never left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from provisioner.observation import Observation
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Limit, Resource
from tenants.spec import City


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
    #: None where no manifest names it.
    asked: Limit | None
    #: None where it was not read.
    enforced: Limit | None
    used: int | None
    reserved: int
    state: AllocationState


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeShare:
    """One resource of one tenant's envelope in one cloud, in the unit of its service's API."""

    tenant: TenantName
    cloud: CloudName
    resource: Resource
    #: What the tenant and all below it are asked to hold.
    allocated: int
    envelope: Limit

    @property
    def left(self) -> int | None:
        """What may still be asked for, negative where too much is; None where the envelope is unlimited."""
        raise NotImplementedError


def allocations(city: City, observations: Mapping[CloudName, Observation]) -> tuple[Allocation, ...]:
    """Every resource of every project that a manifest or the project's cloud limits, by tenant, cloud and project.

    A cloud without an observation is unreadable as a whole.
    """
    raise NotImplementedError


def envelope_shares(city: City) -> tuple[EnvelopeShare, ...]:
    """Every resource of every envelope, by tenant and cloud."""
    raise NotImplementedError
