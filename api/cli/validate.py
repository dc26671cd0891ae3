"""`tenantry validate`: are these manifests right, before anybody looks at a cloud."""

from collections.abc import Iterator

import typer

from api.cli.options import Manifests, Output
from api.cli.reading import check, show_problems
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render.output import Format
from api.render.page import counted
from tenants.spec import City


def validate_command(context: typer.Context, manifests: Manifests, *, output: Output = Format.TABLE) -> None:
    """Check manifests: every problem at once, each with its place and what would be right.

    Needs neither a cloud nor a database, so it suits an editor, a commit hook and a review.

    [bold]tenantry validate tenants/examples/shenzhen[/]
    """
    session = session_of(context)
    texts, validation = check(manifests)
    if validation.problems or output is not Format.TABLE:
        show_problems(session, validation.problems, texts, output)
    if validation.city is None:
        leave(EXIT_ERROR)
    if output is Format.TABLE:
        files = f"{counted(len(texts), 'file')} {'is' if len(texts) == 1 else 'are'} valid"
        session.out.print(f"{files}: {', '.join(_held(validation.city))}.")
    leave(EXIT_NOTHING)


def _held(city: City) -> Iterator[str]:
    """How many of what there are. What many cities do without is said where there is any."""
    yield counted(len(city.clouds), "cloud")
    yield counted(len(city.tenants), "tenant")
    yield counted(sum(len(tenant.projects) for tenant in city.tenants.values()), "project")
    others = {"application": len(city.applications), "wave": len(city.waves), "price list": len(city.prices)}
    yield from (counted(number, what) for what, number in others.items() if number)
