"""Validation problems, shown as a good compiler shows them: place, what is wrong, the line with a caret, the remedy."""

from collections.abc import Iterable, Mapping

from rich.console import Console

from api.render.output import Document
from tenants.problems import Problem


def print_problems(console: Console, problems: Iterable[Problem], sources: Mapping[str, str]) -> None:
    """Every problem by file and line, and how many there are. `sources` are the files' texts, by `Location.file`.

    A problem whose file has no text there is shown without its line. No problem prints nothing.
    """
    raise NotImplementedError


def as_document(problems: Iterable[Problem]) -> Document:
    """The problems with their places, and their numbers."""
    raise NotImplementedError
