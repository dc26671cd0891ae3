"""What probes found: the records that are shown and kept. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenants.names import ApplicationName, ProbeName, ServerName


class Result(StrEnum):
    """How a check ended."""

    #: It was answered as the manifest expects.
    PASSED = "passed"
    #: It was answered otherwise, or not at all.
    FAILED = "failed"
    #: The question could not be put, which says nothing of the application.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one check ended, and why: a phrase that says what is wrong and, where it is not plain, what would be right.

    A reason never repeats what the application or the guest answered: it is kept and shown to more people than may read
    that.
    """

    result: Result
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one probe found at one server, or at one address."""

    application: ApplicationName
    probe: ProbeName
    #: None where the probe asks an address of its own.
    server: ServerName | None
    #: Where it was asked; None where that is not known.
    address: str | None
    finding: Finding
    #: Milliseconds that the answer took; None where nothing was asked.
    milliseconds: int | None
    at: datetime


def passed(reason: str) -> Finding:
    """As expected."""
    return Finding(result=Result.PASSED, reason=reason)


def failed(reason: str) -> Finding:
    """Not as expected."""
    return Finding(result=Result.FAILED, reason=reason)


def unknown(reason: str) -> Finding:
    """Not asked."""
    return Finding(result=Result.UNKNOWN, reason=reason)
