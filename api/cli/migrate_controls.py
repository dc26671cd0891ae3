"""`tenantry migrate pause`, `resume`, `abort`, `retry`, `force` and `signoff`: what people do to waves under way.

Each is written down and heeded within a second by whoever carries the wave on, wherever that is.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.migrate_starting import consent
from api.cli.migrate_subjects import Application, Wave, called_in, migration_of, started_run
from api.cli.options import Output
from api.cli.session import Session, session_of
from api.language.spoken import say
from api.render.migrations import documents
from api.render.migrations.words import STATE_STYLES, Called
from api.render.output import Format, print_document
from api.render.page import Page
from provisioner.errors import InputError
from provisioner.migration import controls
from provisioner.migration.migration import RunState
from provisioner.moving.controlling import Controlling, Heeded, Wish
from provisioner.operation import Actor
from provisioner.store import migration_records

_Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="A word for the record.")]
_By = Annotated[
    str | None,
    typer.Option("--actor", metavar="NAME", help="Who it is that signs off; without it, you.", show_default=False),
]


def pause_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """Begin no further step of a wave, or of one application. What goes back to its source is not held up."""
    _do(context, wave, application, comment, output, lambda controlling, wish: controlling.pause(wish), "paused")


def resume_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """Go on after a pause; a whole wave with all of its applications that were paused one by one."""
    _do(context, wave, application, comment, output, lambda controlling, wish: controlling.resume(wish), "goes on")


def abort_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    losing: Annotated[
        bool,
        typer.Option(
            "--lose-target-data",
            help="Also where the application serves at its target: what was written there since is lost.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Consent without being asked.")] = False,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """Take a wave back, or one application: what was made at the target goes, and the source runs again as it did.

    An application that serves at its target is taken back only with --lose-target-data. One that is closed is not: its source is gone.

    [bold]tenantry migrate abort social-credit-to-baoan social-credit --comment "the district asked for another night"[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        wish, lost = _wish(tenantry, wave, application, comment), _lost(tenantry, wave, application)
        if lost and not losing:
            raise InputError("; ".join([*lost, "to have that all the same, add --lose-target-data"]))
        for each in lost:
            session.err.print(f"{each}.", style="bold red", markup=False)
        consent(session, f"Take {application or f'all of wave {wave}'} back?", yes=yes, nothing="Nothing was aborted.")
        heeded = tenantry.controlling().abort(wish, losing=losing)
        _say(session, tenantry, heeded, output, "goes back to its source")


def retry_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """Try once more what failed and waits for a person: there or back, as it was going."""
    _do(context, wave, application, comment, output, lambda controlling, wish: controlling.retry(wish), "tried again")


def force_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """End live migrations that do not end by themselves, at the guests' cost: they pause for a while. Where the wave allows it."""
    _do(context, wave, application, comment, output, lambda controlling, wish: controlling.force(wish), "forced")


def signoff_command(
    context: typer.Context,
    wave: Wave,
    *,
    application: Application = None,
    actor: _By = None,
    comment: _Comment = "",
    output: Output = Format.TABLE,
) -> None:
    """Say that an application works where it is now, or all of a wave that serve by now; the source goes when its time is over.

    Where the wave names people, one of them has to.

    [bold]tenantry migrate signoff social-credit-to-baoan social-credit --comment 业务验收通过[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        wish = _wish(tenantry, wave, application, comment, actor)
        _say(session, tenantry, tenantry.controlling().sign_off(wish), output, "signed off")


def _do(  # what a command was given, and what it does
    context: typer.Context,
    wave: str,
    application: str | None,
    comment: str,
    output: Format,
    act: Callable[[Controlling, Wish], Heeded],
    done: str,
) -> None:
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        heeded = act(tenantry.controlling(), _wish(tenantry, wave, application, comment))
        _say(session, tenantry, heeded, output, done)


def _wish(tenantry: Tenantry, wave: str, application: str | None, comment: str, actor: str | None = None) -> Wish:
    """Raises InputError for a wave that was never started, or has ended, and for an application that is not of it."""
    with tenantry.database.transaction() as connection:
        run = started_run(connection, wave)
        if run.state is RunState.ENDED:
            raise InputError(f"wave {run.wave.name} has ended")
        migration = migration_of(connection, run, application)
    return Wish(run=run.id, migration=migration, actor=Actor(actor) if actor else tenantry.actor, comment=comment)


def _lost(tenantry: Tenantry, wave: str, application: str | None) -> list[str]:
    with tenantry.database.transaction() as connection:
        listed = migration_records.of_run(connection, started_run(connection, wave).id)
    chosen = [each for each in listed if application in {None, each.name, each.id} and not each.state.final]
    return [text for each in chosen if (text := controls.lost_by_abort(each))]


def _say(session: Session, tenantry: Tenantry, heeded: Heeded, output: Format, done: str) -> None:
    """What was done to what, what was left out and why, and who does the rest."""
    called = called_in(tenantry)
    if output is not Format.TABLE:
        print_document(session.out, documents.run_document(heeded.run, heeded.done), output)
    else:
        _print(Page(session.out), heeded, called, done)
    if heeded.run.state is not RunState.PAUSED:
        _tell_who_works(session, tenantry, heeded)


def _print(page: Page, heeded: Heeded, called: Called, done: str) -> None:
    if not heeded.done:
        page.line((f"wave {heeded.run.wave.name}: ", "bold"), heeded.run.state.value)
    for each in heeded.done:
        state = (each.state.value, STATE_STYLES[each.state])
        page.line((f"{called.full(each.name)}: ", "bold"), done, " (", state, ")")
    for _, why in heeded.left:
        page.line(("left as it is: ", "dim"), say(str(why)), hang=2)


def _tell_who_works(session: Session, tenantry: Tenantry, heeded: Heeded) -> None:
    from provisioner.moving.conducting import somebody_conducts  # noqa: PLC0415  # the engine comes with it

    if not somebody_conducts(tenantry.database):
        wave = heeded.run.wave.name
        session.err.print(
            f"Nobody carries this wave on now: tenantry migrate start {wave} does, or a worker (tenantry work).",
            style="yellow",
            markup=False,
        )
