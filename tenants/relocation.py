"""An application's manifest after it moved: what it then means, and which values of its document say so. Pure.

The manifest says where an application is and by which names it refers to what is there. A move changes the project, and those
names that the wave maps; nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tenants import members
from tenants.amendment import Change, node_at
from tenants.application import ApplicationSpec, FloatingIPUse, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.landing_zone import IPAddress
from tenants.language.nodes import Scalar, Step
from tenants.names import (
    FlavorName,
    KeyPairName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerName,
    VolumeTypeName,
)

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """What is called otherwise where an application is now. What is not named here is called as it was."""

    project: ProjectName
    networks: Mapping[NetworkName, NetworkName] = field(default_factory=dict)
    flavors: Mapping[FlavorName, FlavorName] = field(default_factory=dict)
    volume_types: Mapping[VolumeTypeName, VolumeTypeName] = field(default_factory=dict)
    security_groups: Mapping[SecurityGroupName, SecurityGroupName] = field(default_factory=dict)
    key_pairs: Mapping[KeyPairName, KeyPairName] = field(default_factory=dict)
    #: Of single servers in the networks as they were called, the addresses that are others now.
    addresses: Mapping[tuple[ServerName, NetworkName, IPAddress], IPAddress] = field(default_factory=dict)
    #: Of servers, by their names in the manifest.
    availability_zones: Mapping[ServerName, str] = field(default_factory=dict)


def relocated(application: ApplicationSpec, by: Relocation) -> ApplicationSpec:
    """The application where it is now."""
    return replace(
        application,
        project=by.project,
        servers=tuple(_server(application, each, by) for each in application.servers),
        volumes=tuple(_volume(each, by) for each in application.volumes),
        floating_ips=tuple(_floating_ip(each, by) for each in application.floating_ips),
    )


def changes(text: str, before: ApplicationSpec, after: ApplicationSpec) -> tuple[Change, ...]:
    """The values of a document that make one of the other; those that do not stand in it are not among them."""
    found = (_change(text, way, new) for way, old, new in _pairs(before, after) if old != new)
    return tuple(each for each in found if each is not None)


def _change(text: str, way: tuple[Step, ...], after: str) -> Change | None:
    written = node_at(text, way)
    return Change(way=way, before=written.text, after=after) if isinstance(written, Scalar) else None


def _pairs(before: ApplicationSpec, after: ApplicationSpec) -> Iterator[tuple[tuple[Step, ...], str | None, str]]:
    """Every value that a move may change: where it stands, what it was, and what it is."""
    yield ("spec", "project"), before.project, after.project
    for index, (one, other) in enumerate(zip(before.servers, after.servers, strict=True)):
        place: tuple[Step, ...] = ("spec", "servers", index)
        yield (*place, "flavor"), one.flavor, other.flavor
        yield (*place, "keyPair"), one.key_pair, other.key_pair or ""
        yield (*place, "availabilityZone"), one.availability_zone, other.availability_zone or ""
        for number, (old, new) in enumerate(zip(one.interfaces, other.interfaces, strict=True)):
            yield from _interface_pairs((*place, "networks", number), old, new)
    for index, (volume, moved) in enumerate(zip(before.volumes, after.volumes, strict=True)):
        yield ("spec", "volumes", index, "type"), volume.volume_type, moved.volume_type or ""
    for index, (use, used) in enumerate(zip(before.floating_ips, after.floating_ips, strict=True)):
        yield ("spec", "floatingIPs", index, "network"), use.network, used.network


def _interface_pairs(
    place: tuple[Step, ...], before: InterfaceSpec, after: InterfaceSpec
) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    yield (*place, "network"), before.network, after.network
    for index, (old, new) in enumerate(zip(before.security_groups, after.security_groups, strict=True)):
        yield (*place, "securityGroups", index), old, new
    for index, (address, moved) in enumerate(zip(before.addresses, after.addresses, strict=True)):
        yield (*place, "addresses", index), address, moved
        if index == 0:
            # That of a single server may stand by itself.
            yield (*place, "address"), address, moved


def _server(application: ApplicationSpec, server: ServerSpec, by: Relocation) -> ServerSpec:
    singles = [each.name for each in members.servers(replace(application, servers=(server,)))]
    zone = by.availability_zones.get(server.name)
    return replace(
        server,
        flavor=_mapped(by.flavors, server.flavor),
        key_pair=server.key_pair and _mapped(by.key_pairs, server.key_pair),
        availability_zone=server.availability_zone and (zone or server.availability_zone),
        interfaces=tuple(_interface(singles, each, by) for each in server.interfaces),
    )


def _interface(singles: list[ServerName], interface: InterfaceSpec, by: Relocation) -> InterfaceSpec:
    named = zip(singles, interface.addresses, strict=False)
    rest = interface.addresses[len(singles) :]
    moved = tuple(by.addresses.get((name, interface.network, address), address) for name, address in named)
    return InterfaceSpec(
        network=_mapped(by.networks, interface.network),
        addresses=(*moved, *rest),
        security_groups=tuple(_mapped(by.security_groups, each) for each in interface.security_groups),
    )


def _volume(volume: VolumeSpec, by: Relocation) -> VolumeSpec:
    return replace(volume, volume_type=volume.volume_type and _mapped(by.volume_types, volume.volume_type))


def _floating_ip(use: FloatingIPUse, by: Relocation) -> FloatingIPUse:
    return replace(use, network=_mapped(by.networks, use.network))


def _mapped(maps: Mapping[Name, Name], name: Name) -> Name:
    return maps.get(name, name)
