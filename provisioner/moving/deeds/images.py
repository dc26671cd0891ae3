"""An image of the target that this process fills with a disk's bytes: found once it is whole, and on its way until then."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from provisioner.copying.records import Conduct, CopyCancelled, NewImage, Progress
from provisioner.migration.collections import IMAGES
from provisioner.migration.identifiers import MARK_COMPLETE
from provisioner.moving.deed import ABSENT, Look, Spot, Stopped, done
from provisioner.moving.deeds.made import Place, marks_of, one, only_serves

#: Seconds that one may be on its way. Its own bytes tell whether it goes on, so time alone ends it only after days.
PATIENCE: Final = 7 * 24 * 3600.0


def whole(spot: Spot, role: str) -> Look:
    """There once it bears the mark of completeness, which is written after the proof."""
    place = Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=IMAGES)
    item = one(tuple(each for each in place.named(only_serves(spot, role)) if each.get(MARK_COMPLETE)))
    if item is None:
        return ABSENT
    return done(
        id=str(item["id"]),
        size=int(item.get("size") or 0),
        sha256=str(item[MARK_COMPLETE]),
        hash=f"{item.get('os_hash_algo')}:{item.get('os_hash_value')}",
    )


@contextmanager
def carrying(spot: Spot) -> Iterator[Conduct]:
    """How its bytes are to travel. Raises Stopped where somebody wants that to end."""
    scene = spot.scene

    def tell(progress: Progress) -> None:
        scene.means.traffic.share_anew(scene.run)
        spot.travelled(progress.done, progress.total)

    try:
        with scene.means.traffic.of(scene.run) as limiter:
            yield Conduct(limiter=limiter, cancelled=scene.control.must_stop, progress=tell)
    except CopyCancelled as cancelled:
        raise Stopped(str(cancelled)) from cancelled


def new_image(spot: Spot, role: str, properties: Mapping[str, Any] | None = None) -> NewImage:
    """What it is to be: raw unless its properties say otherwise, and the migration's own."""
    body = {
        "name": only_serves(spot, role),
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "private",
        **(properties or {}),
        **marks_of(spot, role),
    }
    return NewImage(cloud=spot.scene.target, project=spot.scene.target_project, body=body)
