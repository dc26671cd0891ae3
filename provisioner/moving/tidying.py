"""The scratch folder of this machine kept free of what no import needs any more: each machine's workers do it for themselves.

A conversion's result is removed by the step that it was for. Where the process died and another machine went on, that step was never
here again, and a whole disk would stay.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socket import gethostname
from typing import Final

from provisioner.disk_images.tidying import tidy
from provisioner.migration.migration import Migration, Run, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.importing import disk_import_of
from provisioner.routine import Routine
from provisioner.store import migration_records
from provisioner.store.database import Database
from provisioner.store.schedules import Subject, TaskName
from tenants.wave import Mode

_EVERY: Final = timedelta(minutes=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """Looks for what was left in a scratch folder."""

    database: Database
    scratch: Path

    def tidy(self) -> None:
        """Remove what is left of disk images that no import is still to upload. Raises InputError where the folder is open to others."""
        removed = tidy(self.scratch, self._wanted)
        if removed:
            _log.warning(
                "%s: what was left of %s disk images that no import needs any more was removed", self.scratch, removed
            )

    def routine(self) -> Routine:
        """The same as something that comes again on this machine: a folder of the same name elsewhere is another."""

        def run(_: Subject) -> None:
            self.tidy()

        return Routine(task=TaskName(f"scratch:{gethostname()}:{self.scratch}"), every=_EVERY, run=run, prompt=True)

    def _wanted(self) -> frozenset[str]:
        with self.database.transaction() as connection:
            imports = [each for each in migration_records.under_way(connection) if each.mode is Mode.IMPORT]
            return frozenset(
                file
                for run in imports
                for migration in migration_records.of_run(connection, run.id)
                for file in still_wanted(run, migration)
            )


def still_wanted(run: Run, migration: Migration) -> Iterator[str]:
    """The files that a migration is still to convert, or to upload."""
    if migration.state.final or migration.state is State.COMPENSATING:
        return
    for step in migration.of_kind(StepKind.UPLOAD):
        said = disk_import_of(run.wave, migration.workload, step.spec.subject)
        if step.state is not StepState.DONE and said.file is not None:
            yield said.file
