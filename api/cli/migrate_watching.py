"""`tenantry migrate watch`, `list` and `show`: waves as the record has them; whoever looks changes nothing and asks no cloud."""

from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.migrate_following import Following
from api.cli.migrate_subjects import Application, called_in, find_migration, find_run, migration_of, started_run
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render.migrations import documents
from api.render.migrations import lines as lines_view
from api.render.migrations import show as show_view
from api.render.output import Format, print_document
from provisioner.errors import InputError
from provisioner.migration.migration import Run
from provisioner.moving.sighting import see
from provisioner.store import migration_records
from provisioner.store.database import Connection


def watch_command(
    context: typer.Context,
    *,
    wave: Annotated[
        str | None,
        typer.Argument(
            metavar="WAVE", help="The wave's name; the only one under way unless given.", show_default=False
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Watch a wave: a bar for each application, what is being done, how fast, and how much longer; a line for each change elsewhere.

    From the record alone, wherever the work is done. A database that goes away for a moment is waited for. Ctrl-C leaves the wave
    running. It ends where only people can go on.

    Exit code 0: every application serves at its target. 1: one does not. 130: you left before its end.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        with tenantry.database.transaction() as connection:
            run = started_run(connection, wave) if wave is not None else _only(connection)
        called = called_in(tenantry)
        sight = Following(session=session, tenantry=tenantry, run=run.id, called=called, works=False).follow()
    if output is Format.TABLE:
        lines_view.print_sight(session.out, sight, called)
    else:
        print_document(session.out, documents.sight_document(sight, called), output)
    leave(EXIT_NOTHING if sight.well else EXIT_ERROR)


def list_command(
    context: typer.Context,
    *,
    under_way: Annotated[bool, typer.Option("--under-way", help="Only those that have not ended.")] = False,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many.", min=1)] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List the waves that were started, the newest first, with how many applications serve, went back, and need a person."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
        runs = migration_records.recent_runs(connection, limit)
        chosen = [each for each in runs if not under_way or each.finished_at is None]
        found = [(each, migration_records.of_run(connection, each.id)) for each in chosen]
    if output is Format.TABLE:
        lines_view.print_runs(session.out, found)
    else:
        print_document(session.out, {"waves": [documents.run_document(run, each) for run, each in found]}, output)


def show_command(
    context: typer.Context,
    wave: Annotated[
        str,
        typer.Argument(
            metavar="WAVE", help="A wave's name, or the id of a start or of a migration.", show_default=False
        ),
    ],
    *,
    application: Application = None,
    output: Output = Format.TABLE,
) -> None:
    """Show a wave with its applications; of one application every step, with what proves its effect, or why it failed.

    [bold]tenantry migrate show social-credit-to-baoan social-credit[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        called = called_in(tenantry)
        with tenantry.database.transaction() as connection:
            one = find_migration(connection, wave)
            run = migration_records.load_run(connection, one.run) if one else None
            run = run or find_run(connection, wave) or started_run(connection, wave)
            chosen = one.id if one else migration_of(connection, run, application)
        sight = see(tenantry.database, run.id, at=tenantry.now())
    line = next((each for each in sight.lines if each.migration.id == chosen), None)
    if line is not None:
        if output is Format.TABLE:
            show_view.print_migration(session.out, line.migration, called, line.waits)
        else:
            print_document(session.out, documents.migration_document(line.migration, called, line), output)
        return
    if output is Format.TABLE:
        lines_view.print_sight(session.out, sight, called)
    else:
        print_document(session.out, documents.sight_document(sight, called), output)


def _only(connection: Connection) -> Run:
    """Raises InputError where none is under way, or several are."""
    runs = migration_records.under_way(connection)
    if len(runs) != 1:
        names = ", ".join(each.wave.name for each in runs)
        raise InputError(f"several waves are under way; name one of {names}" if runs else "no wave is under way")
    return runs[0]
