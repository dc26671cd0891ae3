"""`tenantry db`: the database's schema."""

import typer

from api.cli.help import PlainCommand, PlainGroup
from api.cli.session import EXIT_CHANGES, EXIT_NOTHING, Session, leave, session_of
from provisioner.store import upgrade
from provisioner.store.database import Database

app = typer.Typer(cls=PlainGroup, help="The database's schema.", no_args_is_help=True)


@app.command("upgrade", cls=PlainCommand)
def upgrade_command(context: typer.Context) -> None:
    """Bring the database to the schema that this version needs. Safe to repeat, and to run from two places at once."""
    session = session_of(context)
    with _database(session) as database, database.transaction() as connection:
        before = upgrade.current(connection)
        upgrade.apply(connection)
    if before == upgrade.HEAD:
        session.out.print(f"The schema is at {upgrade.HEAD} already.")
    else:
        session.out.print(f"The schema went from {before or 'nothing'} to {upgrade.HEAD}.")


@app.command("status", cls=PlainCommand)
def status_command(context: typer.Context) -> None:
    """Say whether the schema is the one that this version needs. Exit code 0: it is. 2: an upgrade is due."""
    session = session_of(context)
    with _database(session) as database, database.transaction() as connection:
        current = upgrade.current(connection)
    session.out.print(f"The schema is at {current or 'nothing yet'}; this version needs {upgrade.HEAD}.")
    leave(EXIT_NOTHING if current == upgrade.HEAD else EXIT_CHANGES)


def _database(session: Session) -> Database:
    """The database, whatever its schema."""
    url = session.settings.postgresql_url
    return Database.connect(url) if url else Database.embedded(session.settings.state_dir)
