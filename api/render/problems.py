"""Validation problems, shown as a good compiler shows them: place, what is wrong, the line with a caret, the remedy."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.cells import chop_cells
from rich.console import Console

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Page, Part, counted, width_of
from tenants.problems import Problem, Severity

_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
#: The most terminal columns that a source line is given, wherever it is shown.
_EXCERPT: Final = 160
_CUT: Final = "..."
#: So many problems of one kind are each shown with their lines.
_FEW: Final = 3
#: The number of an item in a path, which makes it no other kind of problem.
_INDEX: Final = re.compile(r"\[\d+\]")
_TAB: Final = " " * 4
_INDENT: Final = 4


def print_problems(console: Console, problems: Iterable[Problem], sources: Mapping[str, str]) -> None:
    """Every problem by file and line, and how many there are. `sources` are the files' texts, by `Location.file`.

    Where many have one remedy, the first stands for them all, and only the places of the others are told below it.
    A problem whose file is not among the sources is shown without its line. No problem prints nothing.
    """
    ordered = sorted(problems)
    page = Page(console)
    lines = {file: _lines(sources[file]) for file in {each.location.file for each in ordered} & sources.keys()}
    for first, *others in _alike(ordered):
        _print_problem(page, first, lines.get(first.location.file, ()))
        _print_others(page, first, others)
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


def _alike(ordered: Iterable[Problem]) -> Iterable[Sequence[Problem]]:
    """The problems, many with one remedy together where the first of them is, few where each of them is."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    listed = tuple(ordered)
    for each in listed:
        found.setdefault(_kind(each), []).append(each)
    for each in listed:
        of_kind = found[_kind(each)]
        if len(of_kind) <= _FEW:
            yield [each]
        elif each is of_kind[0]:
            yield of_kind


def _kind(problem: Problem) -> tuple[str, ...]:
    return problem.severity, problem.remedy, _INDEX.sub("[]", problem.path)


def _print_others(page: Page, first: Problem, others: Sequence[Problem]) -> None:
    """Where else it is so; and what it is there, unless that is the same to the word."""
    if not others:
        return
    page.line((say(f"{len(others)} more like it:"), _STYLES[first.severity]), indent=_INDENT)
    same = [str(each.location) for each in others if each.message == first.message]
    if same:
        page.line(", ".join(same), indent=_INDENT, hang=2)
    for each in others:
        if each.message != first.message:
            page.line((str(each.location), "bold"), ": ", say(each.message), indent=_INDENT, hang=2)


def _print_problem(page: Page, problem: Problem, lines: Sequence[str]) -> None:
    style = _STYLES[problem.severity]
    path: Sequence[Part] = ((f"{problem.path}: ", "cyan"),) if problem.path else ()
    page.line(
        (str(problem.location), "bold"),
        ": ",
        (f"{problem.severity}: ", style),
        *path,
        say(problem.message),
        hang=_INDENT,
    )
    number, column = problem.location.line, problem.location.column
    margin = width_of(str(number)) + _INDENT
    if number <= len(lines):
        room = max(min(page.width, _EXCERPT) - margin - len(" | "), len(_CUT) * 4)
        shown, caret = _excerpt(page, lines[number - 1], column, room)
        page.line((f"{number:>{margin}} | ", "blue"), shown)
        page.line((" " * margin + " | ", "blue"), " " * caret, ("^", style))
    if problem.remedy:
        page.line((" " * margin + " = ", "blue"), say(problem.remedy), hang=margin + 3)


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
    return say(f"{' and '.join(said)} in {counted(len(files), 'file')}.")
