"""Glance in memory: images, queued until they have their bytes, and their members (image API reference v2).

Bytes come by `image_data`, or from volumes and servers that images are made of (`begin`): these take until looks later.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.disks import Disk
from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, FORBIDDEN, NOT_FOUND, Declined, Habit, Making
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World, new_uuid
from provisioner.clouds.offers import Image

IMAGES: Final = "/images"
_IMAGE_MEMBERS: Final = "/images/{parent}/members"
QUEUED: Final = "queued"
SAVING: Final = "saving"
ACTIVE: Final = "active"
#: What Glance says of every image, before it has its bytes.
_BASE: Final[Mapping[str, Any]] = {
    "name": None,
    "status": QUEUED,
    "visibility": "shared",
    "protected": False,
    "tags": [],
    "min_disk": 0,
    "min_ram": 0,
    "disk_format": None,
    "container_format": None,
    "size": None,
    "virtual_size": None,
    "checksum": None,
    "os_hash_algo": None,
    "os_hash_value": None,
    "os_hidden": False,
}
_READ_ONLY: Final = frozenset(
    {
        "status",
        "size",
        "virtual_size",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "created_at",
        "updated_at",
        "file",
        "self",
        "schema",
    }
)
_FORMATS: Final = frozenset({"disk_format", "container_format"})


class ImageHabit(Habit):
    """Images: a shared one has members, who are pending until somebody accepts for them."""

    path = IMAGES

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Queued. Its maker may choose the id, which nobody may have had before."""
        _must_be_writable(making.body)
        identity = making.body.get("id")
        if identity is not None and not _is_uuid(identity):
            raise Declined(BAD_REQUEST, f"Invalid image id format: {identity}")
        if identity in world.image_ids:
            raise Declined(CONFLICT, f"Image ID {identity} already exists!")
        return {**_BASE, **making.body}

    def identity(self, item: Mapping[str, Any], fresh: str) -> str:
        """As its maker chose."""
        return str(item.get("id") or UUID(fresh))

    def made(self, world: World, stored: Stored) -> None:
        """The id is taken, for good."""
        world.image_ids.add(stored.id)

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Of a JSON patch: None takes a property away."""
        _must_be_writable(changed)
        if stored.item["status"] != QUEUED and _FORMATS & changed.keys():
            raise Declined(FORBIDDEN, f"Attribute '{min(_FORMATS & changed.keys())}' is read-only.")
        for key in (key for key, value in changed.items() if value is None):
            if key in _BASE:
                raise Declined(FORBIDDEN, f"Property {key} may not be removed.")
            if key not in stored.item:
                raise Declined(CONFLICT, f"Property {key} does not exist.")
        for key, value in changed.items():
            if value is None:
                del stored.item[key]
            else:
                stored.item[key] = value

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """With its bytes it has a size and hashes; gone, it has none of them."""
        super().arrived(world, stored, state)
        if state is None:
            world.disks.pop(stored.id, None)
        elif state.get("status") == ACTIVE:
            complete(world, stored)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused where it is protected."""
        if stored.item["protected"]:
            raise Declined(FORBIDDEN, f"Image {stored.id} is protected and cannot be deleted.")
        super().delete(world, stored)

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Any property narrows a listing."""
        if key == "visibility":
            return value in {"all", stored.item["visibility"]}
        if key == "tag":
            return value in stored.item["tags"]
        return str(stored.item.get(key)) == str(value)

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Add a member, accept for it, or take it away; put a tag to it or take it away."""
        if act.below.startswith("/tags/"):
            tag, tags = act.below.removeprefix("/tags/"), stored.item["tags"]
            stored.item["tags"] = [each for each in tags if each != tag] + ([tag] if act.method == "PUT" else [])
            return {}
        if stored.item["visibility"] != "shared":
            raise Declined(FORBIDDEN, "Only shared images have members.")
        body, project = act.body or {}, act.below.removeprefix("/members").removeprefix("/")
        if act.method == "POST":
            return _member(world, stored, str(body["member"]))
        there = world.shelves.find(_IMAGE_MEMBERS, project, parent=stored.id)
        if there is None:
            raise Declined(NOT_FOUND, f"{project} not found in the member list of the image {stored.id}.")
        if act.method == "PUT":
            there.item["status"] = body["status"]
            return there.item
        world.shelves.take(_IMAGE_MEMBERS, there)
        return {}


def furnished(world: World, image: Image) -> None:
    """An image that the cloud has from the start, with the bytes that it was furnished with."""
    content = world.furnishing.content_of(image)
    offered = {"name": image.name, "status": image.status, "visibility": image.visibility, "owner": image.owner}
    sizes = {"min_disk": image.min_disk, "min_ram": image.min_ram, "disk_format": "raw", "container_format": "bare"}
    stored = Stored(id=image.id, item={**_BASE, "id": image.id, **offered, **sizes}, project=None)
    world.image_ids.add(image.id)
    world.shelves.put(IMAGES, stored)
    if image.status == ACTIVE:
        world.disks[image.id] = Disk.of(content)
        complete(world, stored)


def offered(stored: Stored) -> Image:
    """An image as the cloud offers it."""
    item = stored.item
    return Image(
        id=stored.id,
        name=str(item["name"] or ""),
        status=str(item["status"]),
        visibility=str(item["visibility"]),
        owner=str(item.get("owner") or ""),
        min_disk=int(item["min_disk"]),
        min_ram=int(item["min_ram"]),
    )


def begin(world: World, project: ProjectId | None, name: str, disk: Disk, *, properties: Mapping[str, Any]) -> Stored:
    """An image that is being made of a disk: saving a look later, then active; or what it was destined to become."""
    identity = new_uuid()
    formats = {"disk_format": "raw", "container_format": "bare"}
    item = {**_BASE, **formats, "id": identity, "name": name, "owner": project, **properties}
    coming: list[Mapping[str, Any] | None] = [{"status": SAVING}, {"status": ACTIVE}]
    fate = world.fates.pop((IMAGES, name), None)
    stored = Stored(id=identity, item=item, project=project, coming=coming if fate is None else fate)
    world.image_ids.add(identity)
    world.disks[identity] = disk
    return world.shelves.put(IMAGES, stored)


def finish(world: World, identity: str) -> None:
    """Whoever gave an image its bytes is done: so is the image."""
    stored = world.shelves.find(IMAGES, identity)
    while stored is not None and stored.coming:
        ImageHabit().arrived(world, stored, stored.coming.pop(0))


def complete(world: World, stored: Stored) -> None:
    """What Glance knows of an image once it has its bytes."""
    disk = world.disks.setdefault(stored.id, Disk())
    stored.item.update(
        status=ACTIVE,
        size=disk.size,
        virtual_size=disk.size if stored.item["disk_format"] == "raw" else None,
        checksum=disk.digest("md5"),
        os_hash_algo="sha512",
        os_hash_value=disk.digest("sha512"),
    )


def usable(world: World, identity: object, otherwise: str) -> Stored:
    """An image that something can be made of. Raises Declined with `otherwise` where there is none, or it has no bytes."""
    found = world.shelves.find(IMAGES, str(identity))
    if found is None:
        raise Declined(BAD_REQUEST, otherwise)
    if found.item["status"] != ACTIVE:
        raise Declined(BAD_REQUEST, f"Image {identity} is not active.")
    return found


def _must_be_writable(body: Mapping[str, Any]) -> None:
    read_only = sorted(_READ_ONLY & body.keys())
    if read_only:
        raise Declined(FORBIDDEN, f"Attribute '{read_only[0]}' is read-only.")


def _is_uuid(identity: object) -> bool:
    try:
        return bool(UUID(str(identity)))
    except ValueError:
        return False


def _member(world: World, image: Stored, project: str) -> Mapping[str, Any]:
    if world.shelves.find(_IMAGE_MEMBERS, project, parent=image.id):
        raise Declined(CONFLICT, f"Member {project} is duplicated for image {image.id}")
    item = {"image_id": image.id, "member_id": project, "status": "pending"}
    member = Stored(id=project, item=item, project=ProjectId(project), parent=image.id)
    return world.shelves.put(_IMAGE_MEMBERS, member).item
