"""Rules about volumes: each is of a type that the cloud has, attached to a server that stays, and booted by one."""

from collections.abc import Iterator

from tenants import members
from tenants.application import ApplicationSpec, Management, VolumeSpec
from tenants.kinds.kind import Manifest
from tenants.language.report import choose
from tenants.names import VolumeName
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import Reference, held, is_wanted, presences
from tenants.rules.manifests import Manifests


def types_are_offered(manifests: Manifests) -> Iterator[Problem]:
    """A volume's type is one that the project's cloud offers."""
    for each in held(manifests):
        if each.cloud is None:
            continue
        offered = each.cloud.volume_types
        for index, volume in enumerate(each.application.volumes):
            if volume.volume_type and volume.volume_type not in offered and is_wanted(each.application, volume):
                message = f'the cloud "{each.cloud.name}" offers no volume type "{volume.volume_type}"'
                steps = ("spec", "volumes", index, "type")
                yield each.manifest.error(steps, message, choose(volume.volume_type, sorted(offered)))


def volumes_are_attached_to_servers(manifests: Manifests) -> Iterator[Problem]:
    """The server that a volume is attached to is one of its application's, or a numbered member, and is to be there."""
    for manifest in manifests.every_application():
        known = {
            **presences((each.name, each) for each in members.servers(manifest.spec)),
            **presences((each.name, each) for each in manifest.spec.servers),
        }
        reference = Reference("server", "this application", known)
        for index, volume in enumerate(manifest.spec.volumes):
            if is_wanted(manifest.spec, volume):
                steps = ("spec", "volumes", index, "server")
                leaving = _without_its_server(manifest.spec, volume)
                yield from reference.check(manifest, steps, volume.server or "", leaving=leaving)


def _without_its_server(application: ApplicationSpec, volume: VolumeSpec) -> str:
    """How to keep a volume whose server is to be taken away, under the name that it has in the cloud."""
    count = next((each.replicas for each in application.servers if each.name == volume.server), None)
    if count is None:
        return "leave server out, and the volume stays, attached to nothing; or let the server stay"
    first, last = members.numbered(volume.name, 1), members.numbered(volume.name, count)
    names = first if count == 1 else f"each of {first} to {last}"
    return f"describe {names} without server, and it stays, attached to nothing; or let the servers stay"


def boot_volumes_can_boot(manifests: Manifests) -> Iterator[Problem]:
    """A server's boot volume is one of its application's, holds a system, and is no other server's."""
    for manifest in manifests.every_application():
        known = presences((each.name, each) for each in manifest.spec.volumes)
        reference = Reference("volume", "this application", known)
        booted: dict[VolumeName, str] = {}
        for index, server in enumerate(manifest.spec.servers):
            name, steps = server.boot_volume, ("spec", "servers", index, "bootVolume")
            if not name or not is_wanted(manifest.spec, server):
                continue
            leaving = "take the server away as well, or let the volume stay"
            yield from reference.check(manifest, steps, name, leaving=leaving)
            earlier = booted.setdefault(name, server.name)
            if earlier != server.name:
                message = f'the server "{earlier}" boots from "{name}" already'
                yield manifest.error(steps, message, "give each server a volume of its own")
        yield from _unbootable(manifest, booted)


def _unbootable(manifest: Manifest[ApplicationSpec], booted: dict[VolumeName, str]) -> Iterator[Problem]:
    """What is wrong with the volumes that servers boot from."""
    for index, volume in enumerate(manifest.spec.volumes):
        if volume.name not in booted or volume.presence is Presence.ABSENT:
            continue
        place, server = ("spec", "volumes", index), booted[volume.name]
        if volume.server:
            message = f'the server "{server}" boots from it, which attaches it'
            yield manifest.error((*place, "server"), message, "leave server out")
        if volume.image is None and not volume.bootable and manifest.spec.management is Management.FULL:
            message = f'the server "{server}" boots from it, and nothing is on it'
            yield manifest.error(place, message, "name an image, or write bootable: true if a system is on it already")


RULES = (types_are_offered, volumes_are_attached_to_servers, boot_volumes_can_boot)
