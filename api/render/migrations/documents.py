"""Waves and migrations as documents for programs."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from api.render.migrations.words import Called
from api.render.output import Document
from provisioner.migration.blocking import held_up
from provisioner.migration.estimate import Spread
from provisioner.migration.migration import Migration, Run, Step
from provisioner.moving.sighting import Line, Sight
from provisioner.operation import Failure


def run_document(run: Run, migrations: Iterable[Migration]) -> Mapping[str, Document]:
    """One wave in a list."""
    listed = tuple(migrations)
    return {
        **_run(run),
        "applications": [
            {"name": each.name, "migration": each.id, "state": each.state.value, "asked": each.asked.value}
            for each in listed
        ],
        "heldUp": [each.name for each in held_up(run, listed)],
    }


def sight_document(sight: Sight, called: Called) -> Mapping[str, Document]:
    """A wave as it is now, without its steps."""
    return {
        **_run(sight.run),
        "goesOn": sight.goes_on,
        "secondsLeft": spread(sight.left),
        "applications": [_line(each, called) for each in sight.lines],
    }


def migration_document(migration: Migration, called: Called, line: Line | None = None) -> Mapping[str, Document]:
    """One migration with all of its steps and their evidence; with its line in its wave, what it waits for too."""
    return {
        **_migration(migration, called),
        "waits": None if line is None else line.waits or None,
        "heldUpBy": [] if line is None else list(line.held_up_by),
        "source": {
            "cloud": migration.workload.cloud,
            "project": migration.workload.project,
            "servers": [each.name for each in migration.workload.machines],
        },
        "target": {"cloud": migration.bindings.cloud, "project": migration.bindings.project},
        "left": [
            {"subject": each.subject, "what": each.what, "before": each.before, "why": each.why}
            for each in migration.bindings.left
        ],
        "steps": [_step(each) for each in migration.steps],
    }


def spread(value: Spread) -> Mapping[str, Document]:
    """Seconds with their bounds."""
    return {"low": round(value.low), "likely": round(value.likely), "high": round(value.high)}


def _run(run: Run) -> Mapping[str, Document]:
    return {
        "run": run.id,
        "wave": run.wave.name,
        "displayName": run.wave.display_name,
        "mode": run.mode.value,
        "state": run.state.value,
        "startedBy": run.started_by,
        "startedAt": run.started_at.isoformat(),
        "finishedAt": _time(run.finished_at),
    }


def _line(line: Line, called: Called) -> Mapping[str, Document]:
    return {
        **_migration(line.migration, called),
        "waits": line.waits or None,
        "heldUpBy": list(line.held_up_by),
        "done": round(line.part, 3),
        "secondsLeft": spread(line.left),
        "measured": line.measured,
        "underWay": [_step(each) for each in line.steps],
    }


def _migration(migration: Migration, called: Called) -> Mapping[str, Document]:
    signed = migration.signed_off
    return {
        "name": migration.name,
        "displayName": called.display(migration.name),
        "migration": migration.id,
        "run": migration.run,
        "state": migration.state.value,
        "asked": migration.asked.value,
        "failure": _failure(migration.failure),
        "downFrom": _time(migration.down_from),
        "downUntil": _time(migration.down_until),
        "signedOff": None
        if signed is None
        else {"by": signed.actor, "at": signed.at.isoformat(), "comment": signed.comment},
        "keptUntil": _time(migration.kept_until),
        "finishedAt": _time(migration.finished_at),
    }


def _step(step: Step) -> Document:
    evidence = step.evidence
    return {
        "position": step.spec.position,
        "step": step.spec.kind.value,
        "subject": step.spec.subject,
        "state": step.state.value,
        "attempts": step.attempts,
        "startedAt": _time(step.started_at),
        "finishedAt": _time(step.finished_at),
        "doneBytes": step.done_bytes,
        "totalBytes": step.total_bytes,
        "failure": _failure(step.failure),
        "evidence": None
        if evidence is None
        else {"requestIds": list(evidence.request_ids), "values": dict(evidence.values)},
    }


def _failure(failure: Failure | None) -> Document:
    if failure is None:
        return None
    return {"message": failure.message, "requestId": failure.request_id, "retryable": failure.retryable}


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
