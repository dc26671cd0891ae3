"""`tenantry migrate drain`: a host emptied, before it is maintained."""

from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.migrate_starting import consent, see_through
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render.migrations import drain as view
from api.render.output import Format, print_document
from provisioner.moving.draining import Drain
from tenants.names import CloudName
from tenants.wave import HostName, Mode


def drain_command(
    context: typer.Context,
    cloud: Annotated[
        str, typer.Argument(metavar="CLOUD", help="The cloud, as its manifest names it.", show_default=False)
    ],
    host: Annotated[
        str, typer.Argument(metavar="HOST", help="The compute host, as Nova names it.", show_default=False)
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="HOST", help="The host that takes them; Nova's choice unless given.", show_default=False
        ),
    ] = None,
    cold: Annotated[
        bool, typer.Option("--cold", help="Stop each server for the move, in place of moving it while it runs.")
    ] = False,
    at_once: Annotated[int, typer.Option(metavar="NUMBER", help="Servers that leave at once.", min=1, max=100)] = 1,
    may_pause: Annotated[
        bool, typer.Option("--may-pause", help="A live migration that does not end by itself may pause the guest.")
    ] = False,
    disable: Annotated[
        bool, typer.Option("--disable", help="First have Nova put no further server on the host; it stays so.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only show which servers would leave.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Consent without being asked.")] = False,
    authority: Annotated[
        str,
        typer.Option(metavar="TEXT", help="The number of the official document that asks for this, for the audit log."),
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Start it and leave: workers do the rest.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Empty a host: show the servers that are on it, ask for consent, and move each to another host.

    Whosever they are: servers of projects that no manifest names move as well, and are told as such. One that cannot move stays, with
    the reason, and keeps no other from leaving. It is a wave made on the spot: watch, pause, abort and retry it by the name that it is
    given. To carry on after Ctrl-C or a crash, start that name again.

    Exit code 0: the host is empty. 1: a server is still on it, or an error.

    [bold]tenantry migrate drain city city-compute-1 --disable[/]
    """
    session = session_of(context)
    wanted = Drain(
        cloud=CloudName(cloud),
        host=HostName(host),
        to=HostName(to) if to else None,
        mode=Mode.COLD if cold else Mode.LIVE,
        at_once=at_once,
        may_pause=may_pause,
    )
    with Tenantry(session.settings) as tenantry:
        draining, city = tenantry.draining(), tenantry.city_in_force()
        with session.err.status("Looking at the host …"):
            found = draining.plan(city, wanted)
        if output is Format.TABLE:
            view.print_plan(session.out, found, disable=disable)
        elif plan:
            print_document(session.out, view.as_document(found), output)
        stays = len(found.moving) < len(found.servers)
        if plan:
            leave(EXIT_ERROR if stays else EXIT_NOTHING)
        if not found.moving and not (disable and found.takes_servers):
            leave(EXIT_ERROR if stays else EXIT_NOTHING)
        consent(session, _question(host, disable=disable), yes=yes, nothing="Nothing was moved.")
        if disable and found.takes_servers:
            draining.disable(city, found, tenantry.actor)
            session.err.print(f"Nova puts no further server on {host}.", markup=False)
        if not found.moving:
            leave(EXIT_ERROR if stays else EXIT_NOTHING)
        run = draining.start(found, tenantry.actor, authority=authority)
        session.err.print(f"Started as wave {run.wave.name}.", markup=False)
        see_through(session, tenantry, run.id, output, detach=detach, whole=not stays)


def _question(host: str, *, disable: bool) -> str:
    return f"Disable host {host} and move these servers?" if disable else "Move these servers?"
