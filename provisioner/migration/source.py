"""What surrounds a workload where it is, as far as checks ask for it. Pure records; read by `provisioner.moving.preflight`.

A workload has what is to arrive; this is what may stand in the way of leaving.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.migration.identifiers import Subject
from tenants.names import CloudName
from tenants.wave import HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVolume:
    """A volume of the source, beside what a `Disk` says of it."""

    #: Cinder's status: `in-use`.
    status: str
    #: How many servers have it.
    attachments: int = 1
    #: The names, or ids where they have none, of its snapshots.
    snapshots: tuple[str, ...] = ()
    #: The id of the snapshot, or of the volume, that it was made from.
    parent_snapshot: str | None = None
    parent_volume: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MacHolder:
    """A port that has a MAC which is to travel."""

    cloud: CloudName
    mac: str
    network_id: str
    port: str
    #: The port's name, or what has it.
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """A host that runs servers, as Nova has it (compute API reference, `os-services`)."""

    host: HostName
    zone: str
    enabled: bool = True
    #: Whether it answers.
    up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRoom:
    """What Glance lets a project keep, where it tells (image API v2, "Show usage"; only with limits in Keystone). None: unlimited."""

    #: MiB.
    size_left: int | None = None
    count_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """Where a workload is."""

    #: Why servers are locked, where they are; empty where nobody said.
    locks: Mapping[Subject, str] = field(default_factory=dict)
    #: By Cinder's id.
    volumes: Mapping[str, SourceVolume] = field(default_factory=dict)
    #: Addresses beside their own that ports may use (Neutron's `allowed_address_pairs`), by interface.
    address_pairs: Mapping[Subject, tuple[str, ...]] = field(default_factory=dict)
    #: The computes that the servers are on.
    computes: tuple[Compute, ...] = ()
    #: Why services that are needed cannot be used, by their type.
    unreachable: Mapping[str, str] = field(default_factory=dict)
    #: None where Glance does not tell.
    image_room: ImageRoom | None = None
