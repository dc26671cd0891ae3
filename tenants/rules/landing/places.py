"""Landing zones and their objects with the places where they stand: what the rules of this package go through."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tenants.kinds.kind import Manifest
from tenants.landing_zone import LandingZoneSpec, NetworkSpec, RuleSpec, SecurityGroupSpec, SubnetSpec
from tenants.language.nodes import Step, child, nearest
from tenants.presence import Presence
from tenants.problems import Location, Problem
from tenants.rules.manifests import Manifests
from tenants.spec import CloudSpec, ProjectSpec, TenantSpec, ZoneSpec

#: The way to a part, from a landing zone on.
Way = tuple[Step, ...]


class Wanted(Protocol):
    """An object that a manifest wants to be there or not."""

    @property
    def presence(self) -> Presence:
        """Whether it is wanted."""


W = TypeVar("W", bound=Wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[W]):
    """An object and the way to it."""

    way: Way
    object: W


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The landing zone of a project in use, with where it stands."""

    manifest: Manifest[TenantSpec]
    #: The way to the project.
    place: Way
    project: ProjectSpec
    spec: LandingZoneSpec
    #: The project's cloud and zone; None where no manifest describes them.
    cloud: CloudSpec | None
    zone: ZoneSpec | None

    def error(self, way: Way, message: str, remedy: str) -> Problem:
        """An error at a part of the landing zone."""
        return self.manifest.error(self._steps(way), message, remedy)

    def warning(self, way: Way, message: str, remedy: str) -> Problem:
        """A warning at a part of the landing zone."""
        return self.manifest.warning(self._steps(way), message, remedy)

    def location(self, way: Way) -> Location:
        """Where a part stands."""
        return self.manifest.location(*self._steps(way))

    def says(self, way: Way) -> bool:
        """Whether the manifest has something at the end of a way."""
        *before, last = self._steps(way)
        return child(nearest(self.manifest.root, tuple(before)), last) is not None

    def _steps(self, way: Way) -> Way:
        return (*self.place, "landingZone", *way)


def landings(manifests: Manifests) -> Iterator[Landing]:
    """Every landing zone of a project in use."""
    for manifest in manifests.every_tenant():
        for index, project in enumerate(manifest.spec.projects):
            if project.landing_zone is not None and project.is_active:
                cloud = manifests.clouds.get(project.cloud)
                yield Landing(
                    manifest=manifest,
                    place=("spec", "projects", index),
                    project=project,
                    spec=project.landing_zone,
                    cloud=None if cloud is None else cloud.spec,
                    zone=None if cloud is None else cloud.spec.zones.get(project.zone),
                )


def wanted(way: Way, objects: Iterable[W]) -> Iterator[Placed[W]]:
    """The objects of a list that are to be there."""
    for index, each in enumerate(objects):
        if each.presence is Presence.PRESENT:
            yield Placed(way=(*way, index), object=each)


def subnets(network: Placed[NetworkSpec]) -> Iterator[Placed[SubnetSpec]]:
    """The subnets of a network that are to be there."""
    return wanted((*network.way, "subnets"), network.object.subnets)


def networks(landing: Landing) -> Iterator[Placed[NetworkSpec]]:
    """The networks that are to be there. The subnets of others go with them, whatever is said of those."""
    return wanted(("networks",), landing.spec.networks)


def every_subnet(landing: Landing) -> Iterator[Placed[SubnetSpec]]:
    """The subnets of all networks that are to be there."""
    for network in networks(landing):
        yield from subnets(network)


def security_groups(landing: Landing) -> Iterator[Placed[SecurityGroupSpec]]:
    """The security groups that are to be there."""
    return wanted(("securityGroups",), landing.spec.security_groups)


def rules(landing: Landing) -> Iterator[Placed[RuleSpec]]:
    """The rules that are to be there, of all security groups that are."""
    for group in security_groups(landing):
        yield from wanted((*group.way, "rules"), group.object.rules)
