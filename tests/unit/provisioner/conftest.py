"""Builders of specs and observations, short enough to read in a test. Session-wide, so that properties may use them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from provisioner.clouds.interface import (
    Capabilities,
    Directory,
    KeystoneProject,
    PrincipalId,
    ProjectId,
    Reading,
    RoleId,
    Usage,
)
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.kinds.interface import Asked
from provisioner.observation import Membership, Observation, ProjectView
from tenants.names import (
    CloudName,
    DomainName,
    PrincipalName,
    ProjectName,
    RoleName,
    TenantName,
    VolumeTypeName,
    ZoneName,
)
from tenants.presence import Presence
from tenants.resources import Limit, Limits, Resource, Service
from tenants.spec import City, CloudSpec, Level, MemberSpec, PrincipalKind, ProjectSpec, TenantSpec, ZoneSpec

#: 2027-06-01 12:00 UTC, when every observation here was made.
NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def _resource(text: str) -> Resource:
    service, name, *volume_type = text.split("/", 2)
    return Resource(
        service=Service(service), name=name, volume_type=VolumeTypeName(volume_type[0]) if volume_type else None
    )


def _limits(texts: Mapping[str, int]) -> Limits:
    return {_resource(text): Limit(limit) for text, limit in texts.items()}


def _member(text: str, presence: Presence = Presence.PRESENT) -> MemberSpec:
    kind, name, role = text.split("/")
    return MemberSpec(kind=PrincipalKind(kind), name=PrincipalName(name), role=RoleName(role), presence=presence)


def _project_spec(name: str = "registration", *, tenant: str = "market", **fields: Any) -> ProjectSpec:
    absent = fields.pop("absent", ())
    fields = {
        "cloud": CloudName("city"),
        "keystone_name": f"{tenant}-{name}",
        "zone": ZoneName("extranet"),
        "description": None,
        "purpose": "商事登记",
        "protection_level": 2,
        **fields,
        "limits": _limits(fields.get("limits", {})),
        "members": (
            *(_member(text) for text in fields.get("members", ())),
            *(_member(text, Presence.ABSENT) for text in absent),
        ),
    }
    return ProjectSpec(name=ProjectName(name), **fields)


def _tenant_spec(*projects: ProjectSpec, name: str = "market") -> TenantSpec:
    return TenantSpec(
        name=TenantName(name), display_name="市市场监督管理局", parent=None, protection_level=2, projects=projects
    )


def _cloud_spec(name: str = "city", **fields: Any) -> CloudSpec:
    zone = ZoneSpec(
        name=ZoneName("extranet"),
        display_name="政务外网",
        availability_zone="extranet",
        external_network="public",
        protection_levels=frozenset({1, 2, 3}),
    )
    known = {
        "display_name": "市级政务云",
        "clouds_yaml": f"{name}-yaml",
        "level": Level.MUNICIPAL,
        "domain": DomainName("government"),
        "zones": {zone.name: zone},
        "volume_types": frozenset({VolumeTypeName("ssd")}),
        **fields,
    }
    return CloudSpec(name=CloudName(name), **known)


def _city_of(*tenants: TenantSpec, clouds: Iterable[CloudSpec] = ()) -> City:
    listed = tuple(clouds) or (_cloud_spec("city"), _cloud_spec("district"))
    return City(clouds={each.name: each for each in listed}, tenants={each.name: each for each in tenants})


def _readings(texts: Mapping[str, tuple[int, ...]]) -> Mapping[Service, Reading]:
    """`{"compute/cores": (limit, used, reserved)}`; the last may be left out, and a use of -1 stands for unknown."""
    found: dict[Service, dict[Resource, Usage]] = {}
    for text, (limit, used, *reserved) in texts.items():
        resource = _resource(text)
        usage = Usage(limit=Limit(limit), used=None if used < 0 else used, reserved=reserved[0] if reserved else 0)
        found.setdefault(resource.service, {})[resource] = usage
    return found


def _membership(text: str, *, resolved: bool = True) -> Membership:
    kind, principal, role = text.split("/")
    return Membership(
        kind=PrincipalKind(kind), principal=PrincipalName(principal), role=RoleName(role), resolved=resolved
    )


def _view_of(name: str = "market-registration", **fields: Any) -> ProjectView:
    return ProjectView(
        project=KeystoneProject(
            id=ProjectId(fields.get("id", f"id-of-{name}")),
            name=name,
            description=fields.get("description", ""),
            enabled=fields.get("enabled", True),
        ),
        memberships=frozenset({*map(_membership, fields.get("members", ())), *fields.get("strangers", ())}),
        readings={**{service: {} for service in fields.get("read", ())}, **_readings(fields.get("readings", {}))},
        unreadable={Service(service): reason for service, reason in fields.get("unreadable", {}).items()},
    )


def _capabilities(**fields: Any) -> Capabilities:
    known = {
        "services": frozenset(Service),
        "volume_types": frozenset({VolumeTypeName("ssd"), VolumeTypeName("standard")}),
        "network_extensions": frozenset({"router", "security-group"}),
        "availability_zones": frozenset({"extranet", "internet"}),
        "external_networks": frozenset({"public"}),
        **fields,
    }
    return Capabilities(**known)


def _directory() -> Directory:
    return Directory(
        roles={RoleName(name): RoleId(f"role-{name}") for name in ("member", "reader")},
        groups={PrincipalName(name): PrincipalId(f"group-{name}") for name in ("ops", "auditors")},
        users={PrincipalName(name): PrincipalId(f"user-{name}") for name in ("li", "wang")},
    )


def _observation_of(*views: ProjectView, cloud: str = "city", **fields: Any) -> Observation:
    return Observation(
        cloud=CloudName(cloud),
        at=NOON,
        capabilities=fields.get("capabilities", _capabilities()),
        directory=fields.get("directory", _directory()),
        projects={view.project.name: view for view in views},
    )


def _asked_for(project: ProjectSpec, view: ProjectView | None = None, **fields: Any) -> Asked:
    return Asked(
        tenant=_tenant_spec(project),
        project=project,
        view=view,
        capabilities=fields.get("capabilities", _capabilities()),
    )


class Builders:
    """Short ways to say what a manifest asks and what a cloud shows."""

    #: A resource written as `block-storage/gigabytes/ssd`.
    resource = staticmethod(_resource)
    #: A project of tenant `market` in cloud `city`; limits by resource, members and absent as `group/ops/member`.
    project = staticmethod(_project_spec)
    tenant = staticmethod(_tenant_spec)
    #: A cloud with one zone, `extranet`, and one volume type, `ssd`.
    cloud = staticmethod(_cloud_spec)
    #: A city of these tenants, with the clouds `city` and `district` unless others are given.
    city = staticmethod(_city_of)
    #: A membership written as `group/ops/member`.
    membership = staticmethod(_membership)
    #: A project as it was seen; readings as `{"compute/cores": (limit, used, reserved)}`, -1 for an unknown use.
    #: `members` are written as `group/ops/member`, `strangers` are memberships, `read` are services found empty.
    view = staticmethod(_view_of)
    #: A cloud with all three services, unless said otherwise.
    capabilities = staticmethod(_capabilities)
    #: Roles `member` and `reader`, groups `ops` and `auditors`, users `li` and `wang`.
    directory = staticmethod(_directory)
    #: A cloud in which these projects were seen.
    observation = staticmethod(_observation_of)
    #: Noon of some day.
    now = staticmethod(lambda: NOON)
    #: What a kind decides on: a project's manifest beside what was seen of it.
    asked = staticmethod(_asked_for)


@pytest.fixture(scope="session")
def build() -> Builders:
    """The builders of specs and observations."""
    return Builders()


@pytest.fixture(scope="session")
def new_cloud() -> Callable[[], MemoryCloud]:
    """A cloud in memory with the groups, users and roles that the builders speak of, and no projects."""
    names = frozenset(map(PrincipalName, ("ops", "auditors")))
    users = frozenset(map(PrincipalName, ("li", "wang")))
    return lambda: MemoryCloud(CloudName("city"), Furnishing(groups=names, users=users), sleep=lambda _: None)


@pytest.fixture
def cloud(new_cloud: Callable[[], MemoryCloud]) -> MemoryCloud:
    """An empty cloud."""
    return new_cloud()
