"""What is wrong with a manifest, said so that its author can mend it: where, what, and what would be right.

Problems are values: validation gathers all of them and never raises for bad input.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A place in a manifest file. Lines and columns count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """Whether a problem stops the flow. A warning is printed and the flow goes on."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong in one place."""

    location: Location
    #: Where in the document: `spec.projects[0].quota.compute.cores`; empty where the file itself is wrong.
    path: str
    message: str
    #: What would be right, as an instruction; empty where the message says it all.
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        path = f"{self.path}: " if self.path else ""
        return f"{self.location}: {self.severity}: {path}{self.message}{remedy}"
