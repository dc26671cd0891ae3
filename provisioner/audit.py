"""Who did what, chained by hash so that nobody can change it unseen. Pure; `provisioner.store.audit` keeps the entries.

Each entry's digest is SHA-256 over its predecessor's digest and its own content, so an entry that is altered, removed
or moved no longer fits its neighbours. A head (how many entries, and the last digest) shows a tail cut off; noted
outside the database as an anchor, it also shows a chain that somebody rewrote from end to end.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NewType, TypeAlias

from provisioner.operation import Actor

#: SHA-256 in hexadecimal.
Digest = NewType("Digest", str)
#: What the first entry follows.
GENESIS: Final = Digest("0" * 64)

#: Findings that are kept: a log that is wrong throughout must not fill the memory.
_MOST: Final = 1000

#: JSON without fractions: the database writes those in its own way, and the digest would no longer fit.
Detail: TypeAlias = "str | int | bool | Sequence[Detail] | Mapping[str, Detail] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that somebody did."""

    at: datetime
    actor: Actor
    #: What was done: `plan.approved`, `operation.done`.
    action: str
    #: What it was done to: a plan's, operation's or revision's id, or an address.
    subject: str
    #: Never a secret. No fractions.
    detail: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring the event into the one form that the database gives back. Raises ValueError for a time without zone."""
        if self.at.tzinfo is None:
            raise ValueError("an audit event's time needs a zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        for name in ("actor", "action", "subject"):
            object.__setattr__(self, name, keepable(getattr(self, name)))
        object.__setattr__(self, "detail", _plain(self.detail))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head that was noted outside the database, and when."""

    head: Head
    at: datetime


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What came of reading a chain."""

    #: By entry; nothing where it is whole.
    findings: tuple[Finding, ...]
    #: What the first entry follows, and the last that was read.
    start: Head
    end: Head
    #: The latest anchor that agrees; None where none does.
    agrees: Anchor | None = None


def keepable(text: str) -> str:
    """The text as PostgreSQL can keep it: zero bytes and halves of surrogate pairs become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def canonical(event: Event) -> bytes:
    """The bytes that an event's digest is taken over."""
    at = event.at.isoformat(timespec="microseconds")
    content = [at, event.actor, event.action, event.subject, event.detail]
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(previous: Digest, event: Event) -> Digest:
    """The digest of the entry that follows `previous`."""
    return Digest(hashlib.sha256(previous.encode() + b"\n" + canonical(event)).hexdigest())


def chain(head: Head, events: Iterable[Event]) -> Iterator[Entry]:
    """The entries that the events make after `head`. Raises ValueError for a detail that is not exact."""
    seq, previous = head.count, head.digest
    for event in events:
        _refuse_inexact(event.detail)
        seq, following = seq + 1, digest(previous, event)
        yield Entry(seq=seq, event=event, previous=previous, digest=following)
        previous = following


def verify(entries: Iterable[Entry], *, head: Head, kept: Head | None = None) -> tuple[Finding, ...]:
    """What is wrong with a whole chain; nothing where all is well. As `examine` says."""
    return examine(entries, head=head, kept=kept).findings


def examine(
    entries: Iterable[Entry],
    *,
    head: Head | None,
    start: Head | None = None,
    kept: Head | None = None,
    anchors: Iterable[Anchor] = (),
) -> Examination:
    """Read a chain, or a part of one, and say what is wrong with it.

    `entries` are read once, in the order of `seq`, and not kept. `head` is the one that stands beside them; None where
    they are all there is. `start` is what a part follows. `kept` and `anchors` were noted elsewhere at earlier times,
    and the chain must have grown from each.
    """
    reading = _Reading(start=start or Head(), kept=kept or start or Head(), anchors=tuple(anchors))
    for entry in entries:
        reading.take(entry)
    findings = tuple(sorted(reading.conclude(head), key=lambda finding: finding.seq))
    end = Head(count=reading.seq, digest=reading.last)
    return Examination(findings=findings, start=reading.start, end=end, agrees=reading.agrees)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Break:
    """A place where an entry does not follow the one that stands before it."""

    seq: int
    #: What the entry says it follows, and what stands there.
    follows: Digest
    stands: Digest


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What is remembered of a chain while it is read: little, however long it is."""

    start: Head
    kept: Head
    anchors: Sequence[Anchor]
    seq: int = 0
    last: Digest = GENESIS
    agrees: Anchor | None = None
    #: The first anchor that the chain does not agree with.
    differs: Anchor | None = None
    #: Whether the chain had the kept head's digest where that says so.
    grew_from_kept: bool = False
    breaks: list[_Break] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _waiting: dict[int, list[Anchor]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seq, self.last = self.start.count, self.start.digest
        for each in self.anchors:
            self._waiting.setdefault(each.head.count, []).append(each)
        self._compare_with_kept()

    def take(self, entry: Entry) -> None:
        """Read the next entry."""
        if digest(entry.previous, entry.event) != entry.digest:
            self._find(Tampering.ALTERED, entry.seq, f"entry {entry.seq} is not what was written")
        if entry.seq > self.seq + 1:
            self._find(Tampering.REMOVED, self.seq + 1, f"{_range(self.seq + 1, entry.seq - 1)} missing")
        elif entry.seq <= self.seq:
            self._find(Tampering.REORDERED, entry.seq, f"entry {entry.seq} comes after entry {self.seq}")
        elif entry.previous != self.last and len(self.breaks) < _MOST:
            self.breaks.append(_Break(seq=entry.seq, follows=entry.previous, stands=self.last))
        self.seq, self.last = entry.seq, entry.digest
        self._compare_with_kept()

    def conclude(self, head: Head | None) -> list[Finding]:
        """Everything found, now that the end is known."""
        self._find_breaks(shorter=head is not None and head.count > self.seq)
        if head is not None:
            self._compare_with_head(head)
        if not self.grew_from_kept:
            self._find(Tampering.ALTERED, self.kept.count, f"the first {self.kept.count} entries are not those noted")
        self._compare_with_anchors()
        return self.findings

    def _find_breaks(self, *, shorter: bool) -> None:
        # An entry that was moved follows one whose own successor was moved away, which shows as a break there too.
        loose = {self.last, *(each.stands for each in self.breaks)}
        for each in self.breaks:
            if each.follows in loose:
                self._find(Tampering.REORDERED, each.seq, f"entry {each.seq} is not where it was written")
            elif shorter:
                self._find(Tampering.REMOVED, each.seq, f"what was written before entry {each.seq} is missing")
            else:
                self._find(
                    Tampering.ALTERED, each.seq - 1, f"entry {each.seq - 1} is not the one that came before the next"
                )

    def _compare_with_anchors(self) -> None:
        if self.differs is not None:
            first = self.agrees.head.count + 1 if self.agrees else self.start.count + 1
            seq, at = self.differs.head.count, self.differs.at.isoformat(timespec="seconds")
            which = _range(min(first, seq), seq)
            self._find(Tampering.ALTERED, min(first, seq), f"{which} not what was anchored at {at}")
        beyond = max((seq for seq in self._waiting if seq > self.seq), default=None)
        if beyond is not None:
            at = self._waiting[beyond][0].at.isoformat(timespec="seconds")
            self._find(Tampering.REMOVED, self.seq + 1, f"{_range(self.seq + 1, beyond)} missing, anchored at {at}")

    def _compare_with_head(self, head: Head) -> None:
        if head.count < self.seq:
            self._find(Tampering.ALTERED, head.count + 1, f"{_range(head.count + 1, self.seq)} not accounted for")
        elif head.digest == self.last:
            return
        elif head.count > self.seq:
            self._find(Tampering.REMOVED, self.seq + 1, f"{_range(self.seq + 1, head.count)} missing at the end")
        else:
            self._find(Tampering.ALTERED, self.seq, f"entry {self.seq} is not the one that was last")

    def _compare_with_kept(self) -> None:
        if self.seq == self.kept.count and self.last == self.kept.digest:
            self.grew_from_kept = True
        for anchor in self._waiting.pop(self.seq, ()):
            if anchor.head.digest != self.last:
                self.differs = self.differs or anchor
            elif self.differs is None:
                self.agrees = anchor

    def _find(self, kind: Tampering, seq: int, message: str) -> None:
        if len(self.findings) < _MOST:
            self.findings.append(Finding(kind=kind, seq=seq, message=message))


def _range(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _plain(detail: Any) -> Any:
    """A copy in plain dicts and lists."""
    if isinstance(detail, str):
        return keepable(detail)
    if isinstance(detail, Mapping):
        return {keepable(name): _plain(value) for name, value in detail.items()}
    return [_plain(each) for each in detail] if isinstance(detail, list | tuple) else detail


def _refuse_inexact(detail: Any) -> None:
    if isinstance(detail, dict | list):
        for each in detail.values() if isinstance(detail, dict) else detail:
            _refuse_inexact(each)
    elif not (detail is None or isinstance(detail, str | int)):
        raise ValueError(f"an audit event's detail cannot hold {detail!r}")
