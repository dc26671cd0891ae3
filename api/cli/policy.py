"""`tenantry policy`: what a city's policy decides, before it is in force and after."""

from pathlib import Path
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Manifests, Output
from api.cli.reading import valid_manifests
from api.cli.session import EXIT_NOTHING, leave, session_of
from api.render import policy as view
from api.render.output import Format, print_document
from provisioner.requests.request import RequestId
from provisioner.requests.route import ruled
from provisioner.store import requests
from tenants.envelopes import upwards
from tenants.facts import concerned
from tenants.names import TenantName
from tenants.policy import Example
from tenants.ruling import review_ruling
from tenants.spec import City

app = typer.Typer(cls=PlainGroup, help="Who reviews what, by rule: tried before it counts.", no_args_is_help=True)


@app.command("test", cls=PlainCommand)
def try_command(context: typer.Context, manifests: Manifests, *, output: Output = Format.TABLE) -> None:
    """Try the examples of the policy among these manifests, and show which rule decides each.

    Exit code 1: one is decided by another rule than it says, or something else is wrong with the manifests.

    [bold]tenantry policy test tenants/examples/shenzhen[/]
    """
    session = session_of(context)
    city = valid_manifests(session, manifests, output).city
    tried = [_tried(city, each) for each in city.policy.examples]
    if output is Format.TABLE:
        view.print_tried(session.out, tried)
    else:
        print_document(session.out, view.tried_as_document(tried), output)
    leave(EXIT_NOTHING)


@app.command("facts", cls=PlainCommand)
def facts_command(
    context: typer.Context,
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.", show_default=False)],
    manifests: Annotated[
        list[Path] | None,
        typer.Argument(help="Try the policy among these, in place of the one in force.", show_default=False),
    ] = None,
    *,
    output: Output = Format.TABLE,
) -> None:
    """Show the facts of a request as policies see them, the rule that decided it, and the one that would now.

    Facts that are as in a request that asks for nothing are left out. Nothing is changed: a request keeps the way that it
    was given when it was submitted.
    """
    session = session_of(context)
    tried = valid_manifests(session, manifests, output).city if manifests else None
    with Tenantry(session.settings) as tenantry:
        with tenantry.database.transaction() as connection:
            found = requests.load(connection, RequestId(request))
        now = tenantry.deciding().route_now(found) if tried is None else ruled(tried.policy, found.way.facts, tried)
    if output is Format.TABLE:
        view.print_facts(session.out, found, now)
    else:
        print_document(session.out, view.facts_as_document(found, now), output)


def _tried(city: City, example: Example) -> view.Tried:
    lines = (upwards(city, TenantName(each)) for each in concerned(example.facts))
    return view.Tried(name=example.name, ruling=review_ruling(city.policy, example.facts, lines))
