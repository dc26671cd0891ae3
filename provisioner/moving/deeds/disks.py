"""DISK and PROVE: a volume of the target from the image that arrived, as it was at the source; and its content read again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.copying.compare import begins_with
from provisioner.copying.records import Conduct, ContentDiffers, CopyCancelled, StoredImage
from provisioner.errors import CloudError
from provisioner.migration.collections import IMAGES, VOLUMES
from provisioner.migration.identifiers import MARK_COMPLETE
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, Look, Spot, Stopped, done
from provisioner.moving.deeds.made import Place, by_status, gone, growing, is_error, marked, marks_of, one, only_serves

DISK: Final = "disk"
PROOF: Final = "proof"
_AVAILABLE: Final = "available"
#: How often Cinder is asked for an image of which nothing comes.
_TRIES: Final = 3


class Disk:
    """A volume of the target's project, under the name that the source has."""

    patience = 6 * 3600.0
    side_by_side = 4

    def look(self, spot: Spot) -> Look:
        """There once it is available, or in use, and can be booted from if the source can."""
        item = one(found(spot))
        if item is not None and item.get("status") == "in-use":
            return _there(item)
        if (unready := by_status(item, ready=_AVAILABLE, ended_badly=is_error, what="the volume")) is not None:
            return unready
        return _there(item or {}) if _next(spot, item or {}) is None else ABSENT

    def begin(self, spot: Spot) -> Receipt:
        """The next of what is to be done: make it, then say what it is."""
        item = one(found(spot))
        if item is None:
            return _place(spot).make(_body(spot))
        act = _next(spot, item)
        if act is None:
            return Receipt()
        scene = spot.scene
        return scene.target.resources.act(VOLUMES, scene.target_project, ItemId(str(item["id"])), act).receipt

    def clear(self, spot: Spot) -> None:
        """Away with what came out in error."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete it and wait until it is gone."""
        gone(_place(spot), lambda: found(spot), spot)


class Prove:
    """What is on the target's volume is made an image there, which has to be what the source's image is."""

    patience = 6 * 3600.0
    side_by_side = 4

    def look(self, spot: Spot) -> Look:
        """By the mark that the volume bears once it is proven."""
        item = one(found(spot)) or {}
        proven = (item.get("metadata") or {}).get(MARK_COMPLETE)
        return done(content=str(proven)) if proven else ABSENT

    def begin(self, spot: Spot) -> Receipt:
        """Image, comparison, mark; the image goes again. Raises ContentDiffers where it is not the same."""
        image = self._image(spot)
        theirs = StoredImage(cloud=spot.scene.target, project=spot.scene.target_project, image=ItemId(str(image["id"])))
        try:
            # A volume is whole GiB, and what it was made from need not be.
            compared = begins_with(theirs, arrived(spot), Conduct(cancelled=spot.scene.control.must_stop))
        except CopyCancelled as cancelled:
            raise Stopped(str(cancelled)) from cancelled
        if not compared.equal:
            raise ContentDiffers(
                f"the volume for {spot.subject} does not hold what arrived: it differs in {compared.by}"
                + ("" if compared.differs_at is None else f", from byte {compared.differs_at} on")
            )
        volume = ItemId(str((one(found(spot)) or {})["id"]))
        mark = Act(below="/metadata", body={"metadata": {MARK_COMPLETE: _content(spot)}})
        receipt = spot.scene.target.resources.act(VOLUMES, spot.scene.target_project, volume, mark).receipt
        self.undo(spot)
        return receipt

    def clear(self, spot: Spot) -> None:
        """Away with the image."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete the image, which only served the proof."""
        place = _images(spot)
        gone(place, lambda: _alive(place.named(only_serves(spot, PROOF))), spot)

    def _image(self, spot: Spot) -> Item:
        """The volume's content as an image, once it is whole. Raises CloudError where Cinder has tried in vain so often."""
        place, pauses, tries = _images(spot), growing(), 0
        while True:
            spot.must_go_on()
            image = one(_alive(place.named(only_serves(spot, PROOF))))
            if image is not None and image.get("status") == "active":
                return image
            volume = one(found(spot)) or {}
            if volume.get("status") != "uploading":
                if image is not None and (later := one(_alive(place.named(only_serves(spot, PROOF))))) is not None:
                    if later.get("status") == "active":
                        return later
                    place.delete(later)
                if (tries := tries + 1) > _TRIES:
                    raise CloudError(
                        f"the volume for {spot.subject} could not be made an image to be read, in {_TRIES} tries: the target's image "
                        "store may be full"
                    )
                said = {
                    "image_name": only_serves(spot, PROOF),
                    "disk_format": "raw",
                    "container_format": "bare",
                    "force": volume.get("status") == "in-use",
                }
                act = Act(below="/action", body={"os-volume_upload_image": said})
                identity = ItemId(str(volume["id"]))
                spot.scene.target.resources.act(VOLUMES, spot.scene.target_project, identity, act)
            spot.scene.control.wait(next(pauses))


def found(spot: Spot) -> tuple[Item, ...]:
    """The target's volume for the step's subject."""
    return marked(_place(spot).named(name_of(spot)), spot)


def name_of(spot: Spot) -> str:
    """That of the source's volume; where it has none, one that says whose it is."""
    return spot.scene.workload.disk(spot.subject).name or only_serves(spot, DISK)


def arrived(spot: Spot) -> StoredImage:
    """The image at the target that the volume is made from."""
    kind = StepKind.UPLOAD if spot.found(StepKind.UPLOAD) else StepKind.COPY
    image = ItemId(str(spot.found(kind)["id"]))
    return StoredImage(cloud=spot.scene.target, project=spot.scene.target_project, image=image)


def _content(spot: Spot) -> str:
    kind = StepKind.UPLOAD if spot.found(StepKind.UPLOAD) else StepKind.COPY
    return str(spot.found(kind)["sha256"])


def _there(item: Item) -> Look:
    return done(id=str(item["id"]), name=str(item.get("name") or ""), size=int(item.get("size") or 0))


def _body(spot: Spot) -> Mapping[str, Any]:
    disk = spot.scene.workload.disk(spot.subject)
    bound = spot.scene.bindings.disks[spot.subject]
    said: dict[str, Any] = {
        "name": name_of(spot),
        "size": disk.size,
        "imageRef": arrived(spot).image,
        "metadata": {**disk.metadata, **marks_of(spot, DISK)},
    }
    if bound.volume_type is not None:
        said["volume_type"] = bound.volume_type
    return said


def _next(spot: Spot, item: Item) -> Act | None:
    """What is still to be said of a volume that is there; None where all has been."""
    disk = spot.scene.workload.disk(spot.subject)
    if (str(item.get("bootable")).lower() == "true") != disk.bootable:
        return Act(below="/action", body={"os-set_bootable": {"bootable": disk.bootable}})
    wanted, has = disk.image_properties, item.get("volume_image_metadata") or {}
    if lacking := {key: value for key, value in wanted.items() if has.get(key) != value}:
        return Act(below="/action", body={"os-set_image_metadata": {"metadata": lacking}})
    return None


def _place(spot: Spot) -> Place:
    return Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=VOLUMES)


def _images(spot: Spot) -> Place:
    return replace(_place(spot), collection=IMAGES)


def _alive(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(each for each in items if each.get("status") not in {"deleted", "pending_delete", "killed"})
