"""`tenantry token`: who is let in over HTTP."""

from datetime import timedelta
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import tokens as view
from api.render.output import Format, print_document
from provisioner.access import Principal, Role, TokenId
from provisioner.operation import Actor
from provisioner.standing import in_force
from provisioner.store import tokens as store
from provisioner.tokens import LONGEST, issue, revoke
from tenants.names import TenantName

app = typer.Typer(cls=PlainGroup, help="Who is let in over HTTP, as what, until when.", no_args_is_help=True)


@app.command("create", cls=PlainCommand)
def create_command(
    context: typer.Context,
    actor: Annotated[str, typer.Argument(help="Who acts with it: the name in plans and in the audit log.")],
    *,
    role: Annotated[Role, typer.Option(help="What they are to the service.")],
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="TENANT",
            help="Only this tenant and all below it; a member's token needs one.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, max=LONGEST.days, help="For so many days from now.")
    ] = 90,
    output: Output = Format.TABLE,
) -> None:
    """Issue a token. It is shown this once and kept nowhere: what is kept tells it from others, and does not make it.

    [bold]tenantry token create zhang.wei --role member --tenant market-regulation[/]
    """
    session = session_of(context)
    principal = Principal(actor=Actor(actor), role=role, tenant=None if tenant is None else TenantName(tenant))
    with Tenantry(session.settings) as tenantry:
        at = tenantry.now()
        issued = issue(tenantry.database, principal, by=tenantry.actor, at=at, lifetime=timedelta(days=days))
        known = [each.name for each in in_force(tenantry.database).documents if each.kind == "Tenant"] if tenant else ()
    if output is Format.TABLE:
        view.print_issued(session.out, session.err, issued)
    else:
        print_document(session.out, view.issued_as_document(issued, now=at), output)
    view.print_unknown(session.err, principal, known)


@app.command("list", cls=PlainCommand)
def list_command(context: typer.Context, *, output: Output = Format.TABLE) -> None:
    """List every token there ever was, without what would let anybody in."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        now = tenantry.now()
        with tenantry.database.autocommit() as connection:
            found = store.load_all(connection)
    if output is Format.TABLE:
        view.print_tokens(session.out, found, now=now)
    else:
        print_document(session.out, view.as_document(found, now=now), output)


@app.command("revoke", cls=PlainCommand)
def revoke_command(
    context: typer.Context,
    tokens: Annotated[list[str], typer.Argument(metavar="ID...", help="The tokens' ids, as they are listed.")],
) -> None:
    """Let tokens count no more, from the next request on. Exit code 1: one of them did not count anyway."""
    session = session_of(context)
    ended = True
    with Tenantry(session.settings) as tenantry:
        for each in tokens:
            counted = revoke(tenantry.database, TokenId(each), by=tenantry.actor, at=tenantry.now())
            session.out.print(f"{each} counts no more." if counted else f"{each} did not count any more.")
            ended &= counted
    leave(EXIT_NOTHING if ended else EXIT_ERROR)
