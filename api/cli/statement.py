"""`tenantry statement`: what each department used and what it costs, month by month."""

from pathlib import Path
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.audit import parsed_head, read_lines
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.cli.tenant_names import no_such_tenant
from api.language.choice import Wish
from api.language.spoken import Language, current
from api.render.output import Format, json_text, print_document
from api.render.statements import focus, table
from api.render.statements.document import as_document
from api.render.statements.page import Page
from provisioner.archive import examine_lines, line_of
from provisioner.errors import InputError
from provisioner.statements.months import Month
from provisioner.statements.statement import UNASSIGNED
from provisioner.store import statements as store
from tenants.names import TenantName

app = typer.Typer(
    cls=PlainGroup, help="What each department used and what it costs, month by month.", no_args_is_help=True
)
MonthName = Annotated[str, typer.Argument(metavar="MONTH", help="The month, as 2026-10.")]


@app.command("show", cls=PlainCommand)
def show_command(
    context: typer.Context,
    month: MonthName,
    tenant: Annotated[str, typer.Argument(help="The department; those below it are in its statement.")],
    *,
    system: Annotated[
        str | None,
        typer.Option(
            "--system",
            metavar="CODE",
            help="Only this business system's part; _none: what is of none.",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page for people.", show_default=False)
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write CSV with FOCUS's columns.", show_default=False),
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write JSON.", show_default=False)] = None,
    language: Annotated[
        Wish, typer.Option("--language", help="The page's language; the terminal's unless given.")
    ] = Wish.AUTO,
    output: Output = Format.TABLE,
) -> None:
    """Show a statement: closed, or as it would be now.

    [bold]tenantry statement show 2026-10 market-regulation --html statement.html --csv statement.csv[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        statements = tenantry.statements()
        asked = Month.parse(month)
        account = statements.account(asked, TenantName(tenant), system=system)
        if account is None and system is not None and statements.account(asked, TenantName(tenant)) is not None:
            raise InputError(f'nothing in the statement {month} of {tenant} is of a system "{system}"')
        if account is None and tenant == UNASSIGNED:
            raise InputError(f"nobody is missing as the holder of anything in {month}")
        if account is None:
            raise no_such_tenant(tenantry.city_in_force(), tenant)
        history = statements.history(account) if html else ()
    spoken = current() if language is Wish.AUTO else Language(language.value)
    if html:
        _write(html, Page(account=account, language=spoken, history=history).html().encode())
    if csv:
        _write(csv, focus.csv_text(account).encode("utf-8-sig"))
    if json:
        _write(json, f"{json_text(as_document(account), 'utf-8')}\n".encode())
    if output is not Format.TABLE:
        print_document(session.out, as_document(account), output)
    elif not (html or csv or json):
        table.print_account(session.out, account)


@app.command("close", cls=PlainCommand)
def close_command(
    context: typer.Context,
    month: MonthName,
    *,
    manual: Annotated[
        Path | None,
        typer.Option(
            "--manual",
            metavar="FILE",
            help="CSV of lines that nobody meters: tenant, system, item, quantity, unit, price.",
            show_default=False,
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Close a month: its statements are kept as they are now, for good. A month that is closed stays as it is.

    What turns out later is a correction in the next month's statements. The audit log notes who closed it. With --manual,
    lines for what nobody meters (people's work) are entered, under the name of whoever closes the month.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        closed = tenantry.statements().close(
            Month.parse(month), tenantry.actor, None if manual is None else _read(manual)
        )
    if output is Format.TABLE:
        table.print_months(session.out, [closed])
    else:
        print_document(session.out, table.month_document(closed), output)


@app.command("list", cls=PlainCommand)
def list_command(context: typer.Context, *, output: Output = Format.TABLE) -> None:
    """List the months that are closed."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        found = tenantry.statements().months()
    if output is Format.TABLE:
        table.print_months(session.out, found)
    else:
        print_document(session.out, table.months_document(found), output)


@app.command("verify", cls=PlainCommand)
def verify_command(
    context: typer.Context,
    *,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Exported statements, in place of the database.", show_default=False),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="COUNT:DIGEST",
            help="A head noted earlier: each closing's stands in the audit log.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check that no closed statement was altered, removed or moved. Exit code 1: one was. With --file, no database is needed."""
    session = session_of(context)
    kept = None if head is None else parsed_head(head)
    if file is not None:
        found = examine_lines(read_lines(file), kept=kept)
    else:
        with Tenantry(session.settings) as tenantry:
            found = tenantry.statements().verify(kept)
    table.print_examination(session.out, found)
    leave(EXIT_ERROR if found.findings else EXIT_NOTHING)


@app.command("export", cls=PlainCommand)
def export_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to.")],
) -> None:
    """Write all closed statements as JSON lines with their digests, for [bold]tenantry statement verify --file[/]."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, tenantry.database.autocommit() as connection:
        content = "".join(f"{line_of(each)}\n" for each in store.read(connection))
    _write(file, content.encode())
    session.err.print(f"{content.count(chr(10))} lines in {file}")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: this is not UTF-8") from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from error
