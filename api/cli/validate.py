"""`tenantry validate`: are these manifests right, before anybody looks at a cloud."""

import typer

from api.cli.options import Manifests, Output
from api.cli.reading import check, show_problems
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render.output import Format
from api.render.page import counted


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
        city = validation.city
        files = f"{counted(len(texts), 'file')} {'is' if len(texts) == 1 else 'are'} valid"
        clouds, tenants = counted(len(city.clouds), "cloud"), counted(len(city.tenants), "tenant")
        projects = counted(sum(len(tenant.projects) for tenant in city.tenants.values()), "project")
        # Said where there are any: many cities only share out what their clouds have.
        applications = f", {counted(len(city.applications), 'application')}" if city.applications else ""
        session.out.print(f"{files}: {clouds}, {tenants}, {projects}{applications}.")
    leave(EXIT_NOTHING)
