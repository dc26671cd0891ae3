"""Short ways to say what a manifest asks and what a cloud shows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from provisioner.clouds.interface import Capabilities, Capacity, Directory, KeystoneProject, ProjectId, Reading, Usage
from provisioner.observation import Observation, ProjectView
from tenants.names import CloudName, DomainName, ProjectName, TenantName, VolumeTypeName, ZoneName
from tenants.resources import Limit, Limits, Resource, Service
from tenants.spec import City, CloudSpec, Level, ProjectSpec, TenantSpec


def resource(text: str) -> Resource:
    """A resource written as `block-storage/gigabytes/ssd`."""
    service, name, *types = text.split("/")
    return Resource(service=Service(service), name=name, volume_type=VolumeTypeName(types[0]) if types else None)


def limits(texts: Mapping[str, int]) -> Limits:
    """Limits by resources as texts."""
    return {resource(text): Limit(limit) for text, limit in texts.items()}


class Build:
    """What a manifest asks and what a cloud shows."""

    resource = staticmethod(resource)
    limits = staticmethod(limits)

    @staticmethod
    def project(name: str = "registration", asked: Mapping[str, int] | None = None, **fields: Any) -> ProjectSpec:
        """A project of tenant `market`, in cloud `city` unless said otherwise."""
        known = {
            "cloud": CloudName("city"),
            "keystone_name": f"market-{name}",
            "zone": ZoneName("extranet"),
            "description": None,
            "purpose": "商事登记",
            "protection_level": 2,
            "limits": limits(asked or {}),
            **fields,
        }
        return ProjectSpec(name=ProjectName(name), **known)

    @staticmethod
    def tenant(*projects: ProjectSpec, name: str = "market", **fields: Any) -> TenantSpec:
        """A department with these projects."""
        known = {"display_name": "市市场监督管理局", "parent": None, "protection_level": 2, **fields}
        return TenantSpec(name=TenantName(name), projects=projects, **known)

    @staticmethod
    def cloud(*, overcommit: Mapping[str, int], reserve: Mapping[str, int]) -> CloudSpec:
        """Cloud `city`, which promises some resources more than once and keeps some back."""
        return CloudSpec(
            name=CloudName("city"),
            display_name="市级政务云",
            clouds_yaml="city",
            level=Level.MUNICIPAL,
            domain=DomainName("government"),
            zones={},
            volume_types=frozenset(),
            overcommit={resource(text): Decimal(ratio) for text, ratio in overcommit.items()},
            reserve=limits(reserve),
        )

    @staticmethod
    def capacity(totals: Mapping[str, int]) -> Mapping[Resource, Capacity]:
        """What a cloud has, none of it used."""
        return {resource(text): Capacity(total=total, reserved=0, ratio=1.0, used=0) for text, total in totals.items()}

    @staticmethod
    def city(*tenants: TenantSpec) -> City:
        """These tenants; nothing here looks at the clouds' manifests."""
        return City(clouds={}, tenants={each.name: each for each in tenants})

    @staticmethod
    def view(
        name: str = "registration", read: Mapping[str, tuple[int, int | None, int]] | None = None, **fields: Any
    ) -> ProjectView:
        """A project as it was seen, with readings as `{"compute/cores": (limit, used, reserved)}`."""
        readings: dict[Service, dict[Resource, Usage]] = {}
        for text, (limit, used, reserved) in (read or {}).items():
            found = resource(text)
            readings.setdefault(found.service, {})[found] = Usage(limit=Limit(limit), used=used, reserved=reserved)
        seen: dict[Service, Reading] = dict(readings)
        project = KeystoneProject(
            id=ProjectId(name), name=f"market-{name}", description="", enabled=fields.pop("enabled", True)
        )
        return ProjectView(project=project, readings=seen, **fields)

    @staticmethod
    def observation(*views: ProjectView) -> Observation:
        """Cloud `city` as it was seen."""
        return Observation(
            cloud=CloudName("city"),
            at=datetime(2027, 6, 1, 12, tzinfo=UTC),
            capabilities=Capabilities(services=frozenset(Service)),
            directory=Directory(roles={}, groups={}, users={}),
            projects={each.project.name: each for each in views},
        )


@pytest.fixture(scope="session")
def build() -> Build:
    """The builders."""
    return Build()
