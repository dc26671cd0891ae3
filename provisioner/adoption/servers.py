"""A project's servers with their places in networks, as a manifest says them. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from provisioner.adoption.documents import Document, Draft
from provisioner.adoption.found import Found
from provisioner.adoption.volumes import Volumes
from provisioner.clouds.collections import Item
from provisioner.kinds import port, port_places, server_group
from provisioner.kinds.key_pair import nova_name
from provisioner.kinds.security_group import DEFAULT, SECURITY_GROUPS
from provisioner.kinds.server_properties import (
    APPLICATION,
    METADATA,
    NAME,
    SERVERS,
    image_name,
    is_broken,
    named,
)

_GOING: Final = frozenset({"DELETED", "SOFT_DELETED"})
#: Ports that are no object of their own: of routers, DHCP and the like.
_INFRASTRUCTURE: Final = "network:"
_OF_SERVERS: Final = "compute:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A server that is taken."""

    id: str
    #: As below `servers` of an application.
    document: Draft
    #: Its metadata, whether or not the manifest names it.
    metadata: Mapping[str, str]
    #: By ids of its ports, the names of the networks that its manifest has it in.
    places: Mapping[str, str]


def servers(found: Found, volumes: Volumes, *, group_by: str) -> Mapping[str, Taken]:
    """The servers, by name. `group_by` is the key of metadata that names applications."""
    _leave_loose_ports(found)
    groups = {
        str(member): name
        for name, group in found.told_apart(server_group.SERVER_GROUPS, "server group")
        for member in group.get("members") or ()
    }
    taken: dict[str, Taken] = {}
    for name, item in found.told_apart(SERVERS, "server"):
        root = volumes.root_of(item)
        if reason := _reason_to_leave(found, item, root):
            found.leave(f"server {name}", reason)
        else:
            taken[name] = _server(found, item, root=root, group=groups.get(str(item["id"])), group_by=group_by)
    return taken


def _reason_to_leave(found: Found, item: Item, root: str | None) -> str | None:
    if is_broken(item):
        return "it was never built: its state is ERROR"
    if item.get("OS-EXT-STS:task_state") == "deleting" or item.get("status") in _GOING:
        return "it is being deleted"
    if "flavor" not in found.of(NAME).get(str(item["name"]), {}):
        return "its flavor's name is not known"
    if not item.get("image") and root is None:
        return (
            "it boots from a volume that has no name of its own, or cannot be told; name the volume, and import again"
        )
    return None


def _server(found: Found, item: Item, *, root: str | None, group: str | None, group_by: str) -> Taken:
    name = str(item["name"])
    seen = found.of(NAME)[name]
    metadata = {key: str(seen[f"{METADATA}{key}"]) for key in named(seen, METADATA)}
    places = _places(found, item)
    said = {key: value for key, value in metadata.items() if key not in {APPLICATION, group_by}}
    zone = item.get("OS-EXT-AZ:availability_zone")
    key_pair = _key_pair(found, item)
    document: Draft = {
        "name": name,
        **_start(found, item, root),
        "flavor": seen["flavor"],
        **({"availabilityZone": zone} if zone and zone != found.zone.availability_zone else {}),
        **({"networks": [_interface(found, name, each, place) for each, place in places]} if places else {}),
        **({"keyPair": key_pair} if key_pair else {}),
        **({"metadata": said} if said else {}),
        **({"serverGroup": group} if group else {}),
    }
    return Taken(
        id=str(item["id"]),
        document=document,
        metadata=metadata,
        places={str(each["id"]): place for each, place in places},
    )


def _start(found: Found, item: Item, root: str | None) -> Document:
    """What its root disk came from. An image that is gone has no name any more, only the id that it had."""
    if not item.get("image"):
        return {"bootVolume": root}
    return {"image": image_name(item, found.asked.offers)}


def _key_pair(found: Found, item: Item) -> str | None:
    """The landing zone's name for its key pair. Those of other users are theirs."""
    name = str(item.get("key_name") or "")
    prefix = nova_name(found.asked.project, "")
    if name.startswith(prefix):
        return name.removeprefix(prefix)
    if name:
        found.leave(f"server {item['name']}: its key pair {name}", "it is its user's own, and not the project's")
    return None


def _places(found: Found, item: Item) -> list[tuple[Item, str]]:
    """Its ports with their networks' names, in the order that Nova has them in; one for each network."""
    networks = port_places.network_names(found.asked)
    by_network: dict[str, list[Item]] = defaultdict(list)
    for each in found.items(port.PORTS):
        if each.get("device_id") == item["id"]:
            by_network[networks.get(str(each["network_id"])) or ""].append(each)
    order = [*(item.get("addresses") or {}), *sorted(by_network)]
    places: list[tuple[Item, str]] = []
    for name in dict.fromkeys(each for each in order if each in by_network):
        if not name:
            found.leave(f"server {item['name']}: a port of it", "its network has no name")
        elif len(by_network[name]) > 1:
            found.leave(
                f"server {item['name']}: its ports in the network {name}", "a manifest's server has one in each"
            )
        else:
            places.append((by_network[name][0], name))
    return places


def _interface(found: Found, server: str, item: Item, network: str) -> Document:
    addresses = sorted((each["ip_address"] for each in item.get("fixed_ips") or ()), key=_version)
    versions = [_version(each) for each in addresses]
    if len(set(versions)) < len(versions):
        found.leave(f"server {server}: its addresses in the network {network}", "a manifest's server has one in each")
        addresses = []
    names = {str(each["id"]): str(each.get("name")) for each in found.items(SECURITY_GROUPS)}
    groups = sorted(names.get(each, "") for each in item.get("security_groups") or ())
    if not all(groups):
        found.leave(
            f"server {server}: its security groups in the network {network}", "some of them are another project's"
        )
    elif not groups:
        found.leave(
            f"server {server}: that it has no security groups in the network {network}", "manifests cannot say so"
        )
    usual = not groups or not all(groups) or groups == [DEFAULT]
    return {
        "network": network,
        **({"address": addresses[0]} if addresses else {}),
        **({} if usual else {"securityGroups": groups}),
    }


def _version(address: str) -> int:
    return ip_address(address).version


def _leave_loose_ports(found: Found) -> None:
    """Ports that are no server's: load balancers', trunks', virtual addresses'."""
    there = {str(each["id"]) for each in found.items(SERVERS)}
    for each in found.items(port.PORTS):
        owner = str(each.get("device_owner") or "")
        if owner.startswith(_INFRASTRUCTURE) or (owner.startswith(_OF_SERVERS) and each.get("device_id") in there):
            continue
        if str(each.get("device_id")) not in there:
            what = f"port {each.get('name') or each['id']}" + (f" ({owner})" if owner else "")
            found.leave(what, "it is not a server's, and manifests know no other ports")


def network_of(taken: Mapping[str, Taken], port_id: str) -> Iterator[tuple[str, str]]:
    """The server and network that a port is the place of, if it is one's that was taken."""
    for name, each in taken.items():
        if port_id in each.places:
            yield name, each.places[port_id]
