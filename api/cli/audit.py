"""`tenantry audit`: who did what, and the proof that nobody changed the record."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from api.bootstrap import Tenantry
from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import audit as audit_view
from api.render.output import Format, print_document
from api.render.page import counted
from provisioner.anchoring import Anchoring
from provisioner.archive import anchors_of, examine_lines, line_of
from provisioner.audit import Digest, Entry, Head
from provisioner.errors import InputError
from provisioner.store import audit

app = typer.Typer(
    cls=PlainGroup, help="Who did what, and the proof that nobody changed the record.", no_args_is_help=True
)
#: What a time may be written as.
_TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
#: Bytes of a line; whatever is longer is no entry.
_LONGEST_LINE: Final = 64 * 1024 * 1024


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
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="An exported log, or a part of one, in place of the database; - is standard input.",
            show_default=False,
        ),
    ] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Heads that `anchor` or a worker noted; the log must agree with each. May be given more than once.",
            show_default=False,
        ),
    ] = None,
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

    Prints the log's head. Kept elsewhere, and given with --head or --anchor later, it shows a log rewritten from end to end.
    With --file, no database is needed.
    """
    session = session_of(context)
    kept = None if head is None else parsed_head(head)
    anchors = [noted for each in anchor or () for noted in anchors_of(read_lines(each), name=str(each))]
    if file is not None:
        found = examine_lines(read_lines(file), kept=kept, anchors=anchors)
    else:
        with Tenantry(session.settings) as tenantry, tenantry.database.transaction() as connection:
            found = audit.examine(connection, kept=kept, anchors=anchors)
    if output is Format.TABLE:
        audit_view.print_verification(session.out, found, anchored=bool(anchors))
    else:
        print_document(session.out, audit_view.verification_as_document(found), output)
    leave(EXIT_ERROR if found.findings else EXIT_NOTHING)


@app.command("export", cls=PlainCommand)
def export_command(
    context: typer.Context,
    *,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_TIMES, help="From the first entry not before this time on.", show_default=False),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_TIMES, help="Up to the last entry before this time.", show_default=False),
    ] = None,
    first: Annotated[
        int, typer.Option("--from", metavar="NUMBER", min=1, help="From the entry of this number on.")
    ] = 1,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; without it, standard output.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the log as JSON lines, one entry a line, for `tenantry audit verify --file` and whatever else reads it.

    All between the first entry and the last is in it, so that the part can be verified by itself. Times without a zone are this
    machine's.

    [bold]tenantry audit export --since 2026-01-01 --until 2027-01-01 -o audit-2026.jsonl[/]
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry, tenantry.database.autocommit() as connection:
        begin, end = audit.span(connection, since=_zoned(since), until=_zoned(until))
        entries = audit.read(connection, after=max(first, begin) - 1, last=end)
        number = _write(file, entries)
    if file is not None:
        session.err.print(f"{counted(number, 'entry', 'entries')} in {file}")


@app.command("anchor", cls=PlainCommand)
def anchor_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file that the line is appended to, made where there is none.")],
) -> None:
    """Note the log's head in a file outside the database: one line of JSON, on the disk when the command ends.

    Refuses where the log does not agree any more with the last line. `TENANTRY_AUDIT_ANCHOR_FILE` has workers do it.
    """
    session = session_of(context)
    with Tenantry(session.settings) as tenantry:
        noted = Anchoring(database=tenantry.database, file=file, now=tenantry.now).note()
    session.out.print(f"{noted.head.count}:{noted.head.digest} is noted in {file}")


def _write(file: Path | None, entries: Iterable[Entry]) -> int:
    """Write entries as they come; a file appears when it is whole. Returns how many there were."""
    if file is None:
        number = _copy(entries, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return number
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as stream:
            number = _copy(entries, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error}") from error
    return number


def _copy(entries: Iterable[Entry], stream: IO[bytes]) -> int:
    number = 0
    for entry in entries:
        stream.write(f"{line_of(entry)}\n".encode())
        number += 1
    return number


def read_lines(file: Path) -> Iterator[str]:
    """Lines of a file, or of standard input, as they are asked for. Raises InputError where it cannot be read."""
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                yield line.removesuffix(b"\n").decode(errors="replace")
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error}") from error


def _zoned(at: datetime | None) -> datetime | None:
    return at.astimezone() if at is not None and at.tzinfo is None else at


def cut(entries: Sequence[Entry], *, first: int, count: int, newest: bool) -> str:
    """What was left out at the end that matters, and how to see it; empty where nothing was."""
    if newest:
        older = f"The newest {len(entries)} of {count} entries; --all shows every one, --after 0 begins with the first."
        return older if first else ""
    last = entries[-1].seq if entries else first
    return f"Entries up to {last} of {count}; --after {last} goes on." if last < count else ""


def parsed_head(text: str) -> Head:
    """A head as it was printed. Raises InputError."""
    count, _, digest = text.partition(":")
    if not count.isdecimal() or not digest:
        raise InputError(f"--head {text}: not a head; give it as `audit verify` printed it, COUNT:DIGEST")
    return Head(count=int(count), digest=Digest(digest))
