"""The audit log, and the verdict on its chain."""

from collections.abc import Iterable, Sequence

from rich.console import Console

from api.render.output import Document
from provisioner.audit import Entry, Finding, Head


def print_entries(console: Console, entries: Iterable[Entry]) -> None:
    """One entry a line, written as they come: the log may be longer than memory."""
    raise NotImplementedError


def print_verification(console: Console, findings: Sequence[Finding], head: Head) -> None:
    """That the chain is whole and where it ends, or everything that is wrong with it."""
    raise NotImplementedError


def as_document(entries: Iterable[Entry]) -> Document:
    """The entries with their digests."""
    raise NotImplementedError


def verification_as_document(findings: Sequence[Finding], head: Head) -> Document:
    """The verdict, the findings and the head."""
    raise NotImplementedError
