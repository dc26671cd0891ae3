"""`tenantry status`: what was asked, what the clouds enforce, what is used, and what is under way."""

from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from api.bootstrap import Tenantry
from api.cli.looking import say_age
from api.cli.options import Output, Tenants
from api.cli.reading import chosen_tenants
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.cli.status_application import show_applications
from api.cli.subjects import Applications, Subjects, described_city
from api.render import allocation as allocation_view
from api.render import clouds as clouds_view
from api.render import endings as endings_view
from api.render import operations as operations_view
from api.render import overview as overview_view
from api.render.names import Names
from api.render.output import Format, print_document
from monitoring.allocation import Allocation, AllocationState, allocations, cloud_totals, envelope_shares
from provisioner.operation import Operation
from provisioner.store import operations
from provisioner.survey import Survey, clouds_in_use, recorded_survey, survey
from tenants.days import day_of
from tenants.envelopes import Row as Share
from tenants.spec import City

_RECENT_OPERATIONS = 10
#: So many projects are shown limit by limit without being asked for.
_FEW = 3


def status_command(
    context: typer.Context,
    subjects: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[APPLICATION|MANIFESTS]...",
            help="Applications to show instead of projects, and manifests to compare with; what was last applied where "
            "no manifests are named.",
            show_default=False,
        ),
    ] = None,
    *,
    application: Applications = None,
    tenant: Tenants = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="From the last recorded look at the clouds; sends no request.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Every limit of every project, however many there are.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show what was asked for each project, what its cloud enforces, what is used, and what is left.

    A few projects are shown limit by limit, many by the line; then envelopes, clouds, and unfinished operations.

    Of an application: its servers, volumes and addresses, where they are not as asked, and what its probes last found.

    [bold]tenantry status --tenant market-regulation[/]
    """
    session = session_of(context)
    asked = Subjects.of(subjects, application)
    with Tenantry(session.settings) as tenantry:
        city = described_city(session, tenantry, asked.manifests, output)
        if asked.applications:
            asked.must_be_in(city)
            seen = show_applications(session, tenantry, city, asked.applications, recorded=recorded, output=output)
            _end(session, seen, output, recorded=recorded)
        chosen = chosen_tenants(city, tenant, asked.source)
        seen = _look(session, tenantry, city, recorded=recorded)
        with tenantry.database.transaction() as connection:
            recent = operations.recent(connection, _RECENT_OPERATIONS)
    rows = [each for each in allocations(city, seen.observations) if not chosen or each.tenant in chosen]
    shares = [each for each in envelope_shares(city, seen.observations) if not chosen or each.tenant in chosen]
    names = Names.of(city)
    clouds = () if chosen else cloud_totals(city, seen.observations)
    ends = endings_view.near(city, chosen, day_of(tenantry.now()))
    if output is not Format.TABLE:
        document = {
            **allocation_view.as_document(rows, shares, names),
            **clouds_view.as_document(clouds),
            **endings_view.as_document(ends),
        }
        print_document(session.out, document, output)
    else:
        hint = _print_projects(session, rows, shares, names, full=full)
        clouds_view.print_clouds(session.out, clouds)
        endings_view.print_endings(session.out, ends, names)
        _print_unfinished(session, recent, names)
        if hint:
            session.out.print(hint, style="dim")
    _end(session, seen, output, recorded=recorded)


def _end(session: Session, seen: Survey, output: Format, *, recorded: bool) -> NoReturn:
    """Say when the clouds were looked at, or which were not, and leave."""
    if recorded:
        say_age(session, seen, output)
    else:
        for cloud, reason in sorted(seen.unreachable.items()):
            session.err.print(f"Not looked at: cloud {cloud}: {reason}", style="yellow")
    leave(EXIT_ERROR if seen.unreachable else EXIT_NOTHING)


def _look(session: Session, tenantry: Tenantry, city: City, *, recorded: bool) -> Survey:
    clouds = clouds_in_use(city)
    if recorded:
        return recorded_survey(tenantry.database, clouds)
    with session.err.status("Looking at the clouds …"):
        return survey(city, clouds, tenantry.connect, now=tenantry.now)


def _print_projects(
    session: Session, rows: Sequence[Allocation], shares: Sequence[Share], names: Names, *, full: bool
) -> str:
    """Projects and envelopes, limit by limit or by the line; returns what `--full` would add, in words."""
    if not full and len({(each.tenant, each.project) for each in rows}) > _FEW:
        overview_view.print_allocations(session.out, rows, names)
        overview_view.print_envelopes(session.out, shares, names)
        return "Shown by the line; --full shows every limit."
    allocation_view.print_allocations(session.out, rows, names, unmanaged=full)
    allocation_view.print_envelopes(session.out, shares, names)
    unshown = not full and any(each.state is AllocationState.UNMANAGED for each in rows)
    return "Limits that no manifest names are unmanaged and only counted here; --full shows them." if unshown else ""


def _print_unfinished(session: Session, recent: tuple[Operation, ...], names: Names) -> None:
    unfinished = [each for each in recent if not each.state.final]
    if unfinished:
        operations_view.print_operations(session.out, unfinished, names)
