"""Rules about disk images that become servers: each disk is a volume of its server's, and one of them boots it."""

from collections.abc import Iterator

from tenants import members
from tenants.application import ServerSpec, VolumeSpec
from tenants.language.nodes import Step
from tenants.language.report import choose
from tenants.names import ServerName, VolumeName
from tenants.problems import Problem
from tenants.rules.manifests import Manifests
from tenants.rules.waves.moving import Moving, is_import, moving
from tenants.wave import ServerImport


def imports_are_complete(manifests: Manifests) -> Iterator[Problem]:
    """A wave that imports names the disk images of each application; all servers and volumes in them are the application's own, and no volume is filled twice."""
    for each in moving(manifests):
        if not is_import(each.wave):
            continue
        if not each.member.imports:
            yield each.error((), "comes from disk images, and names none", "add imports: its servers with their disks")
        servers = {server.name: server for server in members.servers(each.application)}
        volumes = {volume.name: volume for volume in members.volumes(each.application)}
        first: dict[VolumeName, int] = {}
        for index, item in enumerate(each.member.imports):
            yield from _named(each, index, item, servers)
            yield from _disks(each, index, item, volumes)
            for number, disk in enumerate(item.disks):
                if disk.volume and first.setdefault(disk.volume, index) != index:
                    steps = ("imports", index, "disks", number, "volume")
                    yield each.error(steps, f'the volume "{disk.volume}" is filled already', "leave one of them")


def imported_servers_boot_from_their_disks(manifests: Manifests) -> Iterator[Problem]:
    """A server that is imported boots from a volume that says `bootable: true` and is among its disks."""
    for each in moving(manifests):
        servers = {server.name: server for server in members.servers(each.application)}
        volumes = {volume.name: volume for volume in members.volumes(each.application)}
        for index, item in enumerate(each.member.imports if is_import(each.wave) else ()):
            server = servers.get(item.server)
            if server is not None and (found := _unbootable(item, server, volumes)) is not None:
                message, remedy = found
                yield each.error(("imports", index), message, remedy)


def _named(each: Moving, index: int, item: ServerImport, servers: dict[ServerName, ServerSpec]) -> Iterator[Problem]:
    steps: tuple[Step, ...] = ("imports", index, "server")
    if item.server and item.server not in servers:
        message = f'the application "{each.application.name}" has no server "{item.server}"'
        yield each.error(steps, message, choose(item.server, servers))
    elif item.server and each.member.servers and not _is_chosen(each, item.server):
        yield each.error(steps, f'"{item.server}" is not among the servers of this wave', "name it in servers as well")


def _is_chosen(each: Moving, name: ServerName) -> bool:
    """Whether a single server is one of those that the wave names, by its own name or by that before the number."""
    return name in each.member.servers or any(name.startswith(f"{chosen}-") for chosen in each.member.servers)


def _disks(each: Moving, index: int, item: ServerImport, volumes: dict[VolumeName, VolumeSpec]) -> Iterator[Problem]:
    for number, disk in enumerate(item.disks):
        steps: tuple[Step, ...] = ("imports", index, "disks", number, "volume")
        volume = volumes.get(disk.volume)
        if disk.volume and volume is None:
            message = f'the application "{each.application.name}" has no volume "{disk.volume}"'
            yield each.error(steps, message, choose(disk.volume, volumes))
        elif volume is not None and volume.server is not None and volume.server != item.server:
            message = f'the volume "{disk.volume}" is attached to "{volume.server}", not to "{item.server}"'
            yield each.error(steps, message, "name it with that server")


def _unbootable(
    item: ServerImport, server: ServerSpec, volumes: dict[VolumeName, VolumeSpec]
) -> tuple[str, str] | None:
    """Why a server would not boot from what is imported, and what would be right."""
    if server.boot_volume is None:
        message = (
            f'the server "{server.name}" boots from the image "{server.image}", and not from a disk that is imported'
        )
        return message, "let it boot from a volume in the application's manifest: bootVolume"
    volume = volumes.get(server.boot_volume)
    if volume is not None and volume.image is not None:
        message = (
            f'the volume "{volume.name}" is made from the image "{volume.image}", and not from a disk that is imported'
        )
        return message, "write bootable: true in place of its image"
    if volume is not None and not volume.bootable:
        message = f'the server "{server.name}" boots from the volume "{volume.name}", which is not bootable'
        return message, "write bootable: true in the application's manifest"
    if all(disk.volume != server.boot_volume for disk in item.disks):
        message = (
            f'the server "{server.name}" boots from the volume "{server.boot_volume}", which is not among its disks'
        )
        return message, "add the disk that it boots from"
    return None


RULES = (imports_are_complete, imported_servers_boot_from_their_disks)
