"""Cinder in memory: volumes (block storage API reference v3). Making, extending and deleting take until a look later."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    NOT_FOUND,
    Declined,
    Habit,
    Holds,
    Making,
    must_fit,
)
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.names import VolumeTypeName
from tenants.resources import Resource, Service

VOLUMES: Final = "/volumes"
_HOST: Final = "os-vol-host-attr:host"
_DELETABLE: Final = frozenset({"available", "error", "error_extending"})
#: With a server as well, since microversion 3.42.
_EXTENSIBLE: Final = frozenset({"available", "in-use"})


class VolumeHabit(Habit):
    """Volumes."""

    path = VOLUMES
    changes = frozenset({"name", "description", "metadata"})
    takes = changes | {"size", "volume_type", "imageRef", "availability_zone", "snapshot_id", "source_volid"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Of the first type where none is named. From an image, it can be booted from."""
        body = making.body
        size = body.get("size")
        if not isinstance(size, int) or size < 1:
            raise Declined(BAD_REQUEST, f"Invalid input for field/attribute size. Value: {size}.")
        kind = body.get("volume_type") or next(reversed(world.volume_types), None)
        if kind not in world.volume_types:
            raise Declined(NOT_FOUND, f"Volume type with name {kind} could not be found.")
        image = body.get("imageRef")
        if image and image not in {each.id for each in world.furnishing.images}:
            raise Declined(BAD_REQUEST, "Invalid image identifier or unable to access requested image.")
        return {
            "name": None,
            "description": None,
            "metadata": {},
            "availability_zone": "nova",
            **{key: value for key, value in body.items() if key != "imageRef"},
            "volume_type": kind,
            "status": "creating",
            "bootable": "true" if image else "false",
            "attachments": [],
            _HOST: None,
        }

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One volume of its size, of its type and of all."""
        kind = VolumeTypeName(item["volume_type"])
        amounts = {"volumes": 1, "gigabytes": int(item["size"])}
        return {
            Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=each): amount
            for name, amount in amounts.items()
            for each in (None, kind)
        } | {Resource(service=Service.BLOCK_STORAGE, name="per_volume_gigabytes"): int(item["size"])}

    def made(self, world: World, stored: Stored) -> None:
        """A look later it is there, with a host that keeps it."""
        stored.coming.append({"status": "available", _HOST: "storage@pool#pool"})

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while it is attached, or anything else is done with it."""
        if stored.item["status"] not in _DELETABLE or stored.item["attachments"]:
            message = "Invalid volume: Volume status must be available or error and must not be attached."
            raise Declined(BAD_REQUEST, message)
        stored.item["status"] = "deleting"
        stored.coming[:] = [None]

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Extend it, or say whether it can be booted from."""
        for name, said in (act.body or {}).items():
            match act.below, name:
                case "/action", "os-extend":
                    self._extend(world, stored, int(said["new_size"]))
                    return {}
                case "/action", "os-set_bootable":
                    stored.item["bootable"] = "true" if said["bootable"] else "false"
                    return {}
        return super().act(world, stored, act)

    def _extend(self, world: World, stored: Stored, size: int) -> None:
        standing = stored.item["status"]
        if standing not in _EXTENSIBLE:
            raise Declined(BAD_REQUEST, f"Invalid volume: Volume {stored.id} status must be available to extend.")
        if size <= stored.item["size"]:
            message = f"New size for extend must be greater than current size. (current: {stored.item['size']})."
            raise Declined(BAD_REQUEST, message)
        larger = self.holds(world, {**stored.item, "size": size})
        must_fit(world, stored.project, {each: more - stored.holds.get(each, 0) for each, more in larger.items()})
        stored.holds = larger
        stored.item["status"] = "extending"
        stored.coming.append({"status": standing, "size": size})


def reserve(stored: Stored) -> None:
    """Keep a volume for a server that is to have it. Raises Declined where another has it."""
    if stored.item["status"] != "available":
        raise Declined(BAD_REQUEST, f"Invalid volume: volume {stored.id} status must be 'available'.")
    stored.item["status"] = "reserved"


def attach(stored: Stored, server: str, place: int) -> None:
    """Give a volume to a server, as its disk of that number."""
    device = f"/dev/vd{chr(ord('a') + place)}"
    attachment = {"server_id": server, "volume_id": stored.id, "device": device}
    stored.item.update(status="in-use", attachments=[attachment])


def release(stored: Stored) -> None:
    """Take a volume back from its server."""
    stored.item.update(status="available", attachments=[])
