"""Nova in memory: what is done with servers (compute API reference, `servers-actions`), and the account that it keeps of that."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import images, moves
from provisioner.clouds.memory.disks import Disk
from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, Declined, Habit
from provisioner.clouds.memory.moves import TASK
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.snapshots import freeze
from provisioner.clouds.memory.storage import VOLUMES, device
from provisioner.clouds.memory.world import World

INSTANCE_ACTIONS: Final = "/servers/{parent}/os-instance-actions"
#: Nova tells the moment; no clock is needed to say that there was one.
MOMENT: Final = "2027-06-01T12:00:00.000000"
#: The statuses from which an action is possible; all where it is not here.
_FROM: Final[Mapping[str, set[str]]] = {
    "resize": {"ACTIVE", "SHUTOFF"},
    "migrate": {"ACTIVE", "SHUTOFF"},
    "confirmResize": {"VERIFY_RESIZE"},
    "revertResize": {"VERIFY_RESIZE"},
    "os-migrateLive": {"ACTIVE", "PAUSED"},
    "createImage": {"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"},
    "os-stop": {"ACTIVE", "ERROR"},
    "os-start": {"SHUTOFF"},
    "reboot": {"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "ERROR"},
    "rebuild": {"ACTIVE", "SHUTOFF", "ERROR"},
}
#: Actions that Nova keeps account of by other names.
_KNOWN_AS: Final[Mapping[str, str]] = {
    "os-migrateLive": "live-migration",
    "os-start": "start",
    "os-stop": "stop",
    "os-resetState": "resetState",
}
#: What is possible whatever else is done.
_ANYTIME: Final = frozenset({"lock", "unlock", "os-resetState", "forceDelete"})


class InstanceActionHabit(Habit):
    """What was done to servers, by the ids of the requests."""

    path = INSTANCE_ACTIONS

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """Without an id."""
        return {key: value for key, value in stored.item.items() if key != "id"}


def note(world: World, server: Stored, action: str) -> None:
    """Keep account of an action, under the request's id."""
    told = {
        "action": _KNOWN_AS.get(action, action),
        "request_id": world.request_id,
        "instance_uuid": server.id,
        "message": None,
    }
    times = {"start_time": MOMENT, "updated_at": MOMENT, "events": []}
    item = {**told, **times, "id": world.request_id, "project_id": server.project}
    world.shelves.put(INSTANCE_ACTIONS, Stored(id=world.request_id, item=item, project=None, parent=server.id))


def must_be_possible(server: Stored, name: str) -> None:
    """Raises Declined where a server's state does not let the action be."""
    status = server.item["status"]
    if status not in _FROM.get(name, {status}):
        raise Declined(CONFLICT, f"Cannot '{name}' instance {server.id} while it is in vm_state {status}")
    if name not in _ANYTIME:
        moves.must_be_idle(server, name)


def act(world: World, server: Stored, name: str, said: Any) -> None:
    """Do something with a server. Raises Declined where there is no such action."""
    if name not in _ACTS:
        raise Declined(BAD_REQUEST, f"There is no such action: {name}")
    _ACTS[name](world, server, said)


def _lock(_world: World, server: Stored, said: Any) -> None:
    server.item.update(locked=True, locked_reason=(said or {}).get("locked_reason"))


def _unlock(_world: World, server: Stored, _said: Any) -> None:
    server.item.update(locked=False, locked_reason=None)


def _start(_world: World, server: Stored, _said: Any) -> None:
    server.item[TASK] = "powering-on"
    server.coming.append({"status": "ACTIVE", TASK: None})


def _stop(_world: World, server: Stored, _said: Any) -> None:
    server.item[TASK] = "powering-off"
    server.coming.append({"status": "SHUTOFF", TASK: None})


def _reboot(_world: World, server: Stored, _said: Any) -> None:
    server.item[TASK] = "rebooting_hard"
    server.coming.append({"status": "ACTIVE", TASK: None})


def _delete_for_good(_world: World, server: Stored, _said: Any) -> None:
    server.item[TASK] = "deleting"
    server.coming[:] = [None]


def _reset(_world: World, server: Stored, said: Any) -> None:
    server.item.update({"status": "ERROR" if said["state"] == "error" else "ACTIVE", TASK: None})
    server.coming.clear()


_ACTS: Final[Mapping[str, Callable[[World, Stored, Any], None]]] = {
    "lock": _lock,
    "unlock": _unlock,
    "os-start": _start,
    "os-stop": _stop,
    "reboot": _reboot,
    "os-resetState": _reset,
    "forceDelete": _delete_for_good,
    "os-migrateLive": moves.migrate_live,
    "migrate": moves.migrate_cold,
    "confirmResize": lambda _world, server, _said: moves.confirm(server),
    "revertResize": lambda _world, server, _said: moves.revert(server),
}


def create_image(world: World, server: Stored, said: Mapping[str, Any], project: ProjectId) -> str:
    """An image of the root disk, with its bytes by and by; of a server on volumes, one that tells of their snapshots."""
    about = {"instance_uuid": server.id, "image_type": "snapshot", **(said.get("metadata") or {})}
    if not server.item["image"]:
        return _of_snapshots(world, server, said["name"], project=project, about=about)
    base = {"base_image_ref": server.item["image"]["id"], "min_disk": server.item["flavor"]["disk"]}
    image = images.begin(world, project, said["name"], world.disks[server.id].copy(), properties={**about, **base})
    server.item[TASK] = "image_uploading"
    server.inner["imaged as"] = image.id
    server.coming.append({TASK: None})
    return image.id


def _of_snapshots(world: World, server: Stored, name: str, *, project: ProjectId, about: Mapping[str, Any]) -> str:
    mapping = []
    for place, volume_id in enumerate(server.inner["volumes"]):
        snapshot = freeze(world, project, volume_id, f"snapshot for {name}")
        volume = world.shelves.find(VOLUMES, volume_id)
        mapping.append(
            {
                "source_type": "snapshot",
                "destination_type": "volume",
                "snapshot_id": snapshot.id,
                "volume_size": snapshot.item["size"],
                "device_name": device(place),
                "boot_index": 0 if place == 0 else None,
                "delete_on_termination": volume_id in server.inner["doomed"],
                "volume_type": None if volume is None else volume.item["volume_type"],
            }
        )
    told = {"block_device_mapping": json.dumps(mapping), "bdm_v2": "True", "root_device_name": device(0)}
    image = images.begin(world, project, name, Disk(), properties={**about, **told})
    images.finish(world, image.id)
    return image.id
