"""What checks find: reasons against a migration, and what whoever starts it should know. Pure records."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from provisioner.migration.identifiers import EVERYTHING, Subject


class Severity(StrEnum):
    """How much weight a finding has."""

    #: It must not begin.
    REFUSE = "refuse"
    #: It may begin, and somebody should know.
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found."""

    severity: Severity
    #: The server, disk or interface that it is about; empty for the migration as a whole.
    subject: Subject
    #: What is so, in words; the subject goes before it.
    message: str
    #: What would be right; empty where nothing is to be done.
    remedy: str = ""

    @property
    def words(self) -> str:
        """In one line, with what it is about."""
        return f"{self.subject}: {self.message}" if self.subject else self.message


def refusal(subject: Subject, message: str, remedy: str = "") -> Finding:
    """A reason against it."""
    return Finding(severity=Severity.REFUSE, subject=subject, message=message, remedy=remedy)


def warning(subject: Subject, message: str, remedy: str = "") -> Finding:
    """Something to know."""
    return Finding(severity=Severity.WARN, subject=subject, message=message, remedy=remedy)


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The reasons against it."""
    return tuple(each for each in findings if each.severity is Severity.REFUSE)


def warnings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What to know."""
    return tuple(each for each in findings if each.severity is Severity.WARN)


WHOLE = EVERYTHING
