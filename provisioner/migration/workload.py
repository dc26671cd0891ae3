"""What a migration finds at the source: servers with their disks and interfaces, each property that is to arrive. Pure records.

Taken once, when the migration is planned, and kept: it is the inventory "before" of the evidence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import Subject
from tenants.application import ProbeSpec
from tenants.landing_zone import IPAddress
from tenants.names import (
    ApplicationName,
    CloudName,
    FlavorName,
    ImageName,
    KeyPairName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerGroupName,
    ServerName,
    SubnetName,
    TenantName,
    VolumeTypeName,
)
from tenants.wave import HostName

#: In place of Cinder's id, of a volume that an import is yet to make.
TO_BE_MADE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """One disk of a server: the root disk that Nova made of an image, or a volume of Cinder."""

    subject: Subject
    #: 0 for the disk that it boots from, then in the order of their devices.
    position: int
    #: Cinder's id; None for a root disk that is no volume, `TO_BE_MADE` for one that comes from a disk image.
    volume: str | None
    #: The volume's name; empty where it has none, and for a root disk that is no volume.
    name: str
    #: GiB.
    size: int
    volume_type: VolumeTypeName | None = None
    bootable: bool = False
    #: As the guest sees it: `/dev/vdb`.
    device: str | None = None
    delete_on_termination: bool = False
    #: Cinder's metadata, as people gave it.
    metadata: Mapping[str, str] = field(default_factory=dict)
    #: What Cinder or Glance says of the image that it was made from (`hw_disk_bus`, `hw_firmware_type`), which decides whether
    #: it boots.
    image_properties: Mapping[str, str] = field(default_factory=dict)
    encrypted: bool = False
    multiattach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedAddress:
    """An address of an interface, and the subnet that it is of."""

    address: IPAddress
    #: Neutron's id, and the name where it has one.
    subnet_id: str
    subnet: SubnetName


#: Settings of ports that only their own project and cloud know how to read, and what they are called in reports. DNS names are not among
#: them: Nova gives each port its server's (network API reference v2.0, `dns-integration`).
PORT_SETTINGS: Final[Mapping[str, str]] = {
    "qos_policy_id": "qos-policy",
    "extra_dhcp_opts": "dhcp-options",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPair:
    """What a port may use beside its own address and MAC (network API reference v2.0, `allowed_address_pairs`)."""

    #: An address, or a whole range.
    address: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One port of a server."""

    subject: Subject
    port: str
    #: The port's name; may be empty.
    name: str
    network_id: str
    network: NetworkName
    #: In lower case, with colons.
    mac: str
    addresses: tuple[FixedAddress, ...] = ()
    security_groups: tuple[SecurityGroupName, ...] = ()
    port_security: bool = True
    address_pairs: tuple[AddressPair, ...] = ()
    #: Neutron's `binding:vnic_type`.
    vnic_type: str = "normal"
    #: Addresses from outside that lead to it.
    floating_ips: tuple[IPAddress, ...] = ()
    #: What else a port may have of its own (`PORT_SETTINGS`), by Neutron's names; each as JSON.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Neutron's status: `ACTIVE`, `DOWN`.
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One server."""

    id: str
    name: ServerName
    #: Nova's status: `ACTIVE`, `SHUTOFF`.
    status: str
    #: Nova's `OS-EXT-STS:task_state`: something is being done with it, unless None.
    task: str | None
    #: None where Nova does not tell.
    host: HostName | None
    availability_zone: str | None
    flavor: FlavorName
    vcpus: int
    #: MiB.
    ram: int
    #: None where it boots from a volume.
    image_id: str | None
    image: ImageName | None
    key_pair: KeyPairName | None
    server_group: ServerGroupName | None
    config_drive: bool
    locked: bool
    #: What a manifest has for its group, where the source has no group to ask.
    server_group_policy: str | None = None
    #: Disks of its host that its flavor gives it and that no copy takes along: GiB, and MiB of swap.
    ephemeral: int = 0
    swap: int = 0
    #: Of its flavor, as it was when the server was made (`hw:cpu_policy`, `pci_passthrough:alias`).
    extra_specs: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[Interface, ...] = ()

    @property
    def subject(self) -> Subject:
        """What steps about it bear."""
        return Subject(self.name)

    @property
    def runs(self) -> bool:
        """Whether it is to run again where it arrives."""
        return self.status == "ACTIVE"

    @property
    def root(self) -> Disk | None:
        """What it boots from; None where it has no disk that could be seen."""
        return next((disk for disk in self.disks if disk.position == 0), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """All servers that move together, where they are."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName
    project_id: ProjectId
    #: None when a host is drained, whosever its servers are.
    application: ApplicationName | None
    machines: tuple[Machine, ...] = ()
    #: How to see that the application works, before and after; empty where nobody is to look.
    probes: tuple[ProbeSpec, ...] = ()
    #: What people call the application, when the move was planned; empty when a host is drained.
    display_name: str = ""
    #: What servers run at their first start, in Base64, where the source has no server to ask: those that are imported.
    user_data: Mapping[ServerName, str] = field(default_factory=dict)
    #: The project's name in Keystone, which is a part of the names of key pairs that manifests make.
    keystone_name: str = ""

    def machine(self, subject: Subject) -> Machine:
        """The server that a subject is about, or belongs to."""
        name = subject.partition("#")[0].partition("@")[0]
        return next(each for each in self.machines if each.name == name)

    def disks(self) -> Iterator[tuple[Machine, Disk]]:
        """Every disk, with its server."""
        return ((machine, disk) for machine in self.machines for disk in machine.disks)

    def interfaces(self) -> Iterator[tuple[Machine, Interface]]:
        """Every interface, with its server."""
        return ((machine, each) for machine in self.machines for each in machine.interfaces)

    def disk(self, subject: Subject) -> Disk:
        """The disk of that subject."""
        return next(disk for _, disk in self.disks() if disk.subject == subject)

    def interface(self, subject: Subject) -> Interface:
        """The interface of that subject."""
        return next(each for _, each in self.interfaces() if each.subject == subject)


def disk_subject(server: ServerName, position: int) -> Subject:
    """How steps name a server's disk."""
    return Subject(f"{server}#{position}")


def interface_subject(server: ServerName, position: int) -> Subject:
    """How steps name a server's interface."""
    return Subject(f"{server}@{position}")
