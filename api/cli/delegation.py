"""`tenantry delegation`: who reviews in whose place while they are away."""

from datetime import date, datetime
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import delegations as view
from api.render.output import Format, print_document
from provisioner.operation import Actor
from provisioner.requests.delegation import DelegationId, Handing
from tenants.days import day_of
from tenants.names import TenantName

app = typer.Typer(
    cls=PlainGroup,
    help="Who reviews in whose place while they are away.\n\n"
    "Asks the service that TENANTRY_URL names: reviewers then hand over their own place, operators anybody's. Without it, works on the "
    "database itself.",
    no_args_is_help=True,
)


@app.command("create", cls=PlainCommand)
def create_command(
    context: typer.Context,
    giver: Annotated[str, typer.Argument(metavar="FROM", help="Who is away, by the name that the policy has.")],
    taker: Annotated[str, typer.Argument(metavar="TO", help="Who reviews in their place.")],
    *,
    last: Annotated[
        datetime,
        typer.Option("--until", metavar="DATE", formats=["%Y-%m-%d"], help="The last day.", show_default=False),
    ],
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The first day; today unless given.",
            show_default=False,
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            "--tenant",
            "-t",
            metavar="TENANT",
            help="Only for requests of this tenant and those below it.",
            show_default=False,
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Let somebody review where the policy names another, from a day to a day, both included.

    Whoever stands in may do no more than both of them might: neither reviews what either of them asked for, nor makes the
    other review of what either of them approved.

    [bold]tenantry delegation create chen.jing liu.yang --until 2026-10-08[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        today = day_of(tenantry.now())
        handing = Handing(
            giver=Actor(giver),
            taker=Actor(taker),
            tenant=None if tenant is None else TenantName(tenant),
            first_day=_day(first) or today,
            last_day=last.date(),
        )
        made = tenantry.desk().delegate(handing)
    if output is Format.TABLE:
        view.print_delegations(session.out, [made], today=today)
    else:
        print_document(session.out, view.one_as_document(made, today=today), output)


@app.command("list", cls=PlainCommand)
def list_command(
    context: typer.Context,
    *,
    person: Annotated[
        str | None,
        typer.Option("--of", metavar="NAME", help="Only those that somebody gave or was given.", show_default=False),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """List delegations, the newest first."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        today = day_of(tenantry.now())
        found = tenantry.desk().delegations(None if person is None else Actor(person))
    if output is Format.TABLE:
        view.print_delegations(session.out, found, today=today)
    else:
        print_document(session.out, view.as_document(found, today=today), output)


@app.command("revoke", cls=PlainCommand)
def revoke_command(
    context: typer.Context,
    delegations: Annotated[list[str], typer.Argument(metavar="ID...", help="Their ids, as they are listed.")],
) -> None:
    """Let delegations count no more, from now on; what was approved stays approved.

    Exit code 1: one of them was revoked before.
    """
    session = session_of(context)
    ended = True
    with Tenantry(session.settings) as tenantry:
        desk = tenantry.desk()
        for each in delegations:
            counted = desk.revoke(DelegationId(each))
            session.out.print(f"{each} counts no more." if counted else f"{each} was revoked before.")
            ended &= counted
    leave(EXIT_NOTHING if ended else EXIT_ERROR)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
