"""What takes the place of what at the target: by the wave's mappings, else by the same name. Pure.

Everything that has no place is told at once, so that one correction of the manifest suffices; what can go along in another form
only is told as left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from provisioner.migration.bindings import (
    Bindings,
    BoundAddress,
    BoundDisk,
    BoundInterface,
    BoundMachine,
    Carry,
)
from provisioner.migration.identifiers import Subject
from provisioner.migration.target import TargetNetwork, TargetView
from provisioner.migration.workload import PORT_SETTINGS, AddressPair, Disk, FixedAddress, Interface, Machine, Workload
from tenants.language.report import nearest
from tenants.names import FlavorName, KeyPairName, NetworkName, VolumeTypeName
from tenants.wave import Mappings, Mode, WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Something of the source that has no place at the target."""

    subject: Subject
    #: `network`, `flavor`…
    what: str
    name: str
    message: str
    #: What would be right.
    remedy: str


def resolve(wave: WaveSpec, workload: Workload, target: TargetView) -> Bindings | tuple[Unresolved, ...]:
    """The target of a workload, or all that keeps it from having one."""
    return _Mapping(wave=wave, workload=workload, target=target).resolved()


@dataclass(slots=True, kw_only=True)
class _Mapping:
    wave: WaveSpec
    workload: Workload
    target: TargetView
    unresolved: list[Unresolved] = field(default_factory=list)
    left: list[Carry] = field(default_factory=list)

    def resolved(self) -> Bindings | tuple[Unresolved, ...]:
        machines = {each.subject: self._machine(each) for each in self.workload.machines}
        disks = {disk.subject: self._disk(disk) for _, disk in self.workload.disks()}
        interfaces = {each.subject: self._interface(each) for _, each in self.workload.interfaces()}
        if self.unresolved:
            return tuple(dict.fromkeys(self.unresolved))
        target = self.target
        return Bindings(
            cloud=target.cloud,
            tenant=target.tenant,
            project=target.project,
            project_id=target.project_id,
            machines=machines,
            disks=disks,
            interfaces=interfaces,
            left=tuple(self.left),
        )

    @property
    def _maps(self) -> Mappings:
        return self.wave.mappings

    @property
    def _moves_within(self) -> bool:
        return self.wave.mode.within

    def _machine(self, machine: Machine) -> BoundMachine:
        if self._moves_within:
            return BoundMachine(
                flavor=machine.flavor,
                flavor_id="",
                availability_zone=machine.availability_zone,
                host=self.wave.target.host,
                key_pair=machine.key_pair,
            )
        name = self._maps.flavors.get(machine.flavor, machine.flavor)
        flavor = self.target.flavor(name)
        if flavor is None:
            self._miss(
                machine.subject,
                "flavor",
                machine.flavor,
                wanted=name,
                known=[each.name for each in self.target.offers.flavors],
            )
        return BoundMachine(
            flavor=FlavorName(name),
            flavor_id=flavor.id if flavor else "",
            availability_zone=self.wave.target.availability_zone or self.target.availability_zone,
            host=self.wave.target.host,
            key_pair=self._key_pair(machine),
        )

    def _key_pair(self, machine: Machine) -> KeyPairName | None:
        """One that a manifest of the source's project made is looked for as one that the target's project made."""
        if machine.key_pair is None:
            return None
        own, there = (f"{each}-" if each else "" for each in (self.workload.keystone_name, self.target.keystone_name))
        managed = bool(own) and machine.key_pair.startswith(own)
        name = KeyPairName(machine.key_pair.removeprefix(own) if managed else machine.key_pair)
        wanted = KeyPairName(self._maps.key_pairs.get(name, name))
        tried = [KeyPairName(f"{there}{wanted}"), wanted] if managed or name in self._maps.key_pairs else [wanted]
        found = next((each for each in tried if each in self.target.key_pairs), None)
        if found is None:
            # The guest has its keys already; Nova's note of them is all that is missing.
            self._leave(machine.subject, "key-pair", name, f"the target's cloud has no key pair {wanted}")
        return found

    def _disk(self, disk: Disk) -> BoundDisk:
        if disk.volume is None or self._moves_within or self.wave.mode is Mode.CROSS_PROJECT:
            return BoundDisk(volume_type=disk.volume_type)
        if disk.volume_type is None:
            return BoundDisk(volume_type=None)
        name = self._maps.volume_types.get(disk.volume_type, disk.volume_type)
        known = [each.name for each in self.target.offers.volume_types]
        if name not in known:
            self._miss(disk.subject, "volume type", disk.volume_type, wanted=name, known=known)
        return BoundDisk(volume_type=VolumeTypeName(name))

    def _interface(self, interface: Interface) -> BoundInterface:
        if self._moves_within:
            return BoundInterface(network_id=interface.network_id, network=interface.network, mac=interface.mac)
        network = self._network(interface)
        if network is None:
            return BoundInterface(network_id="", network=interface.network)
        same = self.workload.cloud == self.target.cloud and network.id == interface.network_id
        for address in interface.floating_ips:
            self._leave(interface.subject, "floating-ip", address, "it belongs to the source's project and stays there")
        for each, value in interface.settings.items():
            why = "it is the source's own and does not go along: set it at the target where it is wanted"
            self._leave(interface.subject, PORT_SETTINGS[each], value, why)
        keep = self._maps.keep_addresses
        if not keep and interface.mac:
            self._leave(interface.subject, "mac", interface.mac, "the wave does not keep addresses")
        return BoundInterface(
            network_id=network.id,
            network=network.name,
            addresses=tuple(self._addresses(interface, network)),
            mac=(interface.mac or None) if keep else None,
            security_group_ids=self._groups(interface),
            address_pairs=self._pairs(interface),
            takes_over=same and keep,
        )

    def _pairs(self, interface: Interface) -> tuple[AddressPair, ...]:
        """The same as at the source, where addresses are kept: what two servers share is an address of theirs as well."""
        if self._maps.keep_addresses:
            return tuple(
                replace(each, mac="") if each.mac == interface.mac else each for each in interface.address_pairs
            )
        if interface.address_pairs:
            shared = ", ".join(each.address for each in interface.address_pairs)
            self._leave(interface.subject, "address-pairs", shared, "the wave does not keep addresses")
        return ()

    def _network(self, interface: Interface) -> TargetNetwork | None:
        name = self._maps.networks.get(interface.network, interface.network)
        found = [each for each in self.target.networks if each.name == name]
        # A network of the project's own goes before one that others share.
        chosen = [each for each in found if each.own] or found
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            self.unresolved.append(
                Unresolved(
                    subject=interface.subject,
                    what="network",
                    name=interface.network,
                    message=f"the target has {len(chosen)} networks called {name}",
                    remedy="give one of them a name of its own",
                )
            )
        else:
            self._miss(
                interface.subject,
                "network",
                interface.network,
                wanted=name,
                known=[n.name for n in self.target.networks],
            )
        return None

    def _addresses(self, interface: Interface, network: TargetNetwork) -> Iterator[BoundAddress]:
        for each in interface.addresses:
            bound = self._address(interface, each, network)
            if bound is not None:
                yield bound

    def _address(self, interface: Interface, fixed: FixedAddress, network: TargetNetwork) -> BoundAddress | None:
        named = self._maps.subnets.get(fixed.subnet)
        if named is not None and all(each.name != named for each in network.subnets):
            self._miss(
                interface.subject, "subnet", fixed.subnet, wanted=named, known=[each.name for each in network.subnets]
            )
            return None
        subnets = [each for each in network.subnets if named is None or each.name == named]
        holding = [each for each in subnets if ip_address(fixed.address) in ip_network(each.cidr, strict=False)]
        if holding and self._maps.keep_addresses:
            return BoundAddress(subnet_id=holding[0].id, address=fixed.address)
        version = ip_address(fixed.address).version
        alike = [each for each in subnets if ip_network(each.cidr, strict=False).version == version]
        if not alike:
            self.unresolved.append(
                Unresolved(
                    subject=interface.subject,
                    what="subnet",
                    name=fixed.subnet or fixed.address,
                    message=f"network {network.name} of the target has no subnet of IP version {version}",
                    remedy="make one there, or map to another network",
                )
            )
            return None
        why = "no subnet there holds it" if self._maps.keep_addresses else "the wave does not keep addresses"
        self._leave(interface.subject, "address", fixed.address, why)
        return BoundAddress(subnet_id=(holding or alike)[0].id, address=None)

    def _groups(self, interface: Interface) -> tuple[str, ...]:
        found: list[str] = []
        for group in interface.security_groups if interface.port_security else ():
            name = self._maps.security_groups.get(group, group)
            ids = self.target.security_groups.get(name, ())
            if len(ids) == 1:
                found.append(ids[0])
            elif ids:
                self.unresolved.append(
                    Unresolved(
                        subject=interface.subject,
                        what="security group",
                        name=group,
                        message=f"the target has {len(ids)} security groups called {name}",
                        remedy="give one of them a name of its own",
                    )
                )
            else:
                self._miss(
                    interface.subject, "security group", group, wanted=name, known=list(self.target.security_groups)
                )
        return tuple(found)

    def _miss(self, subject: Subject, what: str, name: str, *, wanted: str, known: Sequence[str]) -> None:
        guess = nearest(wanted, known)
        key = {"network": "networks", "subnet": "subnets", "flavor": "flavors"}.get(what) or (
            "volumeTypes" if what == "volume type" else "securityGroups"
        )
        hint = f', such as "{name}: {guess}"' if guess else ""
        self.unresolved.append(
            Unresolved(
                subject=subject,
                what=what,
                name=name,
                message=f"the target has no {what} called {wanted}",
                remedy=f"make it there, or map it under mappings.{key}{hint}",
            )
        )

    def _leave(self, subject: Subject, what: str, before: str, why: str) -> None:
        self.left.append(Carry(subject=subject, what=what, before=before, why=why))


def networks_of(wave: WaveSpec, workload: Workload) -> frozenset[NetworkName]:
    """The networks of the target that a workload is mapped to, by name."""
    maps = wave.mappings.networks
    return frozenset(NetworkName(maps.get(each.network, each.network)) for _, each in workload.interfaces())
