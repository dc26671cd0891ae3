"""Validation problems, shown as a good compiler shows them: place, what is wrong, the line with a caret, the remedy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from rich.cells import chop_cells
from rich.console import Console

from api.render.output import Document
from api.render.page import Page, Part, counted, width_of
from tenants.problems import Problem, Severity

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
#: The most terminal columns that a source line is given, wherever it is shown.
_EXCERPT: Final = 160
_CUT: Final = "..."
_TAB: Final = " " * 4
_INDENT: Final = 4


def print_problems(console: Console, problems: Iterable[Problem], sources: Mapping[str, str]) -> None:
    """Every problem by file and line, and how many there are. `sources` are the files' texts, by `Location.file`.

    A problem whose file is not among them is shown without its line. No problem prints nothing.
    """
    ordered = sorted(problems)
    page = Page(console)
    for file, of_file in groupby(ordered, key=lambda problem: problem.location.file):
        lines = _lines(sources[file]) if file in sources else ()
        for problem in of_file:
            _print_problem(page, problem, lines)
            page.gap()
    if ordered:
        page.line((_totals(ordered), "bold"))


def as_document(problems: Iterable[Problem]) -> Mapping[str, Document]:
    """The problems with their places, and their numbers."""
    ordered = sorted(problems)
    count = Counter(problem.severity for problem in ordered)
    return {
        "errors": count[Severity.ERROR],
        "warnings": count[Severity.WARNING],
        "problems": [
            {
                "file": problem.location.file,
                "line": problem.location.line,
                "column": problem.location.column,
                "severity": problem.severity.value,
                "path": problem.path,
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for problem in ordered
        ],
    }


def _print_problem(page: Page, problem: Problem, lines: Sequence[str]) -> None:
    style = _STYLES[problem.severity]
    path: Sequence[Part] = ((f"{problem.path}: ", "cyan"),) if problem.path else ()
    page.line(
        (str(problem.location), "bold"), ": ", (f"{problem.severity}: ", style), *path, problem.message, hang=_INDENT
    )
    number, column = problem.location.line, problem.location.column
    margin = width_of(str(number)) + _INDENT
    if number <= len(lines):
        room = max(min(page.width, _EXCERPT) - margin - len(" | "), len(_CUT) * 4)
        shown, caret = _excerpt(page, lines[number - 1], column, room)
        page.line((f"{number:>{margin}} | ", "blue"), shown)
        page.line((" " * margin + " | ", "blue"), " " * caret, ("^", style))
    if problem.remedy:
        page.line((" " * margin + " = ", "blue"), problem.remedy, hang=margin + 3)


def _lines(text: str) -> Sequence[str]:
    """Lines as editors number them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _excerpt(page: Page, line: str, column: int, room: int) -> tuple[str, int]:
    """The part of a line around a column that has room, and how many terminal columns stand before the caret."""
    before = page.legible(line[: column - 1].replace("\t", _TAB))
    after = page.legible(line[column - 1 :].rstrip().replace("\t", _TAB))
    if width_of(before) + max(width_of(after), 1) > room:
        before = _tail(before, room * 2 // 3)
        after = _head(after, room - width_of(before))
    return before + after, width_of(before)


def _head(text: str, room: int) -> str:
    """The beginning of a text, cut to fit."""
    return text if width_of(text) <= room else chop_cells(text, room - len(_CUT))[0] + _CUT


def _tail(text: str, room: int) -> str:
    """The end of a text, cut to fit."""
    return text if width_of(text) <= room else _CUT + chop_cells(text[::-1], room - len(_CUT))[0][::-1]


def _totals(problems: Sequence[Problem]) -> str:
    """`3 errors and 1 warning in 2 files.`."""
    count = Counter(problem.severity for problem in problems)
    said = [counted(count[severity], severity.value) for severity in Severity if count[severity]]
    files = {problem.location.file for problem in problems}
    return f"{' and '.join(said)} in {counted(len(files), 'file')}."
