"""The port through which Tenantry sees and changes a cloud's projects and their limits: small interfaces and records.

Adapters (`openstack`, `memory`) implement it; a contract suite holds them to the same behaviour. Readers return what
they could and errors for what they could not, so that one project's failure costs only that project. Writers return a
`Receipt` and MUST be safe to repeat. All raise only `provisioner.errors.CloudError`s, after retrying what is safe to
retry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol

from provisioner.errors import CloudError
from tenants.names import DomainName, PrincipalName, RoleName, VolumeTypeName
from tenants.resources import Limit, Limits, Resource, Service
from tenants.spec import PrincipalKind

#: Keystone's id of a project, a domain, or a user, group or role.
ProjectId = NewType("ProjectId", str)
DomainId = NewType("DomainId", str)
PrincipalId = NewType("PrincipalId", str)
RoleId = NewType("RoleId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a cloud answered to a write: evidence for the journal."""

    #: OpenStack's `x-openstack-request-id`s, in the order of the calls.
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeystoneProject:
    """A project as Keystone has it."""

    id: ProjectId
    name: str
    description: str
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Assignment:
    """A role that a user or group has directly on a project (not inherited, not implied)."""

    project_id: ProjectId
    kind: PrincipalKind
    principal_id: PrincipalId
    role_id: RoleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The names that assignments refer to, within one domain."""

    roles: Mapping[RoleName, RoleId]
    groups: Mapping[PrincipalName, PrincipalId]
    users: Mapping[PrincipalName, PrincipalId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One resource of one project: what it may hold, holds, and has reserved for requests under way, in API units."""

    limit: Limit
    #: None where the API does not say.
    used: int | None
    reserved: int = 0


#: A project's resources in one service.
Reading = Mapping[Resource, Usage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Something that uses a resource: a server, a volume, a port."""

    id: str
    name: str
    #: How much of the resource it uses, in API units.
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a cloud can do, as far as manifests may need it."""

    #: The services found in the catalogue that answered; see also `unreachable`.
    services: frozenset[Service]
    #: Service to (lowest, highest) microversion, where the service has them.
    microversions: Mapping[Service, tuple[str, str]] = field(default_factory=dict)
    #: Whether Nova takes its limits from Keystone (unified limits), so that `os-quota-sets` writes are ignored.
    unified_compute_limits: bool = False
    volume_types: frozenset[VolumeTypeName] = frozenset()
    #: Neutron's extension aliases.
    network_extensions: frozenset[str] = frozenset()
    availability_zones: frozenset[str] = frozenset()
    external_networks: frozenset[str] = frozenset()
    #: The limits of a project that nobody gave any.
    defaults: Limits = field(default_factory=dict)
    #: The services that the catalogue has and that did not answer, with the reason: not the same as having none.
    unreachable: Mapping[Service, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a cloud has of one resource, in API units, before our own overcommit and reserve."""

    #: The physical total.
    total: int
    #: What the cloud itself keeps back.
    reserved: int
    #: The cloud's own ratio of allocatable to physical (Placement's `allocation_ratio`, a pool's over-subscription).
    ratio: float
    used: int


class Identity(Protocol):
    """Keystone: projects, and who may do what in them."""

    def projects(self, domain: DomainName) -> Sequence[KeystoneProject]:
        """All projects of a domain, in one listing."""

    def project(self, domain: DomainName, name: str) -> KeystoneProject | None:
        """The project of that name, or None."""

    def assignments(self, project: ProjectId | None = None) -> Sequence[Assignment]:
        """All direct role assignments on projects, or on that one, in one listing."""

    def directory(self, domain: DomainName, *, users: bool) -> Directory:
        """Roles and the domain's groups by name; its users too where asked, for that can be a long list."""

    def create_project(self, domain: DomainName, *, name: str, description: str) -> tuple[KeystoneProject, Receipt]:
        """Make an enabled project; gives it as Keystone then has it. Raises CloudConflict where the name is taken."""

    def update_project(
        self, project: ProjectId, *, description: str | None = None, enabled: bool | None = None
    ) -> Receipt:
        """Change what is not None."""

    def grant(self, assignment: Assignment) -> Receipt:
        """Assign a role; assigning it twice is the same."""

    def revoke(self, assignment: Assignment) -> Receipt:
        """Take a role away; a role that is not there counts as taken away."""


class QuotaService(Protocol):
    """Nova, Cinder or Neutron as keeper of limits."""

    def readings(self, projects: Iterable[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """Limits, use and reservations of each project: in bulk where that is fewer requests, else side by side."""

    def set_limits(self, project: ProjectId, limits: Mapping[str, Limit], *, force: bool) -> Receipt:
        """Write these limits, by the service's own keys (`Resource.key`), and no others, in one request where it can be.

        Going below what is in use raises CloudRefused unless `force` is set. Two services differ: Cinder lets a limit go
        below unforced while the project has none of its own, and can be forced only where the project's other limits are
        given as well (with `force`, give every limit of the service that is managed); Neutron before 2022 never refuses.
        So whoever plans looks at the use itself.
        """

    def limits(self, project: ProjectId) -> Limits:
        """Read back what is enforced now, from the service itself."""

    def holders(self, project: ProjectId, resource: Resource) -> Sequence[Holder]:
        """What uses the resource, greatest first; empty where the service has no way to tell."""
