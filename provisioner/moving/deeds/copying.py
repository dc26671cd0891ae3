"""COPY: an image of the source as one of the target, byte for byte, by this process (`provisioner.copying`).

Where the process dies, whoever comes next finds the image complete and proven, or begins it anew; nothing in between counts.
"""

from typing import Any, Final

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import Receipt
from provisioner.copying.image_copy import copy_image, discard_copies
from provisioner.copying.records import ImageCopy, NewImage, StoredImage
from provisioner.migration.collections import IMAGES
from provisioner.migration.estimate import Measured
from provisioner.migration.image_properties import carried
from provisioner.migration.script import StepKind
from provisioner.moving.deed import Look, Spot
from provisioner.moving.deeds.images import PATIENCE, carrying, new_image, whole

COPY: Final = "copy"
#: Beside the properties that drivers go by.
_KEPT_KEYS: Final = ("disk_format", "container_format", "min_disk", "min_ram")


class Copy:
    """One disk on its way."""

    patience = PATIENCE
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """As `images.whole`."""
        return whole(spot, COPY)

    def begin(self, spot: Spot) -> Receipt:
        """All of it; returns when it has arrived. Raises Stopped where somebody wants it to end."""
        scene = spot.scene
        source = self._source(spot)
        copy = ImageCopy(source=source, target=_target(spot), verification=scene.run.wave.verification)
        with carrying(spot) as conduct:
            copied = copy_image(copy, conduct)
        if not copied.found and copied.rate > 0:
            measured = Measured(size=copied.digests.size, seconds=copied.digests.size / copied.rate)
            scene.means.note_rate(scene.workload.cloud, scene.bindings.cloud, measured, at=scene.now())
        return Receipt(request_ids=copied.request_ids)

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken: a copy begins anew by itself."""

    def undo(self, spot: Spot) -> None:
        """Delete it, whole or in part."""
        discard_copies(_target(spot))

    @staticmethod
    def _source(spot: Spot) -> StoredImage:
        kind = StepKind.ROOT_IMAGE if spot.scene.workload.disk(spot.subject).volume is None else StepKind.EXPORT
        image = ItemId(str(spot.found(kind)["id"]))
        return StoredImage(cloud=spot.scene.source, project=spot.scene.source_project, image=image)


def _target(spot: Spot) -> NewImage:
    return new_image(spot, COPY, _properties(spot))


def _properties(spot: Spot) -> dict[str, Any]:
    """Of a root disk's image, what it has to say for the guest to boot; of a volume's, which only passes through, nothing."""
    scene = spot.scene
    if scene.workload.disk(spot.subject).volume is not None:
        return {}
    image = ItemId(str(spot.found(StepKind.ROOT_IMAGE)["id"]))
    item = scene.source.resources.fetch(IMAGES, scene.source_project, image) or {}
    return {**carried(item), **{key: item[key] for key in _KEPT_KEYS if item.get(key) is not None}}
