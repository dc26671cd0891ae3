"""`python -m tests.benchmarks.copier HOW IMAGE SIZE`: copy an image from `city` to `district`, and print the seconds it took.

HOW is `plain` (a stream from one HTTP request into another, and nothing else), `stored` or `read-back` (Tenantry's copy, with that
proof), or `several` (four of Tenantry's at once). What was made is deleted. SIZE is in bytes.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import requests

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.copying.image_copy import discard_copies
from provisioner.copying.pool import copy_images
from provisioner.copying.records import Conduct, Copied, ImageCopy, NewImage, StoredImage
from provisioner.migration.collections import IMAGES
from tenants.names import CloudName
from tenants.wave import Verification

RAW: Final = {"disk_format": "raw", "container_format": "bare", "visibility": "private"}
SEVERAL: Final = 4
_PIECE: Final = 1024 * 1024
_FIRST_ERROR: Final = 400


def own_project(cloud: OpenStackCloud) -> ProjectId:
    """That of the administrator's token."""
    return ProjectId(str(cloud._connection.access().project_id))


@dataclass
class _Stream:
    """A body that passes on an answer."""

    answer: requests.Response
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        yield from self.answer.iter_content(_PIECE)


def _plain(source: OpenStackCloud, target: OpenStackCloud, image: ItemId, size: int) -> float:
    project = own_project(target)
    made = ItemId(str(target.resources.create(IMAGES, project, {"name": "plain", **RAW}).item["id"]))
    addresses = [
        f"{cloud._connection.adapter('image').get_endpoint().rstrip('/')}/images/{each}/file"
        for cloud, each in ((source, image), (target, made))
    ]
    tokens = [str(cloud._connection._session.get_token()) for cloud in (source, target)]
    began = time.monotonic()
    with requests.get(addresses[0], headers={"X-Auth-Token": tokens[0]}, stream=True, timeout=60) as answer:
        headers = {"X-Auth-Token": tokens[1], "Content-Type": "application/octet-stream"}
        written = requests.put(addresses[1], headers=headers, data=_Stream(answer, size), timeout=60)
    took = time.monotonic() - began
    target.resources.delete(IMAGES, project, made)
    if written.status_code >= _FIRST_ERROR:
        sys.exit(f"the plain copy failed: {written.status_code} {written.text}")
    return took


def _ours(source: OpenStackCloud, target: OpenStackCloud, image: ItemId, how: str) -> float:
    verification = Verification(how) if how != "several" else Verification.STORED
    stored = StoredImage(cloud=source, project=own_project(source), image=image)
    copies = {
        number: ImageCopy(
            source=stored,
            target=NewImage(cloud=target, project=own_project(target), body={"name": f"copy-{number}", **RAW}),
            verification=verification,
        )
        for number in range(SEVERAL if how == "several" else 1)
    }
    began = time.monotonic()
    done = copy_images(copies, Conduct(), at_once=SEVERAL, progress=lambda *_: None)
    took = time.monotonic() - began
    for each in copies.values():
        discard_copies(each.target)
    for result in done.values():
        if not isinstance(result, Copied):
            sys.exit(f"the copy failed: {result}")
    return took


def main() -> None:
    """Copy once."""
    how, image, size = sys.argv[1], ItemId(sys.argv[2]), int(sys.argv[3])
    with connect(CloudName("city"), "city") as source, connect(CloudName("district"), "district") as target:
        took = _plain(source, target, image, size) if how == "plain" else _ours(source, target, image, how)
    sys.stdout.write(f"{took}\n")


if __name__ == "__main__":
    main()
