"""Puts into a cloud what real guests need: their images, and a flavor of the size of each.

Apart from :mod:`devcloud.seed` because the images depend on the machine, while a seeded template does not.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.cloudclient import CloudClient
from devcloud.records import GLANCE, NOVA


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A kind of guest, as a cloud has it."""

    #: The image's name.
    image: str
    #: Glance's name of the image's format.
    disk_format: str
    #: The flavor that it fits into, made for it: one processor, 1 GiB of disk.
    flavor: str
    #: The flavor's memory, MiB.
    memory_mib: int


LIVE: Final = Guest(image="guest-live", disk_format="raw", flavor="micro", memory_mib=192)
"""The image that is always there: busybox, SSH, a web server."""

DEBIAN: Final = Guest(image="guest-debian", disk_format="qcow2", flavor="mini", memory_mib=384)
"""The image by request: Debian with systemd, OpenSSH and Python."""


def seed_guest(client: CloudClient, guest: Guest, disk: Path) -> None:
    """Register the image, and make the flavor unless a template brought it."""
    record = {
        "name": guest.image,
        "disk_format": guest.disk_format,
        "container_format": "bare",
        "visibility": "public",
        "min_disk": 1,
        "min_ram": guest.memory_mib * 2 // 3,
        "os_type": "linux",
        "hw_rng_model": "virtio",
    }
    image_id = client.post(GLANCE, "/v2/images", record)["id"]
    client.put(GLANCE, f"/v2/images/{image_id}/file", disk.read_bytes())
    flavors = client.get(NOVA, "/v2.1/flavors")["flavors"]
    if guest.flavor not in {flavor["name"] for flavor in flavors}:
        flavor = {"name": guest.flavor, "vcpus": 1, "ram": guest.memory_mib, "disk": 1}
        client.post(NOVA, "/v2.1/flavors", {"flavor": flavor})
