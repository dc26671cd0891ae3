"""ROOT_IMAGE and EXPORT: a disk's content as an image of the source's Glance, from where it can be read.

A root disk that is no volume becomes an image by Nova (`createImage`), a clone by Cinder (`os-volume_upload_image`). Both are
found again by their names, for neither request takes an id or a mark.
"""

from typing import ClassVar, Final

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.migration.collections import IMAGES, PROJECT_SERVERS, VOLUMES
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, broken, done
from provisioner.moving.deeds.made import Place, gone, marks_of, one, only_serves

ROOT: Final = "root"
EXPORT: Final = "export"
_ACTIVE: Final = "active"
_DEAD: Final = frozenset({"killed", "deleted", "pending_delete", "deactivated"})


class _Imaged:
    """An image of the source's project."""

    patience = 6 * 3600.0
    side_by_side = 4
    role: ClassVar[str]

    def look(self, spot: Spot) -> Look:
        """By the image's status, and that of what it is made of: an image that nobody writes to any more is of no use."""
        item = one(self._found(spot))
        if item is None:
            return ABSENT if not self._busy(spot) else UNDER_WAY
        status = str(item.get("status"))
        if status == _ACTIVE:
            return done(id=str(item["id"]), size=int(item.get("size") or 0), hash=str(item.get("os_hash_value") or ""))
        if status in _DEAD or not self._busy(spot):
            # Between the two looks it may have become active.
            item = one(self._found(spot))
            if item is not None and item.get("status") == _ACTIVE:
                return UNDER_WAY
            return broken(f"image {only_serves(spot, self.role)} is {status}, and nothing writes to it any more")
        return UNDER_WAY

    def begin(self, spot: Spot) -> Receipt:
        """One request."""
        raise NotImplementedError

    def clear(self, spot: Spot) -> None:
        """Away with what nobody finishes."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete it."""
        gone(self._place(spot), lambda: self._found(spot), spot)

    def _found(self, spot: Spot) -> tuple[Item, ...]:
        found = self._place(spot).named(only_serves(spot, self.role))
        return tuple(each for each in found if each.get("status") not in {"deleted", "pending_delete"})

    def _busy(self, spot: Spot) -> bool:
        raise NotImplementedError

    @staticmethod
    def _place(spot: Spot) -> Place:
        return Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=IMAGES)


class RootImage(_Imaged):
    """The root disk of a server that boots from an image (compute API reference, `createImage`)."""

    role = ROOT

    def begin(self, spot: Spot) -> Receipt:
        """Of the stopped server, so what is in it is whole."""
        scene = spot.scene
        machine = scene.workload.machine(spot.subject)
        said = {"name": only_serves(spot, self.role), "metadata": marks_of(spot, self.role)}
        act = Act(below="/action", body={"createImage": said})
        return scene.source.resources.act(PROJECT_SERVERS, scene.source_project, ItemId(machine.id), act).receipt

    def _busy(self, spot: Spot) -> bool:
        scene = spot.scene
        machine = scene.workload.machine(spot.subject)
        item = scene.source.resources.fetch(PROJECT_SERVERS, scene.source_project, ItemId(machine.id))
        return str((item or {}).get("OS-EXT-STS:task_state") or "").startswith("image_")


class Export(_Imaged):
    """A clone's content (block storage API v3, "Upload volume to image")."""

    role = EXPORT

    def begin(self, spot: Spot) -> Receipt:
        """Raw, so that each byte of the image is a byte of the volume."""
        said = {"image_name": only_serves(spot, self.role), "disk_format": "raw", "container_format": "bare"}
        act = Act(below="/action", body={"os-volume_upload_image": said})
        clone = ItemId(str(spot.found(StepKind.CLONE)["id"]))
        return spot.scene.source.resources.act(VOLUMES, spot.scene.source_project, clone, act).receipt

    def _busy(self, spot: Spot) -> bool:
        clone = ItemId(str(spot.found(StepKind.CLONE)["id"]))
        item = spot.scene.source.resources.fetch(VOLUMES, spot.scene.source_project, clone)
        return (item or {}).get("status") == "uploading"
