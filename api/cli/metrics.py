"""`tenantry metrics`: what Prometheus is shown, and how much that will be, before it is applied."""

import sys
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Manifests, Output
from api.cli.reading import valid_manifests
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import metrics as view
from api.render.output import Format, print_document
from monitoring.exposition.expected import expected
from monitoring.exposition.family import Endpoint
from monitoring.exposition.text import Format as TextFormat

app = typer.Typer(cls=PlainGroup, help="What Prometheus is shown, and how much of it.", no_args_is_help=True)


@app.command("show", cls=PlainCommand)
def show_command(
    context: typer.Context,
    *,
    openmetrics: Annotated[bool, typer.Option("--openmetrics", help="As OpenMetrics 1.0.")] = False,
    servers: Annotated[
        bool, typer.Option("--servers", help="Single servers, where `TENANTRY_METRICS_SERVERS` switches them on.")
    ] = False,
) -> None:
    """Print the page that `/metrics` shows, from the record as it is now. No service need run.

    [bold]tenantry metrics show | promtool check metrics[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        page = tenantry.board().newest(Endpoint.SERVERS if servers else Endpoint.CITY)
    sys.stdout.buffer.write(page.body(TextFormat.OPENMETRICS if openmetrics else TextFormat.TEXT))
    sys.stdout.buffer.flush()


@app.command("budget", cls=PlainCommand)
def budget_command(context: typer.Context, manifests: Manifests, *, output: Output = Format.TABLE) -> None:
    """Count the series that these manifests bring along, beside the most that a page may have.

    Exactly those that there will be of them once all is applied and collected. Beside them are series that nobody can tell
    beforehand: what is used without being asked for, reservations, storage by type, zones' capacity, and Tenantry's own.

    Exit code 1: they are more than `TENANTRY_METRICS_SERIES`, and some would be left out.

    [bold]tenantry metrics budget tenants/examples/shenzhen[/]
    """
    session = session_of(context)
    city = valid_manifests(session, manifests, output).city
    counted = expected(city, with_declared=session.settings.metrics_declared)
    found = view.Budget(series=counted, limit=session.settings.metrics_series)
    if output is Format.TABLE:
        view.print_budget(session.out, found)
    else:
        print_document(session.out, view.as_document(found), output)
    leave(EXIT_NOTHING if found.fits else EXIT_ERROR)
