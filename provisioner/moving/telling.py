"""What steps find that is more than evidence's plain values, kept as events of the migration: for its report, and for looks."""

from collections.abc import Mapping
from typing import Any

from provisioner.journal import patiently
from provisioner.moving.deed import Spot
from provisioner.moving.journal import TENANTRY
from provisioner.store import migration_events
from provisioner.store.migration_events import Happening


def tell(spot: Spot, what: str, detail: Mapping[str, Any]) -> None:
    """Keep it."""
    happening = Happening(
        run=spot.scene.run.id, migration=spot.id, at=spot.scene.now(), actor=TENANTRY, what=what, detail=detail
    )

    def write() -> None:
        with spot.scene.means.database.transaction() as connection:
            migration_events.note(connection, happening)

    patiently(write)


def told(spot: Spot, what: str, matching: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The detail of the last event of that sort which has these values; None where there is none."""
    with spot.scene.means.database.transaction() as connection:
        return migration_events.last(connection, spot.id, what, matching)
