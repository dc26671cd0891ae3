"""Nova in memory: servers (compute API reference). Building, resizing, rebuilding, deleting take until a look later.

A server is given its ports and volumes when it runs; one that could not be built keeps its volumes reserved until it is
deleted, as in Nova.
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, Declined, Habit, Holds, Making, must_fit, must_have
from provisioner.clouds.memory.networking import NETWORKS, PORTS
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.storage import VOLUMES, attach, release, reserve
from provisioner.clouds.memory.world import World
from provisioner.clouds.offers import Flavor
from tenants.resources import Resource, Service

SERVERS: Final = "/servers"
_LAUNCHED: Final = "OS-SRV-USG:launched_at"
_TASK: Final = "OS-EXT-STS:task_state"
_STATE: Final = "OS-EXT-STS:vm_state"
#: Nova's `vm_state` behind each `status`.
_STATES: Final = {
    "BUILD": "building",
    "ACTIVE": "active",
    "SHUTOFF": "stopped",
    "VERIFY_RESIZE": "resized",
    "RESIZE": "active",
    "REBUILD": "active",
    "ERROR": "error",
}
_RUNNING: Final = {"status": "ACTIVE", _TASK: None}
#: Nova tells the moment; no clock is needed to say that there was one.
_MOMENT: Final = "2027-06-01T12:00:00.000000"


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
    }

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """What it refers to has to be there."""
        body = making.body
        image = body.get("imageRef")
        if image and image not in {each.id for each in world.furnishing.images}:
            raise Declined(BAD_REQUEST, "Can not find requested image")
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
            "created": _MOMENT,
            _TASK: "scheduling",
            "OS-EXT-AZ:availability_zone": zone or min(world.furnishing.availability_zones, default="nova"),
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
        stored.inner |= {"ports": _ports(body), "volumes": _volumes(body), "group": group}
        for each in stored.inner["volumes"]:
            reserve(must_have(world, VOLUMES, each, "Volume"))
        stored.coming.append({**_RUNNING, _LAUNCHED: _MOMENT})

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
        attached = [{"id": each, "delete_on_termination": False} for each in stored.inner["volumes"]]
        state = {_STATE: _STATES.get(stored.item["status"], "active")}
        return {**state, **stored.item, "addresses": addresses, "os-extended-volumes:volumes_attached": attached}

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """Running for the first time, it has its ports and volumes; gone, it has none."""
        if state is None:
            _let_go(world, stored)
        elif state.get(_LAUNCHED):
            for each in stored.inner["ports"]:
                _plug(world, stored, each)
            for place, each in enumerate(stored.inner["volumes"]):
                attach(must_have(world, VOLUMES, each, "Volume"), stored.id, place)
        super().arrived(world, stored, state)

    def delete(self, world: World, stored: Stored) -> None:
        """Going; once more is as good as once."""
        stored.item[_TASK] = "deleting"
        stored.coming[:] = [None]

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Actions, metadata, disks and interfaces."""
        body = act.body or {}
        match act.method, act.below.split("/")[1:]:
            case "POST", ["action"]:
                self._action(world, stored, body)
            case "POST", ["metadata"]:
                stored.item["metadata"].update(body["metadata"])
            case "POST", ["os-volume_attachments"]:
                volume = must_have(world, VOLUMES, body["volumeAttachment"]["volumeId"], "Volume")
                reserve(volume)
                attach(volume, stored.id, len(stored.inner["volumes"]))
                stored.inner["volumes"].append(volume.id)
            case "DELETE", ["os-volume_attachments", volume_id]:
                release(must_have(world, VOLUMES, volume_id, "Volume"))
                stored.inner["volumes"].remove(volume_id)
            case "POST", ["os-interface"]:
                _plug(world, stored, body["interfaceAttachment"]["port_id"])
            case "DELETE", ["os-interface", port_id]:
                _unplug(must_have(world, PORTS, port_id, "Port"))
            case _:
                return super().act(world, stored, act)
        # What Nova tells of it is in the server and in the body that was sent.
        return dict(body) if act.below != "/action" else {}

    def _action(self, world: World, stored: Stored, body: Mapping[str, Any]) -> None:
        name, said = next(iter(body.items()))
        status = stored.item["status"]
        if status not in _FROM.get(name, {status}):
            raise Declined(CONFLICT, f"Cannot '{name}' instance {stored.id} while it is in vm_state {status}")
        match name:
            case "resize":
                self._resize(world, stored, _flavor(world, said["flavorRef"]))
            case "confirmResize" | "os-start":
                stored.item["status"] = "ACTIVE"
            case "os-stop":
                stored.item["status"] = "SHUTOFF"
            case "reboot":
                pass
            case "rebuild":
                stored.item["status"] = "REBUILD"
                stored.coming.append({**_RUNNING, "image": {"id": said["imageRef"]}})
            case _:
                raise Declined(BAD_REQUEST, f"There is no such action: {name}")

    def _resize(self, world: World, stored: Stored, flavor: Flavor) -> None:
        larger = self.holds(world, {"flavor": _shown(flavor)})
        must_fit(world, stored.project, {each: more - stored.holds[each] for each, more in larger.items()})
        stored.holds = larger
        stored.item["status"] = "RESIZE"
        stored.coming.append({"status": "VERIFY_RESIZE", "flavor": _shown(flavor)})


#: The statuses from which an action is possible.
_FROM: Final[Mapping[str, set[str]]] = {
    "resize": {"ACTIVE", "SHUTOFF"},
    "confirmResize": {"VERIFY_RESIZE"},
    "os-stop": {"ACTIVE"},
    "os-start": {"SHUTOFF"},
    "rebuild": {"ACTIVE", "SHUTOFF", "ERROR"},
}


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


def _unplug(port: Stored) -> None:
    port.item.update(device_id="", device_owner="", status="DOWN")


def _let_go(world: World, stored: Stored) -> None:
    for port in world.shelves.all(PORTS):
        if port.item["device_id"] == stored.id:
            _unplug(port)
    for each in stored.inner["volumes"]:
        if volume := world.shelves.find(VOLUMES, each):
            release(volume)
