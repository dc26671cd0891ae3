"""What left against what arrived: every property of every server, disk and interface. Pure.

What is not as it was has been asked for by the wave, was known beforehand, could not be kept, or is unexpected; and what the wave
asks for and is not so is unexpected too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from provisioner.migration.bindings import Bindings, BoundInterface
from provisioner.migration.differences import Difference, Verdict
from provisioner.migration.identifiers import Subject, tagged
from provisioner.migration.workload import PORT_SETTINGS, Disk, FixedAddress, Interface, Machine, Workload
from tenants.wave import Mode, WaveSpec

#: What migrations write on what they make.
_OURS: Final = "tenantry-"
#: Where a cold migration waits to be confirmed: the server runs as it did before, or stands still as it did.
_UNCONFIRMED: Final = "VERIFY_RESIZE"
_MAPPED: Final = "its flavor is another"


def compare(before: Workload, after: Workload, *, wave: WaveSpec, bindings: Bindings) -> tuple[Difference, ...]:
    """All differences, server by server in the order of the source's."""
    arrived = {each.name: each for each in after.machines}
    comparison = _Comparison(wave=wave, bindings=bindings)
    for machine in before.machines:
        there = arrived.get(machine.name)
        if there is None:
            comparison.hold(machine.subject, "server", machine.name, None)
        else:
            comparison.machine(machine, there)
    return tuple(comparison.found)


@dataclass(slots=True, kw_only=True)
class _Comparison:
    wave: WaveSpec
    bindings: Bindings
    found: list[Difference] = field(default_factory=list)

    def hold(self, subject: Subject, what: str, before: str | None, after: str | None, **about: str | None) -> None:
        """Hold one property against what it was; `about` is what `_verdict` takes."""
        wanted = about.pop("wanted", before)
        if before == after == wanted:
            return
        verdict, why = self._verdict(subject, what, after, wanted=wanted, **about)
        if before != after or verdict is Verdict.UNEXPECTED:
            self.found.append(
                Difference(subject=subject, what=what, before=before, after=after, verdict=verdict, why=why)
            )

    def _verdict(  # noqa: PLR0913 - what decides
        self,
        subject: Subject,
        what: str,
        after: str | None,
        *,
        wanted: str | None,
        free: str | None = None,
        inherent: str | None = None,
    ) -> tuple[Verdict, str]:
        """`free` says why it is left to the cloud, `inherent` why it could not be kept."""
        known = next((each for each in self.bindings.left if each.subject == subject and each.what == what), None)
        if known is not None:
            return Verdict.KNOWN, known.why
        if free:
            return Verdict.ASKED, free
        if after == wanted:
            return Verdict.ASKED, "the wave asks for it"
        if inherent:
            return Verdict.INHERENT, inherent
        return Verdict.UNEXPECTED, "" if wanted is None else f"it should be {wanted}"

    def machine(self, before: Machine, after: Machine) -> None:
        """One server with all that is attached to it."""
        subject = before.subject
        self._state(before, after)
        self._place(before, after)
        bound = self.bindings.machines.get(subject)
        flavor = bound.flavor if bound else before.flavor
        mapped = _MAPPED if flavor != before.flavor else None
        self.hold(subject, "flavor", before.flavor, after.flavor, wanted=flavor)
        self.hold(subject, "vcpus", str(before.vcpus), str(after.vcpus), free=mapped)
        self.hold(subject, "ram", str(before.ram), str(after.ram), free=mapped)
        copied = "its root disk comes from a copy of the source's" if self._copies else None
        self.hold(subject, "image", before.image, after.image, inherent=copied)
        key_pair = bound.key_pair if bound else before.key_pair
        self.hold(subject, "key-pair", before.key_pair, after.key_pair, wanted=key_pair)
        self.hold(subject, "server-group", before.server_group, after.server_group)
        self.hold(subject, "config-drive", _yes(before.config_drive), _yes(after.config_drive))
        self._items(subject, "metadata", before.metadata, after.metadata)
        tags = {each for each in (*before.tags, *after.tags) if tagged(each) is None}
        for each in sorted(tags):
            self.hold(subject, "tag", each if each in before.tags else None, each if each in after.tags else None)
        self._disks(before, after, mapped)
        self._interfaces(before, after)

    @property
    def _copies(self) -> bool:
        return self.wave.mode.copies or self.wave.mode is Mode.IMPORT

    def _state(self, before: Machine, after: Machine) -> None:
        wanted = before.status if before.runs or not self._copies else "SHUTOFF"
        status = wanted if after.status == _UNCONFIRMED and self.wave.mode is Mode.COLD else after.status
        self.hold(before.subject, "status", before.status, status, wanted=wanted)

    def _place(self, before: Machine, after: Machine) -> None:
        bound, subject, asked = self.bindings.machines.get(before.subject), before.subject, self.wave.target
        host = (bound.host if bound else None) or asked.host
        if host is None and not self._copies and after.host == before.host:
            self.found.append(
                Difference(
                    subject=subject,
                    what="host",
                    before=before.host,
                    after=after.host,
                    verdict=Verdict.UNEXPECTED,
                    why="it did not move",
                )
            )
        self.hold(
            subject,
            "host",
            before.host,
            after.host,
            wanted=host or after.host,
            free=None if host else "left to the cloud",
        )
        zone = asked.availability_zone or (bound.availability_zone if bound and self._copies else None)
        free = None if zone else "it comes with the host"
        self.hold(
            subject, "availability-zone", before.availability_zone, after.availability_zone, wanted=zone, free=free
        )

    def _items(
        self,
        subject: Subject,
        what: str,
        before: Mapping[str, str],
        after: Mapping[str, str],
        *,
        added: str | None = None,
    ) -> None:
        """`added` says why there may be more of them than there were."""
        for key in sorted({*before, *after}):
            if not key.startswith(_OURS):
                inherent = None if key in before else added
                self.hold(subject, f"{what} {key}", before.get(key), after.get(key), inherent=inherent)

    def _disks(self, before: Machine, after: Machine, mapped: str | None) -> None:
        arrived = {each.position: each for each in after.disks}
        for disk in before.disks:
            there = arrived.pop(disk.position, None)
            if there is None:
                self.hold(disk.subject, "disk", disk.name or disk.subject, None)
            else:
                self._disk(disk, there, mapped)
        for each in arrived.values():
            self.hold(each.subject, "disk", None, each.name or each.subject)

    def _disk(self, before: Disk, after: Disk, mapped: str | None) -> None:
        subject, bound = before.subject, self.bindings.disks.get(before.subject)
        is_image = before.volume is None
        dies_along = "no copy is deleted together with its server" if self._copies else None
        self.hold(subject, "kind", _kind(before), _kind(after))
        self.hold(subject, "name", before.name, after.name, inherent=None if before.name else "it had no name")
        self.hold(subject, "size", str(before.size), str(after.size), free=mapped if is_image else None)
        wanted = bound.volume_type if bound else before.volume_type
        default = "left to the cloud's default" if bound and not bound.volume_type and not is_image else None
        self.hold(subject, "volume-type", before.volume_type, after.volume_type, wanted=wanted, free=default)
        self.hold(subject, "bootable", _yes(before.bootable), _yes(after.bootable))
        self.hold(subject, "device", before.device, after.device, inherent="the hypervisor names devices")
        self.hold(
            subject,
            "delete-on-termination",
            _yes(before.delete_on_termination),
            _yes(after.delete_on_termination),
            inherent=dies_along,
        )
        retyped = "its volume type is another" if wanted != before.volume_type else None
        self.hold(subject, "encrypted", _yes(before.encrypted), _yes(after.encrypted), free=retyped)
        self.hold(subject, "multiattach", _yes(before.multiattach), _yes(after.multiattach), free=retyped)
        self._items(subject, "metadata", before.metadata, after.metadata)
        # Nova writes into the image that it makes of a server what it had settled for it where the first image said nothing
        # (bus, video, machine type), so that the copy finds the hardware that it knows.
        settled = "the source's Nova had settled it for the server" if is_image and self._copies else None
        self._items(subject, "image-property", before.image_properties, after.image_properties, added=settled)

    def _interfaces(self, before: Machine, after: Machine) -> None:
        for interface, there in zip_longest(before.interfaces, after.interfaces):
            if there is None:
                self.hold(interface.subject, "interface", interface.network, None)
            elif interface is None:
                self.hold(there.subject, "interface", None, there.network)
            else:
                self._interface(interface, there, runs=after.runs)

    def _interface(self, before: Interface, after: Interface, *, runs: bool) -> None:
        subject, bound = before.subject, self.bindings.interfaces.get(before.subject)
        network = bound.network if bound else before.network
        renamed = "its network is another" if network != before.network else None
        self.hold(subject, "network", before.network, after.network, wanted=network)
        self.hold(
            subject, "name", before.name, after.name, free=renamed, inherent=None if before.name else "it had no name"
        )
        mac = bound.mac if bound else before.mac
        self.hold(subject, "mac", before.mac, after.mac, wanted=mac, free=None if mac else "left to the cloud")
        for old, new, wanted in self._addresses(before, after, bound):
            self._address(subject, old, new, wanted)
        maps = self.wave.mappings.security_groups if self._copies else {}
        groups = _list(maps.get(each, each) for each in before.security_groups)
        self.hold(
            subject, "security-groups", _list(before.security_groups), _list(after.security_groups), wanted=groups
        )
        self.hold(subject, "port-security", _yes(before.port_security), _yes(after.port_security))
        pairs = bound.address_pairs if bound and self._copies else before.address_pairs
        self.hold(
            subject, "address-pairs", _shared(before), _shared(after), wanted=_list(each.address for each in pairs)
        )
        for each, what in PORT_SETTINGS.items():
            self.hold(subject, what, before.settings.get(each), after.settings.get(each))
        self.hold(subject, "vnic-type", before.vnic_type, after.vnic_type)
        self.hold(subject, "floating-ip", _list(before.floating_ips), _list(after.floating_ips))
        if runs and before.status == "ACTIVE":
            self.hold(subject, "port-status", before.status, after.status)

    def _addresses(
        self, before: Interface, after: Interface, bound: BoundInterface | None
    ) -> Iterator[tuple[FixedAddress | None, FixedAddress | None, "_Address"]]:
        """Each address before and after, in the order of their versions, with what is asked of it."""
        if bound is None or not self._copies:
            wanted = [_Address(address=each.address, subnet_id=each.subnet_id) for each in before.addresses]
        else:
            wanted = [_Address(address=each.address, subnet_id=each.subnet_id) for each in bound.addresses]
        left = list(after.addresses)
        for old, asked in zip_longest(before.addresses, wanted):
            place = asked or _Address(address=None, subnet_id="")
            new = next((each for each in left if each.address == place.address), None) or next(
                (each for each in left if each.subnet_id == place.subnet_id), None
            )
            if new is not None:
                left.remove(new)
            yield old, new, place
        # An import's manifest leaves those that it does not name to Neutron.
        chosen = self.wave.mode is Mode.IMPORT and not before.addresses
        yield from ((None, each, _Address(address=None, subnet_id=each.subnet_id if chosen else "")) for each in left)

    def _address(
        self, subject: Subject, before: FixedAddress | None, after: FixedAddress | None, asked: "_Address"
    ) -> None:
        free = "left to the cloud" if asked.subnet_id and asked.address is None and after is not None else None
        old, new = before.address if before else None, after.address if after else None
        self.hold(subject, "address", old, new, wanted=asked.address if asked.subnet_id else old, free=free)
        if before is not None and after is not None:
            wanted = after.subnet if after.subnet_id == asked.subnet_id else before.subnet
            self.hold(subject, "subnet", before.subnet, after.subnet, wanted=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """What is asked of an address."""

    #: None leaves it to Neutron.
    address: str | None
    #: Empty where nothing is asked.
    subnet_id: str


def _yes(truth: bool) -> str:  # noqa: FBT001 - a truth in words
    return "yes" if truth else "no"


def _kind(disk: Disk) -> str:
    return "image" if disk.volume is None else "volume"


def _shared(interface: Interface) -> str | None:
    """Their MACs are the port's own or another's, and arrive with the port or are the same."""
    return _list(each.address for each in interface.address_pairs)


def _list(names: Iterable[str]) -> str | None:
    """Names in order, or None where there are none."""
    return ", ".join(sorted(names)) or None
