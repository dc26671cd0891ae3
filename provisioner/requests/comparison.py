"""What a request changes, as records: its manifests beside those in force, its plan in words, and how that came to be another. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Final

from provisioner.plan import Fingerprint
from provisioner.requests.states import Act
from tenants.documents import Document

#: Lines of a document that are compared: where they are much alike it takes their number's square.
_LONGEST: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """A manifest of a request beside the one of its kind and name that is in force."""

    kind: str
    name: str
    #: Whether none is in force.
    new: bool
    #: Unified; empty where it says what is in force.
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """How a request's plan differs from the one that was looked at before."""

    #: What brought the new plan.
    act: Act
    at: datetime
    before: Fingerprint
    after: Fingerprint
    #: In words, one for each object.
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that a request changes."""

    documents: tuple[DocumentChange, ...]
    #: What its plan does in the clouds, in words.
    changes: tuple[str, ...]
    #: None where it was planned once.
    replanned: Replanned | None


def compared(brought: Iterable[Document], in_force: Iterable[Document]) -> tuple[DocumentChange, ...]:
    """Every document that is brought beside the one in force of its kind and name."""
    old = {(each.kind, each.name): each for each in in_force}
    return tuple(_change(old.get((each.kind, each.name)), each) for each in brought)


def _change(before: Document | None, after: Document) -> DocumentChange:
    old, new = ("" if before is None else _text(before)).splitlines(), _text(after).splitlines()
    return DocumentChange(kind=after.kind, name=after.name, new=before is None, diff=_diff(old, new))


def _diff(old: list[str], new: list[str]) -> str:
    if max(len(old), len(new)) > _LONGEST:
        told = f"{len(old)} lines in force, {len(new)} lines asked for: too many to compare\n"
        return told if old != new else ""
    return "".join(f"{line}\n" for line in unified_diff(old, new, "in force", "asked for", lineterm=""))


def _text(document: Document) -> str:
    """The manifest, and behind it whatever files it names."""
    files = (f"# {name}\n{text}" for name, text in sorted(document.attached.items()))
    # Whether its file says where it begins is no difference.
    return "\n".join((document.text.removeprefix("---\n").strip("\n"), *files))
