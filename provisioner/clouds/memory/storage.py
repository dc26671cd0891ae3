"""Cinder in memory: volumes (block storage API reference v3). Making, extending, uploading and deleting take until a look later.

A volume has the bytes of what it was made of, as they were when it was asked for. Snapshots are in `snapshots`, transfers in
`transfers`.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import images
from provisioner.clouds.memory.disks import Disk
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    NOT_FOUND,
    Declined,
    Habit,
    Holds,
    Making,
    must_fit,
    must_have,
)
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.names import VolumeTypeName
from tenants.resources import Resource, Service

VOLUMES: Final = "/volumes"
SNAPSHOTS: Final = "/snapshots"
AVAILABLE: Final = "available"
IN_USE: Final = "in-use"
_HOST: Final = "os-vol-host-attr:host"
_DELETABLE: Final = frozenset({AVAILABLE, "error", "error_extending"})
#: With a server as well, since microversion 3.42.
_EXTENSIBLE: Final = frozenset({AVAILABLE, IN_USE})
#: What a volume can be made of.
_SOURCES: Final = ("imageRef", "snapshot_id", "source_volid")
_IMAGE_METADATA: Final = "volume_image_metadata"
#: Of an image, what a volume made of it tells beside the image's own properties.
_TOLD_OF_IMAGES: Final = ("checksum", "container_format", "disk_format", "min_disk", "min_ram", "size")
#: What belongs to an image alone, and to no volume made of it.
_OF_IMAGES: Final = frozenset(
    {
        "id",
        "name",
        "owner",
        "status",
        "visibility",
        "protected",
        "tags",
        "virtual_size",
        "os_hash_algo",
        "os_hash_value",
        "os_hidden",
        *_TOLD_OF_IMAGES,
    }
)


class VolumeHabit(Habit):
    """Volumes."""

    path = VOLUMES
    changes = frozenset({"name", "description", "metadata"})
    takes = changes | {"size", "volume_type", "imageRef", "availability_zone", "snapshot_id", "source_volid"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Of its source's type, or the first, where none is named. From an image, it can be booted from."""
        body = making.body
        must_be_metadata(body.get("metadata") or {})
        source = _source(world, body)
        size = body.get("size", source.get("size"))
        if not isinstance(size, int) or size < 1:
            raise Declined(BAD_REQUEST, f"Invalid input for field/attribute size. Value: {size}.")
        if size < source.get("least", 0):
            raise Declined(BAD_REQUEST, f"Invalid volume size {size}: it must be at least {source['least']} GB.")
        kind = body.get("volume_type") or source.get("volume_type") or next(reversed(world.volume_types), None)
        if kind not in world.volume_types:
            raise Declined(NOT_FOUND, f"Volume type with name {kind} could not be found.")
        image = source.get(_IMAGE_METADATA)
        return {
            "name": None,
            "description": None,
            "metadata": {},
            "availability_zone": "nova",
            "snapshot_id": None,
            "source_volid": None,
            **{key: value for key, value in body.items() if key != "imageRef"},
            "size": size,
            "volume_type": kind,
            "status": "creating",
            "bootable": source.get("bootable", "false"),
            "encrypted": False,
            "multiattach": False,
            "attachments": [],
            _HOST: None,
            **({_IMAGE_METADATA: image} if image else {}),
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
        """Its bytes are those of its source; a look later it is there, with a host that keeps it."""
        body = stored.inner["body"]
        source = next((world.disks.get(str(body[key])) for key in _SOURCES if body.get(key)), None)
        world.disks[stored.id] = (source or Disk()).copy(stored.item["size"] * world.furnishing.gib)
        stored.coming.append({"status": AVAILABLE, _HOST: "storage@pool#pool"})

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """Uploaded, its image is done; larger, it has more bytes; gone, it has none."""
        super().arrived(world, stored, state)
        if state is None:
            world.disks.pop(stored.id, None)
            return
        if "size" in state:
            world.disks[stored.id].grow(state["size"] * world.furnishing.gib)
        if image := stored.inner.pop("uploading to", None):
            images.finish(world, image)

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Name, status and metadata narrow a listing."""
        return narrowed(stored, key, value)

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Metadata as a whole."""
        must_be_metadata(changed.get("metadata") or {})
        super().change(world, stored, changed)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while it is attached or has snapshots, or anything else is done with it."""
        if stored.item["status"] not in _DELETABLE or stored.item["attachments"]:
            message = "Invalid volume: Volume status must be available or error and must not be attached."
            raise Declined(BAD_REQUEST, message)
        snapshots = [each for each in world.shelves.all(SNAPSHOTS) if each.item["volume_id"] == stored.id]
        if snapshots:
            raise Declined(BAD_REQUEST, f"Invalid volume: Volume still has {len(snapshots)} dependent snapshots.")
        stored.item["status"] = "deleting"
        stored.coming[:] = [None]

    def act_for(self, world: World, stored: Stored, act: Act, project: ProjectId) -> Mapping[str, Any]:
        """Extend it, upload it, say whether it can be booted from and of which image it is, change its metadata."""
        if act.below.startswith("/metadata"):
            return metadata_act(stored, act)
        body: Mapping[str, Any] = act.body or {}
        name, said = next(iter(body.items()), ("", body))
        if act.below != "/action" or act.method != "POST":
            return super().act_for(world, stored, act, project)
        if name == "os-volume_upload_image":
            return {name: _upload(world, stored, said, project)}
        if name == "os-extend":
            self._extend(world, stored, int(said["new_size"]))
            return {}
        if name not in _ACTS:
            return super().act_for(world, stored, act, project)
        return _ACTS[name](stored, said)

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


def _set_bootable(stored: Stored, said: Mapping[str, Any]) -> Mapping[str, Any]:
    stored.item["bootable"] = "true" if said["bootable"] else "false"
    return {}


def _set_image_metadata(stored: Stored, said: Mapping[str, Any]) -> Mapping[str, Any]:
    must_be_metadata(said["metadata"])
    stored.item[_IMAGE_METADATA] = {**stored.item.get(_IMAGE_METADATA, {}), **said["metadata"]}
    return {"metadata": stored.item[_IMAGE_METADATA]}


def _unset_image_metadata(stored: Stored, said: Mapping[str, Any]) -> Mapping[str, Any]:
    if stored.item.get(_IMAGE_METADATA, {}).pop(said["key"], None) is None:
        raise Declined(NOT_FOUND, "Metadata item was not found.")
    return {}


def _reset_status(stored: Stored, said: Mapping[str, Any]) -> Mapping[str, Any]:
    stored.item.update(said)
    stored.coming.clear()
    return {}


_ACTS: Final[Mapping[str, Callable[[Stored, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "os-set_bootable": _set_bootable,
    "os-set_image_metadata": _set_image_metadata,
    "os-unset_image_metadata": _unset_image_metadata,
    "os-reset_status": _reset_status,
}


def reserve(stored: Stored) -> None:
    """Keep a volume for a server that is to have it. Raises Declined where another has it."""
    if stored.item["status"] != AVAILABLE:
        raise Declined(BAD_REQUEST, f"Invalid volume: volume {stored.id} status must be 'available'.")
    stored.item["status"] = "reserved"


def attach(stored: Stored, server: str, place: int) -> None:
    """Give a volume to a server, as its disk of that number."""
    attachment = {"server_id": server, "volume_id": stored.id, "device": device(place)}
    stored.item.update(status=IN_USE, attachments=[attachment])


def release(stored: Stored) -> None:
    """Take a volume back from its server."""
    stored.item.update(status=AVAILABLE, attachments=[])


def device(place: int) -> str:
    """What a server's disk of that number is called in it."""
    return f"/dev/vd{chr(ord('a') + place)}"


def must_be_metadata(given: Mapping[str, Any]) -> None:
    """Raises Declined where metadata are anything else than short strings."""
    longest = 255
    for key, value in given.items():
        if not isinstance(value, str) or max(len(key), len(value)) > longest:
            raise Declined(BAD_REQUEST, f"Invalid input for field/attribute metadata. Value: {{'{key}': {value!r}}}.")


def metadata_act(stored: Stored, act: Act) -> Mapping[str, Any]:
    """Add metadata (POST), set them as a whole (PUT), or take one away (DELETE), below `/metadata`."""
    metadata = stored.item["metadata"]
    if act.method == "DELETE":
        if metadata.pop(act.below.removeprefix("/metadata/"), None) is None:
            raise Declined(NOT_FOUND, "There is no metadata with this key.")
        return {}
    given = (act.body or {})["metadata"]
    must_be_metadata(given)
    stored.item["metadata"] = {**(metadata if act.method == "POST" else {}), **given}
    return {"metadata": stored.item["metadata"]}


def narrowed(stored: Stored, key: str, value: object) -> bool:
    """Whether a query by name, status or metadata finds a volume or a snapshot."""
    if key == "metadata":
        asked = ast.literal_eval(str(value))
        return bool(asked.items() <= stored.item["metadata"].items())
    return key not in {"name", "status", "volume_id"} or stored.item.get(key) == value


def _source(world: World, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a new volume takes from what it is made of, and how large it has to be at least, in GiB."""
    named = [key for key in _SOURCES if body.get(key)]
    if len(named) > 1:
        raise Declined(BAD_REQUEST, "Invalid input received: only one of a volume's sources may be given.")
    match named:
        case ["imageRef"]:
            return _of_image(world, body["imageRef"])
        case ["snapshot_id"]:
            snapshot = must_have(world, SNAPSHOTS, body["snapshot_id"], "Snapshot")
            if snapshot.item["status"] != AVAILABLE:
                raise Declined(
                    BAD_REQUEST, f"Invalid snapshot: Originating snapshot status is {snapshot.item['status']}."
                )
            return {**snapshot.inner["volume"], "least": snapshot.item["size"], "size": snapshot.item["size"]}
        case ["source_volid"]:
            volume = must_have(world, VOLUMES, body["source_volid"], "Volume")
            if volume.item["status"] not in {AVAILABLE, IN_USE}:
                raise Declined(BAD_REQUEST, f"Invalid volume: Source volume status is {volume.item['status']}.")
            return {**inherited(volume), "least": volume.item["size"], "size": volume.item["size"]}
    return {}


def inherited(volume: Stored) -> dict[str, Any]:
    """What a volume's snapshots and clones have of it."""
    return {key: volume.item[key] for key in ("volume_type", "bootable", _IMAGE_METADATA) if key in volume.item}


def _of_image(world: World, identity: str) -> Mapping[str, Any]:
    image = images.usable(world, identity, "Invalid image identifier or unable to access requested image.")
    whole = -(-int(image.item["size"]) // world.furnishing.gib)
    own = {key: str(value) for key, value in image.item.items() if key not in _OF_IMAGES}
    told = {key: str(image.item[key]) for key in _TOLD_OF_IMAGES}
    metadata = {"image_id": image.id, "image_name": str(image.item["name"]), **told, **own}
    return {"bootable": "true", _IMAGE_METADATA: metadata, "least": max(whole, int(image.item["min_disk"]))}


def _upload(world: World, stored: Stored, said: Mapping[str, Any], project: ProjectId) -> Mapping[str, Any]:
    standing = stored.item["status"]
    if standing != AVAILABLE and not (standing == IN_USE and said.get("force")):
        raise Declined(BAD_REQUEST, f"Invalid volume: Volume {stored.id} status must be available, but is {standing}.")
    carried = {
        key: value
        for key, value in stored.item.get(_IMAGE_METADATA, {}).items()
        if key not in {"image_id", "image_name", *_TOLD_OF_IMAGES}
    }
    wanted = {key: said[key] for key in ("disk_format", "container_format", "visibility", "protected") if key in said}
    frozen = world.disks[stored.id].copy()
    image = images.begin(world, project, said["image_name"], frozen, properties={**carried, **wanted})
    stored.item["status"] = "uploading"
    stored.inner["uploading to"] = image.id
    stored.coming.append({"status": standing})
    formats = {key: image.item[key] for key in ("container_format", "disk_format", "visibility", "protected")}
    told = {"image_id": image.id, "image_name": said["image_name"], **formats}
    return {"id": stored.id, "status": "uploading", "size": stored.item["size"], **told}
