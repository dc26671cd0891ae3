"""`tenantry migrate plan` and `start`: what a wave would do, and doing it."""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.interruption import EXIT_INTERRUPTED, asking
from api.cli.migrate_following import Following
from api.cli.migrate_subjects import Wave, called_in, find_run
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.render.migrations import documents
from api.render.migrations import lines as lines_view
from api.render.migrations import plan as plan_view
from api.render.migrations.words import Called
from api.render.output import Format, print_document
from provisioner.errors import InputError
from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import Run
from tenants.wave import WaveName

if TYPE_CHECKING:
    from provisioner.moving.starting import WavePlan

_NOTHING: Final = "Nothing was started."
_LOOKING: Final = "Looking at the clouds …"


def plan_command(context: typer.Context, wave: Wave, *, output: Output = Format.TABLE) -> None:
    """Show what a wave would move: what goes where, what takes the place of what, what stays behind, and in which steps.

    Looks at the clouds and changes nothing, neither there nor in the record. Everything that keeps it from starting is told at once.

    Exit code 0: it can start. 1: it cannot, or an error.

    [bold]tenantry migrate plan social-credit-to-baoan[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        city = tenantry.city_in_force()
        with session.err.status(_LOOKING):
            plan = tenantry.starting().plan(city, WaveName(wave))
    called = Called.of(city)
    if output is Format.TABLE:
        plan_view.print_plan(session.out, plan, called)
    else:
        print_document(session.out, plan_view.as_document(plan, called), output)
    leave(EXIT_ERROR if plan.obstacles else EXIT_NOTHING)


def start_command(
    context: typer.Context,
    wave: Wave,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Consent without being asked.")] = False,
    authority: Annotated[
        str,
        typer.Option(metavar="TEXT", help="The number of the official document that asks for this, for the audit log."),
    ] = "",
    detach: Annotated[
        bool, typer.Option("--detach", help="Start it and leave: workers do the rest.", show_default=False)
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what a wave moves, ask for consent, start it, and see it through.

    Workers carry it on; where none is alive, this process does. A wave that is under way is attached to, so the same command carries
    on after a crash or Ctrl-C. It ends where only people can go on: when everything serves and waits to be signed off, is paused, or
    needs somebody's hands.

    Exit code 0: every application serves at its target. 1: one does not. 130: you left before its end.

    [bold]tenantry migrate start social-credit-to-baoan[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        run = _under_way(tenantry, wave)
        if run is None:
            city = tenantry.city_in_force()
            with session.err.status(_LOOKING):
                plan = tenantry.starting().plan(city, WaveName(wave))
            _must_consent(session, plan, Called.of(city), output, yes=yes)
            run = tenantry.starting().start(city, plan, tenantry.actor, authority=authority)
        else:
            session.err.print(f"Wave {wave} is under way since {run.started_at:%Y-%m-%d %H:%M %Z}: carrying on.")
        see_through(session, tenantry, run.id, output, detach=detach)


def see_through(
    session: Session, tenantry: Tenantry, run: RunId, output: Format, *, detach: bool = False, whole: bool = True
) -> None:
    """Follow a wave, show where it came to, and leave with what that means; not `whole` is not well, however it ends."""
    if detach:
        session.err.print("Started. Workers carry it on; tenantry migrate watch shows how.")
        leave(EXIT_NOTHING)
    called = called_in(tenantry)
    sight = Following(session=session, tenantry=tenantry, run=run, called=called, works=True).follow()
    if output is Format.TABLE:
        lines_view.print_sight(session.out, sight, called)
    else:
        print_document(session.out, documents.sight_document(sight, called), output)
    leave(EXIT_NOTHING if sight.well and whole else EXIT_ERROR)


def _under_way(tenantry: Tenantry, name: str) -> Run | None:
    with tenantry.database.transaction() as connection:
        found = find_run(connection, name)
    return found if found is not None and found.finished_at is None else None


def _must_consent(session: Session, plan: "WavePlan", called: Called, output: Format, *, yes: bool) -> None:
    """Show the plan and ask. Leaves the command on a no. Raises InputError where it cannot start, or there is nobody to ask."""
    shown = session.out if output is Format.TABLE else session.err
    plan_view.print_plan(shown, plan, called)
    if plan.obstacles:
        leave(EXIT_ERROR)
    if not plan.planned:
        leave(EXIT_NOTHING)
    consent(session, "Start this wave?", yes=yes, nothing=_NOTHING)


def consent(session: Session, question: str, *, yes: bool, nothing: str) -> None:
    """Ask unless `yes` stands for it. Leaves the command on a no. Raises InputError where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("there is nobody to ask for consent: look at what would be done, then run again with --yes")
    try:
        with asking():
            agreed = typer.confirm(question, err=True)
    except Abort:
        session.err.print(f"\n{nothing}")
        leave(EXIT_INTERRUPTED)
    if not agreed:
        session.err.print(nothing)
        leave(EXIT_ERROR)
