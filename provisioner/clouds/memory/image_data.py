"""The bytes of images in memory; implements `ImageData`. Calls are named `image_data.read` and `image_data.write`.

Beside what `weather` does to any call, it breaks these off in their midst (`Weather.break_off`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.memory.disks import Disk
from provisioner.clouds.memory.images import IMAGES, QUEUED, SAVING, complete
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.weather import Breaking, Weather
from provisioner.clouds.memory.world import World, new_id
from provisioner.errors import CloudConflict, CloudRefused
from tenants.names import CloudName

_READ = "image_data.read"
_WRITE = "image_data.write"


class MemoryImageData:
    """Glance's image data in memory."""

    def __init__(self, cloud: CloudName, world: World, weather: Weather) -> None:
        self._cloud = cloud
        self._world = world
        self._weather = weather

    @contextmanager
    def read(
        self, image: ItemId, project: ProjectId | None, *, offset: int = 0, length: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """As it is when reading begins."""
        with self._weather.passing(_READ), self._world.lock:
            stored = self._existing(image)
            disk = self._world.disks.get(image)
            if disk is None or stored.item["status"] in {QUEUED, SAVING}:
                raise CloudRefused(f"{self._cloud}: image {image} has no data yet (it is {stored.item['status']})")
            frozen = disk.copy()
        yield _broken_off(frozen.stream(offset, length), self._weather.breaking(_READ))

    def write(self, image: ItemId, project: ProjectId | None, pieces: Iterable[bytes], *, size: int | None) -> Receipt:
        """Saving meanwhile; queued again where it breaks off."""
        with self._weather.passing(_WRITE) as effective:
            with self._world.lock:
                stored = self._existing(image)
                self._must_take_data(stored)
                stored.item["status"] = SAVING
            try:
                disk = self._received(image, _broken_off(iter(pieces), self._weather.breaking(_WRITE)), size)
            except BaseException:
                stored.item["status"] = QUEUED
                raise
            with self._world.lock:
                stored.item["status"] = QUEUED
                if effective:
                    self._world.disks[stored.id] = disk
                    complete(self._world, stored)
            return Receipt(request_ids=(f"req-{new_id()}",))

    def _received(self, image: ItemId, pieces: Iterator[bytes], size: int | None) -> Disk:
        disk = Disk()
        for piece in pieces:
            disk.append(piece)
        if size is not None and disk.size != size:
            raise CloudRefused(f"{self._cloud}: image {image}: {disk.size} bytes came, not {size}")
        return disk

    def _existing(self, image: ItemId) -> Stored:
        found = self._world.shelves.find(IMAGES, image)
        if found is None:
            raise CloudRefused(f"{self._cloud}: image: HTTP 404: Failed to find image {image}")
        return found

    def _must_take_data(self, stored: Stored) -> None:
        if stored.item["status"] != QUEUED:
            was = stored.item["status"]
            raise CloudConflict(
                f"{self._cloud}: image: HTTP 409: Image status transition from {was} to saving is not allowed"
            )
        if not stored.item["disk_format"] or not stored.item["container_format"]:
            raise CloudRefused(
                f"{self._cloud}: image: HTTP 400: Properties disk_format, container_format must be set prior to saving data."
            )


def _broken_off(pieces: Iterator[bytes], breaking: Breaking | None) -> Iterator[bytes]:
    """So many bytes of all, and then the connection breaks."""
    passed = 0
    for piece in pieces:
        if breaking is not None and passed + len(piece) > breaking.after_bytes:
            if passing := piece[: breaking.after_bytes - passed]:
                yield passing
            raise breaking.error
        passed += len(piece)
        yield piece
