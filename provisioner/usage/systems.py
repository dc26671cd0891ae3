"""Which business system a resource is of, from when to when: beside what is metered, for a name is no part of use.

A resource is known by its id; manifests name servers and volumes. What a look tells of both is a *clue*, and
`monitoring.metering.systems` has the rules that make systems of clues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import ResourceId, Sort

#: A resource of any sort.
ResourceKey = tuple[Sort, ResourceId]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A business system as statements name it."""

    #: A declared system's code, or an application's name.
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What a look tells of whose resource it is."""

    sort: Sort
    id: ResourceId
    project: ProjectId
    #: Its name in the cloud; empty where it has none, or manifests name none of its sort.
    name: str = ""
    #: What it is attached to or was made from: a volume's servers, a snapshot's volume, a floating IP's server.
    beside: tuple[ResourceKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The systems that manifests in force have in a cloud."""

    #: By project and name, what their servers and volumes are called.
    named: Mapping[tuple[ProjectId, Sort, str], System] = field(default_factory=dict)
    #: The codes of those that a project holds.
    held: Mapping[ProjectId, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A resource of a system, or of none, for a time. Those of one resource leave no time out."""

    #: Empty: of none.
    system: str
    #: None: from its beginning.
    since: datetime | None = None
    #: None for as long as nobody knows otherwise.
    until: datetime | None = None
