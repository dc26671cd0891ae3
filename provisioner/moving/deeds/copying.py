"""COPY: an image of the source as one of the target, byte for byte, by this process (`provisioner.copying`).

Where the process dies, whoever comes next finds the image complete and proven, or begins it anew; nothing in between counts.
"""

from typing import Any, Final

from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.copying.image_copy import copy_image, discard_copies
from provisioner.copying.records import Conduct, CopyCancelled, ImageCopy, NewImage, Progress, StoredImage
from provisioner.migration.collections import IMAGES
from provisioner.migration.estimate import Measured
from provisioner.migration.identifiers import MARK_COMPLETE
from provisioner.migration.image_properties import carried
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, Look, Spot, Stopped, done
from provisioner.moving.deeds.made import Place, marks_of, one, only_serves

COPY: Final = "copy"
#: Beside the properties that drivers go by.
_KEPT_KEYS: Final = ("disk_format", "container_format", "min_disk", "min_ram")


class Copy:
    """One disk on its way."""

    #: Its own bytes tell whether it goes on, so time alone ends it only after days.
    patience = 7 * 24 * 3600.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """There once it bears the mark of completeness, which is written after the proof."""
        item = one(tuple(each for each in self._named(spot) if each.get(MARK_COMPLETE)))
        if item is None:
            return ABSENT
        return done(
            id=str(item["id"]),
            size=int(item.get("size") or 0),
            sha256=str(item[MARK_COMPLETE]),
            hash=f"{item.get('os_hash_algo')}:{item.get('os_hash_value')}",
        )

    def begin(self, spot: Spot) -> Receipt:
        """All of it; returns when it has arrived. Raises Stopped where somebody wants it to end."""
        scene = spot.scene
        source = self._source(spot)
        copy = ImageCopy(source=source, target=self._target(spot), verification=scene.run.wave.verification)
        try:
            with scene.means.traffic.of(scene.run) as limiter:
                conduct = Conduct(
                    limiter=limiter,
                    cancelled=scene.control.must_stop,
                    progress=lambda progress: _tell(spot, progress),
                )
                copied = copy_image(copy, conduct)
        except CopyCancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        if not copied.found and copied.rate > 0:
            measured = Measured(size=copied.digests.size, seconds=copied.digests.size / copied.rate)
            scene.means.note_rate(scene.workload.cloud, scene.bindings.cloud, measured, at=scene.now())
        return Receipt(request_ids=copied.request_ids)

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken: a copy begins anew by itself."""

    def undo(self, spot: Spot) -> None:
        """Delete it, whole or in part."""
        discard_copies(self._target(spot))

    @staticmethod
    def _named(spot: Spot) -> tuple[Item, ...]:
        place = Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=IMAGES)
        return place.named(only_serves(spot, COPY))

    @staticmethod
    def _source(spot: Spot) -> StoredImage:
        kind = StepKind.ROOT_IMAGE if spot.scene.workload.disk(spot.subject).volume is None else StepKind.EXPORT
        image = ItemId(str(spot.found(kind)["id"]))
        return StoredImage(cloud=spot.scene.source, project=spot.scene.source_project, image=image)

    @staticmethod
    def _target(spot: Spot) -> NewImage:
        return NewImage(
            cloud=spot.scene.target,
            project=spot.scene.target_project,
            body={
                "name": only_serves(spot, COPY),
                "disk_format": "raw",
                "container_format": "bare",
                "visibility": "private",
                **_properties(spot),
                **marks_of(spot, COPY),
            },
        )


def _properties(spot: Spot) -> dict[str, Any]:
    """Of a root disk's image, what it has to say for the guest to boot; of a volume's, which only passes through, nothing."""
    scene = spot.scene
    if scene.workload.disk(spot.subject).volume is not None:
        return {}
    image = ItemId(str(spot.found(StepKind.ROOT_IMAGE)["id"]))
    item = scene.source.resources.fetch(IMAGES, scene.source_project, image) or {}
    return {**carried(item), **{key: item[key] for key in _KEPT_KEYS if item.get(key) is not None}}


def _tell(spot: Spot, progress: Progress) -> None:
    spot.scene.means.traffic.share_anew(spot.scene.run)
    spot.travelled(progress.done, progress.total)
