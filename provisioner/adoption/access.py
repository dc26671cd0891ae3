"""A project's key pairs and grants, as a manifest says them. Pure."""

from collections.abc import Iterator
from typing import Final

from provisioner.adoption.documents import Document, Draft
from provisioner.adoption.found import Found
from provisioner.kinds import grant, key_pair, network
from provisioner.kinds.port import PORTS
from provisioner.kinds.server_properties import SERVERS

#: Where a manifest lists grants, by the first part of their keys.
_LISTS: Final = {"network": "networks", "flavor": "flavors", "image": "images", "volume-type": "volumeTypes"}


def key_pairs(found: Found) -> Iterator[Document]:
    """Those of Tenantry's own user whose names in Nova begin with the project's, and with no longer one."""
    own = found.asked.project.keystone_name
    longer = tuple(f"{each}-" for each in found.neighbours if each.startswith(f"{own}-"))
    for name, seen in found.of(key_pair.NAME).items():
        if not f"{own}-{name}".startswith(longer):
            yield {"name": name, "publicKey": seen["publicKey"]}


def grants(found: Found) -> Document:
    """What the project was granted, and the open networks of others that its servers are in."""
    listed: dict[str, set[str]] = {}
    for key, seen in found.of(grant.NAME).items():
        word, _, name = key.partition("/")
        if seen["granted"]:
            listed.setdefault(_LISTS[word], set()).add(name)
        else:
            found.leave(f"grant {key}", "the project was granted it, and nobody accepted it for the project")
    if used := set(_open_networks(found)):
        listed["networks"] = listed.get("networks", set()) | used
    said: Draft = {
        name: [{"name": each} for each in sorted(listed[name])] for name in _LISTS.values() if name in listed
    }
    return said


def _open_networks(found: Found) -> Iterator[str]:
    """Networks of others that are open to everybody and that servers of the project are in."""
    servers = {each["id"] for each in found.items(SERVERS)}
    used = {each["network_id"] for each in found.items(PORTS) if each.get("device_id") in servers}
    own = {each["id"] for each in found.items(network.NETWORKS)}
    for each in found.asked.offers.networks:
        if each.id in used - own and (each.shared or each.external):
            yield each.name
