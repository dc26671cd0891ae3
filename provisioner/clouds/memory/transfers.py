"""Cinder in memory: volumes given from project to project (block storage API reference v3, `volume-transfers`)."""

import secrets
from collections.abc import Mapping
from typing import Any

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.habits import BAD_REQUEST, Declined, Habit, Making, must_fit, must_have
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.storage import AVAILABLE, VOLUMES
from provisioner.clouds.memory.world import World

TRANSFERS = "/volume-transfers"
_AWAITING = "awaiting-transfer"
_OWNER = "os-vol-tenant-attr:tenant_id"


class TransferHabit(Habit):
    """Transfers, with a key that is told once."""

    path = TRANSFERS
    changes = frozenset()
    takes = frozenset({"name", "volume_id", "no_snapshots"})

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Of a volume that nobody uses."""
        volume = must_have(world, VOLUMES, making.body.get("volume_id"), "Volume")
        if volume.item["status"] != AVAILABLE:
            raise Declined(BAD_REQUEST, f"Invalid volume: status must be available, but is {volume.item['status']}.")
        return {"name": None, "accepted": False, "destination_project_id": None, **making.body}

    def made(self, world: World, stored: Stored) -> None:
        """The volume waits."""
        must_have(world, VOLUMES, stored.item["volume_id"], "Volume").item["status"] = _AWAITING
        stored.inner["key"] = secrets.token_hex(8)

    def answered(self, world: World, stored: Stored) -> Mapping[str, Any]:
        """With its key."""
        return {**stored.item, "auth_key": stored.inner["key"]}

    def delete(self, world: World, stored: Stored) -> None:
        """The volume stays whose it is."""
        must_have(world, VOLUMES, stored.item["volume_id"], "Volume").item["status"] = AVAILABLE
        super().delete(world, stored)

    def act_for(self, world: World, stored: Stored, act: Act, project: ProjectId) -> Mapping[str, Any]:
        """Accept it, in the name of the project that gets the volume."""
        if act.below != "/accept" or act.method != "POST":
            return super().act_for(world, stored, act, project)
        if (act.body or {}).get("accept", {}).get("auth_key") != stored.inner["key"]:
            raise Declined(BAD_REQUEST, f"Invalid auth key: Attempt to transfer {stored.id} with invalid auth key.")
        volume = must_have(world, VOLUMES, stored.item["volume_id"], "Volume")
        must_fit(world, project, volume.holds)
        volume.project = project
        volume.item.update({"status": AVAILABLE, _OWNER: project})
        world.shelves.take(TRANSFERS, stored)
        told = {key: stored.item[key] for key in ("name", "volume_id")}
        return {"transfer": {"id": stored.id, **told, "accepted": True, "destination_project_id": project}}
