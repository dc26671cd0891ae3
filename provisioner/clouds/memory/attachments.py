"""Nova in memory: the volumes that servers have (compute API reference, `os-volume_attachments`), by the volumes' ids."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.memory.habits import BAD_REQUEST, Declined, Habit, Making, must_have
from provisioner.clouds.memory.hosts import SERVERS
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.storage import VOLUMES, attach, device, release, reserve
from provisioner.clouds.memory.world import World

ATTACHMENTS: Final = "/servers/{parent}/os-volume_attachments"


class AttachmentHabit(Habit):
    """Attachments. Making one gives a server a volume, deleting takes it back."""

    path = ATTACHMENTS
    takes = frozenset({"volumeId", "device", "tag", "delete_on_termination"})
    changes = frozenset()

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Of a volume that nobody has."""
        server = must_have(world, SERVERS, making.parent, "Instance")
        volume = must_have(world, VOLUMES, making.body["volumeId"], "Volume")
        if volume.item["status"] != "available":
            raise Declined(BAD_REQUEST, f"Invalid volume: volume {volume.id} status must be 'available'.")
        kept = bool(making.body.get("delete_on_termination"))
        return _item(server, volume.id, len(server.inner["volumes"]), keep={"delete_on_termination": kept}) | {
            "tag": making.body.get("tag")
        }

    def identity(self, item: Mapping[str, Any], fresh: str) -> str:
        """The volume's."""
        return str(item["volumeId"])

    def made(self, world: World, stored: Stored) -> None:
        """The server has it."""
        server, volume = (
            must_have(world, SERVERS, stored.parent, "Instance"),
            must_have(world, VOLUMES, stored.id, "Volume"),
        )
        reserve(volume)
        attach(volume, server.id, len(server.inner["volumes"]))
        server.inner["volumes"].append(volume.id)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused of the volume that the server runs from."""
        take_back(world, must_have(world, SERVERS, stored.parent, "Instance"), stored.id)


def give(world: World, server: Stored, body: Mapping[str, Any]) -> None:
    """Give a server a volume. Raises Declined."""
    habit = AttachmentHabit()
    server_id = server.id
    item = habit.make(world, Making(project=server.project, body=body, beside={}, parent=server_id))  # type: ignore[arg-type] # servers have one
    stored = world.shelves.put(ATTACHMENTS, Stored(id=item["id"], item=item, project=None, parent=server_id))
    habit.made(world, stored)


def take_back(world: World, server: Stored, volume_id: str) -> None:
    """Take a volume from a server. Raises Declined."""
    stored = world.shelves.find(ATTACHMENTS, volume_id, parent=server.id)
    if not server.item["image"] and server.inner["volumes"][:1] == [volume_id]:
        raise Declined(BAD_REQUEST, "Cannot detach a root device volume")
    release(must_have(world, VOLUMES, volume_id, "Volume"))
    server.inner["volumes"].remove(volume_id)
    if stored is not None:
        world.shelves.take(ATTACHMENTS, stored)


def begin_with(world: World, server: Stored) -> None:
    """A server that runs for the first time has the volumes that it was made with."""
    for place, volume_id in enumerate(server.inner["volumes"]):
        attach(must_have(world, VOLUMES, volume_id, "Volume"), server.id, place)
        kept = {"delete_on_termination": volume_id in server.inner["doomed"]}
        item = _item(server, volume_id, place, keep=kept)
        world.shelves.put(ATTACHMENTS, Stored(id=volume_id, item=item, project=None, parent=server.id))


def end_with(world: World, server: Stored) -> None:
    """A server that is gone has none; those that were to go with it go."""
    for volume_id in server.inner["volumes"]:
        volume = world.shelves.find(VOLUMES, volume_id)
        stored = world.shelves.find(ATTACHMENTS, volume_id, parent=server.id)
        if stored is not None:
            world.shelves.take(ATTACHMENTS, stored)
        if volume is None:
            continue
        release(volume)
        if volume_id in server.inner["doomed"] or (stored is not None and stored.item["delete_on_termination"]):
            volume.item["status"] = "deleting"
            volume.coming[:] = [None]


def _item(server: Stored, volume_id: str, place: int, *, keep: Mapping[str, bool]) -> dict[str, Any]:
    place += 1 if server.item["image"] else 0
    both = {"id": volume_id, "volumeId": volume_id, "serverId": server.id}
    return {**both, "device": device(place), "tag": None, **keep}
