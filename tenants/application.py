"""What a manifest of kind Application says: the servers and volumes of one business system, as typed records.

Part of `tenants.spec`. After validation each application stands with the project that holds it
(`ProjectSpec.applications`). Counts are spelt out by `tenants.members`, so that everything after validation sees single servers
and volumes only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tenants.landing_zone import IPAddress
from tenants.names import (
    ApplicationName,
    FlavorName,
    FloatingIPName,
    ImageName,
    KeyPairName,
    NetworkName,
    ProbeName,
    ProjectName,
    SecurityGroupName,
    ServerGroupName,
    ServerName,
    TenantName,
    VolumeName,
    VolumeTypeName,
)
from tenants.presence import Presence


class Management(StrEnum):
    """Whether an application is made as described, or only described."""

    FULL = "full"
    OBSERVE = "observe"


class Disruption(StrEnum):
    """The most that a change may do to a running server, from the least to the worst."""

    NONE = "none"
    #: It may be stopped and started: a new flavor.
    STOP = "stop"
    #: Its root disk may be made anew from its image; what is on it is lost.
    REBUILD = "rebuild"


class Surplus(StrEnum):
    """What becomes of numbered members beyond the count."""

    KEEP = "keep"
    DELETE = "delete"


class GroupPolicy(StrEnum):
    """How Nova places the members of a server group (compute API reference, `os-server-groups`)."""

    ANTI_AFFINITY = "anti-affinity"
    SOFT_ANTI_AFFINITY = "soft-anti-affinity"
    AFFINITY = "affinity"
    SOFT_AFFINITY = "soft-affinity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerGroupSpec:
    """Servers that Nova places together or apart."""

    name: ServerGroupName
    policy: GroupPolicy = GroupPolicy.SOFT_ANTI_AFFINITY
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceSpec:
    """A server's place in one network: one Neutron port, named `<server>-<network>`."""

    network: NetworkName
    #: The fixed address, or those of the members in their order; empty leaves the choice to Neutron.
    addresses: tuple[IPAddress, ...] = ()
    #: Empty leaves the project's default group.
    security_groups: tuple[SecurityGroupName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """What a server runs at its first start: the file that the manifest names, with its text."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """A server, or numbered ones that are alike."""

    #: The name in Nova; with replicas, `<name>-1` and so on.
    name: ServerName
    flavor: FlavorName
    #: None is one server without a number.
    replicas: int | None = None
    surplus: Surplus = Surplus.KEEP
    #: The image that its root disk is made from; None where it boots from a volume.
    image: ImageName | None = None
    #: The bootable volume of the application that it boots from (numbered with it, where there are replicas).
    boot_volume: VolumeName | None = None
    #: None is that of the project's zone.
    availability_zone: str | None = None
    interfaces: tuple[InterfaceSpec, ...] = ()
    key_pair: KeyPairName | None = None
    user_data: UserData | None = None
    #: Only the named items are managed.
    metadata: Mapping[str, str] = field(default_factory=dict)
    server_group: ServerGroupName | None = None
    disruption: Disruption = Disruption.NONE
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSpec:
    """A volume, or numbered ones beside the numbered server that they are attached to."""

    #: The name in Cinder; with a server that has replicas, `<name>-1` and so on.
    name: VolumeName
    #: GiB. Grows as asked; never shrinks.
    size: int
    #: None is the cloud's default type.
    volume_type: VolumeTypeName | None = None
    #: The image that it is made from, which makes it bootable.
    image: ImageName | None = None
    #: Whether a server can boot from it although it names no image: what is on it came there in another way.
    bootable: bool = False
    #: The application's server that it is attached to (`web` every member, `web-1` one of them); None leaves it
    #: unattached, or for a server to boot from.
    server: ServerName | None = None
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatingIPUse:
    """A floating IP that leads to one of the application's servers. The landing zone may reserve it under this name."""

    name: FloatingIPName
    #: A single server, or a numbered member (`portal-web-1`).
    server: ServerName
    network: NetworkName


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpProbe:
    """The port takes connections."""

    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """A GET is answered as expected."""

    port: int
    path: str = "/"
    https: bool = False
    #: The status that counts as well.
    status: int = 200
    #: Text that the body must hold, or None.
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandProbe:
    """A command in the guest, over SSH by Ansible, ends with code 0."""

    command: str
    #: The guest's user.
    user: str | None = None
    #: Text that its output must hold, or None.
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSpec:
    """How to see that a part of the application works. Exactly one of the three is set."""

    name: ProbeName
    #: The server whose address is asked (every member, where there are replicas); None where `address` is set.
    server: ServerName | None = None
    #: A host name or address instead of a server's own.
    address: str | None = None
    tcp: TcpProbe | None = None
    http: HttpProbe | None = None
    command: CommandProbe | None = None
    #: Seconds that an answer may take.
    timeout: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSpec:
    """The servers, volumes and addresses of one business system."""

    name: ApplicationName
    display_name: str
    #: The tenant that owns it, and which of its projects holds it.
    owner: TenantName
    project: ProjectName
    protection_level: int
    #: The code of the business system of its project that it is, or is a part of; None leaves it one of its own.
    system: str | None = None
    management: Management = Management.FULL
    #: Absent takes servers, their ports and server groups away; volumes and floating IPs stay unless each says absent.
    presence: Presence = Presence.PRESENT
    depends_on: tuple[ApplicationName, ...] = ()
    server_groups: tuple[ServerGroupSpec, ...] = ()
    servers: tuple[ServerSpec, ...] = ()
    volumes: tuple[VolumeSpec, ...] = ()
    floating_ips: tuple[FloatingIPUse, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
