"""Why Neutron has no room for a port, in words for those who asked: who has the address, how much of the quota is used.

Part of the kind `port`. Neutron says it with ids, or without numbers (network API reference v2.0, `ports`, HTTP 409).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, Read
from provisioner.diff import Change
from provisioner.errors import CloudConflict, CloudError
from provisioner.kinds import port_places
from provisioner.kinds.interface import Target
from tenants.resources import Resource, Service

#: What Neutron's answers to a port that cannot be made contain.
_QUOTA_USED_UP: Final = "Quota exceeded"
_NO_ADDRESS_LEFT: Final = "No more IP addresses"
_QUOTA: Final = Resource(service=Service.NETWORK, name="port")
#: What others than servers have ports for (`device_owner`).
_OWNERS: Final = {
    "network:router_interface": "a router",
    "network:router_gateway": "a router",
    "network:ha_router_replicated_interface": "a router",
    "network:router_interface_distributed": "a router",
    "network:dhcp": "the network's own DHCP",
    "network:floatingip": "a floating IP",
}


def addresses(item: Item) -> list[str]:
    """A port's fixed addresses, in Neutron's order."""
    return [str(each["ip_address"]) for each in item.get("fixed_ips") or ()]


def explained(conflict: CloudConflict, change: Change, target: Target, ports: Collection) -> CloudConflict:
    """The conflict in plain words, at one more request; as it is where that does not help."""
    try:
        words = next(_words(conflict, change, target, ports), None)
    except CloudError:
        return conflict
    return conflict if words is None else CloudConflict(words, request_id=conflict.request_id)


def _words(conflict: CloudConflict, change: Change, target: Target, ports: Collection) -> Iterator[str]:
    place, address = change.after["network"], change.after.get("address")
    if _QUOTA_USED_UP in str(conflict):
        yield f"the project's quota of ports is used up{_numbers(target)}; raise network/port, or free some"
    elif _NO_ADDRESS_LEFT in str(conflict):
        yield f"the network {place} has no free address left; free some, or give it another subnet"
    elif address and (holder := _holder(str(place), str(address), target, ports)):
        yield f"the address {address} of the network {place} is taken by {holder}; free it, or give the server another"


def _numbers(target: Target) -> str:
    reading = target.cloud.quotas(Service.NETWORK).readings([target.known_project]).get(target.known_project)
    if reading is None or isinstance(reading, CloudError) or _QUOTA not in reading:
        return ""
    usage = reading[_QUOTA]
    return f": {usage.used} of {usage.limit} are in use"


def _holder(place: str, address: str, target: Target, ports: Collection) -> str | None:
    """Whose port has an address, of whatever project, in one request."""
    network = port_places.network_id(place, target)
    there = replace(
        ports,
        name=CollectionName("ports-at-an-address"),
        fields=(*ports.fields, "project_id"),
        owner=None,
        project_filter=None,
        everywhere={"fixed_ips": f"ip_address={address}", "network_id": network},
    )
    found = target.cloud.resources.list(Read(collection=there), [target.known_project])[target.known_project]
    if isinstance(found, CloudError):
        raise found
    holding = (each for each in found if each.get("network_id") == network and address in addresses(each))
    return next((_whose(each, target) for each in holding), None)


def _whose(item: Item, target: Target) -> str:
    owner = str(item.get("device_owner") or "")
    if owner in _OWNERS:
        return _OWNERS[owner]
    if item.get("project_id") != target.known_project:
        return "a server of another project" if owner.startswith("compute:") else "a port of another project"
    names = {identity: address for address, identity in target.ids.items()}
    if server := names.get(str(item.get("device_id"))):
        return f"the server {server.key}"
    return f"the port {item['name']}" if item.get("name") else "a port without a name"
