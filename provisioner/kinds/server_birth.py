"""What a server was born with and the manifest now names otherwise. Pure; part of the kind `server`.

Nova changes none of it on a server that is there, so nothing is done about it, and the plan says so instead of nothing.
"""

from collections.abc import Iterator

from provisioner.clouds.collections import Item
from provisioner.clouds.offers import the_one
from provisioner.kinds import key_pair, server_group
from provisioner.kinds.interface import Asked
from provisioner.kinds.server_properties import image_name, initial_properties
from tenants.application import ApplicationSpec, Disruption, ServerSpec


def words(application: ApplicationSpec, server: ServerSpec, asked: Asked, item: Item) -> str:
    """All that is otherwise, in one line; empty where nothing is."""
    return "; ".join(
        [
            *_zone(application, server, asked, item),
            *_image(server, asked, item),
            *_key(server, asked, item),
            *_group(server, asked, item),
        ]
    )


def _zone(application: ApplicationSpec, server: ServerSpec, asked: Asked, item: Item) -> Iterator[str]:
    zone = item.get("OS-EXT-AZ:availability_zone")
    wanted = initial_properties(asked.project, application, server).get("availabilityZone")
    if zone and wanted and zone != wanted:
        yield f"is in the availability zone {zone}, not {wanted}; moving it is a migration"


def _image(server: ServerSpec, asked: Asked, item: Item) -> Iterator[str]:
    """One that may be rebuilt is compared by the plan itself."""
    born = image_name(item, asked.offers)
    if server.image is None or born is None or born == server.image or server.disruption is Disruption.REBUILD:
        return
    there = the_one(asked.offers.images, server.image)
    lacking = "" if there else ", which the cloud does not have"
    yield f"was made from the image {born}, not {server.image}{lacking}; another takes a rebuild (disruption: rebuild)"


def _key(server: ServerSpec, asked: Asked, item: Item) -> Iterator[str]:
    wanted = server.key_pair and key_pair.nova_name(asked.project, server.key_pair)
    if wanted and item.get("key_name") != wanted:
        has = item.get("key_name") or "no key pair"
        yield f"was made with {has}, not {wanted}; a key pair is given at a server's birth alone"


def _group(server: ServerSpec, asked: Asked, item: Item) -> Iterator[str]:
    if server.server_group is None:
        return
    groups = [each for each in asked.items(server_group.SERVER_GROUPS) if each.get("name") == server.server_group]
    if not any(item["id"] in (each.get("members") or ()) for each in groups):
        yield f"is not in the server group {server.server_group}; a server joins one at its birth alone"
