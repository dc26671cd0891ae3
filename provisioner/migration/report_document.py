"""A report as plain values, always in the same form, and the hash over it. Pure.

Keys are in camel case as in all documents, times are UTC, and nothing is a fraction, so that every JSON library writes the same
text: keys sorted, no spaces, UTF-8. Over that goes the SHA-256, whatever the file looks like that somebody keeps.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from provisioner.migration.migration import Run, StepState
from provisioner.migration.report import Report
from provisioner.migration.states import State

VERSION: Final = 1
KIND: Final = "MigrationReport"
OF_WAVE: Final = "WaveReport"


def document(report: Report) -> Mapping[str, Any]:
    """One application's. One without a display name says nothing of it: the hashes of reports from before there was any stay as they are."""
    told = {key: value for key, value in plain(report).items() if key != "displayName" or value}
    return {"kind": KIND, "version": VERSION, **told, "downtimeSeconds": report.downtime}


def wave_document(run: Run, reports: Iterable[Report]) -> Mapping[str, Any]:
    """A wave's: sums, and the reports of its applications, each with its hash."""
    found = tuple(reports)
    documents = [document(each) for each in found]
    return {
        "kind": OF_WAVE,
        "version": VERSION,
        "wave": run.wave.name,
        "run": run.id,
        "startedAt": plain(run.started_at),
        "startedBy": run.started_by,
        "sums": sums(found),
        "applications": [{"sha256": digest(each), "report": each} for each in documents],
    }


def sums(reports: Iterable[Report]) -> Mapping[str, Any]:
    """What a wave comes to."""
    found = tuple(reports)
    downtimes = [(each.downtime, each.name) for each in found if each.downtime is not None]
    rates = [(step.rate, each.name, step.subject) for each in found for step in each.steps if step.rate is not None]
    longest, slowest = max(downtimes, default=None), min(rates, default=None)
    return {
        "applications": len(found),
        "byState": {state.value: number for state in State if (number := sum(each.state is state for each in found))},
        "servers": sum(len(each.before) for each in found),
        "copiedBytes": sum(step.size or 0 for each in found for step in each.steps if step.state is StepState.DONE),
        "downtimeSeconds": sum(seconds for seconds, _ in downtimes),
        "longestDowntime": None if longest is None else {"seconds": longest[0], "application": longest[1]},
        "slowestCopy": None
        if slowest is None
        else {"bytesPerSecond": slowest[0], "application": slowest[1], "subject": slowest[2]},
        "failures": sum(len(step.failures) for each in found for step in each.steps),
        "resumptions": sum(step.resumptions for each in found for step in each.steps),
        "differences": sum(len(each.differences or ()) for each in found),
    }


def digest(found: Mapping[str, Any]) -> str:
    """SHA-256 of a document, in hexadecimal, by its one text."""
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Records with their fields in camel case, and everything else as JSON has it; keys of mappings stay as they are."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(each.name): plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)
