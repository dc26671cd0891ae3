"""Reports of migrations read from the record, as of now or of a milestone; their hashes entered in the audit log, and found again.

A hash is entered in the transaction in which the milestone is reached; that of a wave's report, in which the wave ends. `provisioner.migration.report` makes the same report of the
same events at any time, so the file that somebody keeps, the record and the audit log can be held against one another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from provisioner.audit import Detail, Entry, Event
from provisioner.errors import InputError, StoreError
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.report import ENTERED, WAVE_ENTERED, Authority, Consent, Report
from provisioner.migration.report_document import KIND, OF_WAVE, digest, document, wave_document
from provisioner.migration.retelling import report
from provisioner.migration.states import State
from provisioner.operation import RevisionId
from provisioner.requests.request import RequestId
from provisioner.store import audit, migration_events, migration_records, requests, revisions
from provisioner.store.database import Connection
from provisioner.store.migration_events import Happening

_STATE: Final = "state"
_STARTED: Final = "started"
#: Events read at a time.
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What the audit log says of a report that somebody holds."""

    #: The SHA-256 of what they hold.
    sha256: str
    #: What it is about: a migration, or a wave that was started.
    subject: MigrationId | RunId
    #: The entry with that hash; None where there is none.
    entry: Entry | None
    #: Whether the record still makes the same report; None where there is no entry to make it by.
    reproduced: bool | None = None

    @property
    def genuine(self) -> bool:
        """Whether it is what was entered, and the record agrees."""
        return self.entry is not None and self.reproduced is True


def entry_of(connection: Connection, run: Run, migration: Migration, reached: Event) -> Event:
    """What goes into the audit log beside the entry of a milestone that was just reached; its event is noted already."""
    state = State(str(reached.detail["state"]))
    made = report_at(connection, run, migration, state)
    detail: dict[str, Detail] = {"name": migration.name, "sha256": digest(document(made)), "state": state.value}
    return replace(reached, action=ENTERED, detail=detail)


def report_at(connection: Connection, run: Run, migration: Migration, state: State | None = None) -> Report:
    """The report as of when a milestone was last reached, or as of now. Raises InputError where it was not reached."""
    happened = tuple(_happened(connection, run.id, migration.id))
    if state is not None:
        reached = [place for place, each in enumerate(happened) if _is(each, state)]
        if not reached:
            raise InputError(f"the migration of {migration.name} never became {state}")
        happened = happened[: reached[-1] + 1]
    return report(run, migration, happened, authority_of(connection, run))


def entry_of_wave(connection: Connection, run: Run, ended: Event) -> Event:
    """What goes into the audit log beside the entry of a wave's end; all its migrations have ended."""
    made = wave_document(run, reports_of(connection, run))
    detail: dict[str, Detail] = {"wave": run.wave.name, "sha256": digest(made), "state": RunState.ENDED.value}
    return replace(ended, action=WAVE_ENTERED, detail=detail)


def reports_of(connection: Connection, run: Run) -> tuple[Report, ...]:
    """Those of all applications of a wave: of each that has ended as of its end, which has an entry of its own; else as of now."""
    return tuple(
        report_at(connection, run, each, each.state if each.state.final else None)
        for each in migration_records.of_run(connection, run.id)
    )


def prove(connection: Connection, held: Mapping[str, Any]) -> Proven:
    """Hold a report's document, a migration's or a wave's, against the audit log and the record.

    Raises InputError for what is no report.
    """
    subject, sha256 = _subject(held), digest(held)
    entries = [each for each in entered(connection, subject) if each.event.detail["sha256"] == sha256]
    if not entries:
        return Proven(sha256=sha256, subject=subject, entry=None)
    again = _again(connection, entries[-1].event)
    reproduced = again is not None and digest(again) == sha256
    return Proven(sha256=sha256, subject=subject, entry=entries[-1], reproduced=reproduced)


def entered(connection: Connection, subject: MigrationId | RunId) -> tuple[Entry, ...]:
    """The entries of a migration's reports, or of a wave's, oldest first."""
    return audit.about(connection, subject, ENTERED) or audit.about(connection, subject, WAVE_ENTERED)


def authority_of(connection: Connection, run: Run) -> Authority:
    """By what the wave was in force when it was started."""
    started = next((each for each in migration_events.since(connection, run.id) if each.what == _STARTED), None)
    origin = str((started and started.detail.get("origin")) or "")
    return Authority(
        document=run.authority, origin=origin, consents=tuple(_consents(connection, run, origin)) if origin else ()
    )


def _subject(held: Mapping[str, Any]) -> MigrationId | RunId:
    key = {KIND: "migration", OF_WAVE: "run"}.get(str(held.get("kind")))
    identity = held.get(key) if key is not None else None
    if not isinstance(identity, str):
        raise InputError(
            "this is no report of a migration or a wave: take the JSON that `tenantry migrate report` wrote"
        )
    return RunId(identity) if key == "run" else MigrationId(identity)


def _again(connection: Connection, entered: Event) -> Mapping[str, Any] | None:
    """The document that an entry is about, made anew from the record; None where that knows nothing of it any more."""
    if entered.action == WAVE_ENTERED:
        run = migration_records.find_run(connection, RunId(entered.subject))
        return None if run is None else wave_document(run, reports_of(connection, run))
    found = migration_records.find(connection, MigrationId(entered.subject))
    if found is None:
        return None
    run = migration_records.load_run(connection, found.run)
    return document(report_at(connection, run, found, State(str(entered.detail["state"]))))


def _consents(connection: Connection, run: Run, origin: str) -> Iterator[Consent]:
    request = requests.find(connection, RequestId(origin))
    if request is None:
        try:
            revision = revisions.load(connection, RevisionId(origin))
        except StoreError:
            # A migration is not to fail because nobody knows any more who allowed it.
            return
        yield Consent(at=revision.created_at, actor=revision.actor, stands_for=None, act="apply", role="")
        return
    for each in request.history:
        if each.at <= run.started_at:
            yield Consent(
                at=each.at,
                actor=each.by.actor,
                stands_for=each.by.stands_for,
                act=each.act.value,
                role=each.role.value,
                comment=each.comment,
            )


def _happened(connection: Connection, run: RunId, migration: MigrationId) -> Iterator[Happening]:
    seq = 0
    while found := migration_events.since(connection, run, seq, migration=migration, limit=_BATCH):
        yield from found
        seq = found[-1].seq


def _is(happening: Happening, state: State) -> bool:
    return happening.what == _STATE and happening.detail.get("state") == state.value
