"""`tenantry audit`: who did what, and the proof that nobody changed the record."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import audit as audit_view
from api.render.output import Format, print_document
from provisioner.audit import Digest, Entry, Head
from provisioner.errors import InputError
from provisioner.store import audit

app = typer.Typer(
    cls=PlainGroup, help="Who did what, and the proof that nobody changed the record.", no_args_is_help=True
)


@app.command("show", cls=PlainCommand)
def show_command(
    context: typer.Context,
    *,
    after: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=0,
            help="The entries that follow this number; without it, the newest.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many entries.", min=1)] = 100,
    everything: Annotated[bool, typer.Option("--all", help="Every entry there is, or that follows --after.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show the audit log: its newest entries, in the order in which they were made.

    [bold]tenantry audit show --after 0 --limit 50[/] shows the first fifty.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
        count = audit.head(connection).count
        most = max(count, 1) if everything else limit
        first = after if after is not None else max(0, count - most)
        entries = list(islice(audit.read(connection, after=first), most))
    if output is Format.TABLE:
        audit_view.print_entries(session.out, entries)
    else:
        print_document(session.out, audit_view.as_document(entries), output)
    if hint := cut(entries, first=first, count=count, newest=after is None):
        session.err.print(hint, style="dim")


@app.command("verify", cls=PlainCommand)
def verify_command(
    context: typer.Context,
    *,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="COUNT:DIGEST",
            help="COUNT:DIGEST noted earlier outside the database; the log must have grown from it.",
        ),
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


def cut(entries: Sequence[Entry], *, first: int, count: int, newest: bool) -> str:
    """What was left out at the end that matters, and how to see it; empty where nothing was."""
    if newest:
        older = f"The newest {len(entries)} of {count} entries; --all shows every one, --after 0 begins with the first."
        return older if first else ""
    last = entries[-1].seq if entries else first
    return f"Entries up to {last} of {count}; --after {last} goes on." if last < count else ""


def _parsed(text: str) -> Head:
    count, _, digest = text.partition(":")
    if not count.isdecimal() or not digest:
        raise InputError(f"--head {text}: not a head; give it as `audit verify` printed it, COUNT:DIGEST")
    return Head(count=int(count), digest=Digest(digest))
