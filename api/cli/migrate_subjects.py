"""Which wave, and which application of it, the arguments of `tenantry migrate` mean."""

from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.render.migrations.words import Called
from provisioner.errors import InputError
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run
from provisioner.store import migration_records
from provisioner.store.database import Connection
from tenants.language.report import choose
from tenants.wave import WaveName

#: Waves of the past that a name is looked for among, where none is called exactly so.
_RECENT = 500

Wave = Annotated[
    str, typer.Argument(metavar="WAVE", help="The wave's name, or the id of one start of it.", show_default=False)
]
Application = Annotated[
    str | None,
    typer.Argument(
        metavar="APPLICATION",
        help="One application of it (of a drain: one server); all unless given.",
        show_default=False,
    ),
]


def find_run(connection: Connection, name: str) -> Run | None:
    """The wave of that name that is under way, else its last start, else the start of that id; None where there is none."""
    started = migration_records.runs_of(connection, WaveName(name))
    under_way = (each for each in started if each.finished_at is None)
    return next(under_way, None) or next(iter(started), None) or migration_records.find_run(connection, RunId(name))


def started_run(connection: Connection, name: str) -> Run:
    """As `find_run`. Raises InputError where no wave of that name was started."""
    found = find_run(connection, name)
    if found is None:
        known = {str(each.wave.name) for each in migration_records.recent_runs(connection, _RECENT)}
        raise InputError(f"no wave called {name} was started; {choose(name, known)}")
    return found


def migration_of(connection: Connection, run: Run, name: str | None) -> MigrationId | None:
    """The migration of an application of the wave; None where none is named. Raises InputError for one that is not of it."""
    if name is None:
        return None
    listed = migration_records.of_run(connection, run.id)
    found = next((each for each in listed if name in {each.name, each.id}), None)
    if found is None:
        raise InputError(f"wave {run.wave.name} does not move {name}; {choose(name, [each.name for each in listed])}")
    return found.id


def find_migration(connection: Connection, identity: str) -> Migration | None:
    """The migration of that id."""
    return migration_records.find(connection, MigrationId(identity))


def called_in(tenantry: Tenantry) -> Called:
    """What applications are called by the manifests in force; by their identifiers where there are none."""
    try:
        return Called.of(tenantry.city_in_force())
    except InputError:
        return Called()
