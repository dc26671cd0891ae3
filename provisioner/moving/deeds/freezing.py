"""SNAPSHOT and CLONE: a volume's content held fast, without ever taking the volume from its server (block storage API v3).

The source's volumes stay attached to it throughout: Nova lets no root volume go, and a tool that dies while data volumes are
detached leaves a server without its disks.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from provisioner.clouds.collections import Item
from provisioner.clouds.interface import Receipt
from provisioner.migration.collections import SNAPSHOTS, VOLUMES
from provisioner.migration.script import StepKind
from provisioner.moving.deed import Look, Spot, done
from provisioner.moving.deeds.made import Place, by_status, gone, is_error, marked, marks_of, one, only_serves

_AVAILABLE = "available"


class _Fixed:
    """What is made of the source's volume, in the source's project."""

    patience = 1800.0
    side_by_side = 8
    role: ClassVar[str]
    what: ClassVar[str]

    def look(self, spot: Spot) -> Look:
        """Found by its name and mark."""
        item = one(self._found(spot))
        return by_status(item, ready=_AVAILABLE, ended_badly=is_error, what=self.what) or done(
            id=str((item or {})["id"])
        )

    def begin(self, spot: Spot) -> Receipt:
        """One request."""
        body = {"name": only_serves(spot, self.role), "metadata": marks_of(spot, self.role), **self._of(spot)}
        return self._place(spot).make(body)

    def clear(self, spot: Spot) -> None:
        """Away with what came out in error."""
        self.undo(spot)

    def undo(self, spot: Spot) -> None:
        """Delete it and wait until it is gone."""
        gone(self._place(spot), lambda: self._found(spot), spot)

    def _found(self, spot: Spot) -> tuple[Item, ...]:
        return marked(self._place(spot).named(only_serves(spot, self.role)), spot)

    def _place(self, spot: Spot) -> Place:
        raise NotImplementedError

    def _of(self, spot: Spot) -> Mapping[str, Any]:
        raise NotImplementedError


class Snapshot(_Fixed):
    """The content of a volume at one moment (`POST /snapshots`, from 3.66 on of a volume in use as of any other)."""

    role = "snapshot"
    what = "the snapshot"

    def _place(self, spot: Spot) -> Place:
        return Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=SNAPSHOTS)

    def _of(self, spot: Spot) -> Mapping[str, Any]:
        return {"volume_id": spot.scene.workload.disk(spot.subject).volume}


class Clone(_Fixed):
    """A volume of its own from the snapshot, which can be read and given away while the source stays as it is."""

    role = "clone"
    what = "the clone"

    def _place(self, spot: Spot) -> Place:
        return Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=VOLUMES)

    def _of(self, spot: Spot) -> Mapping[str, Any]:
        disk = spot.scene.workload.disk(spot.subject)
        return {"snapshot_id": spot.found(StepKind.SNAPSHOT)["id"], "size": disk.size}
