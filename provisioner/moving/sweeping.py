"""Legs that broke off without a word: taken in again, so that the conductor hands their migrations out anew.

A leg ends with a note of its own. Where too many processes died in the midst of one, the engine gives it up and nothing notes it.
"""

import logging
from dataclasses import dataclass

from provisioner.engine import Engine
from provisioner.moving.legs import job, leg_of
from provisioner.moving.running import WORKFLOW
from provisioner.store import migration_records
from provisioner.store.database import Database

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """Looks for legs that ended without having been handed in."""

    database: Database
    engine: Engine

    def sweep(self) -> None:
        """Take in those that the engine says have ended."""
        with self.database.transaction() as connection:
            out = migration_records.handed_out(connection)
        ended = self.engine.outcomes([job(migration, leg, WORKFLOW).operation for migration, leg in out])
        for operation, outcome in ended.items():
            migration, leg = leg_of(operation)
            if outcome.error:
                _log.warning("migration %s: leg %s broke off: %s", migration, leg, outcome.error)
            with self.database.transaction() as connection:
                migration_records.hand_in(connection, migration, leg)
