"""`tenantry collect` and `crosscheck`: collect now what clouds hold, once; compare what was metered with Nova's own account."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.session import EXIT_CHANGES, EXIT_ERROR, leave, session_of
from api.render import collection as view
from api.render import crosscheck as crosscheck_view
from api.render.output import Format, print_document
from monitoring.metering.crosscheck import Agreement
from provisioner.errors import InputError
from provisioner.statements.months import Month, period_of
from tenants.language.report import choose
from tenants.names import CloudName

if TYPE_CHECKING:
    from api.collection.collecting import Collected, Collecting


def collect_command(
    context: typer.Context,
    *,
    clouds: Annotated[
        list[str] | None, typer.Argument(metavar="CLOUD", help="Only these; all unless given.", show_default=False)
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Collect now what clouds hold: servers, volumes, quotas, capacity and all else that is metered and shown by metrics.

    Workers do so by themselves, again and again. Exit code 1: something could not be read; it is said what.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        collecting = tenantry.collecting()
        chosen = _chosen(collecting, clouds)
        with session.err.status("Asking the clouds …"):
            found = _collect(collecting, chosen)
    if output is Format.TABLE:
        view.print_collected(session.out, found)
    else:
        print_document(session.out, view.as_document(found), output)
    if not all(each.run.complete for each in found):
        leave(EXIT_ERROR)


def crosscheck_command(
    context: typer.Context,
    *,
    clouds: Annotated[
        list[str] | None, typer.Argument(metavar="CLOUD", help="Only these; all unless given.", show_default=False)
    ] = None,
    month: Annotated[str, typer.Option(metavar="MONTH", help="The calendar month in China, as 2026-10.")],
    output: Output = Format.TABLE,
) -> None:
    """Hold what was metered of servers beside Nova's own account of them, project by project.

    Exit code 0: everything is explained. 2: something is not, for somebody to look at.
    """
    from api.collection.crosschecking import crosscheck  # noqa: PLC0415  # as above

    session = session_of(context)
    period = period_of(Month.parse(month))
    with Tenantry(session.settings) as tenantry:
        collecting = tenantry.collecting()
        chosen = _chosen(collecting, clouds)
        with session.err.status("Asking the clouds …"):
            found = [crosscheck(collecting, each, period) for each in chosen]
    if output is Format.TABLE:
        crosscheck_view.print_crosschecked(session.out, found)
    else:
        print_document(session.out, crosscheck_view.as_document(found), output)
    if any(each.agreement is Agreement.UNEXPLAINED for one in found for each in one.comparisons):
        leave(EXIT_CHANGES)


def _collect(collecting: "Collecting", clouds: Sequence[CloudName]) -> "Sequence[Collected]":
    """One cycle: the clouds side by side, in each one collector after another."""
    from api.collection.routines import COLLECTORS  # noqa: PLC0415  # with it comes what most commands do not need

    def cycle(cloud: CloudName) -> "Sequence[Collected]":
        return [collecting.collect(cloud, each) for each in COLLECTORS]

    with ThreadPoolExecutor(max_workers=max(1, len(clouds)), thread_name_prefix="collect") as pool:
        return [each for cycle_of_one in pool.map(cycle, clouds) for each in cycle_of_one]


def _chosen(collecting: "Collecting", asked: list[str] | None) -> Sequence[CloudName]:
    known = collecting.clouds()
    if not known:
        raise InputError("nothing was applied yet, so no cloud is known: begin with `tenantry apply`")
    unknown = [each for each in asked or () if each not in known]
    if unknown:
        raise InputError(f"no manifest in force has a cloud {unknown[0]}; {choose(unknown[0], known)}")
    return [each for each in known if not asked or each in asked]
