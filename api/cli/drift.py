"""`tenantry drift`: what is no longer as it was applied, and since when."""

import typer

from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.reconcile import look_at
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.language.spoken import say
from api.render import drift as drift_view
from api.render.names import Names
from api.render.output import Format, print_document
from provisioner.baseline import baseline
from provisioner.errors import InputError
from provisioner.store import drift, reconciliation


def drift_command(context: typer.Context, *, output: Output = Format.TABLE) -> None:
    """Show what differs from the manifests that were last applied, and since when.

    Looks at the clouds and remembers what it finds, so the times are those of the looks. Changes nothing: the next
    [bold]apply[/] does.

    Exit code 0: no drift. 2: drift. 1: an error, or a cloud that could not be looked at.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        city = baseline(tenantry.database)
        if city is None:
            raise InputError("nothing was applied yet, so nothing can drift: begin with `tenantry apply`")
        with tenantry.database.transaction() as connection:
            chosen = reconciliation.pairs(connection)
        with session.err.status("Looking at the clouds …"):
            looked = look_at(tenantry.looking(), chosen)
        with tenantry.database.transaction() as connection:
            found = drift.unresolved(connection)
    unreadable = [
        *looked.missing,
        *(f"{name} in {each.cloud}: {reason}" for each in looked.found for name, reason in each.obstacles.items()),
    ]
    names = Names.of(city)
    if output is Format.TABLE:
        drift_view.print_drift(session.out, found, names, now=tenantry.now())
    else:
        print_document(session.out, drift_view.as_document(found, names), output)
    for each in unreadable:
        session.err.print(f"Not looked at: {say(each)}", style="yellow")
    leave(EXIT_ERROR if unreadable else EXIT_CHANGES if found else EXIT_NOTHING)
