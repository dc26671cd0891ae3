"""SERVER: a server of the target's project on the ports and volumes that were made for it (compute API reference, `POST /servers`).

Its volumes outlive it: a build that fails and is begun anew must not take the only copy along.
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused
from provisioner.migration.collections import PROJECT_SERVERS, SERVERS
from provisioner.migration.identifiers import tag
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Machine
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, broken, done
from provisioner.moving.deeds.groups import group_of
from provisioner.moving.deeds.made import Place, gone, one
from provisioner.moving.deeds.ports import port_of
from tenants.wave import Mode

#: Nova gives it by itself, and not to everybody (compute API reference, 2.3).
_USER_DATA: Final = "OS-EXT-SRV-ATTR:user_data"
_STOP: Final = Act(below="/action", body={"os-stop": None})


class Server:
    """One server, built."""

    patience = 1800.0
    side_by_side = 4

    def look(self, spot: Spot) -> Look:
        """By its name and the migration's tag; there once it runs, or stands still as it did at the source."""
        item = one(found(spot))
        if item is None:
            return ABSENT
        status, machine = str(item.get("status")), spot.scene.workload.machine(spot.subject)
        if status == "ERROR":
            why = (item.get("fault") or {}).get("message") or "Nova does not say why"
            return broken(f"server {machine.name} could not be built: {why}")
        if status == "ACTIVE" and not machine.runs:
            return UNDER_WAY if item.get("OS-EXT-STS:task_state") else ABSENT
        if status in {"ACTIVE", "SHUTOFF"} and not item.get("OS-EXT-STS:task_state"):
            return done(id=str(item["id"]), host=str(item.get("OS-EXT-SRV-ATTR:host") or ""))
        return UNDER_WAY

    def begin(self, spot: Spot) -> Receipt:
        """Build it; where it is built and stood still at the source, stop it."""
        scene, item = spot.scene, one(found(spot))
        if item is not None:
            identity = ItemId(str(item["id"]))
            return scene.target.resources.act(SERVERS, scene.target_project, identity, _STOP).receipt
        machine = scene.workload.machine(spot.subject)
        return scene.target.resources.create(
            PROJECT_SERVERS, scene.target_project, _body(spot, machine, _user_data(spot, machine))
        ).receipt

    def clear(self, spot: Spot) -> None:
        """Away with what could not be built; its volumes and ports stay."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete it and wait until it is gone."""
        gone(_place(spot), lambda: found(spot), spot)


def found(spot: Spot) -> tuple[Item, ...]:
    """The target's server for the step's subject."""
    machine = spot.scene.workload.machine(spot.subject)
    return tuple(each for each in _place(spot).named(machine.name) if tag(spot.id) in (each.get("tags") or ()))


def _place(spot: Spot) -> Place:
    return Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=SERVERS)


def _user_data(spot: Spot, machine: Machine) -> str | None:
    """As the source has it, or where there is none the manifest.

    A guest that starts from its disk does little with the source's, and misses it where it is not there. One that comes from
    elsewhere starts for the first time in this cloud, which is what the manifest's is for.
    """
    if spot.scene.run.mode is Mode.IMPORT:
        return spot.scene.workload.user_data.get(machine.name)
    item = spot.scene.source.resources.fetch(SERVERS, spot.scene.source_project, ItemId(machine.id))
    return str(item[_USER_DATA]) if item and item.get(_USER_DATA) else None


def _body(spot: Spot, machine: Machine, user_data: str | None) -> Mapping[str, Any]:
    bound = spot.scene.bindings.machines[machine.subject]
    group = None if machine.server_group is None else group_of(spot, machine.server_group)
    said: dict[str, Any] = {
        "name": machine.name,
        "flavorRef": bound.flavor_id,
        "networks": [{"port": _port(spot, each.subject)} for each in machine.interfaces] or "none",
        "metadata": dict(machine.metadata),
        "tags": sorted({tag(spot.id), *machine.tags}),
        "availability_zone": bound.availability_zone,
        "key_name": bound.key_pair,
        "user_data": user_data,
        "config_drive": machine.config_drive or None,
        "imageRef": _root_image(spot, machine),
        "block_device_mapping_v2": _disks(spot, machine),
        "os:scheduler_hints": {"group": group} if group else None,
    }
    return {name: value for name, value in said.items() if value}


def _port(spot: Spot, subject: Any) -> str:
    item = port_of(spot, subject)
    if item is None:
        raise CloudRefused(f"the port for {subject} is gone from the target")
    return str(item["id"])


def _root_image(spot: Spot, machine: Machine) -> str | None:
    """The image of its root disk, as it arrived; None where it boots from a volume."""
    root = machine.root
    if root is None or root.volume is not None or spot.scene.run.mode is Mode.IMPORT:
        return None
    kind = StepKind.HAND_OVER if spot.scene.run.mode is Mode.CROSS_PROJECT else StepKind.COPY
    return str(spot.found(kind, root.subject)["id"])


def _disks(spot: Spot, machine: Machine) -> list[dict[str, Any]]:
    """Its disks in the order that the guest knows; all of them outlive it but a root disk that is no volume."""
    image = _root_image(spot, machine)
    found: list[dict[str, Any]] = []
    for disk in sorted(machine.disks, key=lambda each: each.position):
        if disk.position == 0 and image is not None:
            found.append(
                {
                    "uuid": image,
                    "source_type": "image",
                    "destination_type": "local",
                    "boot_index": 0,
                    "delete_on_termination": True,
                }
            )
            continue
        kind = StepKind.HAND_OVER if spot.scene.run.mode is Mode.CROSS_PROJECT else StepKind.DISK
        found.append(
            {
                "uuid": str(spot.found(kind, disk.subject)["id"]),
                "source_type": "volume",
                "destination_type": "volume",
                "boot_index": 0 if disk.position == 0 else -1,
                "delete_on_termination": False,
            }
        )
    return found
