"""How bytes travel to the target: by one upload into Glance, from the first byte to the last.

Glance cannot take up an upload that broke off: it has no ranges for uploads, and drops what had arrived. So a broken upload begins
again from the first byte, in the same image where Glance has made that queued again, else in a new one. What it does have is a
hash of what it stored, made from the bytes that it wrote, which proves an upload without reading it back.

It is a `moving.Path`. One that could resume, or that writes to volumes without Glance, would be another.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provisioner.clouds.collections import Item, ItemId
from provisioner.copying.records import NewImage, StoredImage
from provisioner.errors import CloudRefused
from provisioner.migration.collections import IMAGES

_ACTIVE: Final = "active"
_QUEUED: Final = "queued"
_SAVING: Final = "saving"
#: The states of an image that is gone, or goes by itself.
_GONE: Final = frozenset({"deleted", "pending_delete"})
#: How often, and for how many seconds, an image is looked at that was given all of its bytes and is not active yet.
_BETWEEN_LOOKS: Final = 0.5
_SETTLING: Final = 300.0


class ImageUpload:
    """One upload into an image that the target's project has, or is to have, under a name of the copy's own."""

    def __init__(self, target: NewImage) -> None:
        self._target = target
        self._image: ItemId | None = None
        self.request_ids: tuple[str, ...] = ()

    @property
    def image(self) -> StoredImage:
        """The image that is uploaded to, once there is one."""
        if self._image is None:
            raise CloudRefused(f"{self._target.cloud.name}: there is no image {self._name} yet")
        return StoredImage(cloud=self._target.cloud, project=self._target.project, image=self._image)

    def found(self) -> Item | None:
        """The image that an earlier attempt made active, or None."""
        item = next((each for each in self._all() if each.get("status") == _ACTIVE), None)
        self._image = None if item is None else ItemId(str(item["id"]))
        return item

    def begin(self) -> None:
        """Use the image that is queued, or make one; any other of the name is deleted, for it has bytes that nobody vouches for."""
        queued = None
        for each in self._all():
            if queued is None and each.get("status") == _QUEUED:
                queued = each
            else:
                self._delete(each)
        if queued is None:
            answered = self._target.cloud.resources.create(IMAGES, self._target.project, dict(self._target.body))
            self.request_ids += answered.receipt.request_ids
            queued = answered.item
        self._image = ItemId(str(queued["id"]))

    def carry(self, pieces: Iterable[bytes], size: int) -> None:
        """One request. Raises CloudConflict where the image is not queued any more."""
        image = self.image
        receipt = image.cloud.image_data.write(image.image, image.project, pieces, size=size)
        self.request_ids += receipt.request_ids

    def settled(self) -> Item:
        """What the store says of the image; where it is still saving, once it is not any more, or has been for too long."""
        image = self.image
        deadline = time.monotonic() + _SETTLING
        while True:
            item = image.cloud.resources.fetch(IMAGES, image.project, image.image)
            if item is None:
                raise CloudRefused(
                    f"{image.cloud.name}: image {self._name} was deleted by somebody while it was uploaded"
                )
            if item.get("status") != _SAVING or time.monotonic() >= deadline:
                return item
            time.sleep(_BETWEEN_LOOKS)

    def arrived(self) -> bool:
        """Whether the image is active; where it is still saving, once it is not any more."""
        return self.settled().get("status") == _ACTIVE

    def mark(self, properties: Mapping[str, Any]) -> None:
        """Set properties of the image."""
        image = self.image
        answered = image.cloud.resources.update(IMAGES, image.project, image.image, properties)
        self.request_ids += answered.receipt.request_ids

    def discard(self) -> tuple[ItemId, ...]:
        """Delete all images of the name; gives their ids."""
        return tuple(self._delete(each) for each in self._all())

    @property
    def _name(self) -> str:
        return str(self._target.body["name"])

    def _all(self) -> Iterator[Item]:
        found = self._target.cloud.resources.named(IMAGES, self._target.project, self._name)
        yield from (each for each in found if each.get("status") not in _GONE)

    def _delete(self, item: Item) -> ItemId:
        image = ItemId(str(item["id"]))
        receipt = self._target.cloud.resources.delete(IMAGES, self._target.project, image)
        self.request_ids += receipt.request_ids
        return image
