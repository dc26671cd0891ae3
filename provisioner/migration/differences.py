"""Differences between what left and what arrived, each with what to think of it; as records, and as they are kept as evidence. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from provisioner.migration.identifiers import Subject


class Verdict(StrEnum):
    """What to think of a difference."""

    #: The wave asks for it, or leaves it to the cloud.
    ASKED = "asked"
    #: It was told before the migration began.
    KNOWN = "known"
    #: Nothing could have kept it as it was.
    INHERENT = "inherent"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One property that is not as it was, or not as the wave asks."""

    subject: Subject
    #: `flavor`, `metadata role`, `mac`…
    what: str
    #: None where there was, or is, nothing of it.
    before: str | None
    after: str | None
    verdict: Verdict
    #: In words; empty where the verdict says it all.
    why: str = ""

    @property
    def words(self) -> str:
        """In one line, for whoever has to see to it."""
        before, after = _shown(self.before), _shown(self.after)
        if not self.why:
            return f"{self.subject}: {self.what} was {before} and is {after}"
        return f"{self.subject}: {self.what} was {before} and is {after}: {self.why}"


def unexpected(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that nobody asked for, knew of or could help."""
    return tuple(each for each in differences if each.verdict is Verdict.UNEXPECTED)


def to_text(differences: Iterable[Difference]) -> str:
    """As one value of a step's evidence."""
    return json.dumps([asdict(each) for each in differences], ensure_ascii=False)


def from_text(text: str) -> tuple[Difference, ...]:
    """The inverse."""
    return tuple(
        Difference(**{**each, "subject": Subject(each["subject"]), "verdict": Verdict(each["verdict"])})
        for each in json.loads(text)
    )


def _shown(value: str | None) -> str:
    return "nothing" if value is None else value or '""'
