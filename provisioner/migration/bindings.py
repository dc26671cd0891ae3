"""What takes the place of what at the target: the result of mapping a workload, with the target's own ids. Pure records."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import Subject
from provisioner.migration.workload import AddressPair
from tenants.landing_zone import IPAddress
from tenants.names import CloudName, FlavorName, KeyPairName, NetworkName, ProjectName, TenantName, VolumeTypeName
from tenants.wave import HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundMachine:
    """A server as it will be built."""

    flavor: FlavorName
    flavor_id: str
    availability_zone: str | None
    host: HostName | None
    key_pair: KeyPairName | None
    #: Nova's id of the group that is there already; None where none is wanted, or it is made on the way.
    server_group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundDisk:
    """A disk as it will be made."""

    volume_type: VolumeTypeName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundAddress:
    """An address as it will be."""

    subnet_id: str
    #: None leaves it to Neutron.
    address: IPAddress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundInterface:
    """An interface as it will be."""

    network_id: str
    network: NetworkName
    addresses: tuple[BoundAddress, ...] = ()
    #: None leaves it to Neutron.
    mac: str | None = None
    security_group_ids: tuple[str, ...] = ()
    #: What it may use beside its own; without a MAC, with its own.
    address_pairs: tuple[AddressPair, ...] = ()
    #: Whether the source's port has to go before, for one network cannot have its addresses twice.
    takes_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """Something that does not go along, or not as it was."""

    subject: Subject
    #: `floating-ip`, `mac`, `address`, `server-group`, `host`…
    what: str
    before: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The target of a workload."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName
    project_id: ProjectId
    machines: Mapping[Subject, BoundMachine] = field(default_factory=dict)
    disks: Mapping[Subject, BoundDisk] = field(default_factory=dict)
    interfaces: Mapping[Subject, BoundInterface] = field(default_factory=dict)
    #: What is known beforehand not to go along.
    left: tuple[Carry, ...] = ()
