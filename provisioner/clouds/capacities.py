"""What a cloud has, host by host and pool by pool: the records behind capacity by availability zone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.clouds.interface import Capacity
from provisioner.errors import CloudError
from tenants.names import VolumeTypeName
from tenants.resources import Resource

#: The zone of what no service names a zone for.
NO_ZONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCapacity:
    """A compute, as Placement has it."""

    name: str
    #: The availability zone that Nova has it in; empty where Nova does not tell.
    zone: str = NO_ZONE
    #: Of `cores` and `ram`, whichever it has.
    capacity: Mapping[Resource, Capacity]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCapacity:
    """A pool of Cinder's."""

    #: `host@backend#pool`.
    name: str
    zone: str = NO_ZONE
    #: Gigabytes; None where the pool does not know its size.
    capacity: Capacity | None
    #: The volume types that it serves.
    volume_types: frozenset[VolumeTypeName] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacities:
    """All hosts and pools, as far as they could be read."""

    hosts: tuple[HostCapacity, ...] = ()
    pools: tuple[PoolCapacity, ...] = ()
    #: What could not be read (`placement`, `block-storage`, `availability zones`), and why; an absent service is not among it.
    unread: Mapping[str, CloudError] = field(default_factory=dict)
