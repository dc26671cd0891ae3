"""The audit log outside the database: entries and anchors as lines of JSON, and files of them examined. Pure.

A line is the entry in one canonical form (keys in order, no spaces, UTF-8), so that there is one way to write each and nobody
can hide anything in a second key of the same name. Whoever knows `provisioner.audit` can check such a file with any language.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final

from provisioner.audit import (
    GENESIS,
    Anchor,
    Digest,
    Entry,
    Event,
    Examination,
    Finding,
    Head,
    Tampering,
    examine,
)
from provisioner.errors import InputError
from provisioner.operation import Actor

#: Lines that are no entries, of which so many are told.
_MOST: Final = 100
_ENTRY: Final = {"seq", "at", "actor", "action", "subject", "detail", "previous", "digest"}
_ANCHOR: Final = {"seq", "digest", "at"}
#: What may go wrong while JSON that somebody wrote is read.
_WRONG: Final = (ValueError, TypeError, KeyError, RecursionError, OverflowError)


def line_of(entry: Entry) -> str:
    """The entry in its one form, without an end of line."""
    event = entry.event
    return _canonical(
        {
            "seq": entry.seq,
            "at": event.at.isoformat(timespec="microseconds"),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "detail": event.detail,
            "previous": entry.previous,
            "digest": entry.digest,
        }
    )


def entry_of(line: str) -> Entry | None:
    """The inverse of `line_of`; None for whatever is not written just so."""
    try:
        found = _object(line, _ENTRY)
        event = Event(
            at=datetime.fromisoformat(found["at"]),
            actor=Actor(found["actor"]),
            action=found["action"],
            subject=found["subject"],
            detail=found["detail"],
        )
        entry = Entry(seq=found["seq"], event=event, previous=Digest(found["previous"]), digest=Digest(found["digest"]))
        is_whole = type(entry.seq) is int and isinstance(event.detail, dict)
        return entry if is_whole and line_of(entry) == line else None
    except (*_WRONG, AttributeError):
        return None


def line_of_anchor(anchor: Anchor) -> str:
    """The anchor in its one form, without an end of line."""
    head = anchor.head
    return _canonical({"seq": head.count, "digest": head.digest, "at": anchor.at.isoformat(timespec="seconds")})


def anchors_of(lines: Iterable[str], *, name: str) -> Iterator[Anchor]:
    """The anchors in a file of that name. Raises InputError for a line that is none."""
    for number, line in enumerate(lines, start=1):
        try:
            found = _object(line, _ANCHOR)
            at, seq, digest = datetime.fromisoformat(found["at"]), found["seq"], found["digest"]
        except _WRONG as error:
            raise InputError(f"{name}, line {number}: not an anchor: {error}") from error
        if type(seq) is not int or not isinstance(digest, str) or at.tzinfo is None:
            raise InputError(f"{name}, line {number}: not an anchor")
        yield Anchor(head=Head(count=seq, digest=Digest(digest)), at=at)


def examine_lines(lines: Iterable[str], *, kept: Head | None = None, anchors: Iterable[Anchor] = ()) -> Examination:
    """Examine an exported log, or a part of one, line by line. What it begins with is taken to follow what it says."""
    reading = _Lines(lines=lines)
    entries = iter(reading)
    first = next(entries, None)
    if first is None:
        start, rest = Head(), entries
    else:
        begins = first.seq == 1
        start = Head(count=first.seq - 1, digest=GENESIS if begins else first.previous)
        rest = chain((first,), entries)
    # What was noted before the part begins, the part cannot tell.
    known = kept if kept is not None and kept.count >= start.count else None
    found = examine(rest, head=None, start=start, kept=known, anchors=anchors)
    findings = sorted((*reading.faults, *found.findings), key=lambda finding: finding.seq)
    return replace(found, findings=tuple(findings))


@dataclass(slots=True, kw_only=True)
class _Lines:
    """Lines as entries; those that are none are noted as having been altered."""

    lines: Iterable[str]
    faults: list[Finding] = field(default_factory=list)

    def __iter__(self) -> Iterator[Entry]:
        seq = 0
        for number, line in enumerate(self.lines, start=1):
            entry = entry_of(line)
            if entry is None:
                seq += 1
                if len(self.faults) < _MOST:
                    message = f"line {number} is not an entry as it was exported"
                    self.faults.append(Finding(kind=Tampering.ALTERED, seq=seq, message=message))
            else:
                seq = entry.seq
                yield entry


def _object(line: str, names: set[str]) -> dict[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict) or found.keys() != names:
        raise ValueError(f"it has to have {', '.join(sorted(names))}")
    return found


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
