"""What one look at a cloud saw of each resource. Made by collectors; the first records in the flow of metering.

A *look* is one pass over one scope: one sort of resource, in a whole cloud or in one project. A collector that lists
several sorts makes a look of each. A look says whether it saw everything: absence in a look that is not complete tells
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from provisioner.clouds.interface import ProjectId
from tenants.names import CloudName

#: What OpenStack calls the resource: an id that is never given twice within a sort. Of quota, see `quota_id`.
ResourceId = NewType("ResourceId", str)
#: What is priced apart within a sort: a flavor's name, a volume type's; a resource's text (`compute/cores`) of quota.
#: Empty where a sort has no variants.
Variant = NewType("Variant", str)


class Sort(StrEnum):
    """What is metered."""

    SERVER = "server"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    BACKUP = "backup"
    IMAGE = "image"
    FLOATING_IP = "floating-ip"
    #: A limit that a project holds, whether it uses it or not.
    QUOTA = "quota"
    #: What a service says is used of that limit.
    QUOTA_USE = "quota-use"


#: Those that have a volume type; where they show none, nobody knows it.
TYPED: Final = frozenset({Sort.VOLUME, Sort.SNAPSHOT, Sort.BACKUP})


class State(StrEnum):
    """What a resource is doing, as far as anybody prices it apart; bounded, whatever a cloud says. See `STATES`."""

    BUILDING = "building"
    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    RESCUED = "rescued"
    RESIZED = "resized"
    SHELVED = "shelved"
    SHELVED_OFFLOADED = "shelved-offloaded"
    SOFT_DELETED = "soft-deleted"
    AVAILABLE = "available"
    IN_USE = "in-use"
    #: Between two states: extending, backing up, uploading, deleting.
    BUSY = "busy"
    DEACTIVATED = "deactivated"
    ASSOCIATED = "associated"
    UNASSOCIATED = "unassociated"
    LIMITED = "limited"
    #: A quota without a limit; its amount is 0, for -1 of anything is not to be summed.
    UNLIMITED = "unlimited"
    ERROR = "error"
    OTHER = "other"
    #: It is no more. Only listings of deleted resources have it.
    DELETED = "deleted"


#: By sort, the services' own words for a state. Servers: Nova's `OS-EXT-STS:vm_state`, which does not flicker with
#: reboots as `status` does. Volumes, snapshots, backups, images: `status`.
STATES: Final[Mapping[Sort, Mapping[str, State]]] = {
    Sort.SERVER: {
        "building": State.BUILDING,
        "active": State.ACTIVE,
        "paused": State.PAUSED,
        "suspended": State.SUSPENDED,
        "stopped": State.STOPPED,
        "rescued": State.RESCUED,
        "resized": State.RESIZED,
        "shelved": State.SHELVED,
        "shelved_offloaded": State.SHELVED_OFFLOADED,
        "soft-delete": State.SOFT_DELETED,
        "error": State.ERROR,
        "deleted": State.DELETED,
    },
    Sort.VOLUME: {
        "creating": State.BUILDING,
        "downloading": State.BUILDING,
        "available": State.AVAILABLE,
        "reserved": State.AVAILABLE,
        "attaching": State.AVAILABLE,
        "awaiting-transfer": State.AVAILABLE,
        "in-use": State.IN_USE,
        "detaching": State.IN_USE,
        "deleting": State.BUSY,
        "maintenance": State.BUSY,
        "backing-up": State.BUSY,
        "restoring-backup": State.BUSY,
        "uploading": State.BUSY,
        "retyping": State.BUSY,
        "extending": State.BUSY,
        "error": State.ERROR,
        "error_deleting": State.ERROR,
        "error_backing-up": State.ERROR,
        "error_restoring": State.ERROR,
        "error_extending": State.ERROR,
        "deleted": State.DELETED,
    },
    Sort.SNAPSHOT: {
        "creating": State.BUILDING,
        "available": State.AVAILABLE,
        "backing-up": State.BUSY,
        "deleting": State.BUSY,
        "error": State.ERROR,
        "error_deleting": State.ERROR,
        "deleted": State.DELETED,
    },
    Sort.BACKUP: {
        "creating": State.BUILDING,
        "available": State.AVAILABLE,
        "restoring": State.BUSY,
        "deleting": State.BUSY,
        "error": State.ERROR,
        "error_deleting": State.ERROR,
        "deleted": State.DELETED,
    },
    Sort.IMAGE: {
        "queued": State.BUILDING,
        "saving": State.BUILDING,
        "uploading": State.BUILDING,
        "importing": State.BUILDING,
        "active": State.ACTIVE,
        "deactivated": State.DEACTIVATED,
        "killed": State.ERROR,
        "pending_delete": State.SOFT_DELETED,
        "deleted": State.DELETED,
    },
    # Not Neutron's `status`, which tells of its router, but whether it has a port.
    Sort.FLOATING_IP: {"associated": State.ASSOCIATED, "unassociated": State.UNASSOCIATED},
    Sort.QUOTA: {"limited": State.LIMITED, "unlimited": State.UNLIMITED},
    Sort.QUOTA_USE: {"limited": State.LIMITED},
}


def state_of(sort: Sort, said: str) -> State:
    """The state that a service's word stands for; `OTHER` for a word that nobody knows here."""
    return STATES[sort].get(said.lower(), State.OTHER)


def quota_id(project: ProjectId, variant: Variant) -> ResourceId:
    """The id of a project's quota of one resource: quota has none of its own."""
    return ResourceId(f"{project}/{variant}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How big a resource is; 0 for what its sort does not have. Always integers: bytes, never GiB."""

    vcpus: int = 0
    memory_bytes: int = 0
    #: A server's own disks, by its flavor: root, and ephemeral with swap.
    root_bytes: int = 0
    ephemeral_bytes: int = 0
    #: Of a volume, snapshot, backup or image.
    size_bytes: int = 0
    #: Of quota and its use: in the unit of the service's API (`tenants.resources.Unit`).
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One resource as a look saw it. Its times are the cloud's own, uncorrected; None where the API does not say."""

    id: ResourceId
    #: Keystone's id of the project that owns it now.
    project: ProjectId
    variant: Variant = Variant("")
    state: State
    sizes: Sizes
    created_at: datetime | None = None
    #: When it last began to run in its present size: Nova's `OS-SRV-USG:launched_at`, which a finished resize renews.
    launched_at: datetime | None = None
    terminated_at: datetime | None = None
    #: When anything of it last changed: what changed cannot have changed later. None where the service does not tell.
    updated_at: datetime | None = None
    #: When it came to be exactly so, where an API says (Nova's instance actions, a finished action's event).
    changed_at: datetime | None = None

    @property
    def gone(self) -> bool:
        """Whether it is no more."""
        return self.state is State.DELETED


class Extent(StrEnum):
    """What a look asked for."""

    #: All that there is: what is not listed is not there.
    ALL = "all"
    #: What changed since the last look that told of everything, deleted resources among it: what is not listed is as it
    #: was. What is asked for MUST reach back to that look's beginning.
    CHANGES = "changes"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Scope:
    """What looks are compared within: their order, their gaps, and what is open from one to the next."""

    cloud: CloudName
    sort: Sort
    #: None for the whole cloud. One sort MUST be looked at in one way only: by cloud, or project by project.
    project: ProjectId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One pass over a scope. Its times are Tenantry's own clock.

    What it says is taken to hold at `ended`. A change that it finds happened between the beginning of the look before
    and its own end.
    """

    scope: Scope
    extent: Extent = Extent.ALL
    began: datetime
    ended: datetime
    #: How often such a look is to come: where the next takes three times as long, the time between is not covered.
    every: timedelta
    #: What it saw, deleted resources of `changes-since` among it. The same id twice is one resource, seen later.
    sightings: tuple[Sighting, ...] = ()
    #: How resources were before, as far as an API tells (instance actions): each `changed_at` known, oldest first.
    history: tuple[Sighting, ...] = ()
    #: What could not be read and may have held anything (a page, the listing of deleted ones), each with its reason.
    #: Such a look tells of what it did see and of nothing else.
    failed: tuple[str, ...] = ()
    #: The projects that could not be read, with the reason; of all others everything was.
    failed_projects: Mapping[ProjectId, str] = field(default_factory=dict)
    #: How far the cloud's clock is ahead of ours, by the `Date` of its answers (exact to a second); None if unknown.
    clock_ahead: timedelta | None = None

    @property
    def complete(self) -> bool:
        """Whether everything was seen that it asked for."""
        return not self.failed and not self.failed_projects
