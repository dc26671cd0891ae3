"""What the manifests say, as typed records: the only form of a request that the rest of Tenantry sees.

Built by `tenants.validation` from documents; consumed by the envelopes and by `provisioner.kinds`. Landing zones and
applications have modules of their own. Limits are in the units of the services' own APIs (`tenants.resources`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tenants.application import ApplicationSpec
from tenants.landing_zone import LandingZoneSpec
from tenants.names import (
    ApplicationName,
    CloudName,
    DomainName,
    PrincipalName,
    ProjectName,
    RoleName,
    TenantName,
    VolumeTypeName,
    ZoneName,
)
from tenants.policy import STANDARD, PolicySpec
from tenants.presence import Presence
from tenants.prices import PriceListSpec
from tenants.problems import Location
from tenants.resources import Limits, Resource
from tenants.wave import WaveName, WaveSpec


class Level(StrEnum):
    """Which authority runs a cloud."""

    MUNICIPAL = "municipal"
    DISTRICT = "district"


class Environment(StrEnum):
    """What a project's systems are for."""

    PRODUCTION = "production"
    TESTING = "testing"
    DEVELOPMENT = "development"
    DISASTER_RECOVERY = "disaster-recovery"


class ProjectState(StrEnum):
    """Whether a project is in use, or given back: limits lowered to what it holds, disabled once empty, nothing deleted."""

    ACTIVE = "active"
    #: In use as it is, and no further: the limits that its manifest names go down to what is in use.
    RESTRICTED = "restricted"
    RETIRED = "retired"


class PrincipalKind(StrEnum):
    """What a role is assigned to."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSpec:
    """A network zone of one cloud (互联网区, 政务外网): the site's own dictionary, not a fixed list."""

    name: ZoneName
    display_name: str
    #: Nova's and Cinder's availability zone that the network zone's servers live in.
    availability_zone: str
    #: The Neutron network that routers of this zone reach the outside by, or None where there is none.
    external_network: str | None
    #: The protection levels (等级保护, GB/T 22239; 1 to 4) of systems allowed here.
    protection_levels: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSpec:
    """One OpenStack-compatible cloud, municipal or district."""

    name: CloudName
    display_name: str
    #: The cloud's key in `clouds.yaml`, which alone holds its address and credentials.
    clouds_yaml: str
    level: Level
    #: The Keystone domain that holds our projects, users and groups.
    domain: DomainName
    zones: Mapping[ZoneName, ZoneSpec]
    #: The volume types that manifests may ask for.
    volume_types: frozenset[VolumeTypeName]
    #: Ratio of allocatable to physical, for `compute/cores`, `compute/ram` and `block-storage/gigabytes`; what is absent
    #: here is as the cloud itself says.
    overcommit: Mapping[Resource, Decimal] = field(default_factory=dict)
    #: What is kept back from allocation, in API units.
    reserve: Limits = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSpec:
    """A person who answers for a tenant."""

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSpec:
    """A business system (业务系统) that a project serves; use is judged per system."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptographyAssessment:
    """The security assessment of a project's use of commercial cryptography (密评)."""

    required: bool
    passed_on: date | None = None
    next_due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSpec:
    """A role that a user or group of the cloud's domain has, or must no longer have, in a project."""

    kind: PrincipalKind
    name: PrincipalName
    role: RoleName
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRoom:
    """Room in a project's quota that an application's migration keeps for what it is yet to make there."""

    wave: WaveName
    application: ApplicationName
    #: In API units.
    amounts: Mapping[Resource, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSpec:
    """A Keystone project that a tenant holds in one cloud."""

    name: ProjectName
    cloud: CloudName
    #: The project's name in Keystone: `<tenant>-<name>` unless the manifest names another.
    keystone_name: str
    zone: ZoneName
    #: What Keystone shows as description; None leaves an existing description alone.
    description: str | None
    purpose: str
    protection_level: int
    environment: Environment = Environment.PRODUCTION
    systems: tuple[SystemSpec, ...] = ()
    valid_from: date | None = None
    #: The last day of use; None is permanent.
    valid_until: date | None = None
    #: Where the money comes from and what it was granted for; None where nobody says.
    funding: str | None = None
    #: The day its systems are to be live.
    go_live: date | None = None
    cryptography: CryptographyAssessment | None = None
    state: ProjectState = ProjectState.ACTIVE
    limits: Limits = field(default_factory=dict)
    members: tuple[MemberSpec, ...] = ()
    #: Whether limits may go below what is in use (nothing is deleted; nothing new can be made).
    allow_below_usage: bool = False
    #: Why its protection level may be in a zone that does not take it; None where it may not.
    zone_exception: str | None = None
    #: Its zone as the cloud's manifest describes it, put in when the city is built; None where that is not known.
    site: ZoneSpec | None = None
    landing_zone: LandingZoneSpec | None = None
    #: The applications that the project holds, by name.
    applications: tuple[ApplicationSpec, ...] = ()
    #: The applications that waves are moving out of it or into it, put in before anything is planned: they are left alone.
    on_the_way: Mapping[ApplicationName, WaveName] = field(default_factory=dict)
    #: The room that they keep in it, put in together with them. It changes with each of their steps, and makes no other project.
    kept_rooms: tuple[KeptRoom, ...] = field(default=(), compare=False)

    @property
    def is_active(self) -> bool:
        """Whether it is in use, restricted or not, and not given back."""
        return self.state is not ProjectState.RETIRED

    def kept(self, resource: Resource) -> int:
        """How much of a resource migrations keep for themselves beside what is in use, in API units."""
        return sum(each.amounts.get(resource, 0) for each in self.kept_rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSpec:
    """A department or one of its units: a node of the organisation tree."""

    name: TenantName
    display_name: str
    #: None for a root of the tree.
    parent: TenantName | None
    protection_level: int
    contacts: tuple[ContactSpec, ...] = ()
    #: The most that this tenant and all below it may hold, by cloud.
    envelopes: Mapping[CloudName, Limits] = field(default_factory=dict)
    projects: tuple[ProjectSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """All that a set of manifests says, checked as a whole."""

    clouds: Mapping[CloudName, CloudSpec]
    tenants: Mapping[TenantName, TenantSpec]
    policy: PolicySpec = STANDARD
    #: The earliest first.
    prices: tuple[PriceListSpec, ...] = ()
    waves: Mapping[WaveName, WaveSpec] = field(default_factory=dict)

    @property
    def applications(self) -> Mapping[ApplicationName, ApplicationSpec]:
        """Every application of every project, by name."""
        projects = (project for tenant in self.tenants.values() for project in tenant.projects)
        return {each.name: each for project in projects for each in project.applications}


def is_furnished(project: ProjectSpec) -> bool:
    """Whether the manifests manage what is in the project, beyond its limits and members. Of a retired one they do not."""
    managed = project.landing_zone is not None or bool(project.applications)
    return managed and project.is_active


#: Where each part of a manifest stands: (kind, name, path) to its place, for problems found after validation.
#: The path is dotted, as in `Problem.path`; the empty path is the document itself.
Sources = Mapping[tuple[str, str, str], Location]
