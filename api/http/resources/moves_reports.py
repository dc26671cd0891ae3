"""Reports of migrations: the evidence that people keep, in the form that its hash is made over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.http.conditional import tagged
from api.http.model import Model, example
from api.http.permissions import MigrationReader
from api.http.resources.moves_found import Moving
from provisioner.audit import Entry
from provisioner.migration.report_document import digest, document, wave_document
from provisioner.migration.states import State
from provisioner.moving import reporting
from provisioner.store import migration_records

router = APIRouter(prefix="/v1", tags=["migrations"])

_ENTRY: Final[Mapping[str, Any]] = {
    "sequence": 4711,
    "at": "2026-11-21T08:41:00Z",
    "state": "accepted",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class EnteredReport(Model):
    """A report's hash in the audit log."""

    model_config = example(**_ENTRY)

    sequence: int = Field(description="The entry in the audit log.")
    at: datetime
    state: State = Field(description="What the migration had reached: the report is as of then.")
    sha256: str


class MigrationReport(Model):
    """What happened to a migration, as of now, from its events alone."""

    model_config = example(
        sha256=_ENTRY["sha256"],
        entered=[_ENTRY],
        report={"kind": "MigrationReport", "version": 1, "name": "registration", "downtimeSeconds": 412},
    )

    sha256: str = Field(
        description="Over `report` as JSON in UTF-8 with its keys sorted and no spaces. `tenantry migrate report` checks it."
    )
    entered: tuple[EnteredReport, ...] = Field(
        description="The hashes that were entered in the audit log, oldest first."
    )
    report: Mapping[str, Any] = Field(
        description="Approvals, times, standstill, steps with evidence and OpenStack's request ids, hashes, every difference, "
        "probes, playbooks; always in English, for a hash is over it."
    )


class EnteredWaveReport(Model):
    """The hash of a wave's report in the audit log."""

    model_config = example(sequence=4712, at="2026-12-05T08:41:00Z", sha256=_ENTRY["sha256"])

    sequence: int = Field(description="The entry in the audit log.")
    at: datetime
    sha256: str


class WaveReport(Model):
    """What happened to a wave, as of now."""

    model_config = example(
        sha256=_ENTRY["sha256"],
        entered={"sequence": 4712, "at": "2026-12-05T08:41:00Z", "sha256": _ENTRY["sha256"]},
        report={"kind": "WaveReport", "version": 1, "wave": "registration-to-district", "applications": []},
    )

    sha256: str = Field(description="Over `report`, as that of a migration's is.")
    entered: EnteredWaveReport | None = Field(
        description="The hash that was entered in the audit log when the wave ended; null before."
    )
    report: Mapping[str, Any] = Field(description="Sums, and each application's report with its hash.")


@router.get("/migrations/{migration}/report", response_model=MigrationReport, summary="Report of a migration")
def show_migration_report(
    migration: str,
    request: Request,
    moves: Moving,
    principal: MigrationReader,
    state: Annotated[
        State | None,
        Query(description="As of when this was last reached, as the audit log has its hash; none is as of now."),
    ] = None,
) -> Response:
    """The evidence of one migration, which the same events always make again; with the hashes of it in the audit log."""
    found = moves.migration(migration, principal)
    with moves.service.database.transaction() as connection:
        run = migration_records.load_run(connection, found.run)
        made = document(reporting.report_at(connection, run, migration_records.load(connection, found.id), state))
        entered = reporting.entered(connection, found.id)
    return tagged(request, MigrationReport(sha256=digest(made), entered=tuple(map(_entered, entered)), report=made))


@router.get("/runs/{run}/report", response_model=WaveReport, summary="Report of a wave")
def show_run_report(run: str, request: Request, moves: Moving, principal: MigrationReader) -> Response:
    """The evidence of a wave under way, or of one that has ended: sums, and all its applications' reports."""
    found = moves.run(run, principal)
    with moves.service.database.transaction() as connection:
        made = wave_document(found, reporting.reports_of(connection, found))
        entered = reporting.entered(connection, found.id)
    last = _of_wave(entered[-1]) if entered else None
    return tagged(request, WaveReport(sha256=digest(made), entered=last, report=made))


def _entered(entry: Entry) -> EnteredReport:
    detail = entry.event.detail
    return EnteredReport(
        sequence=entry.seq, at=entry.event.at, state=State(str(detail["state"])), sha256=str(detail["sha256"])
    )


def _of_wave(entry: Entry) -> EnteredWaveReport:
    return EnteredWaveReport(sequence=entry.seq, at=entry.event.at, sha256=str(entry.event.detail["sha256"]))
