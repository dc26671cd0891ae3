"""`tenantry migrate report`: the evidence of a migration or a wave, as a file for people or programs; and such a file proven."""

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.bootstrap import Tenantry
from api.cli.migrate_subjects import Application, find_migration, migration_of, started_run
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, Session, leave, session_of
from api.language.choice import Wish, of_wish
from api.language.spoken import Language
from provisioner.errors import InputError
from provisioner.migration.states import State


class ReportFormat(StrEnum):
    """What a report is written as."""

    JSON = "json"
    HTML = "html"


class Milestone(StrEnum):
    """As of when a report may be: the states at which its hash is entered in the audit log."""

    ACCEPTED = "accepted"
    ROLLED_BACK = "rolled-back"
    CLOSED = "closed"


def report_command(
    context: typer.Context,
    *,
    wave: Annotated[
        str | None,
        typer.Argument(
            metavar="WAVE", help="A wave's name, or the id of a start or of a migration.", show_default=False
        ),
    ] = None,
    application: Application = None,
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="What it is written as; by the file's name unless given.", show_default=False),
    ] = None,
    language: Annotated[
        Wish, typer.Option("--language", help="The page's language; the terminal's unless given.")
    ] = Wish.AUTO,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it into a file.", show_default=False),
    ] = None,
    as_of: Annotated[
        Milestone | None,
        typer.Option("--as-of", help="As of when this was reached; as of now unless given.", show_default=False),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify", metavar="FILE", help="Hold a report's JSON against the audit log.", show_default=False
        ),
    ] = None,
) -> None:
    """Write down what happened: who allowed it, when the application stood still, what proves its disks, what is different.

    Of one application, or of a whole wave. When a migration is accepted, taken back or closed, the SHA-256 of its report enters the
    audit log, and when a wave ends, that of its own: --as-of writes an application's report as it was then, and --verify finds out
    whether a file is one that was entered and whether the record still says the same.

    Exit code of --verify 0: it is. 1: it is not, or an error.

    [bold]tenantry migrate report social-credit-to-baoan social-credit --as-of accepted --out report.json[/]
    """
    session = session_of(context)
    if verify is not None:
        with Tenantry(session.settings) as tenantry:
            leave(_verify(session, tenantry, verify))
    if wave is None:
        raise InputError("say which wave the report is to be about")
    chosen = form or (ReportFormat.HTML if out is not None and out.suffix == ".html" else ReportFormat.JSON)
    spoken = of_wish(language, os.environ, encoding="utf-8")
    with Tenantry(session.settings) as tenantry:
        text = _written(tenantry, wave, application, as_of, (chosen, spoken))
    if out is None:
        session.out.out(text, highlight=False)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: the report could not be written: {error.strerror}") from error


def _written(
    tenantry: Tenantry,
    wave: str,
    application: str | None,
    as_of: Milestone | None,
    how: tuple[ReportFormat, Language],
) -> str:
    from api.render.migration.page import page, wave_page  # noqa: PLC0415  # most commands make no pages
    from provisioner.migration.report_document import document, wave_document  # noqa: PLC0415
    from provisioner.moving.reporting import report_at, reports_of  # noqa: PLC0415
    from provisioner.store import migration_records  # noqa: PLC0415

    form, language = how
    with tenantry.database.transaction() as connection:
        one = find_migration(connection, wave)
        run = migration_records.load_run(connection, one.run) if one else started_run(connection, wave)
        chosen = one.id if one else migration_of(connection, run, application)
        if chosen is None:
            if as_of is not None:
                raise InputError("a whole wave has no milestone: name the application that --as-of is about")
            reports = reports_of(connection, run)
            if form is ReportFormat.HTML:
                return wave_page(run, reports, language)
            return _json(wave_document(run, reports))
        found = migration_records.load(connection, chosen)
        made = report_at(connection, run, found, None if as_of is None else State(as_of.value))
    return page(made, language) if form is ReportFormat.HTML else _json(document(made))


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _verify(session: Session, tenantry: Tenantry, file: Path) -> int:
    """Say what the audit log says of a file; gives the exit code."""
    from provisioner.moving.reporting import entered, prove  # noqa: PLC0415  # as above
    from provisioner.store import audit  # noqa: PLC0415

    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: this is no report that could be read: {error}") from error
    if not isinstance(held, dict):
        raise InputError(f"{file}: this is no report of a migration or a wave")
    with tenantry.database.transaction() as connection:
        proven = prove(connection, held)
        findings = audit.verify(connection)
        known = entered(connection, proven.subject)
    out = session.out
    out.print(f"SHA-256 {proven.sha256}", markup=False)
    if proven.entry is None:
        said = ", ".join(str(each.event.detail["state"]) for each in known)
        out.print("The audit log has no report with this hash.", style="bold red", markup=False)
        out.print(f"It has one of the same as of: {said}." if said else "It has none of the same.", markup=False)
        return EXIT_ERROR
    event = proven.entry.event
    out.print(
        f"Entry {proven.entry.seq} of the audit log: {event.detail['state']}, {event.at.astimezone():%Y-%m-%d %H:%M:%S %z}.",
        markup=False,
    )
    if not proven.reproduced:
        out.print("The record makes another report than this one now.", style="bold red", markup=False)
    if findings:
        out.print("The audit log itself does not verify: see tenantry audit verify.", style="bold red", markup=False)
    if proven.genuine and not findings:
        out.print("It is the report that was entered, and the record says the same.", style="green", markup=False)
        return EXIT_NOTHING
    return EXIT_ERROR
