"""`tenantry usage` and `tenantry capacity`: what was used, and what clouds have left."""

from typing import Annotated

import typer

from api.accounting.capacity import capacities
from api.accounting.usage import day_begin, month_stated, period_between, used
from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.session import session_of
from api.cli.tenant_names import no_such_tenant
from api.render import usage as view
from api.render.output import Format, print_document
from provisioner.access import subtree
from provisioner.errors import InputError
from provisioner.statements.months import Month
from tenants.language.report import choose
from tenants.names import CloudName, TenantName


def usage_command(
    context: typer.Context,
    tenant: Annotated[
        str | None, typer.Argument(help="Only this tenant's and those below it.", show_default=False)
    ] = None,
    *,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="A statement's month, 2026-10.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="From the beginning of this day in China.", show_default=False),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="To the beginning of this day.", show_default=False)
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what was used, line by line, beside how much of the time is known. Without options: this month till now.

    No data is not zero use: what is not known is said to be. Times are added up exactly; JSON has them in resource-seconds, with
    the least and the most that they can truly be.

    [bold]tenantry usage market-regulation --month 2026-10[/]
    """
    if month is not None and (since or until):
        raise InputError("give --month, or --from and --to, not both")
    wanted = Month.parse(month) if month else None
    first, last = (day_begin(each) if each else None for each in (since, until))
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        city, now = tenantry.city_in_force(), tenantry.now()
        cut_off = city.policy.statements.cut_off_day
        stated = month_stated(tenantry.database, wanted, now=now, cut_off_day=cut_off)
        period = period_between(first or stated.start, stated.end if wanted else last, now=now)
        if tenant is not None and TenantName(tenant) not in city.tenants:
            raise no_such_tenant(city, tenant)
        chosen = None if tenant is None else subtree(city.tenants, TenantName(tenant))
        found = used(tenantry.database, city, period, chosen)
    if output is Format.TABLE:
        view.print_usage(session.out, found, period)
    else:
        print_document(session.out, view.usage_document(found, period), output)


def capacity_command(
    context: typer.Context,
    cloud: Annotated[str | None, typer.Argument(help="Only this cloud.", show_default=False)] = None,
    *,
    output: Output = Format.TABLE,
) -> None:
    """Show what clouds have, can give out, have promised by quotas and reserved for requests, and have left.

    From what was last collected, or last looked at; the time stands beside it. After losing a host: the room that would be left
    for what runs now, if the largest host went; below 0, not everything could start again.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        city = tenantry.city_in_force()
        if cloud is not None and CloudName(cloud) not in city.clouds:
            raise InputError(f'no cloud is called "{cloud}"; {choose(cloud, city.clouds)}')
        found = capacities(tenantry.database, city, None if cloud is None else CloudName(cloud))
    if output is Format.TABLE:
        view.print_capacity(session.out, found)
    else:
        print_document(session.out, view.capacity_document(found), output)
