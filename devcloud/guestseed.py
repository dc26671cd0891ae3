"""Puts into a cloud what real guests need: their image, and a flavor of their size.

Apart from :mod:`devcloud.seed` because the image depends on the machine, while a seeded template does not.
"""

from pathlib import Path
from typing import Final

from devcloud.cloudclient import CloudClient
from devcloud.records import GLANCE, NOVA

IMAGE: Final = "guest-live"
"""The image that boots: busybox, SSH, a web server."""

FLAVOR: Final = "micro"
"""The flavor that it fits into."""

_MEMORY_MIB: Final = 192


def seed_guest(client: CloudClient, disk: Path) -> None:
    """Register the image, and make the flavor unless a template brought it."""
    record = {
        "name": IMAGE,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
        "min_disk": 1,
        "min_ram": 128,
        "os_type": "linux",
        "hw_rng_model": "virtio",
    }
    image_id = client.post(GLANCE, "/v2/images", record)["id"]
    client.put(GLANCE, f"/v2/images/{image_id}/file", disk.read_bytes())
    flavors = client.get(NOVA, "/v2.1/flavors")["flavors"]
    if FLAVOR not in {flavor["name"] for flavor in flavors}:
        flavor = {"name": FLAVOR, "vcpus": 1, "ram": _MEMORY_MIB, "disk": 1}
        client.post(NOVA, "/v2.1/flavors", {"flavor": flavor})
