"""`tenantry migrate pause`, `resume`, `abort`, `retry`, `force` and `signoff`: what people do to waves under way.

Each is written down and heeded within a second by whoever carries the wave on, wherever that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
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
from provisioner.store.database import Database

_Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="A word for the record.")]
_By = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME",
        help="Who it is that signs off; without it, you. The audit log names both.",
        show_default=False,
    ),
]


#: What is done to a wave, or to one application of it. Raises InputError where it applies to nothing.
_Act = Callable[[Controlling, Wish], Heeded]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a command was given."""

    wave: str
    application: str | None
    comment: str
    output: Format
    #: In whose name; None for whoever runs it.
    actor: str | None = None


def _control(done: str) -> Callable[[_Act], Callable[..., None]]:
    """The command that does so and says that it was `done`, where a word for the record is all that it takes. Its help is the act's."""

    def made(act: _Act) -> Callable[..., None]:
        def command(
            context: typer.Context,
            wave: Wave,
            *,
            application: Application = None,
            comment: _Comment = "",
            output: Output = Format.TABLE,
        ) -> None:
            asked = _Asked(wave=wave, application=application, comment=comment, output=output)
            _do(session_of(context), asked, act, done)

        command.__doc__ = act.__doc__
        return command

    return made


@_control("paused")
def pause_command(controlling: Controlling, wish: Wish) -> Heeded:
    """Begin no further step of a wave, or of one application. What goes back to its source is not held up."""
    return controlling.pause(wish)


@_control("goes on")
def resume_command(controlling: Controlling, wish: Wish) -> Heeded:
    """Go on after a pause; a whole wave with all of its applications that were paused one by one."""
    return controlling.resume(wish)


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

    def abort(controlling: Controlling, wish: Wish) -> Heeded:
        lost = _lost(controlling.database, wish)
        if lost and not losing:
            raise InputError("; ".join([*lost, "to have that all the same, add --lose-target-data"]))
        for each in lost:
            session.err.print(f"{each}.", style="bold red", markup=False)
        consent(session, f"Take {application or f'all of wave {wave}'} back?", yes=yes, nothing="Nothing was aborted.")
        return controlling.abort(wish, losing=losing)

    asked = _Asked(wave=wave, application=application, comment=comment, output=output)
    _do(session, asked, abort, "goes back to its source")


@_control("tried again")
def retry_command(controlling: Controlling, wish: Wish) -> Heeded:
    """Try once more what failed and waits for a person: there or back, as it was going."""
    return controlling.retry(wish)


@_control("forced")
def force_command(controlling: Controlling, wish: Wish) -> Heeded:
    """End live migrations that do not end by themselves, at the guests' cost: they pause for a while. Where the wave allows it."""
    return controlling.force(wish)


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
    asked = _Asked(wave=wave, application=application, comment=comment, output=output, actor=actor)
    _do(session_of(context), asked, lambda controlling, wish: controlling.sign_off(wish), "signed off")


def _do(session: Session, asked: _Asked, act: _Act, done: str) -> None:
    with Tenantry(session.settings) as tenantry:
        heeded = act(tenantry.controlling(), _wish(tenantry, asked))
        _say(session, tenantry, heeded, asked.output, done)


def _wish(tenantry: Tenantry, asked: _Asked) -> Wish:
    """Raises InputError for a wave that was never started, or has ended, and for an application that is not of it."""
    with tenantry.database.transaction() as connection:
        run = started_run(connection, asked.wave)
        if run.state is RunState.ENDED:
            raise InputError(f"wave {run.wave.name} has ended")
        migration = migration_of(connection, run, asked.application)
    own = tenantry.actor
    actor = Actor(asked.actor) if asked.actor else own
    entered_by = None if actor == own else own
    return Wish(run=run.id, migration=migration, actor=actor, entered_by=entered_by, comment=asked.comment)


def _lost(database: Database, wish: Wish) -> list[str]:
    with database.transaction() as connection:
        listed = migration_records.of_run(connection, wish.run)
    chosen = [each for each in listed if wish.migration in {None, each.id} and not each.state.final]
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
