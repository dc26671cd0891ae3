"""What a collector is, what it is given, and what it brings home: the shape that all of them have."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from monitoring.collection.contents import Content
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused, CloudUnavailable
from provisioner.usage.collection import CollectorName, Run, Snapshot
from provisioner.usage.intervals import Standing
from provisioner.usage.sightings import Look, ResourceId, Sort, Variant
from provisioner.usage.systems import Clue, Register
from tenants.names import TenantName
from tenants.spec import CloudSpec

#: The failures of a run in the bounded words of metrics.
_REASONS: Final = {
    CloudUnavailable: "unavailable",
    CloudConflict: "conflict",
    CloudRefused: "refused",
    CloudMisconfigured: "misconfigured",
}
#: Intervals without a run after which what was known before is not built upon.
LONG: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a collector may use."""

    cloud: Cloud
    spec: CloudSpec
    #: How often it is to come.
    every: timedelta
    now: Callable[[], datetime]
    #: What it left the last time.
    previous: Snapshot | None = None
    #: How far what it meters is known.
    standings: Mapping[Sort, Standing] = field(default_factory=dict)
    #: Whose the projects are that manifests name, by Keystone's names.
    tenants: Mapping[str, TenantName] = field(default_factory=dict)
    #: Of those that Keystone has, the ids by name, as they were last collected.
    projects: Mapping[str, ProjectId] = field(default_factory=dict)
    #: The business systems that manifests have in the cloud.
    register: Register = field(default_factory=Register)
    #: The types of volumes, as far as they were ever metered.
    volume_types: Callable[[Collection[ResourceId]], Mapping[ResourceId, Variant]] = lambda _: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a collector found."""

    looks: tuple[Look, ...] = ()
    #: What it saw that tells of whose each resource is.
    clues: tuple[Clue, ...] = ()
    #: The next snapshot; None where the one before is to stay, for this is no better.
    content: Content | None = None
    #: What could not be read, each with its failure.
    failed: Mapping[str, CloudError] = field(default_factory=dict)
    failed_projects: Mapping[ProjectId, CloudError] = field(default_factory=dict)
    #: Whether something was read all the same.
    anything: bool = True

    @property
    def complete(self) -> bool:
        """Whether everything was read."""
        return not self.failed and not self.failed_projects


class Collector(Protocol):
    """One sort of things, or a few that come together, collected of a whole cloud at a time."""

    @property
    def name(self) -> CollectorName:
        """What metrics and schedules call it."""

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """What it meters."""

    def collect(self, asked: Asked) -> Harvest:
        """Ask the cloud. What fails is told, with what was read beside it; raises nothing that a cloud does."""


def _reason(error: CloudError) -> str:
    return next((word for kind, word in _REASONS.items() if issubclass(type(error), kind)), "other")


def run_of(name: CollectorName, asked: Asked, harvest: Harvest, *, began: datetime, requests: int) -> Run:
    """How a run went, in sentences for people and in words for metrics."""
    errors = [*harvest.failed.values(), *harvest.failed_projects.values()]
    return Run(
        cloud=asked.spec.name,
        collector=name,
        every=asked.every,
        began=began,
        ended=asked.now(),
        requests=requests,
        failed={part: str(error) for part, error in harvest.failed.items()},
        failed_projects={project: str(error) for project, error in harvest.failed_projects.items()},
        reasons=frozenset(map(_reason, errors)),
    )
