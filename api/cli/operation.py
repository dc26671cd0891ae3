"""`tenantry operation`: plans under execution, listed, shown, and watched to their ends.

At the database, or, where `TENANTRY_URL` names one, at a service over the network. Watching only watches: whoever leaves, leaves the
operation running.
"""

from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.interruption import working
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.client.records import Lost, WantedOperations
from api.desk.interface import Desk
from api.render import operations as view
from api.render.names import Names
from api.render.output import Format, print_document
from api.render.watching import OperationWatch
from provisioner.operation import Operation, OperationId, OperationState, PlanId
from tenants.names import CloudName, TenantName

app = typer.Typer(
    cls=PlainGroup,
    help="Plans under execution: one operation for each tenant and cloud.\n\n"
    "Asks the service that TENANTRY_URL names, as whoever TENANTRY_TOKEN is for; without it, the database.",
    no_args_is_help=True,
)

_Id = Annotated[str, typer.Argument(metavar="OPERATION", help="The operation's id.", show_default=False)]


@app.command("list", cls=PlainCommand)
def list_command(
    context: typer.Context,
    *,
    state: Annotated[
        OperationState | None, typer.Option("--state", help="Only operations that are so.", show_default=False)
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", "-t", metavar="TENANT", help="Only this tenant's.", show_default=False)
    ] = None,
    cloud: Annotated[
        str | None, typer.Option("--cloud", metavar="CLOUD", help="Only in this cloud.", show_default=False)
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN", help="Only this plan's, by its id.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many.", min=1)] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List operations, the newest first, with how far each has come."""
    session = session_of(context)
    wanted = WantedOperations(
        plan=PlanId(plan) if plan else None,
        tenant=TenantName(tenant) if tenant else None,
        cloud=CloudName(cloud) if cloud else None,
        state=state,
    )
    with Tenantry(session.settings) as tenantry:
        found = tenantry.desk().operations(wanted, limit)
    if output is Format.TABLE:
        view.print_lines(session.out, found)
    else:
        print_document(session.out, {"operations": [view.line_document(each) for each in found]}, output)


@app.command("show", cls=PlainCommand)
def show_command(context: typer.Context, operation: _Id, *, output: Output = Format.TABLE) -> None:
    """Show an operation with every step, what proves its effect, and why it failed."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        found, names = tenantry.desk().operation(OperationId(operation))
    _show(session, found, Names(tenants=names), output)


@app.command("watch", cls=PlainCommand)
def watch_command(context: typer.Context, operation: _Id, *, output: Output = Format.TABLE) -> None:
    """Watch an operation to its end: live on a terminal, a line for each change anywhere else.

    A connection that breaks, or a server that restarts, is waited for, and nothing is missed. Ctrl-C leaves the operation running.

    Exit code 0: it is done. 1: it ended otherwise. 130: you left before its end.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, working(lambda: _leave_it(session, operation)):
        desk = tenantry.desk()
        begun, known = desk.operation(OperationId(operation))
        names = Names(tenants=known)
        ended = begun if begun.state.final else _watch(session, desk, begun, names)
    _show(session, ended, names, output)
    leave(EXIT_NOTHING if ended.state is OperationState.DONE else EXIT_ERROR)


def _watch(session: Session, desk: Desk, begun: Operation, names: Names) -> Operation:
    """Show the operation as it goes on; returns it as it ended."""
    last = begun
    with OperationWatch(session.err, names) as watch:
        for sight in desk.follow(begun.id):
            if isinstance(sight, Lost):
                watch.lose(sight.reason)
            else:
                last = sight
                watch.show(sight)
    return last


def _leave_it(session: Session, operation: str) -> NoReturn:
    session.err.print(f"Leaving: operation {operation} goes on without you.", markup=False)
    raise Abort


def _show(session: Session, operation: Operation, names: Names, output: Format) -> None:
    if output is Format.TABLE:
        view.print_operations(session.out, [operation], names, steps=True)
    else:
        print_document(session.out, view.operation_document(operation, names), output)
