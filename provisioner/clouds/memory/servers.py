"""Nova in memory: servers (compute API reference). Building, resizing, rebuilding, deleting take until a look later.

A server is given its ports and volumes when it runs; one that could not be built keeps its volumes reserved until it is
deleted, as in Nova.
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import actions, attachments, images, moves
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    Declined,
    Habit,
    Holds,
    Making,
    must_fit,
    must_have,
)
from provisioner.clouds.memory.hosts import HOST, SERVERS, choose
from provisioner.clouds.memory.moves import TASK
from provisioner.clouds.memory.networking import NETWORKS, PORTS
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.storage import VOLUMES, reserve
from provisioner.clouds.memory.world import World
from provisioner.clouds.offers import Flavor
from tenants.resources import Resource, Service

_LAUNCHED: Final = "OS-SRV-USG:launched_at"
_BINNED: Final = "SOFT_DELETED"
_STATE: Final = "OS-EXT-STS:vm_state"
#: Nova's `vm_state` behind each `status`.
_STATES: Final = {
    "BUILD": "building",
    "ACTIVE": "active",
    "SHUTOFF": "stopped",
    "VERIFY_RESIZE": "resized",
    "RESIZE": "active",
    "REVERT_RESIZE": "resized",
    "MIGRATING": "active",
    "REBUILD": "active",
    "ERROR": "error",
}
_RUNNING: Final = {"status": "ACTIVE", TASK: None}


__all__ = ["SERVERS", "ServerHabit"]


class ServerHabit(Habit):
    """Servers, on ports and volumes that were made before."""

    path = SERVERS
    changes = frozenset({"name", "description"})
    takes = changes | {
        "flavorRef",
        "imageRef",
        "networks",
        "metadata",
        "availability_zone",
        "key_name",
        "user_data",
        "block_device_mapping_v2",
        "security_groups",
        "config_drive",
        "tags",
        "hostname",
    }

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """What it refers to has to be there."""
        body = making.body
        image = body.get("imageRef")
        if image:
            images.usable(world, image, "Can not find requested image")
        if not image and not any(each.get("boot_index") == 0 for each in _disks(body)):
            raise Declined(BAD_REQUEST, "Missing imageRef attribute")
        zone = body.get("availability_zone")
        if zone and zone not in world.furnishing.availability_zones:
            raise Declined(BAD_REQUEST, "The requested availability zone is not available")
        for each in _ports(body):
            port = must_have(world, PORTS, each, "Port", status=BAD_REQUEST)
            if port.item["device_id"]:
                raise Declined(CONFLICT, f"Port {port.id} is still in use.")
        for each in _volumes(body):
            volume = must_have(world, VOLUMES, each, "Volume", status=BAD_REQUEST)
            if volume.item["status"] != "available":
                message = f"Block Device Mapping is Invalid: failed to get volume {each}: {volume.item['status']}."
                raise Declined(BAD_REQUEST, message)
        return {
            "name": body.get("name"),
            "status": "BUILD",
            "metadata": dict(body.get("metadata") or {}),
            "flavor": _shown(_flavor(world, body.get("flavorRef"))),
            "image": {"id": image} if image else "",
            "key_name": body.get("key_name"),
            "config_drive": "True" if body.get("config_drive") else "",
            "tags": sorted(set(body.get("tags") or ())),
            "locked": False,
            "locked_reason": None,
            "created": actions.MOMENT,
            TASK: "scheduling",
            "OS-EXT-AZ:availability_zone": zone or min(world.furnishing.availability_zones, default="nova"),
            "OS-EXT-SRV-ATTR:hostname": body.get("hostname") or body.get("name"),
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:user_data": body.get("user_data"),
            HOST: None,
            _LAUNCHED: None,
        }

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """Itself, and its flavor's processors and memory."""
        amounts = {"instances": 1, "cores": item["flavor"]["vcpus"], "ram": item["flavor"]["ram"]}
        return {Resource(service=Service.COMPUTE, name=name): amount for name, amount in amounts.items()}

    def made(self, world: World, stored: Stored) -> None:
        """Its volumes are kept for it; a look later it runs."""
        body = stored.inner["body"]
        group = (stored.inner["beside"].get("os:scheduler_hints") or {}).get("group")
        doomed = {str(each["uuid"]) for each in _disks(body) if each.get("delete_on_termination") and "uuid" in each}
        stored.inner |= {"ports": _ports(body), "volumes": _volumes(body), "group": group, "doomed": doomed}
        for each in stored.inner["volumes"]:
            reserve(must_have(world, VOLUMES, each, "Volume"))
        self._fill(world, stored, str(body.get("imageRef") or ""))
        actions.note(world, stored, "create")
        host = choose(world, stored.item["OS-EXT-AZ:availability_zone"])
        stored.coming.append({**_RUNNING, HOST: host, _LAUNCHED: actions.MOMENT})

    def answered(self, world: World, stored: Stored) -> Mapping[str, Any]:
        """Nova tells little more than the id."""
        return {"id": stored.id, "security_groups": [], "links": []}

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """With its addresses and volumes."""
        addresses: dict[str, list[dict[str, Any]]] = {}
        for port in world.shelves.all(PORTS):
            if port.item["device_id"] == stored.id:
                network = must_have(world, NETWORKS, port.item["network_id"], "Network").item["name"]
                addresses.setdefault(network, []).extend(
                    _address(port, ip["ip_address"]) for ip in port.item["fixed_ips"]
                )
        doomed = stored.inner["doomed"]
        attached = [{"id": each, "delete_on_termination": each in doomed} for each in stored.inner["volumes"]]
        state = {_STATE: _STATES.get(stored.item["status"], "active")}
        return {**state, **stored.item, "addresses": addresses, "os-extended-volumes:volumes_attached": attached}

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """Running for the first time, it has its ports and volumes; gone, it has none, nor a disk."""
        if state is not None and moves.ENDS in state:
            moves.end(world, stored.id, state[moves.ENDS])
            return
        super().arrived(world, stored, state)
        if state is None:
            _let_go(world, stored)
            return
        if state.get(_LAUNCHED):
            for each in stored.inner["ports"]:
                _plug(world, stored, each)
            attachments.begin_with(world, stored)
        moves.arrived(world, stored, state)
        if state.get(TASK, "") is None and (image := stored.inner.pop("imaged as", None)):
            images.finish(world, image)

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Tags, host, name, status and project narrow a listing."""
        match key:
            case "tags":
                return set(str(value).split(",")) <= set(stored.item["tags"])
            case "tags-any":
                return not set(str(value).split(",")).isdisjoint(stored.item["tags"])
            case "host":
                return bool(stored.item[HOST] == value)
            case "status":
                return str(stored.item["status"]) == str(value).upper()
            case "project_id" | "tenant_id":
                return stored.project == value
        return True

    def delete(self, world: World, stored: Stored) -> None:
        """Going, or into the bin where the cloud has one; once more is as good as once."""
        actions.note(world, stored, "delete")
        stored.item[TASK] = "soft-deleting" if world.has_bin else "deleting"
        stored.coming[:] = [{"status": _BINNED, TASK: None} if world.has_bin else None]

    def is_listed(self, stored: Stored) -> bool:
        """What is in the bin is found by its id alone, unless somebody asks for it."""
        return bool(stored.item["status"] != _BINNED)

    def act_for(self, world: World, stored: Stored, act: Act, project: ProjectId) -> Mapping[str, Any]:
        """Actions, metadata, tags, disks, interfaces and migrations."""
        body = act.body or {}
        match act.method, act.below.split("/")[1:]:
            case "POST", ["action"]:
                return self._action(world, stored, body, project)
            case "POST", ["metadata"]:
                stored.item["metadata"].update(body["metadata"])
            case "DELETE", ["metadata", key]:
                stored.item["metadata"].pop(key, None)
            case "PUT" | "DELETE", ["tags", *_]:
                _tag(stored, act)
            case "POST", ["os-volume_attachments"]:
                attachments.give(world, stored, body["volumeAttachment"])
            case "DELETE", ["os-volume_attachments", volume_id]:
                attachments.take_back(world, stored, volume_id)
            case "POST", ["os-interface"]:
                _plug(world, stored, body["interfaceAttachment"]["port_id"])
            case "DELETE", ["os-interface", port_id]:
                _unplug(must_have(world, PORTS, port_id, "Port"))
            case "POST", ["migrations", number, "action"]:
                moves.force(world, stored, number)
            case _:
                return super().act_for(world, stored, act, project)
        # What Nova tells of it is in the server and in the body that was sent.
        return dict(body)

    def _action(self, world: World, stored: Stored, body: Mapping[str, Any], project: ProjectId) -> Mapping[str, Any]:
        name, said = next(iter(body.items()))
        actions.must_be_possible(stored, name)
        answer = self._begin(world, stored, name, said, project=project)
        actions.note(world, stored, name)
        return answer

    def _begin(self, world: World, stored: Stored, name: str, said: Any, *, project: ProjectId) -> Mapping[str, Any]:
        match name:
            case "resize":
                self._resize(world, stored, _flavor(world, said["flavorRef"]))
            case "rebuild":
                image = images.usable(world, said["imageRef"], "Can not find requested image")
                self._fill(world, stored, image.id)
                stored.item["status"] = "REBUILD"
                stored.coming.append({**_RUNNING, "image": {"id": said["imageRef"]}})
            case "createImage":
                return {"image_id": actions.create_image(world, stored, said, project)}
            case _:
                actions.act(world, stored, name, said)
        return {}

    def _resize(self, world: World, stored: Stored, flavor: Flavor) -> None:
        larger = self.holds(world, {"flavor": _shown(flavor)})
        must_fit(world, stored.project, {each: more - stored.holds[each] for each, more in larger.items()})
        moves.begin_resize(world, stored, moves.record_resize(world, stored), {"flavor": _shown(flavor)})
        stored.holds = larger

    @staticmethod
    def _fill(world: World, stored: Stored, image: str) -> None:
        """The root disk is the image's bytes, as large as the flavor says, if it says so."""
        if image:
            world.disks[stored.id] = world.disks[image].copy(stored.item["flavor"]["disk"] * world.furnishing.gib)


def _disks(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(body.get("block_device_mapping_v2") or ())


def _volumes(body: Mapping[str, Any]) -> list[str]:
    return [str(each["uuid"]) for each in _disks(body) if each.get("source_type") == "volume"]


def _ports(body: Mapping[str, Any]) -> list[str]:
    """Networks by port alone: nothing here makes ports by itself."""
    networks = body.get("networks")
    if not isinstance(networks, list):
        return []
    if any("port" not in each for each in networks):
        raise Declined(BAD_REQUEST, "the cloud in memory takes networks by port alone")
    return [str(each["port"]) for each in networks]


def _flavor(world: World, identity: object) -> Flavor:
    found = next((each for each in world.furnishing.flavors if each.id == identity), None)
    if found is None:
        raise Declined(BAD_REQUEST, f"Flavor {identity} could not be found.")
    return found


def _shown(flavor: Flavor) -> dict[str, Any]:
    return {"original_name": flavor.name, "vcpus": flavor.vcpus, "ram": flavor.ram, "disk": flavor.disk}


def _address(port: Stored, address: str) -> dict[str, Any]:
    version = 6 if ":" in address else 4
    return {"addr": address, "version": version, "OS-EXT-IPS-MAC:mac_addr": port.item["mac_address"]}


def _plug(world: World, stored: Stored, port_id: str) -> None:
    port = must_have(world, PORTS, port_id, "Port")
    if port.item["device_id"] not in {"", stored.id}:
        raise Declined(BAD_REQUEST, f"Port {port.id} is still in use.")
    owner = f"compute:{stored.item['OS-EXT-AZ:availability_zone']}"
    port.item.update(device_id=stored.id, device_owner=owner, status="ACTIVE")
    port.item["binding:host_id"] = stored.item[HOST] or ""


def _unplug(port: Stored) -> None:
    port.item.update(device_id="", device_owner="", status="DOWN")
    port.item["binding:host_id"] = ""


def _tag(stored: Stored, act: Act) -> None:
    """Put one tag to it or all, take one or all away."""
    tag = act.below.removeprefix("/tags").removeprefix("/")
    tags = set(stored.item["tags"])
    if not tag:
        tags = set((act.body or {}).get("tags", ()))
    elif act.method == "PUT":
        tags.add(tag)
    elif tag not in tags:
        raise Declined(NOT_FOUND, f"Instance {stored.id} has no tag '{tag}'")
    else:
        tags.remove(tag)
    stored.item["tags"] = sorted(tags)


def _let_go(world: World, stored: Stored) -> None:
    for port in world.shelves.all(PORTS):
        if port.item["device_id"] == stored.id:
            _unplug(port)
    attachments.end_with(world, stored)
    world.disks.pop(stored.id, None)
    moves.end(world, stored.id, "cancelled")
