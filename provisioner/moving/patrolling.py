"""Leftovers of migrations looked for once a day, so that they are known before anybody asks; whoever looks takes nothing away.

What was found goes into the record for metrics, as with `tenantry migrate orphans` (`orphans.Orphanage.find`), and into the log.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from provisioner.moving.orphans import Orphanage
from provisioner.routine import Routine
from provisioner.store import migration_records
from provisioner.store.database import Database
from provisioner.store.schedules import Subject, TaskName
from tenants.spec import City

TASK: Final = TaskName("orphans")
_EVERY: Final = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrolling:
    """Looks for what migrations left on the clouds of the city in force."""

    database: Database
    orphanage: Orphanage
    #: None where nothing is in force.
    city: Callable[[], City | None]

    def patrol(self) -> None:
        """Look at all clouds; at none where no wave was ever started, for then nothing can be ours. Raises StoreError."""
        with self.database.transaction() as connection:
            moves = bool(migration_records.recent_runs(connection, 1))
        city = self.city() if moves else None
        if city is None:
            return
        found = self.orphanage.find(city)
        if found.orphans:
            _log.warning(
                "leftovers of migrations: %s; tenantry migrate orphans lists them, and takes them away with --clean",
                len(found.orphans),
            )
        for cloud, what, why in found.unread:
            _log.warning("leftovers of migrations in %s could not be looked for among %s: %s", cloud, what, why)

    def routine(self) -> Routine:
        """The same as something that comes again; a cloud that cannot be read is left to the next day."""

        def run(_: Subject) -> None:
            self.patrol()

        return Routine(task=TASK, every=_EVERY, run=run)
