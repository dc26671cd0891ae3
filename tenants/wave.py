"""What a manifest of kind Wave says: which applications move, from where to where, when, how fast, and who signs off.

Part of `tenants.spec`. A wave is a decision like any other: it comes into force by `apply` or by a request that was
reviewed, and nothing of it moves before `migrate start`. What is found on the clouds, what maps to what, and in which steps
it is done is `provisioner.migration`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from tenants.names import (
    ApplicationName,
    CloudName,
    FlavorName,
    ImageName,
    KeyPairName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerName,
    SubnetName,
    TenantName,
    VolumeName,
    VolumeTypeName,
)
from tenants.policy import PersonName
from tenants.presence import Presence

WaveName = NewType("WaveName", str)
#: A compute host by the name that Nova knows it by.
HostName = NewType("HostName", str)
#: A playbook of the operators' folder, without `.yml`.
PlaybookName = NewType("PlaybookName", str)
#: One variable of a playbook: text, a number, a truth, or a list of texts.
Variable = str | int | bool | tuple[str, ...]

#: How long the source is kept after the cutover, unless the wave says otherwise.
STANDARD_RETENTION: Final = timedelta(days=14)


class Mode(StrEnum):
    """How applications move."""

    #: Within a cloud, while they run (compute API reference, `os-migrateLive`).
    LIVE = "live"
    #: Within a cloud, stopped for a moment (compute API reference, `migrate`).
    COLD = "cold"
    #: Into another project of the same cloud, by copies.
    CROSS_PROJECT = "cross-project"
    #: Into another cloud, by copies.
    CROSS_CLOUD = "cross-cloud"
    #: From disk images that came from elsewhere.
    IMPORT = "import"

    @property
    def within(self) -> bool:
        """Whether servers stay the same servers and only change their host."""
        return self in {Mode.LIVE, Mode.COLD}

    @property
    def copies(self) -> bool:
        """Whether new servers are built from copies of the disks of others that stay as they are."""
        return self in {Mode.CROSS_PROJECT, Mode.CROSS_CLOUD}


class Verification(StrEnum):
    """How far the proof goes that what arrived is what left, each with all that those before it prove."""

    #: The target's image store says the hash of what it has stored.
    STORED = "stored"
    #: What the image store has is read back and hashed.
    READ_BACK = "read-back"
    #: What is on the disk that was built of it is read and hashed.
    DISK = "disk"


class PlaybookPhase(StrEnum):
    """When a playbook runs, in the order of a migration."""

    PREFLIGHT = "preflight"
    QUIESCE = "quiesce"
    POST_COPY = "post-copy"
    CUTOVER = "cutover"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    RETIRE = "retire"


class DiskFormat(StrEnum):
    """The formats of disk images that can be imported."""

    RAW = "raw"
    QCOW2 = "qcow2"
    VMDK = "vmdk"
    VHDX = "vhdx"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """Where applications are."""

    cloud: CloudName
    #: Only servers on this host; None: wherever they are. Within a cloud only.
    host: HostName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPlace:
    """Where applications go."""

    cloud: CloudName
    #: The owner's project there; None is the one that is called as the application's own.
    project: ProjectName | None = None
    #: Nova's availability zone; None is that of the project's zone, or within a cloud the server's own.
    availability_zone: str | None = None
    #: None leaves it to Nova.
    host: HostName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """What takes the place of what in the target. What is not named here stands for what is called the same there."""

    networks: Mapping[NetworkName, NetworkName] = field(default_factory=dict)
    #: None where a subnet is not named: any of the network's that holds the address.
    subnets: Mapping[SubnetName, SubnetName] = field(default_factory=dict)
    flavors: Mapping[FlavorName, FlavorName] = field(default_factory=dict)
    volume_types: Mapping[VolumeTypeName, VolumeTypeName] = field(default_factory=dict)
    security_groups: Mapping[SecurityGroupName, SecurityGroupName] = field(default_factory=dict)
    key_pairs: Mapping[KeyPairName, KeyPairName] = field(default_factory=dict)
    #: Whether fixed addresses and MACs go along; where the target cannot take one, preflight says so.
    keep_addresses: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSpec:
    """When applications may stand still: cutovers begin and end within it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveLimits:
    """How much goes on at once. None is no limit of this sort."""

    #: Applications of the wave.
    applications: int = 4
    #: Servers that leave one host, and that arrive on one.
    per_source_host: int = 1
    per_target_host: int = 2
    #: Disks that travel from one cloud to another.
    per_link: int = 4
    #: Bytes a second for the whole wave.
    bandwidth: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookUse:
    """What runs in the guests at one phase, in place of the standard playbook or with other variables."""

    phase: PlaybookPhase
    #: None is the standard playbook of the phase.
    playbook: PlaybookName | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    #: Seconds.
    timeout: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskImport:
    """One disk of a server that is imported."""

    #: The application's volume that it becomes.
    volume: VolumeName
    #: The file's path below the operators' folder of disk images; None where `image` is set.
    file: str | None = None
    #: An image that the target's Glance has already.
    image: ImageName | None = None
    #: None: whatever the file says of itself, which is believed only as far as it can be checked.
    format: DiskFormat | None = None
    #: What its bytes must hash to (SHA-256, hexadecimal); None where nobody knows.
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerImport:
    """A server that is built from disk images: the rest is as the application's manifest has it."""

    server: ServerName
    disks: tuple[DiskImport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveMember:
    """One application of a wave, with what is different for it."""

    application: ApplicationName
    #: None is the wave's.
    project: ProjectName | None = None
    #: Only these servers; empty is all.
    servers: tuple[ServerName, ...] = ()
    playbooks: tuple[PlaybookUse, ...] = ()
    imports: tuple[ServerImport, ...] = ()
    #: Seconds that it may stand still: a cutover that would take longer is not begun. None: as long as the window is.
    downtime: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSpec:
    """Applications that move together."""

    name: WaveName
    display_name: str
    #: The tenant that asks for it; the applications are its own or of those below it.
    owner: TenantName
    mode: Mode
    #: None for imports.
    source: SourcePlace | None
    target: TargetPlace
    members: tuple[WaveMember, ...] = ()
    mappings: Mappings = field(default_factory=Mappings)
    #: None: at any time.
    window: WindowSpec | None = None
    limits: WaveLimits = field(default_factory=WaveLimits)
    verification: Verification = Verification.DISK
    #: Run for every application at each phase that is named.
    playbooks: tuple[PlaybookUse, ...] = ()
    #: Whether the applications' probes are asked before and after, and have to answer as well as before.
    probes: bool = True
    #: How long the source stays, locked, after the cutover; it never goes before somebody signed off.
    retention: timedelta = STANDARD_RETENTION
    #: Who may sign off, by the names that they log in with; anybody with the right to, unless given.
    sign_off: tuple[PersonName, ...] = ()
    #: Whether a live migration that does not end by itself may pause the guest to end it.
    may_pause: bool = False
    #: One that is absent was given up, or is over: no city has it.
    presence: Presence = Presence.PRESENT
