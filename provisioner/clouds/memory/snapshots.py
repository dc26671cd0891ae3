"""Cinder in memory: snapshots of volumes (block storage API reference v3), which keep the volume's bytes of their moment."""

from collections.abc import Mapping
from typing import Any

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.habits import BAD_REQUEST, Declined, Habit, Holds, Making, must_fit, must_have
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.storage import (
    AVAILABLE,
    IN_USE,
    SNAPSHOTS,
    VOLUMES,
    inherited,
    metadata_act,
    must_be_metadata,
    narrowed,
)
from provisioner.clouds.memory.world import World, new_uuid
from tenants.names import VolumeTypeName
from tenants.resources import Resource, Service

_OWNER = "os-extended-snapshot-attributes:project_id"
_KIND = "volume type"


class SnapshotHabit(Habit):
    """Snapshots. They count with the volumes' size, of their type and of all."""

    path = SNAPSHOTS
    changes = frozenset({"name", "description"})
    takes = changes | {"volume_id", "metadata", "force"}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Of a volume that nothing is done with."""
        body = making.body
        must_be_metadata(body.get("metadata") or {})
        volume = must_have(world, VOLUMES, body.get("volume_id"), "Volume")
        if volume.item["status"] not in {AVAILABLE, IN_USE}:
            raise Declined(BAD_REQUEST, f"Invalid volume: Volume {volume.id} status must be available or in-use.")
        kept = {key: value for key, value in body.items() if key != "force"}
        fixed = {"status": "creating", "size": volume.item["size"]}
        return {"name": None, "description": None, "metadata": {}, **kept, **fixed, _KIND: volume.item["volume_type"]}

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One snapshot of its size."""
        kind = VolumeTypeName(item[_KIND])
        return {
            Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=each): amount
            for name, amount in {"snapshots": 1, "gigabytes": int(item["size"])}.items()
            for each in (None, kind)
        }

    def made(self, world: World, stored: Stored) -> None:
        """It has the bytes of now; a look later it is there."""
        stored.item.pop(_KIND)
        volume = must_have(world, VOLUMES, stored.item["volume_id"], "Volume")
        stored.inner["volume"] = inherited(volume)
        world.disks[stored.id] = world.disks[volume.id].copy()
        stored.coming.append({"status": AVAILABLE})

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """Gone, it has no bytes."""
        super().arrived(world, stored, state)
        if state is None:
            world.disks.pop(stored.id, None)

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Name, status, volume and metadata narrow a listing."""
        return narrowed(stored, key, value)

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while it is being made."""
        if stored.item["status"] not in {AVAILABLE, "error"}:
            raise Declined(BAD_REQUEST, "Invalid snapshot: Snapshot status must be available or error.")
        stored.item["status"] = "deleting"
        stored.coming[:] = [None]

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Change its metadata."""
        return metadata_act(stored, act) if act.below.startswith("/metadata") else super().act(world, stored, act)


def freeze(world: World, project: ProjectId | None, volume: str, name: str) -> Stored:
    """A snapshot that Nova makes, when it makes an image of a server. Raises Declined where the quota has no room."""
    habit, identity = SnapshotHabit(), new_uuid()
    body = {"name": name, "volume_id": volume}
    item = {**habit.make(world, Making(project=project or ProjectId(""), body=body, beside={})), "id": identity}
    holds = habit.holds(world, item)
    must_fit(world, project, holds)
    stored = Stored(id=identity, item={**item, _OWNER: project}, project=project, holds=holds)
    world.shelves.put(SNAPSHOTS, stored)
    habit.made(world, stored)
    return stored
