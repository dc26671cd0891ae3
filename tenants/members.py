"""Counts spelt out: an application's single servers and volumes, each under the name it has in its cloud. Pure.

A server with `replicas: 3` is three, `<name>-1` to `<name>-3`; a volume that such a server is attached to or boots from
is three as well, each beside its own member.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from tenants.application import ApplicationSpec, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.names import NetworkName, ServerName, VolumeName
from tenants.presence import Presence


def numbered(name: str, number: int) -> str:
    """A member's name: `portal-web-2`."""
    return f"{name}-{number}"


def port_name(server: ServerName, network: NetworkName) -> str:
    """The name of the port by which a single server is in a network."""
    return f"{server}-{network}"


def servers(application: ApplicationSpec) -> Iterator[ServerSpec]:
    """Every single server, with its own addresses and boot volume."""
    for server in application.servers:
        if server.replicas is None:
            yield server
        else:
            yield from (_member(server, number) for number in range(1, server.replicas + 1))


def volumes(application: ApplicationSpec) -> Iterator[VolumeSpec]:
    """Every single volume, with the single server that it is attached to."""
    for volume, count in _counted(application):
        if count is None:
            yield volume
        else:
            yield from (_beside(volume, number) for number in range(1, count + 1))


def wanted(application: ApplicationSpec, names: Collection[str] = ()) -> tuple[ServerName, ...]:
    """The single servers that are to be there, by name; where names are given, only those, counted ones by that before the number."""
    if application.presence is Presence.ABSENT:
        return ()
    return tuple(
        single.name
        for server in application.servers
        if server.presence is not Presence.ABSENT
        for single in servers(replace(application, servers=(server,)))
        if not names or {single.name, server.name} & set(names)
    )


def surplus(server: ServerSpec, names: Collection[str]) -> list[ServerName]:
    """Of these names, those of members beyond the server's count, in order; none where it is not counted."""
    return [ServerName(name) for name in _beyond(server.name, server.replicas, names)]


def surplus_volumes(application: ApplicationSpec, names: Collection[str]) -> list[VolumeName]:
    """Of these names, those of volumes beside members beyond the count, but for those that the manifest describes."""
    described = {volume.name for volume in application.volumes}
    found = (name for volume, count in _counted(application) for name in _beyond(volume.name, count, names))
    return [VolumeName(name) for name in found if name not in described]


def _counted(application: ApplicationSpec) -> Iterator[tuple[VolumeSpec, int | None]]:
    """The volumes with how many there are of each; None is one without a number."""
    counts = {server.name: server.replicas for server in application.servers}
    booted = {server.boot_volume: server.replicas for server in application.servers if server.boot_volume}
    for volume in application.volumes:
        yield volume, counts.get(volume.server) if volume.server else booted.get(volume.name)


def _beyond(name: str, count: int | None, names: Collection[str]) -> list[str]:
    if count is None:
        return []
    pattern = re.compile(rf"{re.escape(name)}-([1-9][0-9]*)")
    found = ((int(match[1]), each) for each in names if (match := pattern.fullmatch(each)))
    return [each for number, each in sorted(found) if number > count]


def _member(server: ServerSpec, number: int) -> ServerSpec:
    return replace(
        server,
        name=ServerName(numbered(server.name, number)),
        replicas=None,
        boot_volume=server.boot_volume and VolumeName(numbered(server.boot_volume, number)),
        interfaces=tuple(_own(interface, number) for interface in server.interfaces),
    )


def _own(interface: InterfaceSpec, number: int) -> InterfaceSpec:
    """The interface with the member's address alone; without one, where the manifest names too few."""
    return replace(interface, addresses=interface.addresses[number - 1 : number])


def _beside(volume: VolumeSpec, number: int) -> VolumeSpec:
    return replace(
        volume,
        name=VolumeName(numbered(volume.name, number)),
        server=volume.server and ServerName(numbered(volume.server, number)),
    )
