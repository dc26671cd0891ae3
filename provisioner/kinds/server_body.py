"""What is sent to Nova to make a server (compute API reference, `POST /servers`). Pure; part of the kind `server`."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.clouds.offers import Offers, the_one
from provisioner.errors import CloudRefused
from provisioner.kinds import key_pair
from provisioner.kinds.server_properties import METADATA, named
from provisioner.objects import Properties, Value
from tenants.application import ServerSpec
from tenants.members import port_name
from tenants.spec import ProjectSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A server with the ids of what it is attached to."""

    server: ServerSpec
    #: As planned.
    properties: Properties
    #: By name.
    ports: Mapping[str, str]
    volumes: Mapping[str, str]
    #: The server group's id.
    group: str | None
    project: ProjectSpec
    offers: Offers


def of(wanted: Wanted) -> Mapping[str, Any]:
    """The body. Ports are given in the manifest's order, which is that of the guest's interfaces."""
    server, after = wanted.server, wanted.properties
    ports = [wanted.ports[name] for name in (port_name(server.name, each.network) for each in server.interfaces)]
    said: dict[str, Any] = {
        "name": server.name,
        "flavorRef": flavor_id(wanted.offers, after["flavor"]),
        "networks": [{"port": each} for each in ports] or "none",
        "metadata": {name: after[f"{METADATA}{name}"] for name in named(after, METADATA)},
        "availability_zone": after.get("availabilityZone"),
        "key_name": key_pair.nova_name(wanted.project, server.key_pair) if server.key_pair else None,
        "user_data": user_data(server),
        "imageRef": image_id(wanted.offers, server.image) if server.image else None,
        "block_device_mapping_v2": _disks(wanted),
        "os:scheduler_hints": {"group": wanted.group} if wanted.group else None,
    }
    return {name: value for name, value in said.items() if value}


def flavor_id(offers: Offers, name: Value) -> str:
    """The id of a flavor. Raises CloudRefused where there is not exactly one of that name any more."""
    found = the_one(offers.flavors, str(name))
    if found is None:
        raise CloudRefused(f"the cloud has no flavor {name}")
    return found.id


def image_id(offers: Offers, name: Value) -> str:
    """The id of an image. Raises CloudRefused where there is not exactly one of that name any more."""
    found = the_one(offers.images, str(name))
    if found is None:
        raise CloudRefused(f"the cloud has no image {name}")
    return found.id


def user_data(server: ServerSpec) -> str | None:
    """What it runs at its first start, as Nova takes it: Base64. None where its manifest names none."""
    return base64.b64encode(server.user_data.text.encode()).decode() if server.user_data else None


def _disks(wanted: Wanted) -> list[dict[str, Any]]:
    """The root disk first; volumes outlive the server. Empty where the image alone is its disk."""
    server, volumes = wanted.server, wanted.volumes
    disks: list[dict[str, Any]] = []
    if server.image and volumes:
        image = image_id(wanted.offers, server.image)
        disks.append(
            {
                "uuid": image,
                "source_type": "image",
                "destination_type": "local",
                "boot_index": 0,
                "delete_on_termination": True,
            }
        )
    disks.extend(
        {
            "uuid": volumes[name],
            "source_type": "volume",
            "destination_type": "volume",
            "boot_index": 0 if name == server.boot_volume else -1,
            "delete_on_termination": False,
        }
        for name in sorted(volumes, key=lambda each: (each != server.boot_volume, each))
    )
    return disks
