"""`tenantry drift`: what is no longer as it was applied, and since when."""

import typer

from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import drift as drift_view
from api.render.names import Names
from api.render.output import Format, print_document
from provisioner.reconciliation.comparison import look_for_drift
from provisioner.baseline import baseline
from provisioner.errors import InputError
from provisioner.store import drift, observations
from provisioner.survey import clouds_in_use, survey


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
        with session.err.status("Looking at the clouds …"):
            seen = survey(city, clouds_in_use(city), tenantry.connect, now=tenantry.now)
        unreadable: list[str] = [f"cloud {cloud}: {reason}" for cloud, reason in sorted(seen.unreachable.items())]
        with tenantry.database.transaction() as connection:
            for cloud, observation in seen.observations.items():
                observations.save(connection, observation)
                look = look_for_drift(city.tenants.values(), observation)
                drift.record(connection, cloud, tenants=look.tenants, differences=look.differences, at=observation.at)
                unreadable += [f"{tenant} in {cloud}: {reason}" for tenant, reason in look.unreadable]
            found = drift.unresolved(connection)
    names = Names.of(city)
    if output is Format.TABLE:
        drift_view.print_drift(session.out, found, names, now=tenantry.now())
    else:
        print_document(session.out, drift_view.as_document(found, names), output)
    for each in unreadable:
        session.err.print(f"Not looked at: {each}", style="yellow")
    leave(EXIT_ERROR if unreadable else EXIT_CHANGES if found else EXIT_NOTHING)
