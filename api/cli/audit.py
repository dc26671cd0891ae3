"""`tenantry audit`: who did what, and the proof that nobody changed the record."""

from itertools import islice
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import audit as audit_view
from api.render.output import Format, print_document
from provisioner.audit import Digest, Head
from provisioner.errors import InputError
from provisioner.store import audit

app = typer.Typer(help="Who did what, and the proof that nobody changed the record.", no_args_is_help=True)


@app.command("show")
def show_command(
    context: typer.Context,
    *,
    after: Annotated[int, typer.Option(help="Only entries with a greater number.")] = 0,
    limit: Annotated[int, typer.Option(help="At most so many entries.", min=1)] = 100,
    output: Output = Format.TABLE,
) -> None:
    """Show the audit log, oldest first."""
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
        entries = list(islice(audit.read(connection, after=after), limit))
    if output is Format.TABLE:
        audit_view.print_entries(session.out, entries)
    else:
        print_document(session.out, audit_view.as_document(entries), output)


@app.command("verify")
def verify_command(
    context: typer.Context,
    *,
    head: Annotated[
        str | None,
        typer.Option(help="COUNT:DIGEST noted earlier outside the database; the log must have grown from it."),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Check the whole log: finds any entry that was altered, removed or moved. Exit code 1: something was.

    Prints the log's head. Keep it elsewhere, and give it with --head later: it shows a log rewritten from end to end.
    """
    session = session_of(context)
    kept = None if head is None else _parsed(head)
    with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
        findings = audit.verify(connection, kept=kept)
        current = audit.head(connection)
    if output is Format.TABLE:
        audit_view.print_verification(session.out, findings, current)
    else:
        print_document(session.out, audit_view.verification_as_document(findings, current), output)
    leave(EXIT_ERROR if findings else EXIT_NOTHING)


def _parsed(text: str) -> Head:
    count, _, digest = text.partition(":")
    if not count.isdecimal() or not digest:
        raise InputError(f"--head {text}: not a head; give it as `audit verify` printed it, COUNT:DIGEST")
    return Head(count=int(count), digest=Digest(digest))
