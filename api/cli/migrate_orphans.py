"""`tenantry migrate orphans`: what migrations left on clouds and in the record, and taking it away."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.migrate_starting import consent
from api.cli.options import Output
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render.output import Format, print_document
from provisioner.errors import InputError
from provisioner.migration.orphans import Why

if TYPE_CHECKING:
    from provisioner.moving.orphans import Found


def orphans_command(
    context: typer.Context,
    *,
    clean: Annotated[bool, typer.Option("--clean", help="Take them away, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Consent without being asked.")] = False,
    migrations: Annotated[
        list[str] | None,
        typer.Option(
            "--migration",
            metavar="ID",
            help="Only what bears this migration's mark; may be given more than once. What no migration here knows is taken away only "
            "where it is named.",
            show_default=False,
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Find on all clouds what migrations left: whatever bears a migration's mark and no migration under way owns.

    Servers, ports, volumes, snapshots, images and transfers that only served migrations which have ended, or were to be the target of
    ones that were taken back; locks of ours; and room in quotas that is still kept. What an accepted migration built stays. Marks that
    no migration here has may be another Tenantry's.

    Exit code 0: there are none, or all chosen were taken away. 2: there are some. 1: a cloud could not be looked at, something would
    not go, or an error.

    [bold]tenantry migrate orphans --clean[/]
    """
    from api.render.migration import orphans as view  # noqa: PLC0415  # what looks at clouds comes with it

    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        orphanage, city = tenantry.orphanage(), tenantry.city_in_force()
        with session.err.status("Asking the clouds …"):
            found = _narrowed(orphanage.find(city), migrations)
        # What nobody here knows goes only where it was named, and then there is nothing else.
        chosen = tuple(each for each in found.orphans if migrations or each.why is not Why.UNKNOWN)
        if output is Format.TABLE:
            view.print_found(session.out, found)
        elif clean:
            view.print_found(session.err, found)
        if not clean or not chosen:
            if output is not Format.TABLE:
                print_document(session.out, view.found_document(found), output)
            leave(EXIT_ERROR if found.unread else EXIT_CHANGES if found.orphans else EXIT_NOTHING)
        consent(session, f"Take {len(chosen)} of them away?", yes=yes, nothing="Nothing was taken away.")
        with session.err.status("Taking them away …"):
            removed = orphanage.remove(city, chosen, tenantry.actor)
    if output is Format.TABLE:
        view.print_removed(session.out, removed)
    else:
        print_document(session.out, view.found_document(found, removed), output)
    leave(EXIT_ERROR if found.unread or any(each.failure for each in removed) else EXIT_NOTHING)


def _narrowed(found: "Found", migrations: list[str] | None) -> "Found":
    """What bears the marks of the migrations that are named. Raises InputError for one of which there is nothing."""
    if not migrations:
        return found
    strange = [name for name in migrations if name not in {each.what.migration for each in found.orphans}]
    if strange and not found.unread:
        raise InputError(f"nothing that could be taken away bears the mark of a migration {strange[0]}")
    return replace(found, orphans=tuple(each for each in found.orphans if each.what.migration in migrations))
