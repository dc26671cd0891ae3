"""Step COMPARE: what arrived is read from the target anew, and has each property that was to arrive.

What is different is kept as evidence, whether anybody asked for it or not; what nobody asked for, knew of or could help fails
the step. Ports are given a while to become active, for their agents tell Neutron in their own time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from provisioner.clouds.interface import Receipt
from provisioner.migration.comparing import compare
from provisioner.migration.differences import Difference, to_text, unexpected
from provisioner.migration.identifiers import tag
from provisioner.migration.workload import Workload
from provisioner.moving.deed import UNDER_WAY, Look, Spot, done, impossible
from provisioner.moving.inspecting import inspect_again

#: What comes by and by, and for how long it is waited for.
_SETTLING: Final = frozenset({"port-status", "status"})
_SETTLED_AFTER: Final = timedelta(minutes=2)
_SINCE: Final = "compared_since"
#: So many differences are told in the message; the rest can be asked of the cloud.
_TOLD: Final = 10


class Compare:
    """The target is as the source was, but for what is asked or known."""

    patience = 600.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Done where nothing is unexpected."""
        scene = spot.scene
        found = compare(scene.workload, arrived(spot), wave=scene.run.wave, bindings=scene.bindings)
        wrong = unexpected(found)
        if not wrong:
            return done(servers=len(scene.workload.machines), differences=to_text(found))
        since: datetime = spot.notes.setdefault(_SINCE, scene.now())
        if {each.what for each in wrong} <= _SETTLING and scene.now() - since < _SETTLED_AFTER:
            return UNDER_WAY
        return impossible(_told(wrong))

    def begin(self, spot: Spot) -> Receipt:  # noqa: ARG002 - as deeds have it
        """Looking is all there is to it."""
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Looking leaves nothing behind."""

    def undo(self, spot: Spot) -> None:
        """Looking leaves nothing behind."""


def arrived(spot: Spot) -> Workload:
    """The workload as it is at the target now: the same servers where they moved within, those with our tag where they were built."""
    scene, bindings = spot.scene, spot.scene.bindings
    names = {each.name for each in scene.workload.machines}
    same, ours = {each.id for each in scene.workload.machines}, tag(spot.id)
    if scene.run.mode.within:
        machines = inspect_again(scene.source.resources, scene.source_project, lambda item: item["id"] in same)
    else:
        machines = inspect_again(
            scene.target.resources,
            scene.target_project,
            lambda item: item.get("name") in names and ours in (item.get("tags") or ()),
        )
    return Workload(
        cloud=bindings.cloud,
        tenant=bindings.tenant,
        project=bindings.project,
        project_id=bindings.project_id,
        application=scene.workload.application,
        machines=machines,
    )


def _told(wrong: Sequence[Difference]) -> str:
    words = "; ".join(each.words for each in wrong[:_TOLD])
    if len(wrong) > _TOLD:
        return f"what arrived is not what left in {len(wrong)} ways, such as: {words}"
    return f"what arrived is not what left: {words}"
