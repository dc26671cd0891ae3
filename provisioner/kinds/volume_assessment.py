"""Whether a volume can be made, grown or deleted as the manifest asks. Pure; part of the kind `volume`."""

from collections.abc import Iterable, Iterator
from typing import Final

from provisioner.clouds.collections import Item
from provisioner.clouds.offers import the_one
from provisioner.diff import Change
from provisioner.kinds.interface import Asked
from provisioner.kinds.quota import planned_limit
from provisioner.kinds.server_properties import SERVERS, managed
from provisioner.kinds.volume_states import is_sound, status_of
from provisioner.objects import Value
from provisioner.plan import Refusal
from tenants import members
from tenants.application import Surplus
from tenants.presence import Presence
from tenants.resources import UNLIMITED, Resource, Service

_PER_VOLUME: Final = Resource(service=Service.BLOCK_STORAGE, name="per_volume_gigabytes")
_SHOWN: Final = 10


def not_to_be_had(change: Change, asked: Asked) -> Iterator[Refusal]:
    """What a new volume needs and the cloud does not offer, or not in this size."""
    yield from _too_large(change, asked)
    if (name := change.after.get("type")) is not None:
        types = [each.name for each in asked.offers.volume_types]
        if name not in types:
            message = f"the cloud has no volume type {name}"
            yield Refusal(address=change.address, message=message, remedy=f"name one that it has: {_listed(types)}")
    if (name := change.after.get("image")) is not None:
        yield from _image_not_to_be_had(change, str(name), asked)


def _image_not_to_be_had(change: Change, name: str, asked: Asked) -> Iterator[Refusal]:
    image = the_one(asked.offers.images, name)
    if image is None:
        names = [each.name for each in asked.offers.images]
        count = names.count(name)
        yield Refusal(
            address=change.address,
            message=f"the cloud has {count} images named {name}" if count else f"the cloud has no image {name}",
            remedy=f"name one that is the only one of its name: {_listed(names)}",
        )
    elif image.status != "active":
        yield Refusal(
            address=change.address,
            message=f"the image {name} is {image.status}",
            remedy="have it made active in Glance, or name another",
        )
    elif image.min_disk > _number(change.after["size"]):
        yield Refusal(
            address=change.address,
            message=f"the image {name} needs {image.min_disk}GiB, and the volume has {change.after['size']}GiB",
            remedy=f"ask for at least {image.min_disk}GiB",
        )


def not_to_be_changed(change: Change, item: Item, asked: Asked) -> Iterator[Refusal]:
    """Why a volume that is there cannot become as the manifest asks."""
    if "type" in change.after:
        was, wanted = change.before["type"], change.after["type"]
        yield Refusal(
            address=change.address,
            message=f"the type cannot go from {was} to {wanted}: Tenantry does not retype, for that may move all data",
            remedy=f"leave it at {was}; or have it retyped (openstack volume set --type {wanted} "
            f"--retype-policy on-demand {change.address.key}), then plan again",
        )
    if "size" not in change.after:
        return
    was, wanted = _number(change.before["size"]), _number(change.after["size"])
    if wanted < was:
        yield Refusal(
            address=change.address,
            message=f"the size cannot go from {was}GiB to {wanted}GiB: volumes never shrink",
            remedy=f"ask for at least {was}GiB, or describe a smaller one of another name and copy what is on it",
        )
    elif not is_sound(item):
        yield Refusal(
            address=change.address,
            message=f"it is in the state {status_of(item)}, in which Cinder grows no volume",
            remedy="wait until it is available or in-use; where it is in error, its cloud's operators must see to it",
        )
    else:
        yield from _too_large(change, asked)


def not_to_be_deleted(change: Change, item: Item, asked: Asked) -> Iterator[Refusal]:
    """Servers that have it and stay: no volume is taken away from under one."""
    names = {str(each["id"]): str(each.get("name")) for each in asked.items(SERVERS)}
    going = frozenset(_going(asked, names.values()))
    for attachment in item.get("attachments") or ():
        server = names.get(str(attachment.get("server_id")))
        if server is None or server not in going:
            holder = f"the server {server}" if server else "a server"
            detach = f"openstack server remove volume {server or 'SERVER'} {change.address.key}"
            yield Refusal(
                address=change.address,
                message=f"it is attached to {holder}",
                remedy=f"unmount it and detach it first ({detach}), or have the server absent as well",
            )


def _going(asked: Asked, servers: Iterable[str]) -> Iterator[str]:
    """The servers that the same plan takes away."""
    there = frozenset(servers)
    for application in managed(asked.project):
        for server in members.servers(application):
            if Presence.ABSENT in {application.presence, server.presence}:
                yield server.name
        for server in application.servers:
            if server.surplus is Surplus.DELETE:
                yield from members.surplus(server, there)


def _too_large(change: Change, asked: Asked) -> Iterator[Refusal]:
    limit, wanted = planned_limit(asked, _PER_VOLUME), _number(change.after["size"])
    if limit is not None and limit != UNLIMITED and wanted > limit:
        yield Refusal(
            address=change.address,
            resource=_PER_VOLUME,
            message=f"{wanted}GiB is more than the project's quota lets one volume have: {limit}GiB",
            remedy=f"raise the limit of {_PER_VOLUME.key} to at least {wanted}GiB, or ask for less",
        )


def _number(value: Value) -> int:
    """A planned size. Anything but a number is a mistake of ours."""
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no size")
    return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))[:_SHOWN]) or "none"
