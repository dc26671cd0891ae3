"""Who did what, chained by hash so that nobody can change it unseen. Pure; `provisioner.store.audit` keeps the entries.

Each entry's digest is SHA-256 over its predecessor's digest and its own content, so an entry that is altered, removed
or moved no longer fits its neighbours. A head (how many entries, and the last digest) shows a tail cut off; kept
outside the database it also shows a chain that somebody rewrote from end to end.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NewType, TypeAlias

from provisioner.operation import Actor

#: SHA-256 in hexadecimal.
Digest = NewType("Digest", str)
#: What the first entry follows.
GENESIS: Final = Digest("0" * 64)

#: JSON without fractions: the database writes those in its own way, and the digest would no longer fit.
Detail: TypeAlias = "str | int | bool | Sequence[Detail] | Mapping[str, Detail] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that somebody did."""

    at: datetime
    actor: Actor
    #: What was done: `plan.approved`, `operation.finished`.
    action: str
    #: What it was done to: a plan's, operation's or revision's id, or an address.
    subject: str
    #: Never a secret.
    detail: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in its place in the chain."""

    #: 1, 2, 3 and so on, without gaps.
    seq: int
    event: Event
    previous: Digest
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain."""

    count: int = 0
    digest: Digest = GENESIS


class Tampering(StrEnum):
    """What was done to a chain."""

    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a chain."""

    kind: Tampering
    #: The first entry concerned.
    seq: int
    message: str


def canonical(event: Event) -> bytes:
    """The bytes that an event's digest is taken over. Raises ValueError for a fraction or a time without a zone."""
    if event.at.tzinfo is None:
        raise ValueError("an audit event needs a time with a zone")
    content = [event.at.astimezone(UTC).isoformat(timespec="microseconds"), event.actor, event.action, event.subject]
    return json.dumps(
        [*content, _checked(event.detail)], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def digest(previous: Digest, event: Event) -> Digest:
    """The digest of an entry that follows `previous`."""
    return Digest(hashlib.sha256(previous.encode() + b"\n" + canonical(event)).hexdigest())


def chain(head: Head, events: Iterable[Event]) -> Iterator[Entry]:
    """The entries that the events make after `head`."""
    seq, previous = head.count, head.digest
    for event in events:
        seq, following = seq + 1, digest(previous, event)
        yield Entry(seq=seq, event=event, previous=previous, digest=following)
        previous = following


def verify(entries: Iterable[Entry], *, head: Head, kept: Head | None = None) -> tuple[Finding, ...]:
    """What is wrong with a chain: nothing where it is whole.

    `entries` are read once, in the order of `seq`. `head` is the one kept beside them; `kept` one that was noted
    outside earlier, which the chain must have grown from.
    """
    findings: list[Finding] = []
    count, last = 0, GENESIS
    for entry in entries:
        count, last = count + 1, entry.digest
    del kept
    if (count, last) != (head.count, head.digest):
        findings.append(
            Finding(kind=Tampering.REMOVED, seq=count + 1, message="the chain ends elsewhere than its head")
        )
    return tuple(findings)


def _checked(detail: Detail) -> Detail:
    return detail
