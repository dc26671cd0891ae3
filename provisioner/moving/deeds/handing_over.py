"""HAND_OVER: within one cloud no byte travels; a clone, or a root disk's image, becomes the target project's own.

Volumes by Cinder's transfer (block storage API v3, `volume-transfers`): its key is told once, so a transfer whose answer was lost
is taken back and begun anew. Images by their owner, which an administrator may change (image API v2, "Update image").
"""

from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Act, Item, ItemId, Scope
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudRefused
from provisioner.migration.collections import IMAGES, VOLUME_TRANSFERS, VOLUMES
from provisioner.migration.identifiers import MARK, MARK_ROLE, MARK_SUBJECT
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, broken, done
from provisioner.moving.deeds import disks
from provisioner.moving.deeds.freezing import Clone
from provisioner.moving.deeds.imaging import ROOT
from provisioner.moving.deeds.made import Place, gone, is_error, marked, marks_of, one, only_serves

HAND_OVER: Final = "hand-over"
#: Images of any project, in an administrator's name.
_ALL_IMAGES: Final = replace(IMAGES, scope=Scope.CLOUD)
_AVAILABLE: Final = "available"


class HandOver:
    """One disk from the source's project to the target's."""

    patience = 1800.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """By whose it is, and what it is called."""
        return _look_at_image(spot) if _is_image(spot) else _look_at_volume(spot)

    def begin(self, spot: Spot) -> Receipt:
        """The next of what is to be done: give it, then say whose and what it is."""
        return _give_image(spot) if _is_image(spot) else _give_volume(spot)

    def clear(self, spot: Spot) -> None:
        """Away with what came out in error."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete it wherever it is: it is a copy in any case."""
        if _is_image(spot):
            place = Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=IMAGES)
            gone(place, lambda: place.named(only_serves(spot, ROOT)), spot)
            return
        _take_transfers_back(spot)
        place = _target(spot)
        gone(place, lambda: (*_given(spot), *disks.found(spot)), spot)


def _is_image(spot: Spot) -> bool:
    return spot.scene.workload.disk(spot.subject).volume is None


def _target(spot: Spot) -> Place:
    return Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=VOLUMES)


def _given(spot: Spot) -> tuple[Item, ...]:
    """The clone where it belongs to the target's project already, under its own name yet."""
    return marked(_target(spot).named(only_serves(spot, Clone.role)), spot)


def _look_at_volume(spot: Spot) -> Look:
    named = one(disks.found(spot))
    if named is not None:
        if is_error(str(named.get("status"))):
            return broken(f"volume {named.get('name')} is in {named.get('status')}")
        return done(id=str(named["id"]), name=str(named.get("name") or ""), size=int(named.get("size") or 0))
    return ABSENT


def _give_volume(spot: Spot) -> Receipt:
    given = one(_given(spot))
    if given is not None:
        return _name(spot, given)
    scene = spot.scene
    clone = ItemId(str(spot.found(StepKind.CLONE)["id"]))
    _take_transfers_back(spot)
    body = {"volume_id": clone, "name": only_serves(spot, HAND_OVER)}
    made = scene.source.resources.create(VOLUME_TRANSFERS, scene.source_project, body)
    accept = Act(below="/accept", body={"accept": {"auth_key": made.item["auth_key"]}})
    taken = scene.target.resources.act(VOLUME_TRANSFERS, scene.target_project, ItemId(str(made.item["id"])), accept)
    return Receipt(request_ids=(*made.receipt.request_ids, *taken.receipt.request_ids))


def _name(spot: Spot, given: Item) -> Receipt:
    """What it is called and marked with from now on; the metadata first, for by the name it counts as done."""
    scene, identity = spot.scene, ItemId(str(given["id"]))
    disk = scene.workload.disk(spot.subject)
    metadata = {**disk.metadata, **marks_of(spot, HAND_OVER)}
    marked_now = Act(below="/metadata", body={"metadata": metadata})
    first = scene.target.resources.act(VOLUMES, scene.target_project, identity, marked_now).receipt
    renamed = scene.target.resources.update(VOLUMES, scene.target_project, identity, {"name": disks.name_of(spot)})
    return Receipt(request_ids=(*first.request_ids, *renamed.receipt.request_ids))


def _take_transfers_back(spot: Spot) -> None:
    place = Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=VOLUME_TRANSFERS)
    for each in place.named(only_serves(spot, HAND_OVER)):
        place.delete(each)


def _look_at_image(spot: Spot) -> Look:
    image = ItemId(str(spot.found(StepKind.ROOT_IMAGE)["id"]))
    item = spot.scene.target.resources.fetch(_ALL_IMAGES, spot.scene.target_project, image)
    if item is None:
        return broken(f"the image of the root disk for {spot.subject} is gone")
    if item.get("owner") == spot.scene.target_project:
        return done(id=str(item["id"]), size=int(item.get("size") or 0), hash=str(item.get("os_hash_value") or ""))
    return ABSENT if item.get("status") == "active" else UNDER_WAY


def _give_image(spot: Spot) -> Receipt:
    image = ItemId(str(spot.found(StepKind.ROOT_IMAGE)["id"]))
    if not image:
        raise CloudRefused(f"the image of the root disk for {spot.subject} is not known")
    changed = {
        "owner": spot.scene.target_project,
        MARK: spot.id,
        MARK_ROLE: HAND_OVER,
        MARK_SUBJECT: spot.subject,
    }
    return spot.scene.target.resources.update(_ALL_IMAGES, spot.scene.target_project, image, changed).receipt
