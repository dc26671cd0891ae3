"""A project in a cloud in memory, on which single kinds are tried: what each would change there, and what comes of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.diff import Change, diff
from provisioner.kinds.catalogue import KINDS
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.observe import observe, wanted_for
from provisioner.operation import Evidence
from provisioner.planning import observed_objects
from tenants.landing_zone import LandingZoneSpec
from tenants.spec import ProjectSpec

_EXTERNAL = "extranet-external"


class Ground:
    """One project, whose manifest says what the test says."""

    def __init__(self, cloud: MemoryCloud, build: Any) -> None:
        self.cloud = cloud
        self.build = build
        zone = next(iter(build.cloud().zones.values()))
        self.site = replace(zone, external_network=_EXTERNAL)
        self.project_id = cloud.identity.create_project(
            build.cloud().domain, name="market-registration", description=""
        )[0].id

    def project(self, zone: LandingZoneSpec | None, **fields: Any) -> ProjectSpec:
        """The project with this landing zone."""
        found: ProjectSpec = self.build.project(landing_zone=zone, site=self.site, **fields)
        return found

    def asked(self, zone: LandingZoneSpec | None, **fields: Any) -> Asked:
        """The manifest beside the cloud as it is now."""
        project = self.project(zone, **fields)
        seen = observe(self.cloud, wanted_for(self.build.cloud(), [project]), now=self.build.now)
        return Asked.of(self.build.tenant(project), project, seen)

    def changes(self, kind: Kind, asked: Asked) -> tuple[Change, ...]:
        """What the kind would change."""
        return diff(kind.desired(asked), dict(kind.observed(asked)))

    def assessed(self, kind: Kind, asked: Asked) -> Assessment:
        """What the one change that the kind would make means."""
        (change,) = self.changes(kind, asked)
        return kind.assess(change, asked)

    def target(self, asked: Asked, *, resumed: bool = False, made: Mapping[Any, str] | None = None) -> Target:
        """Where changes are made."""
        seen = observed_objects(asked)
        ids = {address: str(properties["id"]) for address, properties in seen.items() if properties.get("id")}
        return Target(
            cloud=self.cloud,
            domain=self.build.cloud().domain,
            tenant=asked.tenant,
            project=asked.project,
            project_id=self.project_id,
            directory=self.build.directory(),
            offers=asked.offers,
            ids={**ids, **(made or {})},
            resumed=resumed,
        )

    def perform(self, kind: Kind, asked: Asked, *, resumed: bool = False) -> list[Evidence]:
        """Make all changes of one kind."""
        target = self.target(asked, resumed=resumed)
        return [kind.perform(change, target) for change in self.changes(kind, asked)]

    def settle(self, zone: LandingZoneSpec | None, **fields: Any) -> Asked:
        """Make all that the manifest says, kind by kind in order of rank; gives the cloud as it then is."""
        asked = self.asked(zone, **fields)
        made: dict[Any, str] = {}
        pairs = [(kind, change) for kind in KINDS for change in self.changes(kind, asked)]
        for kind, change in sorted(pairs, key=lambda pair: pair[0].rank(pair[1])):
            evidence = kind.perform(change, self.target(asked, made=made))
            if evidence.values.get("id"):
                made[change.address] = str(evidence.values["id"])
        return self.asked(zone, **fields)


@pytest.fixture
def ground(cloud: MemoryCloud, build: Any) -> Ground:
    """A project without anything."""
    return Ground(cloud, build)
