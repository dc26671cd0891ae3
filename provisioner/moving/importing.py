"""What an import moves: servers that are nowhere yet, as the application's manifest has them, on the disks that the wave names.

Where other modes look at a source, an import reads manifests. What nobody knows before a cloud has it (addresses that Neutron is
to choose, the names of devices) is empty in the workload, and left to the cloud.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from provisioner.errors import InputError
from provisioner.kinds.key_pair import nova_name
from provisioner.kinds.server_body import user_data
from provisioner.kinds.server_properties import APPLICATION
from provisioner.migration.identifiers import Subject
from provisioner.migration.target import TargetView
from provisioner.migration.workload import (
    TO_BE_MADE,
    Disk,
    FixedAddress,
    Interface,
    Machine,
    Workload,
    disk_subject,
    interface_subject,
)
from provisioner.moving.inspecting import Place
from tenants import members
from tenants.application import ApplicationSpec, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.members import port_name
from tenants.names import KeyPairName, SecurityGroupName, SubnetName
from tenants.spec import ProjectSpec
from tenants.wave import DiskImport, Mappings, ServerImport, WaveMember, WaveSpec

#: What Neutron puts a port into whose manifest names no group.
_DEFAULT_GROUP = SecurityGroupName("default")


def imported(place: Place, project: ProjectSpec, application: ApplicationSpec, member: WaveMember) -> Workload:
    """The servers that a wave imports of an application, in the project that its manifest names. How large, `sized` tells."""
    singles = {each.name: each for each in members.servers(application)}
    given = {each.server: user_data(singles[each.server]) for each in member.imports}
    return Workload(
        cloud=place.cloud,
        tenant=place.tenant,
        project=place.project,
        project_id=place.project_id,
        application=application.name,
        display_name=application.display_name,
        machines=tuple(_machine(project, application, singles[each.server], each) for each in member.imports),
        probes=application.probes,
        user_data={name: text for name, text in given.items() if text is not None},
    )


def sized(workload: Workload, target: TargetView, maps: Mappings) -> Workload:
    """The workload with what the target says of the flavors that it is to have; one that is not there is told by the mapping."""
    return replace(workload, machines=tuple(_sized(each, target, maps) for each in workload.machines))


def disk_import_of(wave: WaveSpec, workload: Workload, subject: Subject) -> DiskImport:
    """What the wave says of where a disk comes from. Raises InputError where it says nothing."""
    machine, name = workload.machine(subject), workload.disk(subject).name
    for member in wave.members:
        for server in member.imports if member.application == workload.application else ():
            for disk in server.disks if server.server == machine.name else ():
                if disk.volume == name:
                    return disk
    raise InputError(f"the wave {wave.name} does not say what the volume {name} is filled from")


def _machine(project: ProjectSpec, application: ApplicationSpec, server: ServerSpec, wanted: ServerImport) -> Machine:
    volumes = {each.name: each for each in members.volumes(application)}
    chosen = [volumes[each.volume] for each in wanted.disks]
    policy = next((each.policy.value for each in application.server_groups if each.name == server.server_group), None)
    return Machine(
        id="",
        name=server.name,
        status="ACTIVE",
        task=None,
        host=None,
        availability_zone=server.availability_zone,
        flavor=server.flavor,
        vcpus=0,
        ram=0,
        image_id=None,
        image=None,
        key_pair=KeyPairName(nova_name(project, server.key_pair)) if server.key_pair else None,
        server_group=server.server_group,
        server_group_policy=policy,
        config_drive=False,
        locked=False,
        metadata={**server.metadata, APPLICATION: application.name},
        disks=tuple(_disks(application, server, chosen)),
        interfaces=tuple(_interface(server, place, each) for place, each in enumerate(server.interfaces)),
    )


def _disks(application: ApplicationSpec, server: ServerSpec, chosen: Iterable[VolumeSpec]) -> Iterator[Disk]:
    """Before all what it boots from, then as the wave names them."""
    ordered = sorted(chosen, key=lambda each: each.name != server.boot_volume)
    for position, volume in enumerate(ordered):
        yield Disk(
            subject=disk_subject(server.name, position),
            position=position,
            volume=TO_BE_MADE,
            name=volume.name,
            size=volume.size,
            volume_type=volume.volume_type,
            bootable=volume.name == server.boot_volume,
            metadata={APPLICATION: application.name},
        )


def _interface(server: ServerSpec, position: int, spec: InterfaceSpec) -> Interface:
    return Interface(
        subject=interface_subject(server.name, position),
        port="",
        name=port_name(server.name, spec.network),
        network_id="",
        network=spec.network,
        mac="",
        addresses=tuple(FixedAddress(address=each, subnet_id="", subnet=SubnetName("")) for each in spec.addresses),
        security_groups=tuple(sorted(spec.security_groups)) or (_DEFAULT_GROUP,),
    )


def _sized(machine: Machine, target: TargetView, maps: Mappings) -> Machine:
    flavor = target.flavor(maps.flavors.get(machine.flavor, machine.flavor))
    return machine if flavor is None else replace(machine, vcpus=flavor.vcpus, ram=flavor.ram)
